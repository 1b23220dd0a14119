"""Points held for some days, on every ledger, and with many at once on both databases (E6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.domain.commands import ReleaseAward
from server.domain.rulebook import LIKE
from server.ids import HeldAwardId, derived
from server.ledger.due import DueWork
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    NOW,
    RULEBOOK,
    Ledger,
    gave,
    granted,
    held,
    in_memory,
    joined,
    liked,
    member,
    merged,
    on_database,
    origin,
    paid,
    refunded,
    who_of,
)

HOLDING = replace(
    RULEBOOK,
    order=replace(RULEBOOK.order, hold_ms=3 * DAY_MS),
    behaviours={**RULEBOOK.behaviours, LIKE: replace(RULEBOOK.behaviours[LIKE], hold_ms=DAY_MS)},
)


@pytest.fixture
async def ledger(any_ledger_url: str | None) -> AsyncIterator[Ledger]:
    """A ledger, on each of its implementations, whose likes wait a day and whose orders wait three."""
    if any_ledger_url is None:
        yield in_memory(HOLDING)
        return
    async with on_database(any_ledger_url, HOLDING) as opened:
        yield opened


def of_order(order: str) -> HeldAwardId:
    return HeldAwardId(derived("ha", "order", order))


def of_likes(who: str, before: int = 0) -> HeldAwardId:
    return HeldAwardId(derived("ha", who, LIKE, before))


def award_released(event: str, who: str, award: HeldAwardId, *, at_ms: int) -> ReleaseAward:
    return ReleaseAward(origin(event, source="jobs", room=None, at_ms=at_ms), who_of(who), award)


async def stands(ledger: Ledger, who: str = "m1") -> tuple[int, int]:
    found = (await ledger.queries.members([member(who)], NOW))[member(who)]
    return found.points, found.held


async def is_right(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_E6_held_points_are_released_when_due_and_taken_back_with_their_order(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(liked("l1", "m1", 3), liked("l2", "m1", 2), paid("e", "m1", "o1", 100))
    assert await stands(ledger) == (205, 205)
    await is_right(ledger)
    [refused] = await ledger.receipts(held("h", "m1", "o9", 100))
    assert refused.code == "not_enough_points"
    due = NOW + DAY_MS
    await ledger.apply(award_released("early", "m1", of_likes("m1"), at_ms=due - 1))
    assert await stands(ledger) == (205, 205)
    first = award_released("r1", "m1", of_likes("m1"), at_ms=due)
    again = award_released("r2", "m1", of_likes("m1"), at_ms=due)
    committed = await ledger.apply(first, again, award_released("r3", "m1", of_likes("m1", 3), at_ms=due))
    assert [one.outcome for one in committed.receipts] == ["applied"] * 3
    assert await stands(ledger) == (205, 200)
    await ledger.apply(refunded("b", "m1", "o1", 40, at_ms=due))
    assert await stands(ledger) == (125, 120)
    await ledger.apply(award_released("r4", "m1", of_order("o1"), at_ms=NOW + 3 * DAY_MS))
    assert await stands(ledger) == (125, 0)
    [taken] = await ledger.receipts(held("h2", "m1", "o9", 100))
    assert taken.outcome == "applied"
    await ledger.apply(refunded("b2", "m1", "o1", 60, at_ms=NOW + 3 * DAY_MS))
    assert await stands(ledger) == (5, 100), "the refund takes points that are spent already (V3)"
    await is_right(ledger)


async def test_E6_X1_a_merge_moves_what_is_held(ledger: Ledger) -> None:
    await ledger.apply(joined("j", "m1"), paid("e", "m2", "o1", 100))
    await ledger.apply(merged("m", "m1", "m2"))
    assert await stands(ledger) == (200, 200)
    await is_right(ledger)
    await ledger.apply(refunded("b", "m2", "o1", 50, at_ms=NOW + 1))
    assert await stands(ledger) == (100, 100)
    await ledger.apply(award_released("r", "m2", of_order("o1"), at_ms=NOW + 3 * DAY_MS))
    assert await stands(ledger) == (100, 0)
    await is_right(ledger)


async def test_E6_P1_what_is_held_and_returnable_is_kept_back_once(ledger: Ledger) -> None:
    long_ago = NOW - 30 * DAY_MS
    await ledger.apply(
        joined("j1", "m1", at_ms=long_ago),
        joined("j2", "m2", at_ms=long_ago),
        granted("g", "m1", growth=100, at_ms=long_ago),
        granted("p", "m1", points=300, at_ms=long_ago),
    )
    await ledger.apply(paid("e", "m1", "o1", 100))
    receipts = await ledger.receipts(gave("g1", "m1", "m2", 301), gave("g2", "m1", "m2", 300))
    assert [receipt.code for receipt in receipts] == ["not_enough_points", None]
    await is_right(ledger)


async def test_E6_R3_a_release_and_a_refund_at_once_take_each_point_once(ledger_url: str) -> None:
    due = NOW + 3 * DAY_MS
    async with on_database(ledger_url, HOLDING) as one, on_database(ledger_url, HOLDING) as two:
        for turn in range(8):
            await one.apply(paid(f"e{turn}", "m1", f"o{turn}", 50))
        assert (await stands(one))[0] == (await stands(one))[1] > 0
        releases = [award_released(f"r{turn}", "m1", of_order(f"o{turn}"), at_ms=due) for turn in range(8)]
        twice = [award_released(f"t{turn}", "m1", of_order(f"o{turn}"), at_ms=due) for turn in range(8)]
        refunds = [refunded(f"b{turn}", "m1", f"o{turn}", 25, at_ms=due) for turn in range(8)]
        work = [
            (one, two)[n % 2].apply(command)
            for n, command in enumerate(
                each for trio in zip(releases, refunds, twice, strict=True) for each in trio
            )
        ]
        await asyncio.gather(*work)
        points, still = await stands(two)
        assert (points, still) == ((50 * 9) // 2, 0), "the first order counts twice (E3), half is refunded"
        await is_right(one)


async def test_E6_due_are_the_awards_whose_days_are_over_and_that_are_still_held(ledger_url: str) -> None:
    async with on_database(ledger_url, HOLDING) as ledger:
        await ledger.apply(paid("e1", "m1", "o1", 10), paid("e2", "m2", "o2", 10, at_ms=NOW + 1))
        await ledger.apply(paid("e3", "m3", "o3", 10), refunded("b3", "m3", "o3", 10))
        assert ledger.engines is not None
        due = DueWork(ledger.engines)
        assert await due.held_awards(NOW + 3 * DAY_MS - 1, 9) == []
        assert [one.id for one in await due.held_awards(NOW + 3 * DAY_MS, 9)] == [of_order("o1")]
        assert [one.member for one in await due.held_awards(NOW + 3 * DAY_MS + 1, 9)] == ["m2"]
