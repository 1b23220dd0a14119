"""Which points may leave for what is no order."""

import pytest

from server.domain.spendable import free_points, returnable_points
from server.domain.state import Member
from tests.unit.server.domain.builders import (
    DAY,
    Stage,
    a_member,
    a_refund,
    an_order,
    captures,
    holds,
    jifen,
    stage_with,
)

WEEK = 7 * DAY


def with_points(points: int = 0) -> Stage:
    return stage_with(a_member(points=points), a_member("li"))


def free(stage: Stage, who: str = "mei") -> int:
    return free_points(stage.member(who), stage.world.orders.values(), jifen(), stage.now)


def test_P1_points_of_an_order_wait_until_it_cannot_be_returned() -> None:
    stage = with_points(40)
    stage.do(an_order(yuan=100))
    assert stage.member().points == 240, "the first order counts twice"
    assert free(stage) == 40
    assert free(stage.after(WEEK)) == 40, "the last moment of the window is inside"
    assert free(stage.after(1)) == 240


def test_P1_what_a_refund_took_back_is_not_withheld_again() -> None:
    stage = with_points(40)
    stage.do(an_order(yuan=100))
    stage.do(a_refund(yuan=60))
    assert stage.member().points == 40 + 200 - 120
    assert returnable_points(stage.member(), stage.world.orders.values(), jifen(), stage.now) == 80
    assert free(stage) == 40
    stage.do(a_refund(yuan=40))
    assert free(stage) == 40


def test_P1_held_points_are_not_free() -> None:
    stage = with_points(300)
    stage.do(holds(120))
    assert free(stage) == 180
    stage.do(captures())
    assert free(stage) == 180


def test_P1_points_in_the_window_pay_orders() -> None:
    stage = with_points()
    stage.do(an_order(yuan=100))
    assert free(stage) == 0
    stage.applied(holds(200, "o2"))
    stage.applied(captures())
    assert free(stage) == 0


@pytest.mark.parametrize("points", [0, -50])
def test_P1_free_points_are_never_fewer_than_none(points: int) -> None:
    stage = with_points(points)
    assert free(stage) == 0


def test_P1_nobody_else_s_orders_withhold_points() -> None:
    stage = with_points(40)
    stage.do(an_order("theirs", yuan=100, who="li"))
    assert (free(stage), free(stage, "li")) == (40, 0)


def test_P1_several_orders_leave_their_windows_one_by_one() -> None:
    stage = with_points()
    stage.do(an_order("o1", yuan=100))
    stage.after(DAY).do(an_order("o2", yuan=30))
    assert free(stage) == 0
    assert free(stage.after(WEEK - DAY + 1)) == 200
    assert free(stage.after(DAY)) == 230


def test_P1_an_unknown_order_withholds_nothing() -> None:
    lonely: Member = a_member(points=10)
    assert free_points(lonely, (), jifen(), 0) == 10
