"""Redeeming rewards, taking goods back, and what the shop holds."""

from dataclasses import replace

import pytest

from server.domain.decide.rewards import reward_claim_id
from server.domain.decision import Applied, Earned
from server.domain.facts import CouponGranted, RewardPut, RewardRedeemed
from server.domain.rewards import Claimed, Reward, RewardTerms
from server.domain.rulebook import REWARD
from server.ids import RewardId
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    MINUTE,
    NOW,
    ROOM,
    Stage,
    a_member,
    a_refund,
    an_order,
    cancels,
    closes_reward,
    holds,
    puts_reward,
    redeems,
    releases,
    stage_with,
    terms,
)


def shop_with(of: RewardTerms | None = None, points: int = 1_000, status: str | None = "live") -> Stage:
    stage = stage_with(a_member(points=points), a_member("li", points=1_000, name="小李"), status=status)
    stage.applied(puts_reward(of or terms()))
    return stage


def bag(stage: Stage) -> Reward:
    return stage.world.rewards[RewardId("bag")]


def test_P2_a_reward_is_paid_in_points_and_the_answer_says_what_it_gave() -> None:
    stage = shop_with(terms(250, stock=3))
    answer = stage.applied(redeems(event="r1"))
    claim = reward_claim_id("shop", "r1")
    assert answer == Applied(
        Earned(points=-250),
        REWARD,
        details=(("reward", "bag"), ("name", "帆布袋"), ("kind", "goods"), ("redemption", claim)),
    )
    assert stage.member().points == 750
    assert (bag(stage).taken, bag(stage).left) == (1, 2)
    assert stage.world.reward_claims[claim].cost == 250


@pytest.mark.parametrize("points, fits", [(250, True), (249, False)])
def test_P2_no_reward_is_had_for_less_than_it_costs(points: int, fits: bool) -> None:
    stage = shop_with(terms(250), points=points)
    if fits:
        stage.applied(redeems())
        assert stage.member().points == 0
    else:
        refused = stage.refused(redeems())
        assert (refused.code, refused.details) == ("not_enough_points", (("to_go", 1),))


def test_P1_points_of_an_order_that_may_still_be_returned_do_not_pay_for_rewards() -> None:
    stage = shop_with(terms(250), points=200)
    stage.do(an_order("o1", yuan=300))
    assert stage.member().points == 200 + 600
    refused = stage.refused(redeems(event="r1"))
    assert (refused.code, refused.details) == ("not_enough_points", (("to_go", 50),))
    stage.after(7 * DAY + 1).applied(redeems(event="r2"))


def test_P1_points_held_for_an_order_do_not_pay_for_rewards() -> None:
    stage = shop_with(terms(250), points=300)
    stage.applied(holds(100, event="h1"))
    assert stage.refused(redeems(event="r1")).code == "not_enough_points"
    stage.applied(releases("h1"))
    stage.applied(redeems(event="r2"))


def test_P2_whoever_is_unknown_has_no_points_and_stays_unknown() -> None:
    stage = shop_with()
    assert stage.refused(redeems(who="stranger")).code == "not_enough_points"
    assert "stranger" not in stage.world.members


def test_P2_the_last_piece_goes_once() -> None:
    stage = shop_with(terms(100, stock=1))
    stage.applied(redeems())
    assert stage.refused(redeems(who="li")).code == "sold_out"
    assert stage.member("li").points == 1_000


def test_P2_a_member_has_no_more_than_the_limit_and_another_has_theirs() -> None:
    stage = shop_with(terms(100, per_member=2))
    stage.applied(redeems())
    stage.applied(redeems())
    refused = stage.refused(redeems())
    assert (refused.code, refused.details) == ("limit_reached", (("per_member", 2),))
    stage.applied(redeems(who="li"))


@pytest.mark.parametrize("later, wait_ms", [(MINUTE - 1, 1), (MINUTE, None)])
def test_P2_the_cooldown_ends_to_the_millisecond(later: int, wait_ms: int | None) -> None:
    stage = shop_with(terms(100, cooldown_s=60))
    stage.applied(redeems())
    stage.after(later)
    if wait_ms is None:
        stage.applied(redeems())
    else:
        refused = stage.refused(redeems())
        assert (refused.code, refused.retry_after_ms) == ("try_later", wait_ms)
    stage.applied(redeems(who="li"))


@pytest.mark.parametrize("reward, code", [("nothing", "not_found"), ("bag", "closed")])
def test_P2_what_is_not_in_the_shop_cannot_be_redeemed(reward: str, code: str) -> None:
    stage = shop_with()
    stage.applied(closes_reward())
    assert stage.refused(redeems(reward)).code == code
    assert stage.member().points == 1_000


def test_P2_a_coupon_is_the_member_s_own_and_lives_as_long_as_the_shop_said() -> None:
    stage = shop_with(terms(300, "coupon", name="满减券", off=500, min=2_000, valid_ms=DAY))
    answer = stage.applied(redeems())
    [coupon] = stage.member().coupons
    assert (coupon.title, coupon.off, coupon.min) == ("满减券", 500, 2_000)
    assert (coupon.expires_ms, coupon.reason) == (NOW + DAY, "reward:bag")
    assert dict(answer.details)["coupon"] == coupon.id
    assert [fact.coupon for fact in stage.told(CouponGranted)] == [coupon]
    stage.applied(an_order("o1", yuan=20, coupon=coupon.id))
    assert stage.member().coupons[0].used_by == "o1"


