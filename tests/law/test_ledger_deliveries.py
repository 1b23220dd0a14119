"""Events arrive as they like: three times, in any order, from several sources, by two processes at once. R2, R3."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

from server.domain.commands import Command
from server.ids import MemberId
from server.ledger.verify import verify
from tests.support.ledger import (
    NOW,
    RULEBOOK,
    Ledger,
    checked_in,
    followed,
    in_memory,
    liked,
    member,
    on_database,
    paid,
    refunded,
    shared,
)

MEMBERS = 40
SEED = 20261121
# Nothing here may depend on who came first: the first order is worth as much as any, every tier multiplies by one.
EVEN = replace(
    RULEBOOK,
    order=replace(RULEBOOK.order, first_percent=100),
    privileges={tier: replace(gives, multiplier=100) for tier, gives in RULEBOOK.privileges.items()},
)


def thousand() -> list[Command]:
    """1 000 events within all caps, 25 of each member: orders, their refunds, likes, shares, a check-in, a follow."""
    told: list[Command] = []
    for number in range(MEMBERS):
        who = f"m{number}"
        told += [paid(f"{who}.p{n}", who, f"{who}.o{n}", 10 * n + number + 1) for n in range(8)]
        for n in range(4):
            told.append(refunded(f"{who}.r{n}", who, f"{who}.o{n}", 5 * n + 1))
            told.append(refunded(f"{who}.s{n}", who, f"{who}.o{n}", 1) if n else liked(f"{who}.l9", who))
        told += [liked(f"{who}.l{n}", who) for n in range(5)]
        told += [shared(f"{who}.h{n}", who) for n in range(2)]
        told += [checked_in(f"{who}.c", who), followed(f"{who}.f", who)]
    return told


def parts(told: Sequence[Command], size: int) -> list[Sequence[Command]]:
    return [told[at : at + size] for at in range(0, len(told), size)]


async def balances(ledger: Ledger) -> dict[MemberId, tuple[int, int]]:
    found = await ledger.queries.members([member(f"m{n}") for n in range(MEMBERS)], NOW)
    return {id_: (one.points, sum(day.growth for day in one.days)) for id_, one in found.items()}


async def test_R2_R3_a_thousand_events_three_times_shuffled_end_in_the_balances_of_once_in_order(
    database_url: str,
) -> None:
    events = thousand()
    assert len(events) == len({command.origin.event for command in events}) == 1_000
    once = in_memory(EVEN)
    await once.with_live_show()
    for part in parts(events, 100):
        await once.apply(*part)
    shuffled = events * 3
    random.Random(SEED).shuffle(shuffled)
    async with on_database(database_url, EVEN) as one, on_database(database_url, EVEN) as two:
        await one.with_live_show()

        async def deliver(side: Ledger, told: Sequence[Sequence[Command]]) -> list[str]:
            return [receipt.outcome for part in told for receipt in await side.receipts(*part)]

        pieces = parts(shuffled, 60)
        outcomes = await asyncio.gather(deliver(one, pieces[::2]), deliver(two, pieces[1::2]))
        both = outcomes[0] + outcomes[1]
        assert (both.count("applied"), both.count("duplicate")) == (1_000, 2_000)
        assert await balances(two) == await balances(once)
        assert one.engines is not None
        assert (await verify(one.engines)).differences == ()


async def test_R3_the_same_order_under_other_ids_and_from_other_sources_is_paid_once(
    database_url: str,
) -> None:
    async with on_database(database_url) as one, on_database(database_url) as two:
        await one.with_live_show()
        told = [
            replace(command, origin=replace(command.origin, source=f"shop{n % 5}", event=f"e{n // 2}"))
            for n, command in enumerate(paid(f"e{n}", "m1", "o1", 100) for n in range(20))
        ]
        answers = await asyncio.gather(
            *((one, two)[n % 2].receipts(command) for n, command in enumerate(told))
        )
        receipts = [receipt for answer in answers for receipt in answer]
        assert sorted(receipt.outcome for receipt in receipts) == ["applied"] + ["duplicate"] * 19
        assert {(receipt.earned.points, receipt.code) for receipt in receipts} == {(200, None)}
        (differs,) = await two.receipts(paid("other", "m1", "o1", 101))
        assert differs.outcome == "conflict"
        (foreign,) = await two.receipts(paid("foreign", "m2", "o1", 100))
        assert foreign.outcome == "conflict"
        assert (await one.queries.members([member("m1"), member("m2")], NOW)).keys() == {member("m1")}
        assert (await balances(one))[member("m1")][0] == 200
        assert one.engines is not None
        assert (await verify(one.engines)).differences == ()
