"""Paid orders and their refunds."""

from dataclasses import replace

import pytest

from server.domain.commands import ByIdentity, RecordPaidOrder
from server.domain.deciding import decide
from server.domain.decision import Applied, Conflict, Duplicate, Earned
from server.domain.facts import (
    Awarded,
    CouponUsed,
    IdentityLinked,
    MemberCreated,
    OrderPaid,
    OrderRefunded,
    ShoutedOut,
    TakenBack,
    TierDropped,
    TierReached,
)
from server.domain.ladder import totals
from server.domain.money import MAX_AMOUNT
from server.domain.rulebook import FIRST_ORDER, ORDER
from server.domain.state import Coupon, TierHold
from server.ids import CouponId, MemberId, TierId
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    NOW,
    Stage,
    a_member,
    a_refund,
    a_share,
    a_world,
    an_order,
    jifen,
    likes,
    stage_with,
)


def growth(stage: Stage, who: str = "mei") -> int:
    today = stage.world.calendar.day_of(stage.now)
    return totals(stage.member(who).days, today, 365).growth


def test_E3_V2_an_order_gives_a_point_and_a_growth_per_yuan_and_twenty_on_top() -> None:
    stage = stage_with()
    stage.do(an_order("first", yuan=1))
    assert stage.applied(an_order("o2", yuan=58)) == Applied(Earned(points=58, growth=78), ORDER)
    assert stage.told(OrderPaid)[1].order.points_given == 58


def test_E3_the_first_order_doubles_the_points_and_not_the_growth() -> None:
    assert stage_with().applied(an_order(yuan=100)) == Applied(Earned(200, 120), FIRST_ORDER)


@pytest.mark.parametrize("fen, points, growth", [(1, 0, 20), (99, 0, 20), (199, 1, 21), (12_345, 123, 143)])
def test_E7_fractions_of_a_yuan_are_floored(fen: int, points: int, growth: int) -> None:
    stage = stage_with()
    stage.do(an_order("first", yuan=1))
    assert stage.applied(an_order("o2", fen=fen)).earned == Earned(points, growth)


def test_E7_floor_comes_after_the_multiplier() -> None:
    stage = stage_with(a_member(growth=2_000))
    stage.do(an_order("first", yuan=1))
    assert stage.applied(an_order("o2", fen=1_099)).earned.points == 13  # 10.99 × 1.2 = 13.188


def test_E7_of_several_multipliers_the_highest_wins() -> None:
    black = stage_with(a_member(growth=10_000))
    assert black.applied(an_order("o1", yuan=100)).earned.points == 200  # first order ×2, not ×3
    assert black.applied(an_order("o2", yuan=100)).earned.points == 150


def test_E7_the_multiplier_is_that_of_the_tier_before_the_event() -> None:
    stage = stage_with(a_member(growth=1_000))
    stage.do(an_order("first", yuan=1))
    assert stage.applied(an_order("o2", yuan=1_000)).earned.points == 1_000
    assert stage.member().tier == "gold"
    assert stage.applied(an_order("o3", yuan=1_000)).earned.points == 1_200


def test_E7_a_boosted_tier_multiplies_while_it_lasts() -> None:
    member = a_member(growth=300)
    world = a_world(member)
    stage = Stage(world)
    stage.do(an_order("first", yuan=1))
    world.members[member.id] = replace(stage.member(), boost=TierHold(TierId("gold"), NOW + HOUR))
    assert stage.applied(an_order("o2", yuan=100)).earned.points == 120
    assert stage.after(HOUR).applied(an_order("o3", yuan=100)).earned.points == 100


def test_T5_one_order_of_300_yuan_reaches_silver_at_once() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    assert stage.member().tier == "silver"
    assert stage.member().tier_until_ms == NOW + 365 * DAY
    assert stage.member().tier_by_order == "o1"


def test_T2_the_extra_growth_makes_280_yuan_enough_for_silver_and_a_fen_less_is_not() -> None:
    almost, enough = stage_with(), stage_with()
    almost.do(an_order(fen=27_999))
    enough.do(an_order(fen=28_000))
    assert (almost.member().tier, enough.member().tier) == ("bronze", "silver")


def test_T5_crossing_several_tiers_names_only_the_highest() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=2_000))
    [reached] = stage.told(TierReached)
    assert (reached.previous, reached.tier) == ("basic", "gold")
    assert [shout.tier for shout in stage.told(ShoutedOut)] == ["gold"]


