"""Two accounts of one person become one member, on every ledger (X1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.domain.decide.redemptions import redemption_id
from server.domain.decision import Earned
from server.domain.gift_commands import GivePoints
from server.ids import MemberId, OrderId
from server.ledger import reward_tables  # noqa: F401  registers its tables
from server.ledger.merging import (
    ADDED_UP,
    BOTH_SIDES,
    HANDED_OVER,
    LATER_STAYS,
    LEFT_ALONE,
    ONE_EACH,
    PLACES,
)
from server.ledger.tables import metadata
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    NOW,
    Ledger,
    captured,
    checked_in,
    commented,
    granted,
    held,
    joined,
    liked,
    linked,
    member,
    merged,
    on_database,
    origin,
    paid,
    refunded,
    who_of,
)


async def verified(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def of(ledger: Ledger, who: str, at_ms: int = NOW) -> tuple[int, int, int]:
    """Return points, held points and the growth of all days."""
    found = (await ledger.queries.members([member(who)], at_ms))[member(who)]
    return found.points, found.held, sum(day.growth for day in found.days)


def test_X1_LED46_every_table_about_members_says_what_a_merge_does_to_it() -> None:
    naming = {"member", "giver", "receiver"}
    about = {table.name for table in metadata.tables.values() if naming & set(table.columns.keys())}
    assert about == {*BOTH_SIDES, *HANDED_OVER, *ADDED_UP, *ONE_EACH, *PLACES, *LATER_STAYS, *LEFT_ALONE}


async def test_X1_the_survivor_has_all_and_every_line_of_both_can_be_read(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(paid("e1", "b", "o1", 100), paid("e2", "wx:anna", "o2", 300))
    gone = next(iter((await ledger.queries.resolve([who_of("wx:anna")])).values()))
    await ledger.apply(
        liked("l1", "b", 4), liked("l2", gone, 7), commented("c", gone), checked_in("ci", gone)
    )
    before = [len(await ledger.queries.entries(one, None, 100)) for one in (member("b"), gone)]
    points = (await of(ledger, "b"))[0] + (await of(ledger, gone))[0]
    committed = await ledger.apply(merged("m", "b", "wx:anna"))
    assert (committed.receipts[0].outcome, committed.receipts[0].member) == ("applied", "b")
    assert {one.id: one.version for one in committed.members}.keys() == {"b", gone}
    assert (await of(ledger, "b"))[0] == points
    assert await of(ledger, gone) == (0, 0, 0)
    lines = await ledger.queries.entries(member("b"), None, 100)
    assert len(lines) > sum(before)
    assert {line.member for line in lines} == {"b", gone}
    assert sum(line.delta for line in lines if line.book == "points") == points
    whole = (await ledger.queries.members([member("b")], NOW))[member("b")]
    assert whole.tier == "silver"
    assert whole.awards["total", "like"].n == 11  # type: ignore[index]  # rules are text
    assert [coupon.reason for coupon in whole.coupons] == ["level_up:silver"]
    (settled,) = [one for one in committed.members if one.id == "b"]
    assert settled.days == whole.days
    await verified(ledger)


async def test_X1_every_name_of_the_other_means_the_survivor_from_then_on(ledger: Ledger) -> None:
    await ledger.apply(joined("j1", "b"), joined("j2", "wx:anna"))
    (gone,) = (await ledger.queries.resolve([who_of("wx:anna")])).values()
    await ledger.apply(merged("m", "b", gone))
    found = await ledger.queries.resolve([who_of("wx:anna"), who_of(gone), who_of("b")])
    assert set(found.values()) == {"b"}
    assert list(await ledger.queries.identities(member("b"))) == [("wx", "anna")]
    receipts = await ledger.receipts(paid("e1", gone, "o1", 10), paid("e2", "wx:anna", "o2", 10))
    assert [one.member for one in receipts] == ["b", "b"]
    assert (await of(ledger, "b"))[0] == 20 + 10
    await verified(ledger)


async def test_X1_a_chain_of_merges_leads_to_its_end(ledger: Ledger) -> None:
    for n, who in enumerate("dcba"):
        await ledger.apply(paid(f"e{n}", who, f"o{n}", 10))
    # Towards higher and lower ids, in pairs and as a line.
    for n, (who, gone) in enumerate((("b", "a"), ("c", "b"), ("d", "c"))):
        assert (await ledger.receipts(merged(f"m{n}", who, gone)))[0].outcome == "applied"
    receipts = await ledger.receipts(*(paid(f"p{who}", who, f"q{who}", 5) for who in "abcd"))
    assert {one.member for one in receipts} == {"d"}
    assert await of(ledger, "d") == (4 * 20 + 4 * 5, 0, 4 * 30 + 4 * 25)
    assert {line.member for line in await ledger.queries.entries(member("d"), None, 100)} == set("abcd")
    await verified(ledger)


async def test_X1_V3_refunds_and_captures_of_the_others_orders_hit_the_survivor(ledger: Ledger) -> None:
    await ledger.apply(paid("e1", "a", "o1", 100), granted("g", "a", points=500), joined("j", "b"))
    await ledger.apply(held("h", "a", "o9", 300))
    await ledger.apply(merged("m", "b", "a"))
    assert (await of(ledger, "b"))[:2] == (700, 300)
    receipts = await ledger.receipts(refunded("r", "a", "o1", 50), captured("cap", "a", "h"))
    assert [(one.outcome, one.member, one.earned) for one in receipts] == [
        ("applied", "b", Earned(-100, -60)),
        ("applied", "b", Earned(-300, 0)),
    ]
    assert await of(ledger, "b") == (300, 0, 60)
    order = await ledger.queries.order(OrderId("o1"))
    redemption = await ledger.queries.redemption(redemption_id("api", "h"))
    assert order is not None
    assert redemption is not None
    assert (order.member, redemption.member, redemption.state) == ("b", "b", "captured")
    again = await ledger.receipts(paid("e2", "a", "o1", 100), paid("e3", "b", "o1", 100))
    assert [one.outcome for one in again] == ["duplicate", "duplicate"]
    await verified(ledger)


async def test_X1_T11_days_and_counters_of_years_ago_move_too(ledger: Ledger) -> None:
    long_ago = NOW - 500 * DAY_MS
    await ledger.apply(paid("e1", "a", "o1", 100, at_ms=long_ago), joined("j", "b", at_ms=long_ago))
    await ledger.apply(paid("e2", "b", "o2", 10, at_ms=long_ago))
    await ledger.apply(merged("m", "b", "a"))
    # The old days show themselves when the old order is refunded: its bucket is the survivor's now.
    await ledger.apply(refunded("r", "b", "o1", 100))
    await verified(ledger)
    assert (await of(ledger, "b"))[0] == 20


async def test_X1_merging_twice_is_a_repeat_and_both_ways_round_is_no_loop(ledger: Ledger) -> None:
    await ledger.apply(joined("j1", "a"), joined("j2", "b"))
    said = [(await ledger.receipts(one))[0] for one in (merged("m1", "b", "a"), merged("m2", "b", "a"))]
    assert [(one.outcome, one.member) for one in said] == [("applied", "b"), ("duplicate", "b")]
    back = (await ledger.receipts(merged("m3", "a", "b")))[0]
    assert (back.outcome, back.member) == ("duplicate", "b")
    itself = (await ledger.receipts(merged("m4", "b", "b")))[0]
    assert (itself.outcome, itself.code) == ("refused", "bad_request")
    nobody = (await ledger.receipts(merged("m5", "b", "wx:nobody")))[0]
    assert (nobody.outcome, nobody.code) == ("refused", "not_found")
    await verified(ledger)


async def test_X1_LED46_a_merge_is_a_batch_of_its_own(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="alone"):
        await ledger.apply(joined("j", "a"), merged("m", "b", "a"))
    assert await ledger.queries.resolve([who_of("a")]) == {}


async def test_X1_identities_linked_to_either_are_the_survivors(ledger: Ledger) -> None:
    await ledger.apply(linked("k1", "a", "wx", "1"), linked("k2", "b", "app", "2"))
    await ledger.apply(merged("m", "b", "a"))
    assert set(await ledger.queries.identities(member("b"))) == {("wx", "1"), ("app", "2")}
    taken = await ledger.receipts(linked("k3", "c", "wx", "1"), linked("k4", "a", "dy", "3"))
    assert [(one.outcome, one.code, one.member) for one in taken] == [
        ("refused", "identity_taken", "c"),
        ("applied", None, "b"),
    ]
    await verified(ledger)


@pytest.fixture
async def two(ledger_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    async with on_database(ledger_url) as one, on_database(ledger_url) as other:
        yield one, other


async def test_X1_R3_orders_of_both_run_on_while_they_are_merged(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    await one.apply(joined("j1", "a"), joined("j2", "b"))

    async def orders() -> None:
        for n in range(12):
            who = "ab"[n % 2]
            await other.apply(paid(f"e{n}", who, f"o{n}", 10), refunded(f"r{n}", who, f"o{n}", 5))

    await asyncio.gather(orders(), one.apply(merged("m", "b", "a")))
    assert (await of(one, "a"))[0] == 0
    # The first order of each counts double if it came before the merge, else that of one of them.
    total = (await of(one, "b"))[0]
    assert total in (12 * 5 + 5, 12 * 5 + 10)
    for n in range(12):
        order = await one.queries.order(OrderId(f"o{n}"))
        assert order is not None
        assert order.member == "b"
    await verified(one)


async def test_X1_R3_a_refund_and_a_merge_at_once_take_back_once(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    for n in range(8):
        kept, gone = (f"k{n}", f"g{n}") if n % 2 else (f"x{n}", f"a{n}")
        await one.apply(paid(f"e{n}", gone, f"o{n}", 100), joined(f"j{n}", kept))
        await asyncio.gather(
            one.apply(merged(f"m{n}", kept, gone)), other.apply(refunded(f"r{n}", gone, f"o{n}", 100))
        )
        assert await of(one, kept) == (0, 0, 0)
        assert await of(one, gone) == (0, 0, 0)
    await verified(one)


async def test_X1_R3_two_merges_in_opposite_directions_leave_one_member(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    for n in range(8):
        left, right = f"l{n}", f"r{n}"
        await one.apply(paid(f"e{n}", left, f"o{n}", 10), paid(f"f{n}", right, f"p{n}", 20))
        first, second = await asyncio.gather(
            one.receipts(merged(f"m{n}", left, right)), other.receipts(merged(f"n{n}", right, left))
        )
        assert sorted((first[0].outcome, second[0].outcome)) == ["applied", "duplicate"]
        assert first[0].member == second[0].member
        survivor = MemberId(first[0].member or "")
        assert (await of(one, survivor))[0] == 60
    await verified(one)


async def test_X1_R3_three_merges_in_a_ring_end_in_one_member(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    await one.apply(*(paid(f"e{who}", who, f"o{who}", 10) for who in "abc"))
    await asyncio.gather(
        one.apply(merged("m1", "b", "a")),
        other.apply(merged("m2", "c", "b")),
        one.apply(merged("m3", "a", "c")),
    )
    (survivor,) = set((await one.queries.resolve([who_of(who) for who in "abc"])).values())
    assert (await of(one, survivor))[0] == 60
    await verified(one)


async def test_X1_P5_a_gift_to_the_other_reaches_the_survivor(ledger: Ledger) -> None:
    await ledger.apply(paid("e1", "rich", "o1", 500, at_ms=NOW - 30 * DAY_MS))
    await ledger.apply(joined("j1", "a"), joined("j2", "b"))
    await ledger.apply(merged("m", "b", "a"))
    gift = GivePoints(origin("g", source="live"), who_of("rich"), member("a"), 100)
    (receipt,) = await ledger.receipts(gift)
    assert receipt.outcome == "applied"
    assert (await of(ledger, "b"))[0] == 100
    assert (await ledger.receipts(merged("m2", "rich", "b")))[0].outcome == "applied"
    assert (await of(ledger, "rich"))[0] == 1_000
    await verified(ledger)
