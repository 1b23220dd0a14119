"""What a member sees of themselves."""

from dataclasses import fields, replace

import pytest

from server.domain.card import DayOffer, MemberCard, Retention, Service, Way, card_of
from server.domain.phrases import Hint
from server.domain.rewards import NearestReward, Reward, on_offer
from server.domain.rulebook import Rulebook
from server.domain.state import Coupon, DayBucket, Member, Show, TierHold
from server.ids import CouponId, OrderId, RewardId, RuleId, TierId
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    NOW,
    TODAY,
    a_comment,
    a_member,
    a_share,
    a_show,
    an_order,
    follows,
    jifen,
    likes,
    shanghai,
    stage_with,
    terms,
    watched,
    with_member_day,
)

PROTOCOL_KEYS = (
    "member author name version as_of_ms tier real_tier until_ms boost growth points held next today "
    "nearest_reward retention tasks coupons multiplier streak cohort service member_day tickets"
).split()


def card(member: Member, *, show: Show | None = None, now_ms: int = NOW) -> MemberCard:
    return card_of(member, jifen(), shanghai(), show, now_ms)


def way(rule: str, points: int, left: int) -> Way:
    return Way(RuleId(rule), points, left)


def test_L7_a_card_has_every_key_of_the_protocol_and_no_other() -> None:
    assert [field.name for field in fields(MemberCard)] == PROTOCOL_KEYS


def test_L7_what_later_parts_bring_is_null_or_empty() -> None:
    shown = card(a_member())
    assert (shown.nearest_reward, shown.retention, shown.cohort, shown.boost) == (None, None, None, None)
    assert (dict(shown.tasks), shown.streak, shown.held) == ({}, 0, 0)


def test_P8_the_card_names_the_nearest_reward_by_the_points_that_are_not_held() -> None:
    shop = on_offer((Reward(RewardId("bag"), terms(100)), Reward(RewardId("cup"), terms(300, name="杯子"))))
    member = replace(a_member(points=250), held=50)
    shown = card_of(member, jifen(), shanghai(), None, NOW, shop).nearest_reward
    assert shown == NearestReward("cup", "杯子", 100)


def test_T4_a_newcomer_has_the_lowest_tier_for_ever() -> None:
    shown = card(a_member())
    assert (shown.tier, shown.real_tier, shown.until_ms, shown.multiplier) == ("basic", None, None, 1.0)


def test_T9_the_card_names_tiers_by_id_and_says_until_when() -> None:
    member = a_member(growth=2_000, points=7)
    shown = card(member)
    assert (shown.tier, shown.until_ms, shown.multiplier) == ("gold", member.tier_until_ms, 1.2)
    assert (shown.growth, shown.points, shown.version, shown.as_of_ms) == (2_000, 7, 1, NOW)


def test_T8_a_boosted_member_sees_both_tiers_and_the_boosts_end() -> None:
    boost = TierHold(TierId("gold"), NOW + HOUR)
    shown = card(replace(a_member(growth=300), boost=boost))
    assert (shown.tier, shown.real_tier, shown.until_ms, shown.boost) == ("gold", "silver", NOW + HOUR, boost)
    assert shown.multiplier == 1.2
    assert shown.next is not None
    assert shown.next.tier == "gold"  # what is to be reached stands above the real tier


def test_T8_a_boost_that_ran_out_is_gone() -> None:
    shown = card(replace(a_member(growth=300), boost=TierHold(TierId("gold"), NOW)))
    assert (shown.tier, shown.real_tier, shown.boost) == ("silver", None, None)


def test_T8_of_two_reasons_for_a_tier_the_longer_one_ends_it() -> None:
    gold = TierId("gold")
    member = replace(a_member(), boost=TierHold(gold, NOW + 1), grant=TierHold(gold, NOW + DAY))
    assert card(member).until_ms == NOW + DAY