def test_P2_cancelling_goods_returns_points_and_piece_once() -> None:
    stage = shop_with(terms(250, stock=1, per_member=1, cooldown_s=3_600))
    stage.applied(redeems(event="r1"))
    assert stage.applied(cancels("r1")).earned == Earned(points=250)
    assert (stage.member().points, bag(stage).taken) == (1_000, 0)
    assert stage.refused(cancels("r1")).code == "already_cancelled"
    assert (stage.member().points, bag(stage).taken) == (1_000, 0)
    stage.applied(redeems(event="r2"))  # neither the limit nor the cooldown counts what was cancelled


def test_P2_cancelling_gives_what_was_paid_whatever_it_costs_by_now() -> None:
    stage = shop_with(terms(250))
    stage.applied(redeems(event="r1"))
    stage.applied(puts_reward(terms(900)))
    stage.applied(cancels("r1"))
    assert stage.member().points == 1_000


def test_P2_what_was_handed_over_at_once_is_not_taken_back() -> None:
    stage = shop_with(terms(250, "coupon", off=500, valid_ms=DAY))
    stage.applied(redeems(event="r1"))
    assert stage.refused(cancels("r1")).code == "handed_over"
    assert stage.member().points == 750


def test_P2_nobody_cancels_what_is_another_s() -> None:
    stage = shop_with()
    stage.applied(redeems(event="r1"))
    assert stage.refused(cancels("r1", who="li")).code == "not_found"
    assert stage.refused(cancels("never")).code == "not_found"


def test_P2_where_others_are_left_a_cancelling_never_shortens_the_cooldown() -> None:
    stage = shop_with(terms(10, cooldown_s=60))
    stage.applied(redeems(event="r1"))
    stage.after(MINUTE).applied(redeems(event="r2"))
    stage.applied(cancels("r1"))
    assert stage.refused(redeems(event="r3")).code == "try_later"
    assert stage.world.claimed[MEI, RewardId("bag")] == Claimed(1, NOW + MINUTE)


def test_P2_putting_the_same_again_changes_nothing_and_another_price_raises_the_rev() -> None:
    stage = shop_with(terms(100, stock=5))
    stage.applied(puts_reward(terms(100, stock=5)))
    assert bag(stage).rev == 1
    stage.applied(redeems())
    stage.applied(puts_reward(terms(120, stock=0)))
    assert (bag(stage).rev, bag(stage).taken, bag(stage).left) == (3, 1, 0)
    assert stage.refused(redeems()).code == "sold_out"


def test_P2_a_closed_reward_comes_back_when_it_is_put_again() -> None:
    stage = shop_with()
    stage.applied(closes_reward())
    stage.applied(closes_reward())
    assert (bag(stage).state, bag(stage).rev) == ("closed", 2)
    stage.applied(puts_reward(terms()))
    assert (bag(stage).state, bag(stage).rev) == ("open", 3)
    assert stage.refused(closes_reward("nothing")).code == "not_found"


def test_P2_what_kind_a_reward_is_does_not_change() -> None:
    stage = shop_with()
    assert stage.refused(puts_reward(terms(100, "coupon", off=1, valid_ms=1))).code == "bad_request"


@pytest.mark.parametrize(
    "wrong, field",
    [
        (terms(0), "cost"),
        (terms(-5), "cost"),
        (terms(stock=-1), "stock"),
        (terms(per_member=0), "per_member"),
        (terms(cooldown_s=-1), "cooldown_s"),
        (terms(100, "coupon"), "off"),
        (terms(100, "coupon", off=5), "off"),
        (terms(off=5, valid_ms=1), "off"),
        (terms(100, "yacht"), "kind"),
    ],
)
def test_P2_a_shop_holds_nothing_that_cannot_be_sold(wrong: RewardTerms, field: str) -> None:
    stage = stage_with(a_member())
    refused = stage.refused(puts_reward(wrong))
    assert refused.code == "bad_request"
    assert refused.message.startswith(f"{field}:")
    assert stage.told(RewardPut) == []


def test_P2_the_room_sees_it_while_its_show_is_live_and_without_a_name_if_so_wished() -> None:
    stage = shop_with()
    shy = replace(stage.member("li"), announce_optout=True)
    stage.world.members[shy.id] = shy
    stage.applied(redeems())
    stage.applied(redeems(who="li"))
    stage.applied(redeems(room=None))
    told = stage.told(RewardRedeemed)
    assert [(one.room, one.name) for one in told] == [(ROOM, "小美"), (ROOM, ""), (None, "小美")]
    quiet = shop_with(status="ended")
    quiet.applied(redeems())
    assert [one.room for one in quiet.told(RewardRedeemed)] == [None]


def test_V3_a_refund_after_the_points_bought_a_reward_leaves_a_debt_and_the_reward() -> None:
    stage = shop_with(terms(250), points=0)
    stage.do(an_order("o1", yuan=300))
    stage.after(7 * DAY + 1).applied(redeems())
    stage.do(a_refund("o1", yuan=300))
    assert stage.member().points == 600 - 250 - 600
    assert bag(stage).taken == 1
