"""Watching milestones."""

import pytest

from server.domain.decision import Earned
from server.domain.facts import Awarded, TierReached
from tests.unit.server.domain.builders import (
    DAY,
    MINUTE,
    a_comment,
    a_member,
    an_order,
    likes,
    stage_with,
    watched,
)


def test_E1_fifteen_minutes_are_fifty_points() -> None:
    assert stage_with().applied(watched(15)).earned == Earned(50, 0)


def test_V2_ten_minutes_are_five_growth() -> None:
    assert stage_with().applied(watched(10)).earned == Earned(0, 5)


@pytest.mark.parametrize("status", ["scheduled", "ended", "replay"])
def test_E1_nothing_is_earned_while_the_show_is_not_live(status: str) -> None:
    stage = stage_with(status=status)
    assert stage.applied(watched(15)).code == "off_air"
    assert stage.told(Awarded) == []


def test_E1_a_show_nobody_knows_earns_nothing() -> None:
    assert stage_with().applied(watched(15, show="s9")).code == "off_air"


@pytest.mark.parametrize("minutes", [15, 10])
def test_E8_from_the_second_award_of_a_day_on_an_own_act_since_the_last_is_needed(minutes: int) -> None:
    stage = stage_with()
    stage.after(MINUTE).do(likes())
    assert stage.after(MINUTE).applied(watched(minutes, 1)).code is None
    assert stage.after(15 * MINUTE).applied(watched(minutes, 2)).code == "not_watching"
    stage.after(MINUTE).do(likes())
    assert stage.after(MINUTE).applied(watched(minutes, 3)).code is None
    assert stage.after(15 * MINUTE).applied(watched(minutes, 4)).code == "not_watching"


def test_E8_the_two_watching_rules_do_not_ask_for_each_others_acts() -> None:
    stage = stage_with()
    stage.after(10 * MINUTE).do(watched(10, 1))
    assert stage.after(5 * MINUTE).applied(watched(15, 1)).earned.points == 50
    stage.after(MINUTE).do(a_comment())
    assert stage.after(14 * MINUTE).applied(watched(10, 2)).earned.growth == 5
    assert stage.applied(watched(15, 2)).earned.points == 50


def test_E8_the_first_award_of_another_day_needs_no_act() -> None:
    stage = stage_with()
    stage.do(watched(15, 1))
    assert stage.after(DAY).applied(watched(15, 2)).code is None


def test_E8_buying_is_an_own_act() -> None:
    stage = stage_with()
    stage.do(watched(15, 1))
    stage.after(MINUTE).do(an_order(yuan=1))
    assert stage.after(MINUTE).applied(watched(15, 2)).code is None


def test_E8_an_act_that_earns_nothing_still_shows_that_somebody_is_there() -> None:
    stage = stage_with()
    stage.do(watched(15, 1))
    assert stage.after(MINUTE).applied(a_comment("哈")).code == "invalid_comment"
    assert stage.after(MINUTE).applied(watched(15, 2)).code is None


def test_T5_watching_lifts_like_anything_else() -> None:
    stage = stage_with(a_member(growth=10))
    stage.do(watched(10))
    assert [reached.tier for reached in stage.told(TierReached)] == ["bronze"]


def test_T4_a_milestone_may_be_the_first_contact() -> None:
    stage = stage_with()
    stage.do(watched(10, who="new"))
    assert stage.member("new").tier == "basic"
