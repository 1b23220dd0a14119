"""Polls and votes kept: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.domain.commands import ClosePoll, OpenPoll, Pin, Vote
from server.ids import PollId
from server.ledger.due import DueWork
from server.ledger.verify import verify
from tests.support.ledger import MINUTE_MS, NOW, ROOM, Ledger, on_database, origin, who_of

P1 = PollId("p1")


def a_poll() -> OpenPoll:
    return OpenPoll(origin("poll"), P1, "下一件上什么?", ("围巾", "手套"), 60)


def votes(event: str, who: str, option: str = "a") -> Vote:
    return Vote(origin(event, source="live"), who_of(who), P1, option)


@pytest.fixture
async def databases(ledger_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    """Two ledgers on one database, as two processes have them."""
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        yield await one.with_live_show(), two


async def clean(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_L8_a_poll_is_an_item_and_its_votes_are_counted_once_each(ledger: Ledger) -> None:
    await ledger.with_live_show()
    opened = await ledger.apply(a_poll())
    assert [change.key for change in opened.items] == ["polls/p1"]
    first = await ledger.apply(votes("v1", "m1"), votes("v2", "m2", "b"))
    assert [stand.spent for stand in first.budgets if stand.name.startswith("poll:")] == [1, 1]
    again = await ledger.apply(votes("v3", "m1", "b"), votes("v1", "m1"))
    assert [(receipt.outcome, receipt.code) for receipt in again.receipts] == [
        ("applied", "duplicate"),
        ("duplicate", None),
    ]
    assert await ledger.queries.spent(["poll:p1:a", "poll:p1:b", "poll:p1:c"]) == {
        "poll:p1:a": 1,
        "poll:p1:b": 1,
    }
    room = await ledger.queries.room(ROOM)
    assert room is not None
    assert [poll.options for poll in room.polls] == [(("a", "围巾"), ("b", "手套"))]
    await clean(ledger)


async def test_E2_R3_a_vote_in_a_shop_s_own_poll_counts_once_and_is_remembered(ledger: Ledger) -> None:
    await ledger.with_live_show()
    told = [Vote(origin(f"v{n}", source="shop"), who_of("m1"), "theirs", "a") for n in range(4)]
    first = await ledger.apply(told[0], told[1])
    later = await ledger.apply(told[2], told[0], told[3])
    assert [(one.outcome, one.code, one.earned.points) for one in (*first.receipts, *later.receipts)] == [
        ("applied", None, 5),
        ("applied", "duplicate", 0),
        ("applied", "duplicate", 0),
        ("duplicate", None, 5),
        ("applied", "duplicate", 0),
    ]
    await clean(ledger)


async def test_L8_R3_many_votes_at_once_over_two_journals_are_exact(databases: tuple[Ledger, Ledger]) -> None:
    one, two = databases
    await one.apply(a_poll())
    await asyncio.gather(
        *(
            ledger.apply(*(votes(f"{name}{n}-{k}", f"{name}{n}-{k}", "ab"[k % 2]) for k in range(6)))
            for n in range(3)
            for name, ledger in (("x", one), ("y", two))
        )
    )
    assert await one.queries.spent(["poll:p1:a", "poll:p1:b"]) == {"poll:p1:a": 18, "poll:p1:b": 18}
    await clean(one)


async def test_L8_R3_one_member_on_two_nodes_has_one_vote(databases: tuple[Ledger, Ledger]) -> None:
    one, two = databases
    await one.apply(a_poll())
    await asyncio.gather(
        *(
            ledger.apply(votes(f"{name}{n}", "m1"))
            for n in range(4)
            for name, ledger in (("x", one), ("y", two))
        )
    )
    assert await one.queries.spent(["poll:p1:a"]) == {"poll:p1:a": 1}
    await clean(one)


async def test_L8_a_poll_whose_time_is_over_is_claimed_and_closed_once(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    await one.apply(a_poll())
    assert one.engines is not None
    assert two.engines is not None
    over_ms = NOW + MINUTE_MS
    found = await asyncio.gather(
        DueWork(one.engines).polls(over_ms, 5), DueWork(two.engines).polls(over_ms, 5)
    )
    assert [due.id for some in found for due in some] == ["p1"]
    closed = await one.apply(ClosePoll(origin("close", at_ms=over_ms), P1, overdue=True))
    assert [change.value["state"] for change in closed.items if isinstance(change.value, dict)] == ["closed"]
    assert await DueWork(one.engines).polls(over_ms + MINUTE_MS, 5) == []


async def test_L8_a_pinned_line_stays_until_it_is_taken_away(ledger: Ledger) -> None:
    await ledger.with_live_show()
    pinned = await ledger.apply(Pin(origin("pin"), "今晚满200减30"))
    assert [change.key for change in pinned.items] == ["pinned"]
    room = await ledger.queries.room(ROOM)
    assert room is not None
    assert room.pinned is not None
    gone = await ledger.apply(Pin(origin("unpin"), None))
    assert [(change.key, change.value) for change in gone.items] == [("pinned", None)]
