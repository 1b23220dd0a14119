"""Of two accounts that become one the better tier stands; refunded, the other one is there again (X1, V3, T6)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from server.domain.commands import Command
from server.domain.state import Member
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    NOW,
    Ledger,
    commented,
    granted,
    member,
    merged,
    on_database,
    paid,
    refunded,
    time_kept,
)

YEAR_MS = 365 * DAY_MS
FRESH = NOW - DAY_MS
"""When fresh orders are paid; their return window is open for six days more."""


async def kept_for_its_year(ledger: Ledger, who: str, yuan: int, *, until_ms: int) -> None:
    """Let `who` have the tier of an order of `yuan` by itself, kept once (T6), with no growth that still counts."""
    start = until_ms - 2 * YEAR_MS
    await ledger.apply(paid(f"old-{who}", who, f"old-{who}", yuan, at_ms=start))
    again = start + 20 * DAY_MS
    await ledger.apply(paid(f"more-{who}", who, f"more-{who}", yuan * 8 // 10, at_ms=again))
    await ledger.apply(time_kept(f"year-{who}", who, at_ms=start + YEAR_MS))


async def standing(ledger: Ledger, who: str, at_ms: int) -> tuple[str, int | None]:
    """Return tier and the end of its year, after time has done what it does; the record must say the same."""
    await ledger.apply(commented(f"look-{at_ms}-{who}", who, at_ms=at_ms))
    now = await found(ledger, who, at_ms)
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()
    return now.tier, now.tier_until_ms


async def found(ledger: Ledger, who: str, at_ms: int = NOW) -> Member:
    return (await ledger.queries.members([member(who)], at_ms))[member(who)]


async def in_turn(ledger: Ledger, *commands: Command) -> None:
    for command in commands:
        (receipt,) = await ledger.receipts(command)
        assert receipt.outcome == "applied", receipt


@pytest.mark.parametrize("stays, goes", [("a", "b"), ("b", "a")], ids=["a-stays", "b-stays"])
@pytest.mark.parametrize("parts", [(2_000,), (1_500, 500), (1_990, 10)], ids=["whole", "halves", "rest"])
async def test_X1_V3_a_refund_after_a_merge_leaves_the_tier_that_the_other_account_had_by_itself(
    ledger: Ledger, stays: str, goes: str, parts: Sequence[int]
) -> None:
    until_ms = NOW + 100 * DAY_MS
    await kept_for_its_year(ledger, "a", 300, until_ms=until_ms)
    await in_turn(ledger, paid("e", "b", "o", 2_000, at_ms=FRESH), merged("m", stays, goes))
    assert await standing(ledger, stays, NOW) == ("gold", FRESH + YEAR_MS)
    for n, yuan in enumerate(parts):
        await in_turn(ledger, refunded(f"r{n}", stays, "o", yuan, at_ms=NOW + n + 1))
        assert await standing(ledger, stays, NOW + n + 1) == ("silver", until_ms)


@pytest.mark.parametrize("stays, goes", [("a", "b"), ("b", "a")], ids=["a-stays", "b-stays"])
async def test_X1_V3_of_two_equal_tiers_the_refund_takes_the_longer_year_with_its_order(
    ledger: Ledger, stays: str, goes: str
) -> None:
    until_ms = NOW + 100 * DAY_MS
    await kept_for_its_year(ledger, "a", 300, until_ms=until_ms)
    await in_turn(ledger, paid("e", "b", "o", 300, at_ms=FRESH), merged("m", stays, goes))
    assert await standing(ledger, stays, NOW) == ("silver", FRESH + YEAR_MS)
    await in_turn(ledger, refunded("r", stays, "o", 300, at_ms=NOW + 1))
    assert await standing(ledger, stays, NOW + 1) == ("silver", until_ms)


@pytest.mark.parametrize("first", ["o1", "o2"])
@pytest.mark.parametrize("stays, goes", [("a", "b"), ("b", "a")], ids=["a-stays", "b-stays"])
async def test_X1_V3_several_orders_that_lifted_the_other_account_go_in_either_order(
    ledger: Ledger, first: str, stays: str, goes: str
) -> None:
    until_ms = NOW + 100 * DAY_MS
    await kept_for_its_year(ledger, "a", 300, until_ms=until_ms)
    yuan = {"o1": 400, "o2": 2_000}
    await in_turn(ledger, paid("e1", "b", "o1", yuan["o1"], at_ms=FRESH))
    await in_turn(ledger, paid("e2", "b", "o2", yuan["o2"], at_ms=FRESH + 1), merged("m", stays, goes))
    for n, order in enumerate((first, "o1" if first == "o2" else "o2")):
        await in_turn(ledger, refunded(f"r{n}", stays, order, yuan[order], at_ms=NOW + n + 1))
    assert await standing(ledger, stays, NOW + 2) == ("silver", until_ms)


@pytest.mark.parametrize("first", ["oa", "ob"])
@pytest.mark.parametrize("yuan", [300, 2_000])
@pytest.mark.parametrize("stays, goes", [("a", "b"), ("b", "a")], ids=["a-stays", "b-stays"])
async def test_X1_V3_orders_of_both_accounts_all_refunded_leave_no_tier_behind(
    ledger: Ledger, first: str, yuan: int, stays: str, goes: str
) -> None:
    await in_turn(
        ledger, paid("ea", "a", "oa", 300, at_ms=FRESH), paid("eb", "b", "ob", yuan, at_ms=FRESH + 1)
    )
    await in_turn(ledger, merged("m", stays, goes))
    left = {"oa": 300, "ob": yuan}
    for n, order in enumerate((first, "oa" if first == "ob" else "ob")):
        await in_turn(ledger, refunded(f"r{n}", stays, order, left[order], at_ms=NOW + n + 1))
    after = await found(ledger, stays, NOW + 2)
    assert (after.tier, after.tier_until_ms) == ("basic", None)


@pytest.mark.parametrize("first", ["o1", "o2"])
async def test_V3_two_orders_of_one_account_both_refunded_leave_no_tier_behind(
    ledger: Ledger, first: str
) -> None:
    await in_turn(ledger, paid("e1", "a", "o1", 300), paid("e2", "a", "o2", 2_000, at_ms=NOW + 1))
    left = {"o1": 300, "o2": 2_000}
    for n, order in enumerate((first, "o1" if first == "o2" else "o2")):
        await in_turn(ledger, refunded(f"r{n}", "a", order, left[order], at_ms=NOW + n + 2))
    assert (await found(ledger, "a")).tier == "basic"


@pytest.mark.parametrize("stays, goes", [("a", "b"), ("b", "a")], ids=["a-stays", "b-stays"])
async def test_X1_V3_of_what_both_had_by_themselves_the_better_one_comes_back(
    ledger: Ledger, stays: str, goes: str
) -> None:
    """B's order took the place of a silver of B's own; A's silver lasts longer, and is what is left."""
    await kept_for_its_year(ledger, "a", 300, until_ms=NOW + 100 * DAY_MS)
    await kept_for_its_year(ledger, "b", 300, until_ms=NOW + 50 * DAY_MS)
    await in_turn(ledger, paid("e", "b", "o", 2_000, at_ms=FRESH), merged("m", stays, goes))
    await in_turn(ledger, refunded("r", stays, "o", 2_000, at_ms=NOW + 1))
    assert await standing(ledger, stays, NOW + 1) == ("silver", NOW + 100 * DAY_MS)


