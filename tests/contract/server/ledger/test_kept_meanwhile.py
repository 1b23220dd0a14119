"""Large batches: what is written of them while the rest is decided, and what is read before they come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy.exc import IntegrityError

from server.domain.commands import Command
from server.domain.state import Member
from server.ids import MemberId
from server.ledger import postgres_calls
from server.ledger.bulk import Row, ahead, insert
from server.ledger.engines import Engines
from server.ledger.errors import LedgerUnavailable
from server.ledger.journal import WORTH_ASKING_MEANWHILE, WORTH_FORESEEING, Journal
from server.ledger.tables import identities
from server.ledger.verify import verify
from tests.support.ledger import (
    Ledger,
    commented,
    held,
    in_memory,
    joined,
    liked,
    member,
    on_database,
    paid,
    watched,
)

LINKS = ("platform", "openid", "member", "linked_ms")


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


def evening(commands: int, *, members: int) -> list[Command]:
    """What happens in a show; the same each time. Some members come again and again, some for the first time."""
    random, told = Random(7), list[Command]()
    for n in range(commands):
        who = f"m{random.randrange(members)}"
        told.append(
            random.choice(
                (
                    watched(who, n),
                    commented(f"c{n}", who, f"第 {n} 句"),
                    liked(f"l{n}", who),
                    paid(f"p{n}", who, f"o{n}", random.randrange(1, 900)),
                    held(f"h{n}", who, f"ho{n}", 50),
                    joined(f"j{n}", who, f"名字{n}"),
                )
            )
        )
    return told


def alike(members: Mapping[MemberId, Member]) -> dict[MemberId, Member]:
    """Coupons of one moment have no order."""
    return {
        id_: replace(one, coupons=tuple(sorted(one.coupons, key=lambda coupon: coupon.id)))
        for id_, one in members.items()
    }


@pytest.mark.parametrize("members", [40, 2_000])
async def test_LED25_a_batch_kept_piece_by_piece_is_the_batch_kept_at_its_end(
    database: Ledger, members: int
) -> None:
    batches = [evening(600, members=members)[:200], evening(600, members=members)[200:]]
    memory = await in_memory().with_live_show()
    await database.with_live_show()
    for batch in batches:
        expected, committed = await memory.apply(*batch), await database.apply(*batch)
        assert committed.receipts == expected.receipts
        assert {one.id: one.version for one in committed.members} == {
            one.id: one.version for one in expected.members
        }
        names = [one.id for one in committed.members]
        now_ms = batch[-1].origin.received_ms
        assert alike(await database.queries.members(names, now_ms)) == alike(
            await memory.queries.members(names, now_ms)
        )
    assert (await verify(engines_of(database))).differences == ()


@pytest.mark.parametrize("stays", [0, 60])
async def test_LED1_a_large_batch_finds_what_was_answered_before(database: Ledger, stays: int) -> None:
    """Of 300 events the first are told again, one of them with other content; `stays`: some come twice at once."""
    memory = await in_memory().with_live_show()
    await database.with_live_show()
    events = evening(300, members=50)
    before = events[: WORTH_ASKING_MEANWHILE + 10]
    other = replace(events[0], origin=replace(events[0].origin, content="other"))
    again = [other, *events[1:], *events[:stays]]
    await memory.apply(*before)
    await database.apply(*before)
    expected, committed = await memory.apply(*again), await database.apply(*again)
    assert committed.receipts == expected.receipts
    assert [one.id for one in committed.members] == [one.id for one in expected.members]
    assert {receipt.outcome for receipt in committed.receipts} >= {"applied", "duplicate", "conflict"}
    assert (await verify(engines_of(database))).differences == ()


async def test_LED25_entries_stand_in_the_order_decided(database: Ledger) -> None:
    await database.with_live_show()
    await database.apply(*(joined(f"j{n}", f"m{n}") for n in range(100)))
    # From the 100th on somebody new earns, too: what follows must not overtake.
    orders = [paid(f"p{n}", f"m{n % 120}", f"o{n}", 10) for n in range(300)]
    await database.apply(*orders)
    engines = engines_of(database)
    async with engines.read() as connection:
        rows = await connection.exec_driver_sql("SELECT event FROM entries ORDER BY id")
        events = [row[0] for row in rows]
    assert list(dict.fromkeys(events))[-len(orders) :] == [order.origin.event for order in orders]


async def written_ahead(engines: Engines, batches: Sequence[Sequence[Row]], then: Exception | None) -> None:
    write = insert(engines.dialect, identities, LINKS)
    async with engines.write() as connection:
        await connection.exec_driver_sql("SELECT 1")  # what comes first goes another way
        async with ahead(connection):
            for rows in batches:
                await write.run(connection, rows)
            if then is not None:
                raise then


async def written_after_the_connection_broke(engines: Engines) -> None:
    write = insert(engines.dialect, identities, LINKS)
    async with engines.write() as connection:
        await connection.exec_driver_sql("SELECT 1")
        async with ahead(connection):
            await postgres_calls.write(connection, "SELECT pg_terminate_backend(pg_backend_pid())", ())
            await asyncio.wait([one for one in asyncio.all_tasks() if one.get_name() == "ledger writes"])
            await write.run(connection, [("wx", "a", "m1", 1)])


async def test_LED26_what_a_write_sent_ahead_meets_is_raised_and_nothing_of_it_stays(
    database: Ledger,
) -> None:
    await database.apply(joined("j", "m1"))
    links: list[list[Row]] = [
        [("wx", one, whose, 1)] for one, whose in (("a", "m1"), ("b", "nobody"), ("c", "m1"))
    ]
    with pytest.raises(IntegrityError):
        await written_ahead(engines_of(database), links, None)
    assert await database.queries.identities(member("m1")) == []
    await database.apply(liked("l", "m1"))  # the connection is whole


async def test_LED26_who_gives_up_while_a_write_is_under_way_leaves_nothing(database: Ledger) -> None:
    await database.apply(joined("j", "m1"))
    links: list[list[Row]] = [[(f"p{n}", f"o{at}", "m1", 1) for at in range(500)] for n in range(3)]
    with pytest.raises(ZeroDivisionError):
        await written_ahead(engines_of(database), links, ZeroDivisionError())
    assert await database.queries.identities(member("m1")) == []
    await database.apply(liked("l", "m1"))


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_LED26_LED18_a_connection_lost_under_a_write_is_a_ledger_that_is_away(database: Ledger) -> None:
    await database.apply(joined("j", "m1"))
    with pytest.raises(LedgerUnavailable):
        await written_after_the_connection_broke(engines_of(database))
    assert await database.queries.identities(member("m1")) == []
    await database.apply(liked("l", "m1"))


async def test_LED20_who_was_foreseen_is_read_again_when_somebody_wrote_since(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.with_live_show()
        many = [f"m{n}" for n in range(WORTH_FORESEEING)]
        await one.apply(*(joined(f"j{who}", who) for who in many))
        await two.apply(liked("first", "m0"))  # now it knows what a batch reads
        coming = [paid(f"p{who}", who, f"o{who}", 20) for who in many]
        journal = two.journal
        assert isinstance(journal, Journal)
        await journal.foresee(coming)
        await one.apply(paid("between", "m3", "ob", 30))
        committed = await two.apply(*coming)
        assert [receipt.outcome for receipt in committed.receipts] == ["applied"] * len(many)
        names, now_ms = [member(who) for who in many], coming[-1].origin.received_ms
        stored = await one.queries.members(names, now_ms)
        assert {one.id: (one.points, one.version) for one in committed.members} == {
            id_: (one.points, one.version) for id_, one in stored.items()
        }
        assert (await verify(engines_of(one))).differences == ()
