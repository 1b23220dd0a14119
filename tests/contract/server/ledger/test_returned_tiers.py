"""What is left of a tier when the orders that lifted it go back one by one (V3, T6): memory, SQLite, PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from server.domain.commands import Command
from server.ledger.verify import verify
from tests.contract.server.ledger.test_merged_tiers import (
    FRESH,
    YEAR_MS,
    found,
    in_turn,
    kept_for_its_year,
    standing,
)
from tests.support.ledger import DAY_MS, NOW, Ledger, granted, merged, on_database, paid, refunded

UNTIL_MS = NOW + 100 * DAY_MS
"""The end of the year of the silver that A has by itself."""
YUAN = {"o1": 2_000, "o2": 10_000}


async def lifted_twice(ledger: Ledger) -> None:
    await kept_for_its_year(ledger, "a", 300, until_ms=UNTIL_MS)
    await in_turn(ledger, paid("e1", "a", "o1", YUAN["o1"], at_ms=FRESH))
    await in_turn(ledger, paid("e2", "a", "o2", YUAN["o2"], at_ms=FRESH + 1))


@pytest.mark.parametrize("turn", [("o1", "o2"), ("o2", "o1")], ids="-".join)
async def test_V3_T6_two_orders_that_lifted_one_after_the_other_leave_what_stood_before_in_either_turn(
    ledger: Ledger, turn: tuple[str, ...]
) -> None:
    await lifted_twice(ledger)
    assert await standing(ledger, "a", NOW) == ("black", FRESH + 1 + YEAR_MS)
    for n, order in enumerate(turn):
        await in_turn(ledger, refunded(f"r-{order}", "a", order, YUAN[order], at_ms=NOW + n))
    assert await standing(ledger, "a", NOW + 2) == ("silver", UNTIL_MS)
    assert (await found(ledger, "a")).tier_by_order is None


@pytest.mark.parametrize("paid_before", [0, 1, 2])
async def test_V3_T6_it_is_the_same_when_orders_and_refunds_come_in_one_batch(
    ledger: Ledger, paid_before: int
) -> None:
    await kept_for_its_year(ledger, "a", 300, until_ms=UNTIL_MS)
    orders: list[Command] = [
        paid(f"e-{order}", "a", order, yuan, at_ms=FRESH) for order, yuan in YUAN.items()
    ]
    refunds = [refunded(f"r-{order}", "somebody", order, yuan, at_ms=NOW) for order, yuan in YUAN.items()]
    await in_turn(ledger, *orders[:paid_before])
    receipts = await ledger.receipts(*orders[paid_before:], *refunds)
    assert {one.outcome for one in receipts} == {"applied"}
    assert await standing(ledger, "a", NOW + 2) == ("silver", UNTIL_MS)


@pytest.mark.parametrize("one_batch", [False, True], ids=["in-turn", "at-once"])
async def test_V3_T6_the_tier_of_an_order_that_stays_is_there_again_with_its_own_year(
    ledger: Ledger, one_batch: bool
) -> None:
    await in_turn(ledger, paid("e1", "a", "o1", YUAN["o1"], at_ms=FRESH))
    comes = paid("e2", "a", "o2", YUAN["o2"], at_ms=FRESH + 1)
    goes = refunded("r", "somebody", "o2", YUAN["o2"], at_ms=NOW)
    for batch in [(comes, goes)] if one_batch else [(comes,), (goes,)]:
        await ledger.apply(*batch)
    assert await standing(ledger, "a", NOW) == ("gold", FRESH + YEAR_MS)
    assert (await found(ledger, "a")).tier_by_order == "o1"


async def test_V3_an_order_beneath_that_goes_back_when_its_window_is_over_keeps_its_tier(
    ledger: Ledger,
) -> None:
    """What V3 leaves to the end of the year is not taken by the refund of a later order either."""
    await kept_for_its_year(ledger, "a", 300, until_ms=UNTIL_MS)
    await in_turn(ledger, paid("e1", "a", "o1", 2_000, at_ms=FRESH))
    later = FRESH + 6 * DAY_MS
    await in_turn(ledger, paid("e2", "a", "o2", 10_000, at_ms=later))
    await in_turn(ledger, refunded("r1", "a", "o1", 2_000, at_ms=later + 2 * DAY_MS))
    await in_turn(ledger, refunded("r2", "a", "o2", 10_000, at_ms=later + 3 * DAY_MS))
    assert await standing(ledger, "a", later + 3 * DAY_MS) == ("gold", FRESH + YEAR_MS)
    assert (await found(ledger, "a")).tier_by_order is None, "nobody can take it any more"


@pytest.mark.parametrize("turn", [("o1", "o2", "o3"), ("o3", "o1", "o2"), ("o2", "o3", "o1")], ids="-".join)
async def test_V3_a_tier_that_is_supported_by_other_orders_goes_with_the_last_of_them(
    ledger: Ledger, turn: tuple[str, ...]
) -> None:
    await kept_for_its_year(ledger, "a", 300, until_ms=UNTIL_MS)
    yuan = {"o1": 2_000, "o2": 1_500, "o3": 1_500}
    for n, order in enumerate(yuan):
        await in_turn(ledger, paid(f"e-{order}", "a", order, yuan[order], at_ms=FRESH + n))
    tiers = []
    for n, order in enumerate(turn):
        await in_turn(ledger, refunded(f"r-{order}", "a", order, yuan[order], at_ms=NOW + n))
        tiers.append((await standing(ledger, "a", NOW + n))[0])
    # With o1 still there, which has reached gold, gold is there; without it, as long as the rest supports it.
    left = [set(yuan) - set(turn[: n + 1]) for n in range(3)]
    assert tiers == ["gold" if "o1" in some or len(some) == 2 else "silver" for some in left]
    assert await standing(ledger, "a", NOW + 3) == ("silver", UNTIL_MS)


@pytest.mark.parametrize(
    "turn", [("merge", "oa", "ob"), ("oa", "merge", "ob"), ("ob", "oa", "merge")], ids="-".join
)
async def test_X1_V3_what_two_accounts_reach_only_together_rests_on_the_orders_of_both(
    ledger: Ledger, turn: tuple[str, ...]
) -> None:
    """Merged first or last: returned orders leave nothing behind, and the silver of one stays."""
    await kept_for_its_year(ledger, "a", 300, until_ms=UNTIL_MS)
    for n, who in enumerate("ab"):
        await in_turn(ledger, paid(f"e{who}", who, f"o{who}", 1_200, at_ms=FRESH + n))
    for n, does in enumerate(turn):
        if does == "merge":
            await in_turn(ledger, merged("m", "b", "a", at_ms=NOW + n))
            both = not n
            assert ((await found(ledger, "b")).tier == "gold") is both
        else:
            await in_turn(ledger, refunded(f"r-{does}", does[1], does, 1_200, at_ms=NOW + n))
            if "merge" in turn[:n]:
                assert (await found(ledger, "b")).tier == "silver"
    assert await standing(ledger, "b", NOW + 3) == ("silver", UNTIL_MS)


async def test_X1_V3_what_the_sum_reaches_without_the_orders_hangs_on_none(ledger: Ledger) -> None:
    for n, who in enumerate("ab"):
        await in_turn(ledger, granted(f"g{who}", who, growth=1_100, at_ms=FRESH))
        await in_turn(ledger, paid(f"e{who}", who, f"o{who}", 300, at_ms=FRESH + n))
    await in_turn(ledger, merged("m", "b", "a"))
    assert (await found(ledger, "b")).tier_by_order is None
    for n, who in enumerate("ab"):
        await in_turn(ledger, refunded(f"r{who}", who, f"o{who}", 300, at_ms=NOW + 1 + n))
    assert await standing(ledger, "b", NOW + 3) == ("gold", NOW + YEAR_MS)


async def test_X1_V3_T6_what_the_sum_has_reached_stays_when_no_order_may_be_returned_any_more(
    ledger: Ledger,
) -> None:
    for n, who in enumerate("ab"):
        await in_turn(ledger, paid(f"e{who}", who, f"o{who}", 1_200, at_ms=FRESH + n))
    await in_turn(ledger, merged("m", "b", "a"))
    late = FRESH + 7 * DAY_MS + 2
    await in_turn(ledger, paid("e3", "b", "o3", 10_000, at_ms=late))
    for n, who in enumerate("ab"):
        await in_turn(ledger, refunded(f"r{who}", who, f"o{who}", 1_200, at_ms=late + 1 + n))
    await in_turn(ledger, refunded("r3", "b", "o3", 10_000, at_ms=late + 3))
    assert await standing(ledger, "b", late + 3) == ("gold", NOW + YEAR_MS)


async def test_R3_V3_both_orders_refunded_at_once_on_two_servers_leave_what_stood_before(
    ledger_url: str,
) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        for n in range(4):
            who, orders = f"m{n}", (f"x{n}", f"y{n}")
            await kept_for_its_year(one, who, 300, until_ms=UNTIL_MS)
            await in_turn(one, paid(f"ex{n}", who, orders[0], 2_000, at_ms=FRESH))
            await in_turn(one, paid(f"ey{n}", who, orders[1], 10_000, at_ms=FRESH + 1))
            first, second = (one, two) if n % 2 else (two, one)
            await asyncio.gather(
                first.apply(refunded(f"rx{n}", who, orders[0], 2_000, at_ms=NOW)),
                second.apply(refunded(f"ry{n}", who, orders[1], 10_000, at_ms=NOW)),
            )
            assert await standing(one, who, NOW + 1) == ("silver", UNTIL_MS)


@pytest.mark.parametrize("order", ["o1", 'a "\\" 单'], ids=["plain", "as-another-system-has-it"])
async def test_V3_R3_the_record_tells_on_which_order_a_tier_hangs(ledger_url: str, order: str) -> None:
    async with on_database(ledger_url) as ledger:
        assert ledger.engines is not None
        await in_turn(
            ledger, paid("e1", "a", order, 2_000, at_ms=FRESH), paid("e2", "a", "o2", 10_000, at_ms=FRESH + 1)
        )
        await in_turn(ledger, refunded("r", "a", "o2", 10_000, at_ms=NOW))
        assert (await found(ledger, "a")).tier_by_order == order
        assert (await verify(ledger.engines)).differences == ()
        for change in ("NULL", "'o2'"):
            async with ledger.engines.write() as connection:
                await connection.execute(text(f"UPDATE members SET tier_by_order = {change} WHERE id = 'a'"))
            told = (await verify(ledger.engines)).differences
            assert [(one.what, one.key) for one in told] == [("order behind a tier", "a")]
