"""Merging two accounts of one person."""

from dataclasses import replace

from server.domain.commands import MergeMembers
from server.domain.decision import Duplicate
from server.domain.facts import (
    CouponGranted,
    MemberRetired,
    MembersMerged,
    OrderBacked,
    ShoutedOut,
    TierDropped,
    TierReached,
)
from server.domain.state import TierHold
from server.ids import OrderId, TierId
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    NOW,
    Stage,
    a_member,
    a_refund,
    an_order,
    by,
    origin,
    stage_with,
)


def merges(who: str = MEI, gone: str = "lan") -> MergeMembers:
    return MergeMembers(origin(None), by(who), by(gone))


def a_pair(mei: int = 0, lan: int = 0) -> Stage:
    return stage_with(a_member(MEI, growth=mei, points=mei), a_member("lan", growth=lan, points=lan))


def test_X1_the_survivor_has_what_both_had_and_the_other_nothing() -> None:
    stage = a_pair(100, 40)
    stage.applied(merges())
    assert (stage.member().points, sum(day.growth for day in stage.member().days)) == (140, 140)
    assert (stage.member("lan").points, stage.member("lan").days) == (0, ())
    assert stage.member("lan").merged_into == MEI
    assert [fact.into for fact in stage.told(MemberRetired)] == [MEI]


def test_X1_T5_the_sum_may_reach_a_tier_and_none_is_lost() -> None:
    stage = a_pair(200, 150)
    stage.applied(merges())
    (reached,) = stage.told(TierReached)
    assert (reached.member, reached.tier, reached.previous) == (MEI, "silver", "bronze")
    assert len(stage.told(CouponGranted)) == len(stage.told(ShoutedOut)) == 1
    lower = a_pair(20, 2_500)
    lower.applied(merges())
    assert lower.member().tier == "gold"
    assert lower.told(TierReached) == []


def test_X1_T12_a_tier_that_either_was_shouted_in_is_not_shouted_again() -> None:
    lan = replace(a_member("lan", growth=150), shouted={TierId("silver"): NOW - DAY})
    stage = stage_with(a_member(MEI, growth=200), lan)
    stage.applied(merges())
    assert stage.member().tier == "silver"
    assert stage.told(ShoutedOut) == []


def test_T6_X1_a_year_that_is_over_is_over_before_the_accounts_are_one() -> None:
    ended = replace(a_member("lan", tier="gold"), tier_until_ms=NOW - DAY)
    stage = stage_with(a_member(), ended)
    stage.applied(merges())
    assert [fact.tier for fact in stage.told(TierDropped)] == ["silver"]
    assert stage.member().tier == "silver"


def test_X1_merging_again_is_a_repeat() -> None:
    stage = a_pair()
    stage.applied(merges())
    assert isinstance(stage.do(merges()), Duplicate)


def test_X1_nobody_is_merged_into_themselves_or_with_nobody() -> None:
    stage = a_pair()
    assert stage.refused(merges(MEI, MEI)).code == "bad_request"
    assert stage.refused(merges(MEI, "nobody")).code == "not_found"
    assert stage.refused(merges("nobody", MEI)).code == "not_found"
    assert stage.told(MembersMerged) == []


def test_X1_V3_what_either_has_by_itself_stands_behind_the_orders_of_both() -> None:
    silver = replace(a_member("lan", tier="silver"), tier_until_ms=NOW + 50 * DAY)
    stage = stage_with(a_member(MEI), silver)
    stage.applied(an_order("o1", yuan=310))
    stage.applied(an_order("o2", yuan=2_000))
    stage.applied(an_order("small", yuan=20))
    stage.applied(merges())
    behind = TierHold(TierId("silver"), NOW + 50 * DAY)
    assert [(one.order.id, one.order.replaced, one.behind) for one in stage.told(OrderBacked)] == [
        ("o1", behind, behind),
        ("o2", behind, behind),
    ]
    assert stage.world.orders[OrderId("o2")].member == MEI