def test_E8_orders_earn_off_air_and_without_a_room_and_bound_by_no_cap() -> None:
    stage = stage_with(status=None)
    for number in range(30):
        assert stage.applied(an_order(f"o{number}", yuan=10, room=None)).earned.growth == 30
    assert growth(stage) == 900


def test_E8_growth_of_orders_leaves_the_days_behaviour_growth_untouched() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=500))
    assert stage.applied(a_share()).earned.growth == 10


def test_T4_an_order_makes_a_stranger_a_member_of_the_lowest_tier_first() -> None:
    stage = stage_with()
    facts = stage.decide(an_order(yuan=1, who="new")).facts
    assert isinstance(facts[0], MemberCreated)
    assert facts[0].member.tier == "basic"


def test_T4_a_member_met_by_an_identity_is_linked_to_it() -> None:
    command = replace(an_order(yuan=1), who=ByIdentity("douyin", "openid-1"))
    facts = decide(command, MemberId("m_new"), a_world(), NOW).facts
    assert IdentityLinked(MemberId("m_new"), "douyin", "openid-1", NOW) in facts


def test_R2_an_order_told_again_by_another_event_is_a_duplicate_with_the_first_answer() -> None:
    stage = stage_with()
    first = stage.applied(an_order(yuan=100, room="nowhere"))
    again = stage.do(an_order(yuan=100))
    assert again == Duplicate(Applied(first.earned, ORDER, "room_unknown"))
    assert stage.member().points == 200


@pytest.mark.parametrize("other", [an_order(yuan=101), an_order(yuan=100, who="other")])
def test_R2_an_order_told_differently_is_a_conflict(other: RecordPaidOrder) -> None:
    stage = stage_with()
    stage.do(an_order(yuan=100))
    assert stage.do(other) == Conflict()


def test_X9_another_currency_is_refused_for_orders_and_refunds() -> None:
    stage = stage_with()
    assert stage.refused(an_order(yuan=1, currency="USD")).code == "currency_mismatch"
    assert stage.refused(a_refund(yuan=1, currency="USD")).code == "currency_mismatch"


@pytest.mark.parametrize("fen", [0, -1, MAX_AMOUNT + 1])
def test_R8_an_amount_that_cannot_be_is_refused(fen: int) -> None:
    refusal = stage_with().refused(an_order(fen=fen))
    assert refusal.code == "bad_request"
    assert "amount" in refusal.message


def test_E10_an_unknown_room_is_said_and_the_order_counts() -> None:
    stage = stage_with()
    assert stage.applied(an_order(yuan=10, room="nowhere")).code == "room_unknown"
    assert stage.told(OrderPaid)[0].order.room is None


def coupon(*, off: int = 1_000, least: int = 0, expires_ms: int = NOW + HOUR) -> Coupon:
    return Coupon(CouponId("c1"), "升级立减券", off, least, NOW - HOUR, expires_ms, "level_up:silver")


def buyer_with(one: Coupon) -> Stage:
    return stage_with(replace(a_member(), coupons=(one,)))


def test_L2_an_order_uses_up_its_coupon_and_says_so() -> None:
    stage = buyer_with(coupon())
    assert stage.applied(an_order(yuan=10, coupon="c1")).code is None
    [used] = stage.told(CouponUsed)
    assert (used.coupon, used.order) == ("c1", "o1")
    assert stage.applied(an_order("o2", yuan=10, coupon="c1")).code == "coupon_refused"


@pytest.mark.parametrize(
    "one, fen, code",
    [
        (coupon(expires_ms=NOW), 1_000, "coupon_refused"),
        (coupon(least=9_900), 8_899, "coupon_refused"),
        (coupon(least=9_900), 8_900, None),  # the amount is what was paid after ¥10 off
    ],
)
def test_L2_a_bad_coupon_is_refused_and_the_order_counts(one: Coupon, fen: int, code: str | None) -> None:
    stage = buyer_with(one)
    answer = stage.applied(an_order(fen=fen, coupon="c1"))
    assert answer.code == code
    assert answer.earned.growth == fen // 100 + 20


def test_L2_nobody_uses_a_coupon_of_somebody_else() -> None:
    stage = buyer_with(coupon())
    assert stage.applied(an_order(yuan=10, who="thief", coupon="c1")).code == "coupon_refused"