def test_T11_the_card_shows_the_growth_of_365_days() -> None:
    days = (DayBucket(TODAY - 365, 1_000), DayBucket(TODAY - 364, 20), DayBucket(TODAY, 3))
    assert card(a_member(tier="bronze", days=days)).growth == 23


def test_V3_negative_points_and_growth_are_shown_so() -> None:
    shown = card(a_member(points=-200, days=(DayBucket(TODAY, -120),), tier="basic"))
    assert (shown.points, shown.growth) == (-200, -120)
    assert shown.next is not None
    assert shown.next.growth_to_go == 135


@pytest.mark.parametrize(
    "growth, tier, to_go, yuan_fen",
    [(0, "bronze", 15, 1), (15, "silver", 285, 26_500), (1_999, "gold", 1, 1)],
)
def test_T10_the_gap_is_shown_in_growth_and_in_money_for_one_order(
    growth: int, tier: str, to_go: int, yuan_fen: int
) -> None:
    ahead = card(a_member(growth=growth)).next
    assert ahead is not None
    assert (ahead.tier, ahead.growth_to_go, ahead.spend_to_go) == (tier, to_go, yuan_fen)


def test_T10_the_top_has_nothing_above() -> None:
    assert card(a_member(growth=10_000)).next is None


def test_O4_while_the_show_is_not_live_nobody_is_sent_to_earn_in_it() -> None:
    member = a_member(growth=290)
    live, ended, anywhere = (card(member, show=show).next for show in (a_show(), a_show("ended"), None))
    assert live is not None
    assert ended is not None
    assert live == anywhere
    assert (live.hint.key, ended.hint.key) == ("next.share", "next.any_order")


def test_L7_today_says_what_is_earned_and_what_is_still_to_be_had() -> None:
    stage = stage_with()
    fresh = card(a_member())
    assert (fresh.today.earned, fresh.today.claimable) == (
        0,
        4 * 50 + 10 * 5 + 10 + 3 * 10 + 5 * 5 + 20 + 10 + 5 * 50,
    )
    stage.do(a_comment())
    stage.do(likes(4))
    for _ in range(3):
        stage.do(a_share())
    shown = card(stage.member()).today
    assert shown.earned == 5 + 4 + 30
    assert shown.ways == (
        way("watch15", 50, 4),
        way("comment", 5, 9),
        way("like", 1, 6),
        way("vote", 5, 5),
        way("follow", 20, 1),
        way("check_in", 10, 1),
        way("invite", 50, 5),
    )
    assert shown.claimable == 200 + 45 + 6 + 25 + 20 + 10 + 250


def test_L7_today_counts_orders_among_the_earned_and_starts_anew_each_day() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=10))
    stage.do(watched(15))
    assert card(stage.member()).today.earned == 70
    assert card(stage.member(), now_ms=NOW + DAY).today.earned == 0


def test_E7_the_ways_of_a_gold_member_hold_its_multiplier() -> None:
    ways = {way.rule: way.points for way in card(a_member(growth=2_000)).today.ways}
    assert ways == {
        "watch15": 60,
        "comment": 6,
        "like": 1,
        "share": 12,
        "vote": 6,
        "follow": 24,
        "check_in": 12,
        "invite": 60,
    }


def test_E5_the_card_shows_the_days_in_a_row_until_one_is_missed() -> None:
    member = replace(a_member(), streak=3, streak_day=TODAY)
    assert [card(member, now_ms=NOW + days * DAY).streak for days in (0, 1, 2)] == [3, 3, 0]


def test_E5_a_check_in_that_is_done_is_no_way_to_earn_today() -> None:
    def ways(days: int) -> set[str]:
        member = replace(a_member(), streak=1, streak_day=TODAY)
        return {way.rule for way in card(member, now_ms=NOW + days * DAY).today.ways}

    assert "check_in" not in ways(0)
    assert "check_in" in ways(1)


