"""Points that may be spent only some days after they were earned (E6)."""

from dataclasses import replace

from server.domain.commands import ReleaseAward
from server.domain.held_awards import AwardHeld, AwardReleased
from server.domain.rulebook import LIKE, Rulebook
from server.domain.spendable import free_points
from server.ids import HeldAwardId
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    Stage,
    a_member,
    a_refund,
    an_order,
    by,
    gives,
    holds,
    jifen,
    likes,
    origin,
    stage_with,
)


def rules(*, order_days: int = 0, like_days: int = 0) -> Rulebook:
    like = replace(jifen().behaviours[LIKE], hold_ms=like_days * DAY)
    return replace(
        jifen(),
        order=replace(jifen().order, hold_ms=order_days * DAY),
        behaviours={**jifen().behaviours, LIKE: like},
    )


def stage(points: int = 0, **days: int) -> Stage:
    return stage_with(a_member(points=points, growth=20), a_member("li"), rulebook=rules(**days))


def awards(on: Stage) -> list[AwardHeld]:
    return on.told(AwardHeld)


def release(on: Stage, number: int = 0) -> ReleaseAward:
    return ReleaseAward(origin(None), by(MEI), awards(on)[number].award.id)


def free(on: Stage) -> int:
    world = on.world
    return free_points(on.member(), world.orders.values(), world.rulebook, on.now, world.held_awards.values())


def test_E6_points_are_usable_at_once_unless_a_rule_says_otherwise() -> None:
    shown = stage()
    shown.applied(likes(3))
    shown.applied(an_order(yuan=100))
    assert awards(shown) == []
    assert (shown.member().held, shown.world.held_awards) == (0, {})


def test_E6_held_points_count_and_cannot_be_spent_until_they_are_due() -> None:
    shown = stage(like_days=3)
    shown.applied(likes(5))
    assert (shown.member().points, shown.member().held) == (5, 5)
    assert shown.refused(holds(5)).code == "not_enough_points"
    assert free(shown) == 0
    shown.after(3 * DAY - 1).applied(release(shown))
    assert shown.member().held == 5, "not due yet"
    shown.after(1).applied(release(shown))
    assert (shown.member().points, shown.member().held) == (5, 0)
    shown.applied(release(shown))
    assert len(shown.told(AwardReleased)) == 1, "once is enough"
    shown.applied(holds(5))


def test_E6_every_award_waits_for_itself() -> None:
    shown = stage(like_days=1)
    shown.applied(likes(2))
    shown.after(1_000).applied(likes(3))
    first, second = (one.award for one in awards(shown))
    assert first.id != second.id
    assert (first.points, second.points, second.due_ms - first.due_ms) == (2, 3, 1_000)
    shown.after(DAY - 1_000).applied(release(shown))
    assert shown.member().held == 3


def test_E6_nobody_releases_what_is_not_theirs_or_not_there() -> None:
    shown = stage(like_days=1)
    shown.applied(likes(2))
    shown.after(DAY)
    shown.applied(ReleaseAward(origin(None), by("li"), awards(shown)[0].award.id))
    shown.applied(ReleaseAward(origin(None), by(MEI), HeldAwardId("ha_none")))
    assert (shown.member().held, shown.told(AwardReleased)) == (2, [])


def test_E6_V3_a_refund_within_the_hold_takes_points_and_their_hold_back_in_proportion() -> None:
    shown = stage(order_days=10)
    shown.applied(an_order(yuan=100))
    given = shown.member().points
    assert given == shown.member().held == 200
    shown.applied(a_refund(yuan=33))
    assert (shown.member().points, shown.member().held) == (134, 134)
    shown.applied(a_refund(yuan=67))
    assert (shown.member().points, shown.member().held) == (0, 0)
    shown.after(10 * DAY).applied(release(shown))
    assert (shown.member().points, shown.member().held) == (0, 0)


def test_E6_V3_a_refund_after_the_hold_takes_points_alone() -> None:
    shown = stage(order_days=1)
    shown.applied(an_order(yuan=100))
    shown.after(DAY).applied(release(shown))
    shown.applied(a_refund(yuan=50))
    assert (shown.member().points, shown.member().held) == (100, 0)


def test_E6_V3_an_order_refunded_before_it_came_holds_only_what_is_left() -> None:
    shown = stage(order_days=1)
    shown.applied(a_refund(yuan=25))
    shown.applied(an_order(yuan=100))
    assert (shown.member().points, shown.member().held) == (150, 150)
    assert shown.world.held_awards[awards(shown)[0].award.id].left == 150


def test_E6_P1_held_points_of_an_order_in_its_window_are_kept_back_once() -> None:
    shown = stage(points=300, order_days=2)
    shown.applied(an_order(yuan=100))
    assert (shown.member().points, shown.member().held, free(shown)) == (500, 200, 300)
    shown.applied(gives(300))
    shown.after(2 * DAY).applied(release(shown))
    assert (shown.member().held, free(shown)) == (0, 0), "the window goes on: they pay orders alone"
    shown.applied(holds(200, "o2"))
