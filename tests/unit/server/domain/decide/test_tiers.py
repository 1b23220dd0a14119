"""Up at once and in public, down quietly."""

from dataclasses import replace

import pytest

from server.domain.deciding import decide
from server.domain.facts import CouponGranted, ShoutedOut, TierReached
from server.domain.rulebook import Entry, Rulebook
from server.domain.state import DayBucket
from server.ids import TierId
from tests.unit.server.domain.builders import (
    DAY,
    NOW,
    TODAY,
    a_comment,
    a_member,
    a_refund,
    a_share,
    a_world,
    an_order,
    jifen,
    origin,
    stage_with,
)


@pytest.mark.parametrize("before, tier", [(14, "bronze"), (299, "silver"), (1_999, "gold"), (9_999, "black")])
def test_T5_the_event_that_reaches_a_threshold_lifts_the_member_at_once(before: int, tier: str) -> None:
    stage = stage_with(a_member(growth=before))
    stage.do(a_share())
    assert stage.member().tier == tier


def test_T5_one_growth_short_lifts_nobody() -> None:
    stage = stage_with(a_member(growth=12))
    stage.do(a_comment())
    assert stage.member().tier == "basic"


@pytest.mark.parametrize("entry", [Entry(300, paid=10_000), Entry(300, orders=1)])
def test_T1_any_alternative_reaches_a_tier(entry: Entry) -> None:
    stage = stage_with(rulebook=silver_for(entry))
    stage.do(an_order(yuan=100))  # 120 growth
    assert stage.member().tier == "silver"


def test_T1_alternatives_count_net_of_refunds() -> None:
    stage = stage_with(rulebook=silver_for(Entry(300, orders=2)))
    stage.do(an_order("o1", yuan=10))
    stage.do(a_refund("o1", yuan=10))
    stage.do(an_order("o2", yuan=10))
    assert stage.member().tier == "bronze"
    stage.do(an_order("o3", yuan=10))
    assert stage.member().tier == "silver"


def silver_for(entry: Entry) -> Rulebook:
    rulebook = jifen()
    ladder = tuple(replace(tier, entry=entry) if tier.id == "silver" else tier for tier in rulebook.ladder)
    return replace(rulebook, ladder=ladder)


def test_T11_growth_older_than_365_days_does_not_lift() -> None:
    old, new = DayBucket(TODAY - 365, 295), DayBucket(TODAY - 364, 295)
    for bucket, tier in ((old, "basic"), (new, "silver")):
        stage = stage_with(a_member(tier="basic", days=(bucket,)))
        stage.do(a_share())
        assert stage.member().tier == tier


def test_T11_what_leaves_by_age_takes_no_tier() -> None:
    stage = stage_with(a_member(tier="gold", days=(DayBucket(TODAY - 400, 2_000),)))
    stage.do(a_share())
    assert stage.member().tier == "gold"
    assert stage.told(TierReached) == []


def test_L2_silver_is_shouted_in_the_room_with_its_coupon() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    [shout] = stage.told(ShoutedOut)
    assert (shout.name, shout.tier, shout.room) == ("用户" + shout.author[-4:], "silver", "r1")
    assert shout.coupon is not None
    assert (shout.coupon.off, shout.coupon.expires_ms) == (1_000, NOW + DAY)
    assert stage.member().coupons == (shout.coupon,)


def test_L2_bronze_is_neither_shouted_nor_given_a_coupon() -> None:
    stage = stage_with(a_member(growth=10))
    stage.do(a_share())
    assert stage.member().tier == "bronze"
    assert (stage.told(ShoutedOut), stage.told(CouponGranted)) == ([], [])


@pytest.mark.parametrize("status", ["scheduled", "ended", None])
def test_L2_without_a_live_show_no_room_hears_of_it(status: str | None) -> None:
    stage = stage_with(status=status)
    stage.do(an_order(yuan=300))
    [shout] = stage.told(ShoutedOut)
    assert shout.room is None
    assert shout.coupon is not None


def test_L2_whoever_opted_out_is_shouted_without_a_name() -> None:
    stage = stage_with(replace(a_member(), announce_optout=True))
    stage.do(an_order(yuan=300))
    assert stage.told(ShoutedOut)[0].name == ""


def test_T12_buying_refunding_and_buying_again_earns_no_second_shout_or_coupon() -> None:
    stage = stage_with()
    stage.do(an_order("o1", yuan=300))
    stage.do(a_refund("o1", yuan=300))
    stage.do(an_order("o2", yuan=300))
    assert stage.member().tier == "silver"
    assert len(stage.told(TierReached)) == 2
    assert (len(stage.told(ShoutedOut)), len(stage.told(CouponGranted))) == (1, 1)


@pytest.mark.parametrize("days, shouts", [(364, 0), (365, 1)])
def test_T12_the_same_tier_is_shouted_again_after_365_days(days: int, shouts: int) -> None:
    member = replace(a_member(), shouted={TierId("silver"): NOW - days * DAY})
    stage = stage_with(member)
    stage.do(an_order(yuan=300))
    assert len(stage.told(ShoutedOut)) == shouts


def test_T12_another_tier_has_its_own_shout() -> None:
    stage = stage_with()
    stage.do(an_order("o1", yuan=300))
    stage.do(an_order("o2", yuan=2_000))
    assert [shout.tier for shout in stage.told(ShoutedOut)] == ["silver", "gold"]


def test_T8_a_test_event_is_marked_as_one() -> None:
    stage = stage_with()
    stage.do(replace(an_order(yuan=300), origin=origin(is_test=True)))
    assert stage.told(ShoutedOut)[0].is_test


def test_R2_deciding_the_same_command_again_gives_the_same_facts() -> None:
    command = an_order(yuan=300)
    first, second = stage_with(), stage_with()
    assert first.decide(command) == second.decide(command)


def test_T5_deciding_changes_nothing_in_the_world() -> None:
    world = a_world(a_member(growth=299))
    before = dict(world.members)
    stage = stage_with()
    stage.world = world
    decide(an_order(yuan=300), stage.who(an_order()), world, NOW)
    assert world.members == before
    assert world.touched_members == set()
