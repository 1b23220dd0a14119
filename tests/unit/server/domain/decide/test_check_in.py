"""Checking in, day after day."""

from dataclasses import replace

import pytest

from server.domain.decision import Earned
from server.domain.facts import Awarded, CheckedIn
from server.domain.rulebook import STREAK, StreakRule
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    MEI,
    MINUTE,
    NOW,
    ROOM,
    TODAY,
    a_member,
    checks_in,
    jifen,
    shanghai,
    stage_with,
    with_budget,
)

MIDNIGHT = shanghai().start_of(TODAY + 1)


def test_E5_a_check_in_earns_ten_once_a_programme_day() -> None:
    stage = stage_with(a_member())
    assert stage.applied(checks_in()).earned == Earned(10, 0)
    again = stage.after(MIDNIGHT - NOW - 1).applied(checks_in())
    assert (again.earned, again.code) == (Earned(), "duplicate")
    assert stage.after(1).applied(checks_in()).earned == Earned(10, 0)
    assert stage.member().streak == 2


def test_E5_every_seventh_day_in_a_row_brings_two_hundred_more() -> None:
    stage = stage_with(a_member())
    earned = []
    for _ in range(15):
        earned.append(stage.applied(checks_in()).earned.points)
        stage.after(DAY)
    assert earned == [10] * 6 + [210] + [10] * 6 + [210] + [10]
    assert sum(award.rule == STREAK for award in stage.told(Awarded)) == 2
    assert stage.member().points == 15 * 10 + 400


def test_E5_a_missed_day_begins_anew() -> None:
    stage = stage_with(a_member())
    for _ in range(6):
        stage.do(checks_in())
        stage.after(DAY)
    assert stage.after(DAY).applied(checks_in()).earned == Earned(10, 0)
    assert stage.member().streak == 1


@pytest.mark.parametrize(
    "status, room, code", [("ended", "r1", "off_air"), ("live", "nowhere", "room_unknown")]
)
def test_E5_only_a_live_room_counts(status: str, room: str, code: str) -> None:
    stage = stage_with(a_member(), status=status)
    answer = stage.applied(checks_in(room=room))
    assert (answer.earned, answer.code, stage.member().streak) == (Earned(), code, 0)


def test_E5_the_streak_goes_on_when_the_budget_is_spent() -> None:
    stage = stage_with(a_member(), rulebook=with_budget(jifen(), show=0))
    answer = stage.applied(checks_in())
    assert (answer.earned, answer.code, stage.member().streak) == (Earned(), "budget_spent", 1)
    assert stage.applied(checks_in()).code == "duplicate"


def test_E8_the_seventh_day_spends_no_more_than_the_budget_has() -> None:
    member = replace(a_member(), streak=6, streak_day=TODAY - 1)
    stage = stage_with(member, rulebook=with_budget(jifen(), show=205))
    answer = stage.applied(checks_in())
    assert (answer.earned.points, answer.code) == (10, "budget_spent")
    assert stage.world.budgets["show:s1"] == 10


def test_E7_a_tier_multiplies_check_in_and_streak() -> None:
    stage = stage_with(replace(a_member(growth=2_000), streak=6, streak_day=TODAY - 1))
    assert stage.applied(checks_in()).earned.points == 12 + 240


def test_E5_a_clock_that_goes_back_over_midnight_gives_no_second_check_in() -> None:
    stage = stage_with(a_member())
    stage.after(MIDNIGHT - NOW).do(checks_in())
    assert stage.after(-MINUTE).applied(checks_in()).code == "duplicate"


def test_E5_who_has_checked_in_is_awake_for_the_next_watching_award() -> None:
    stage = stage_with(a_member())
    stage.after(HOUR).do(checks_in())
    assert stage.member().last_act_ms == stage.now
    assert stage.told(CheckedIn) == [CheckedIn(MEI, TODAY, 1, ROOM, stage.now)]


def test_E5_every_seventh_day_in_a_row_brings_a_ticket_for_a_lucky_bag() -> None:
    stage = stage_with(a_member())
    tickets = []
    for _ in range(15):
        tickets.append(dict(stage.applied(checks_in()).details).get("tickets", 0))
        stage.after(DAY)
    assert tickets == [0] * 6 + [1] + [0] * 6 + [2] + [0]
    assert stage.member().box_tickets == 2


def test_E5_the_ticket_comes_also_when_the_budget_is_spent_and_only_if_there_are_boxes() -> None:
    six = replace(a_member(), streak=6, streak_day=TODAY - 1)
    spent = stage_with(six, rulebook=with_budget(jifen(), show=0))
    spent.do(checks_in())
    assert spent.member().box_tickets == 1
    without = stage_with(six, rulebook=replace(jifen(), streak=StreakRule(7, 200)))
    without.do(checks_in())
    assert without.member().box_tickets == 0
