"""Polls and votes kept: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.domain.commands import ClosePoll, OpenPoll, Pin, PostNotice, RemovePoll, Vote
from server.domain.polls import NOTICES_A_MINUTE
from server.ids import PollId
from server.ledger.due import DueWork
from server.ledger.pruning import prune
from server.ledger.verify import verify
from tests.support.ledger import DAY_MS, MINUTE_MS, NOW, ROOM, Ledger, on_database, origin, who_of

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


async def test_L8_R3_notices_over_two_servers_at_once_are_no_more_than_a_minute_takes(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    answers = await asyncio.gather(
        *(
            ledger.receipts(PostNotice(origin(f"{name}{n}"), f"{name}{n}", 1))
            for n in range(8)
            for name, ledger in (("x", one), ("y", two))
        )
    )
    codes = [receipt.code for receipts in answers for receipt in receipts]
    assert (codes.count(None), codes.count("rate_limited")) == (NOTICES_A_MINUTE, 16 - NOTICES_A_MINUTE)
    if one.engines is not None:
        assert (await prune(one.engines, NOW + 2 * 3_600_000)).minutes == 1
    await clean(one)


async def test_R9_tombstones_of_items_used_once_go_after_a_week_and_others_stay(
    databases: tuple[Ledger, Ledger],
) -> None:
    """A room that asks a poll a minute must not drag along every one there ever was."""
    one, _ = databases
    if one.engines is None:
        return
    for n in range(3):
        poll = PollId(f"p{n}")
        await one.apply(OpenPoll(origin(f"o{n}"), poll, "?", ("a", "b"), 60))
        await one.apply(RemovePoll(origin(f"r{n}"), poll))
    await one.apply(Pin(origin("up"), "今晚九折"))
    await one.apply(Pin(origin("down"), None))
    seen = NOW + MINUTE_MS
    assert (await prune(one.engines, seen)).tombstones == 0
    assert (await prune(one.engines, seen + 7 * DAY_MS - 1)).tombstones == 0
    assert (await prune(one.engines, seen + 7 * DAY_MS)).tombstones == 3
    # What may come back under its name goes on from its rev.
    again = await one.apply(Pin(origin("again"), "还有十分钟"))
    assert [(change.key, change.rev) for change in again.items] == [("pinned", 3)]
    await clean(one)