def test_X1_V3_nothing_is_put_behind_orders_that_are_returnable_no_more_or_lift_nobody() -> None:
    stage = stage_with(a_member(MEI), a_member("lan", tier="silver"))
    stage.applied(an_order(yuan=2_000))
    stage.after(7 * DAY + 1).applied(merges())
    assert stage.told(OrderBacked) == []
    stands = stage_with(a_member(MEI), a_member("lan", tier="black"))
    stands.applied(an_order(yuan=2_000))
    stands.applied(merges())
    assert stands.told(OrderBacked) == []


def test_X1_V3_T6_a_year_that_ended_behind_an_order_counts_as_it_ended_without_it() -> None:
    """Mei's silver went down behind her order; Lan's silver, of less than a year, is more than what is left."""
    ended = replace(a_member(MEI, tier="silver"), tier_until_ms=NOW + DAY)
    stage = stage_with(ended, replace(a_member("lan", tier="silver"), tier_until_ms=NOW + 50 * DAY))
    stage.applied(an_order(yuan=2_000))
    stage.after(2 * DAY).applied(merges())
    assert [one.behind for one in stage.told(OrderBacked)] == [TierHold(TierId("silver"), NOW + 50 * DAY)]


def test_X1_V3_a_tier_that_the_sum_reaches_only_with_orders_rests_on_the_last_of_them() -> None:
    own = replace(a_member("lan", tier="silver"), tier_until_ms=NOW + 50 * DAY)
    stage = stage_with(a_member(MEI), own)
    stage.applied(an_order("o1", yuan=1_200))
    stage.after(DAY).applied(an_order("o2", yuan=1_200, who="lan"))
    stage.after(DAY).applied(merges())
    (reached,) = [fact for fact in stage.told(TierReached) if fact.tier == "gold"]
    assert (reached.by_order, reached.since_ms) == ("o2", NOW + DAY)
    assert reached.until_ms == stage.now + 365 * DAY
    assert (stage.member().tier_by_order, stage.member().tier_since_ms) == ("o2", NOW + DAY)
    behind = TierHold(TierId("silver"), NOW + 50 * DAY)
    assert [(one.order.id, one.behind) for one in stage.told(OrderBacked)] == [("o1", behind), ("o2", behind)]


def test_X1_V3_orders_whose_window_is_over_make_the_tier_of_the_sum_its_own() -> None:
    stage = a_pair()
    stage.applied(an_order("o1", yuan=1_200))
    stage.applied(an_order("o2", yuan=1_200, who="lan"))
    stage.after(7 * DAY + 1).applied(merges())
    assert (stage.member().tier, stage.member().tier_by_order) == ("gold", None)
    assert stage.told(OrderBacked) == []


def test_X1_V3_what_rests_on_growth_is_not_by_itself_when_accounts_become_one() -> None:
    """Lan's gold went back in part; what is behind it is there again, also as Mei, who had less."""
    stage = stage_with(replace(a_member(MEI, tier="bronze"), tier_until_ms=NOW + 50 * DAY), a_member("lan"))
    stage.applied(an_order("o1", yuan=2_000, who="lan"))
    stage.applied(a_refund("o1", yuan=1_500))
    stage.applied(merges())
    assert (stage.member().tier, stage.member().tier_by_order) == ("silver", "o1")
    assert [one.behind for one in stage.told(OrderBacked)] == [TierHold(TierId("bronze"), NOW + 50 * DAY)]


def test_X1_V3_the_own_tier_is_behind_what_the_sum_reaches_with_orders() -> None:
    holds = [TierHold(TierId("silver"), NOW + days * DAY) for days in (500, 400)]
    both = [
        replace(a_member(who, tier="silver"), tier_until_ms=hold.until_ms)
        for who, hold in zip((MEI, "lan"), holds, strict=True)
    ]
    stage = stage_with(*both)
    stage.applied(an_order("o1", yuan=1_200))
    stage.applied(an_order("o2", yuan=1_200, who="lan"))
    stage.applied(merges())
    assert [(one.order.id, one.behind) for one in stage.told(OrderBacked)] == [("o2", holds[0])]
    # The orders are the survivor's from now on, as the ledger has it.
    stage.world.orders = {one.id: replace(one, member=MEI) for one in stage.world.orders.values()}
    stage.applied(a_refund("o1", yuan=1_200))
    assert (stage.member().tier, stage.member().tier_until_ms) == ("silver", holds[0].until_ms)