async def test_X1_V3_what_stood_before_the_order_stays_where_the_other_account_had_less(
    ledger: Ledger,
) -> None:
    await kept_for_its_year(ledger, "a", 300, until_ms=NOW + 100 * DAY_MS)
    await kept_for_its_year(ledger, "b", 2_000, until_ms=NOW + 50 * DAY_MS)
    await in_turn(ledger, paid("e", "b", "o", 10_000, at_ms=FRESH), merged("m", "a", "b"))
    await in_turn(ledger, refunded("r", "a", "o", 10_000, at_ms=NOW + 1))
    assert await standing(ledger, "a", NOW + 1) == ("gold", NOW + 50 * DAY_MS)


@pytest.mark.parametrize("merges", [("ba", "cb"), ("cb", "ac"), ("bc", "ab")], ids="-".join)
async def test_X1_V3_after_a_merge_of_a_merge_the_best_of_all_comes_back(
    ledger: Ledger, merges: tuple[str, str]
) -> None:
    await kept_for_its_year(ledger, "a", 300, until_ms=NOW + 100 * DAY_MS)
    await kept_for_its_year(ledger, "c", 2_000, until_ms=NOW + 50 * DAY_MS)
    await in_turn(ledger, paid("e", "b", "o", 10_000, at_ms=FRESH))
    for n, pair in enumerate(merges):
        await in_turn(ledger, merged(f"m{n}", pair[0], pair[1], at_ms=NOW + n))
    survivor = merges[1][0]
    assert (await standing(ledger, survivor, NOW + 2))[0] == "black"
    await in_turn(ledger, refunded("r", survivor, "o", 10_000, at_ms=NOW + 3))
    assert await standing(ledger, survivor, NOW + 3) == ("gold", NOW + 50 * DAY_MS)


