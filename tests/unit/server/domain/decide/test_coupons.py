"""The day's coupon budget; using coupons is shown with the orders that do."""

from dataclasses import replace

from server.domain.facts import BudgetSpent, CouponGranted, ShoutedOut
from tests.unit.server.domain.builders import DAY, TODAY, an_order, jifen, stage_with, with_budget


def test_L2_coupons_are_charged_to_the_days_budget_in_money() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    assert BudgetSpent(f"coupons:{TODAY}", 1_000, 500_000) in stage.facts


def test_L2_when_the_days_budget_is_spent_the_shout_names_no_offer() -> None:
    stage = stage_with(rulebook=with_budget(jifen(), coupons_day=2_500))
    for number in range(3):
        stage.do(an_order(f"o{number}", yuan=300, who=f"m{number}"))
    assert [shout.coupon is not None for shout in stage.told(ShoutedOut)] == [True, True, False]
    assert len(stage.told(CouponGranted)) == 2
    stage.after(DAY).do(an_order("o9", yuan=300, who="m9"))
    assert stage.told(ShoutedOut)[-1].coupon is not None


def test_R3_a_budget_that_the_commit_refused_is_closed_for_the_second_decision() -> None:
    stage = stage_with()
    stage.world.closed.add(f"coupons:{TODAY}")
    stage.do(an_order(yuan=300))
    assert stage.told(ShoutedOut)[0].coupon is None
    assert stage.told(BudgetSpent) == []


def test_L2_an_offer_of_nothing_gives_no_coupon() -> None:
    rulebook = jifen()
    stage = stage_with(rulebook=replace(rulebook, level_up=replace(rulebook.level_up, coupon_off=0)))
    stage.do(an_order(yuan=300))
    assert stage.told(ShoutedOut)[0].coupon is None


def test_R2_the_same_level_up_gives_the_same_coupon_id_and_another_member_another() -> None:
    command = an_order(yuan=300)
    first, again, other = stage_with(), stage_with(), stage_with()
    for stage in (first, again):
        stage.do(command)
    other.do(an_order(yuan=300, who="other"))
    ids = [stage.told(CouponGranted)[0].coupon.id for stage in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