def test_E4_following_is_a_way_to_earn_until_it_is_done_for_good() -> None:
    stage = stage_with()
    stage.do(follows())
    assert "follow" not in {way.rule for way in card(stage.member(), now_ms=NOW + 30 * DAY).today.ways}


def test_L2_only_coupons_that_can_still_be_used_are_listed() -> None:
    def coupon(name: str, expires_ms: int, used_by: str | None = None) -> Coupon:
        by = OrderId(used_by) if used_by else None
        return Coupon(CouponId(name), "升级立减券", 1_000, 0, NOW, expires_ms, "x", by)

    coupons = (coupon("good", NOW + 1), coupon("late", NOW), coupon("used", NOW + 1, "o1"))
    [shown] = card(replace(a_member(), coupons=coupons)).coupons
    assert (shown.id, shown.title, shown.off, shown.min, shown.expires_ms) == (
        "good",
        "升级立减券",
        1_000,
        0,
        NOW + 1,
    )


def ends_in(days: int, growth: int, *, tier: str = "gold", age: int = 10) -> Member:
    member = a_member(tier=tier, days=(DayBucket(TODAY - age, growth),))
    return replace(member, tier_until_ms=NOW + days * DAY)


def test_O4_within_seven_days_of_a_drop_the_card_says_what_keeps_the_tier() -> None:
    warned = card(ends_in(6, 1_590)).retention
    hint = Hint("keep.share", (("tier", "黄金会员"), ("days", 6), ("times", 1)))
    assert warned == Retention(10, NOW + 6 * DAY, hint)


@pytest.mark.parametrize(
    "member",
    [
        ends_in(8, 1_590),  # too early
        ends_in(0, 1_590),  # too late
        ends_in(6, 1_600),  # 80 % of 2 000 are there
        a_member(),
    ],
)
def test_O4_there_is_no_warning_without_a_drop_near(member: Member) -> None:
    assert card(member).retention is None


def test_O4_only_what_still_counts_on_the_last_day_keeps_a_tier() -> None:
    """1 600 growth count today, but have left the window when the year ends in 6 days."""
    warned = card(ends_in(6, 1_600, age=360)).retention
    assert warned is not None
    assert warned.growth_to_keep == 1_600
    assert warned.hint.key == "keep.growth"


def with_vip(link: str | None) -> Rulebook:
    rulebook = jifen()
    gold = rulebook.privileges[TierId("gold")]
    benefits = tuple(replace(one, link=link) if one.kind == "vip_service" else one for one in gold.benefits)
    return replace(
        rulebook, privileges={**rulebook.privileges, TierId("gold"): replace(gold, benefits=benefits)}
    )


def test_B3_the_service_is_opened_from_the_card_of_the_tiers_that_have_it() -> None:
    link = "https://shop.example/vip"
    services = [
        card_of(a_member(tier=tier), with_vip(link), shanghai(), None, NOW).service
        for tier in ("silver", "gold")
    ]
    assert services == [None, Service("VIP专属客服", link)]
    assert card(a_member(tier="black")).service == Service("VIP专属客服", None)


def test_E11_on_a_member_day_the_card_says_what_it_gives_and_until_when() -> None:
    rulebook = with_member_day(jifen(), multiplier=130, percent=12)
    today = card_of(a_member(), rulebook, shanghai(), None, NOW)
    assert today.member_day == DayOffer(12, 1.3, NOW + 4 * HOUR)
    assert today.multiplier == 1.3
    assert way("share", 13, 3) in today.today.ways
    tomorrow = card_of(a_member(), rulebook, shanghai(), None, NOW + 4 * HOUR)
    assert (tomorrow.member_day, tomorrow.multiplier) == (None, 1.0)


def test_B5_E7_E11_of_several_multipliers_the_highest_is_on_the_card() -> None:
    rulebook = with_member_day(jifen(), multiplier=130)
    shown = [card_of(a_member(tier=tier), rulebook, shanghai(), None, NOW) for tier in ("gold", "black")]
    assert [each.multiplier for each in shown] == [1.3, 1.5]