def test_V3_a_refund_takes_back_its_floored_share_of_all_that_was_given() -> None:
    stage = stage_with()
    stage.do(an_order(fen=10_100))  # 202 points, 121 growth
    assert stage.applied(a_refund(fen=3_333)).earned == Earned(-66, -39)  # 66.66, 39.93
    assert stage.applied(a_refund(fen=3_333)).earned == Earned(-67, -40)  # 133.32 − 66, 79.86 − 39
    assert stage.applied(a_refund(fen=3_434)).earned == Earned(-69, -42)
    assert (stage.member().points, growth(stage)) == (0, 0)


def test_V3_what_was_refunded_before_its_order_takes_its_floored_share_too() -> None:
    stage = stage_with()
    stage.do(a_refund(fen=3_333))
    stage.do(an_order(fen=10_100))  # 202 points, 121 growth
    assert (stage.member().points, growth(stage)) == (202 - 66, 121 - 39)  # 66.66, 39.93
    assert stage.applied(a_refund(fen=6_767)).earned == Earned(-136, -82)


def test_V3_a_refund_counts_out_paid_amount_at_once_and_the_order_when_it_is_whole() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=100))
    stage.do(a_refund(yuan=40))
    stage.do(a_refund(yuan=60))
    assert [(taken.paid, taken.orders) for taken in stage.told(TakenBack)] == [(4_000, 0), (6_000, 1)]


def test_V3_points_and_growth_may_go_negative_and_are_shown_so() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=100))
    spent = replace(stage.member(), points=0, days=())
    stage.world.members[spent.id] = spent
    stage.do(a_refund(yuan=100))
    assert (stage.member().points, growth(stage)) == (-200, -120)


def test_V3_more_than_was_paid_is_refused() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=100))
    stage.do(a_refund(yuan=60))
    refusal = stage.refused(a_refund(fen=4_001))
    assert (refusal.code, refusal.details) == ("refund_exceeds", (("left", 4_000),))


def test_V3_a_tier_reached_by_the_refunded_order_falls_back_quietly_at_once() -> None:
    stage = stage_with(a_member(growth=20))
    stage.do(an_order(yuan=300))
    stage.do(a_refund(yuan=300))
    assert stage.member().tier == "bronze"
    [dropped] = stage.told(TierDropped)
    assert (dropped.previous, dropped.tier) == ("silver", "bronze")
    assert len(stage.told(ShoutedOut)) == 1


def test_V3_a_partial_refund_that_leaves_enough_growth_changes_no_tier() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    stage.do(a_refund(yuan=18))  # 320 − 19.2 → 301
    assert stage.member().tier == "silver"
    stage.do(a_refund(yuan=2))  # 320 − 21.33 → 299
    assert stage.member().tier == "bronze"


@pytest.mark.parametrize("parts", [(300,), (30, 270), (30, 250, 20), (1,) * 300, (299, 1)], ids=len)
def test_V3_an_order_returned_in_parts_leaves_no_tier_that_it_would_not_leave_at_once(
    parts: tuple[int, ...],
) -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    for part in parts:
        stage.do(a_refund(yuan=part))
    assert (stage.member().tier, stage.member().tier_until_ms, growth(stage)) == ("basic", None, 0)


def test_V3_returned_in_parts_what_stood_before_the_order_stays() -> None:
    own_bronze = a_member(growth=20, tier="bronze")
    stage = stage_with(own_bronze)
    stage.do(an_order(yuan=2_000))
    stage.do(a_refund(yuan=1_500))
    assert stage.member().tier == "silver"
    stage.do(a_refund(yuan=500))
    assert (stage.member().tier, stage.member().tier_until_ms) == ("bronze", own_bronze.tier_until_ms)
    assert stage.member().tier_by_order is None


def test_V3_after_the_return_window_a_refund_changes_no_tier_before_the_year_ends() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    stage.after(7 * DAY + 1).do(a_refund(yuan=300))
    assert stage.member().tier == "silver"
    assert growth(stage) == 0


def test_V3_a_refund_of_another_order_changes_no_tier() -> None:
    stage = stage_with()
    stage.do(an_order("small", yuan=100))
    stage.do(an_order("big", yuan=300))
    stage.do(a_refund("small", yuan=100))
    assert stage.told(TierDropped) == []