async def test_X1_V3_T6_a_year_that_ends_behind_the_order_is_judged_as_if_there_had_been_none(
    ledger: Ledger,
) -> None:
    """Had the order never been paid, silver would have gone down one step at the end of its year, to bronze."""
    until_ms = NOW + DAY_MS
    await kept_for_its_year(ledger, "a", 300, until_ms=until_ms)
    await in_turn(ledger, paid("e", "b", "o", 2_000, at_ms=FRESH), merged("m", "b", "a"))
    await in_turn(ledger, refunded("r", "b", "o", 2_000, at_ms=NOW + 2 * DAY_MS))
    assert await standing(ledger, "b", NOW + 2 * DAY_MS) == ("bronze", until_ms + YEAR_MS)


async def test_X1_V3_T8_a_granted_tier_stands_apart_from_what_the_refund_gives_back(ledger: Ledger) -> None:
    until_ms = NOW + 100 * DAY_MS
    await kept_for_its_year(ledger, "a", 300, until_ms=until_ms)
    await in_turn(ledger, paid("e", "b", "o", 2_000, at_ms=FRESH), merged("m", "b", "a"))
    await in_turn(ledger, granted("g", "b", tier="black", until_ms=NOW + 30 * DAY_MS))
    await in_turn(ledger, refunded("r", "b", "o", 2_000, at_ms=NOW + 1))
    assert await standing(ledger, "b", NOW + 1) == ("silver", until_ms)
    grant = (await found(ledger, "b")).grant
    assert grant is not None
    assert (grant.tier, grant.until_ms) == ("black", NOW + 30 * DAY_MS)


async def test_X1_V3_after_the_return_window_the_tier_is_judged_at_the_end_of_its_year(
    ledger: Ledger,
) -> None:
    await kept_for_its_year(ledger, "a", 300, until_ms=NOW + 100 * DAY_MS)
    await in_turn(ledger, paid("e", "b", "o", 2_000, at_ms=FRESH), merged("m", "b", "a"))
    late = FRESH + 7 * DAY_MS + 1
    await in_turn(ledger, refunded("r", "b", "o", 2_000, at_ms=late))
    assert await standing(ledger, "b", late) == ("gold", FRESH + YEAR_MS)


async def test_X1_V3_R3_the_record_tells_what_stands_behind_an_order(ledger_url: str) -> None:
    async with on_database(ledger_url) as ledger:
        assert ledger.engines is not None
        await kept_for_its_year(ledger, "a", 300, until_ms=NOW + 100 * DAY_MS)
        await in_turn(ledger, paid("e", "b", "o", 2_000, at_ms=FRESH), merged("m", "b", "a"))
        assert (await verify(ledger.engines)).differences == ()
        for change in ("replaced_tier = 'bronze'", "replaced_tier = 'silver', replaced_until_ms = 1"):
            async with ledger.engines.write() as connection:
                await connection.execute(text(f"UPDATE orders SET {change} WHERE id = 'o'"))
            told = (await verify(ledger.engines)).differences
            assert [(one.what, one.key) for one in told] == [("tier behind an order", "o")]
