"""Bringing back whom nobody has seen for long."""

from dataclasses import replace

from server.domain.commands import Recall
from server.domain.decision import Earned
from server.domain.facts import CouponGranted, Lapsed
from server.domain.state import Member
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    NOW,
    a_member,
    an_order,
    by,
    granted,
    jifen,
    origin,
    stage_with,
    with_budget,
)

REPLAY = "https://cdn.example/r.mp4"


def recalls(who: str = MEI, switched_on_ms: int = NOW - DAY) -> Recall:
    return Recall(origin(None), by(who), switched_on_ms, REPLAY)


def away(days: int) -> Member:
    return replace(a_member(), last_active_ms=NOW - days * DAY)


def test_L11_a_hundred_points_a_coupon_of_ten_yuan_for_a_week_and_word_with_the_replay() -> None:
    stage = stage_with(away(30))
    assert stage.applied(recalls()).earned == Earned(100, 0)
    [lapsed] = stage.told(Lapsed)
    [coupon] = [fact.coupon for fact in stage.told(CouponGranted)]
    assert (coupon.off, coupon.min, coupon.expires_ms - NOW) == (1_000, 0, 7 * DAY)
    assert lapsed == Lapsed(MEI, NOW - 30 * DAY, 100, coupon.id, REPLAY, NOW)
    assert stage.member().points == 100


def test_L11_the_packs_own_points_are_no_activity_and_neither_is_a_grant_by_hand() -> None:
    stage = stage_with(away(30))
    stage.applied(recalls())
    stage.applied(granted(points=5))
    assert stage.member().last_active_ms == NOW - 30 * DAY
    assert stage.applied(recalls()).earned == Earned(), "once per absence"


def test_L11_a_new_absence_is_answered_again_and_a_third_one_of_the_year_is_not() -> None:
    stage = stage_with(away(30))
    told = []
    for turn in range(3):
        stage.applied(recalls())
        told.append(len(stage.told(Lapsed)))
        stage.after(DAY).applied(an_order(f"o{turn}", yuan=1))
        stage.after(30 * DAY)
    assert told == [1, 2, 2]
    stage.after(365 * DAY)
    stage.applied(recalls())
    assert len(stage.told(Lapsed)) == 3


def test_L11_whoever_came_back_meanwhile_gets_none() -> None:
    stage = stage_with(away(29))
    assert stage.applied(recalls()).earned == Earned()
    assert stage.facts == []
    stage.applied(recalls("stranger"))
    assert stage.facts == []


def test_L11_without_room_in_the_budget_the_whole_pack_waits() -> None:
    stage = stage_with(away(30), rulebook=with_budget(jifen(), coupons_day=999))
    assert stage.refused(recalls()).code == "try_later"
    assert stage.facts == []
    stage.world.rulebook = jifen()
    assert stage.applied(recalls()).earned == Earned(100, 0)


def test_L11_a_programme_without_recall_recalls_nobody() -> None:
    stage = stage_with(away(60), rulebook=replace(jifen(), recall=None))
    stage.applied(recalls())
    assert stage.facts == []
