"""Points that pay into orders."""

from dataclasses import replace

import pytest

from server.domain.decision import Earned
from server.domain.facts import PointsReleased
from server.domain.state import Redemption
from tests.unit.server.domain.builders import (
    MINUTE,
    NOW,
    Stage,
    a_member,
    a_refund,
    an_order,
    captures,
    holds,
    jifen,
    releases,
    stage_with,
)


def with_points(points: int = 1_000) -> Stage:
    return stage_with(a_member(points=points), a_member("li", points=1_000))


def standing(stage: Stage) -> tuple[int, int]:
    return stage.member().points, stage.member().held


def only(stage: Stage) -> Redemption:
    [redemption] = stage.world.redemptions.values()
    return redemption


def test_P1_a_hundred_points_are_one_yuan_and_held_for_fifteen_minutes() -> None:
    stage = with_points()
    stage.applied(holds(250))
    assert standing(stage) == (1_000, 250)
    held = only(stage)
    assert (held.discount, held.state, held.expires_ms) == (250, "held", NOW + 15 * MINUTE)


@pytest.mark.parametrize("points, fits", [(1_000, True), (1_001, False)])
def test_P1_no_more_is_held_than_there_is(points: int, fits: bool) -> None:
    stage = with_points()
    if fits:
        stage.applied(holds(points))
        assert stage.refused(holds(1, "o2", event="h2")).code == "not_enough_points"
    else:
        assert stage.refused(holds(points)).code == "not_enough_points"


def test_P1_nobody_unknown_and_nobody_in_debt_holds_points() -> None:
    stage = stage_with(a_member(points=-5))
    assert stage.refused(holds(1)).code == "not_enough_points"
    assert stage.refused(holds(1, who="stranger")).code == "not_enough_points"
    assert "stranger" not in stage.world.members


def test_P1_captured_points_are_spent_once() -> None:
    stage = with_points()
    stage.do(holds(250))
    assert stage.applied(captures()).earned == Earned(-250, 0)
    assert standing(stage) == (750, 0)
    assert stage.refused(captures()).code == "already_captured"
    assert standing(stage) == (750, 0)


def test_P1_a_released_hold_is_spendable_again_and_cannot_be_captured() -> None:
    stage = with_points()
    stage.do(holds(250))
    stage.applied(releases())
    assert standing(stage) == (1_000, 0)
    assert stage.refused(captures()).code == "already_released"
    assert stage.refused(releases()).code == "already_released"


@pytest.mark.parametrize("later, code", [(15 * MINUTE - 1, None), (15 * MINUTE, "hold_expired")])
def test_P1_a_hold_is_captured_within_its_fifteen_minutes(later: int, code: str | None) -> None:
    stage = with_points()
    stage.do(holds(250))
    stage.after(later)
    if code is None:
        stage.applied(captures())
    else:
        assert stage.refused(captures()).code == code


def test_P1_an_overdue_hold_lets_go_and_one_that_is_not_stays() -> None:
    stage = with_points()
    stage.do(holds(250))
    stage.after(15 * MINUTE - 1).applied(releases(overdue=True))
    assert standing(stage) == (1_000, 250)
    stage.after(1).applied(releases(overdue=True))
    assert standing(stage) == (1_000, 0)
    stage.applied(releases(overdue=True))
    assert standing(stage) == (1_000, 0)


def test_P1_an_order_takes_one_redemption() -> None:
    stage = with_points()
    stage.do(holds(250))
    assert stage.refused(holds(10, event="h2")).code == "hold_open"
    assert stage.refused(holds(10, event="h3", who="li")).code == "hold_open"
    stage.do(captures())
    assert stage.refused(holds(10, event="h4")).code == "order_redeemed"


def test_P1_a_hold_whose_time_is_over_makes_room_for_another() -> None:
    stage = with_points()
    stage.do(holds(1_000))
    stage.after(15 * MINUTE).applied(holds(900, event="h2"))
    assert standing(stage) == (1_000, 900)
    assert [fact.held for fact in stage.told(PointsReleased)] == [True]


def test_P1_points_pay_into_no_order_of_another() -> None:
    stage = with_points()
    stage.do(an_order("o1", yuan=10, who="li"))
    assert stage.refused(holds(10)).code == "order_of_another"


@pytest.mark.parametrize("points", [0, -1])
def test_P1_a_hold_is_of_points(points: int) -> None:
    assert with_points().refused(holds(points)).code == "bad_request"


def test_P1_no_fraction_of_a_minor_unit_is_lost() -> None:
    rules = jifen()
    coarse = replace(rules, spending=replace(rules.spending, points_per_unit=300))
    stage = stage_with(a_member(points=1_000), rulebook=coarse)
    assert stage.refused(holds(100)).code == "bad_request"
    stage.applied(holds(300))
    assert only(stage).discount == 100


def test_P1_a_refund_gives_captured_points_back_in_proportion_and_once() -> None:
    stage = with_points()
    stage.do(holds(250))
    stage.do(captures())
    stage.do(an_order(yuan=10))
    given = stage.member().points - 750
    stage.do(a_refund(fen=333))
    assert only(stage).returned == 83  # 250 x 333 / 1000, floored
    stage.do(a_refund(fen=667))
    assert (only(stage).returned, only(stage).state) == (250, "released")
    assert given == 20
    assert standing(stage) == (1_000, 0)
    assert stage.refused(releases()).code == "already_released"


def test_P1_what_the_shop_gave_back_itself_is_not_given_back_again() -> None:
    stage = with_points()
    stage.do(holds(250))
    stage.do(captures())
    stage.do(an_order(yuan=10))
    assert stage.applied(releases(points=100)).earned == Earned(100, 0)
    stage.do(a_refund(yuan=4))
    assert only(stage).returned == 100
    stage.do(a_refund(yuan=2))
    assert only(stage).returned == 150
    refused = stage.refused(releases(points=101))
    assert (refused.code, refused.details) == ("release_exceeds", (("left", 100),))
    stage.applied(releases())
    assert only(stage).returned == 250


def test_P1_an_order_that_was_refunded_before_gives_the_points_back_at_capture() -> None:
    stage = with_points()
    stage.do(holds(200))
    stage.do(an_order(yuan=10))
    stage.do(a_refund(yuan=5))
    points = stage.member().points
    stage.do(captures())
    assert (stage.member().points - points, only(stage).returned) == (-100, 100)


def test_P1_a_refund_that_came_before_its_order_gives_the_points_back_with_it() -> None:
    stage = with_points()
    stage.do(holds(200))
    stage.do(captures())
    stage.do(a_refund(yuan=5))
    assert only(stage).returned == 0
    stage.do(an_order(yuan=10))
    assert only(stage).returned == 100


def test_P1_nobody_captures_or_releases_what_is_another_s() -> None:
    stage = with_points()
    stage.do(holds(200))
    assert stage.refused(captures(who="li")).code == "not_found"
    assert stage.refused(releases(who="li")).code == "not_found"
    assert stage.refused(releases("never")).code == "not_found"


def test_P1_a_hold_is_let_go_whole() -> None:
    stage = with_points()
    stage.do(holds(200))
    assert stage.refused(releases(points=50)).code == "bad_request"