def test_T11_a_refund_gives_back_the_tier_that_stood_before_although_its_growth_is_old() -> None:
    old_gold = a_member(growth=0, tier="gold")  # its growth has left by age, its year runs on
    stage = stage_with(old_gold)
    stage.do(an_order(yuan=10_000))
    stage.do(a_refund(yuan=10_000))
    assert (stage.member().tier, stage.member().tier_until_ms) == ("gold", old_gold.tier_until_ms)


@pytest.mark.parametrize("returned", ["ab", "ba"])
def test_V3_two_orders_both_returned_leave_no_tier_behind(returned: str) -> None:
    stage = stage_with()
    yuan = {"a": 300, "b": 2_000}
    for order in "ab":
        stage.do(an_order(order, yuan=yuan[order]))
    for order in returned:
        stage.do(a_refund(order, yuan=yuan[order]))
    assert stage.member().tier == "basic"


def test_V3_a_tier_reached_again_by_behaviour_is_no_orders() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    stage.do(a_refund(yuan=290))
    member = stage.member()
    stage.world.members[member.id] = replace(member, tier=TierId("silver"), tier_by_order=None)
    stage.do(a_refund(yuan=10))
    assert stage.member().tier == "silver"


@pytest.mark.parametrize(
    "more, tier, until_ms", [(0, "bronze", NOW + DAY + 365 * DAY), (240, "silver", NOW + DAY + 365 * DAY)]
)
def test_V3_T6_a_year_that_ended_behind_the_order_was_judged_without_it(
    more: int, tier: str, until_ms: int
) -> None:
    own = replace(a_member(growth=more, tier="silver"), tier_until_ms=NOW + DAY)
    stage = stage_with(own)
    stage.do(an_order(yuan=2_000))
    stage.after(2 * DAY).do(a_refund(yuan=2_000))
    assert (stage.member().tier, stage.member().tier_until_ms) == (tier, until_ms)


def test_V3_a_refund_before_its_order_waits_and_is_applied_when_the_order_comes() -> None:
    stage = stage_with()
    assert stage.applied(a_refund(yuan=30)).earned == Earned()
    assert stage.told(OrderRefunded)[0].waiting
    answer = stage.after(6 * DAY).applied(an_order(yuan=100))
    assert answer.earned == Earned(200, 120)
    assert (stage.member().points, growth(stage)) == (140, 84)
    assert stage.refused(a_refund(fen=7_001)).code == "refund_exceeds"


def test_V3_an_order_refunded_before_it_came_is_not_celebrated() -> None:
    stage = stage_with()
    stage.do(a_refund(yuan=300))
    stage.do(an_order(yuan=300))
    assert (stage.told(TierReached), stage.told(ShoutedOut)) == ([], [])
    assert growth(stage) == 0


def test_V3_a_refund_that_waited_over_seven_days_is_forgotten() -> None:
    stage = stage_with()
    stage.do(a_refund(yuan=300))
    stage.after(7 * DAY + 1).do(an_order(yuan=300))
    assert stage.member().tier == "silver"


def test_V3_early_refunds_add_up_and_never_take_more_than_the_order() -> None:
    stage = stage_with()
    stage.do(a_refund(yuan=80))
    stage.do(a_refund(yuan=80))
    stage.do(an_order(yuan=100))
    assert (stage.member().points, growth(stage)) == (0, 0)
    assert stage.told(TakenBack)[0].orders == 1


def test_V3_a_refund_finds_the_buyer_whoever_it_names() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=100))
    stage.do(a_refund(yuan=100, who="somebody"))
    assert stage.member().points == 0
    assert MemberId("somebody") not in stage.world.members


def test_X7_an_award_of_an_order_names_rule_room_show_and_order() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=10))
    [awarded] = stage.told(Awarded)
    assert (awarded.rule, awarded.room, awarded.show, awarded.order, awarded.behaviour) == (
        "first_order",
        "r1",
        "s1",
        "o1",
        False,
    )


def test_V1_weight_of_spend_is_the_rulebooks() -> None:
    rulebook = jifen()
    half = replace(rulebook, order=replace(rulebook.order, growth_percent=50))
    assert stage_with(rulebook=half).applied(an_order(fen=30_100)).earned.growth == 150 + 20


def test_E3_likes_in_between_do_not_cost_the_first_order_its_double_points() -> None:
    stage = stage_with()
    stage.do(likes(3))
    assert stage.applied(an_order(yuan=10)).rule == "first_order"
