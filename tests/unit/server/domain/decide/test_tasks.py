"""Countdown tasks from the host's side."""

import pytest

from server.domain.commands import AllowGrace, ChangeTask, SetShowStatus, SettleTask, StartTask
from server.domain.decide.tasks import GRACE_MS, MOST_OPEN
from server.domain.decision import Conflict
from server.domain.facts import TaskEnded
from server.domain.state import Task
from server.ids import TaskId
from tests.unit.server.domain.builders import (
    HOUR,
    MINUTE,
    NOW,
    ROOM,
    SECOND,
    SHOW,
    Stage,
    origin,
    stage_with,
)


def start(task: str = "t1", /, **changes: object) -> StartTask:
    values: dict[str, object] = {
        "kind": "share",
        "title": "分享直播间得100积分",
        "reward": 100,
        "target": 1,
        "seconds": 600,
        "budget": 10_000,
    } | changes
    return StartTask(origin(), TaskId(task), **values)  # type: ignore[arg-type]  # each test gives what it names


def change(action: str, task: str = "t1", seconds: int | None = None, rev: int | None = None) -> ChangeTask:
    return ChangeTask(origin(), TaskId(task), action, seconds, rev)


def running(**changes: object) -> Stage:
    stage = stage_with()
    stage.applied(start(**changes))
    return stage


def task(stage: Stage, name: str = "t1") -> Task:
    return next(one for one in stage.world.rooms[ROOM].tasks if one.id == name)


def test_L3_a_task_starts_in_the_live_show_with_an_absolute_end() -> None:
    one = task(running())
    assert (one.state, one.show, one.starts_ms, one.ends_ms) == ("running", SHOW, NOW, NOW + 10 * MINUTE)
    assert one.rev == 1


def test_L3_a_task_needs_a_live_show() -> None:
    assert stage_with(status="scheduled").refused(start()).code == "off_air"


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"kind": "dance"}, "kind"),
        ({"budget": -1}, "budget"),
        ({"budget": 99}, "budget"),
        ({"reward": 0}, "reward"),
        ({"target": 0}, "target"),
        ({"seconds": 0}, "seconds"),
        ({"kind": "password"}, "password"),
        ({"password": "d:x"}, "password"),
    ],
)
def test_L3_R8_a_task_that_makes_no_sense_is_refused_naming_the_field(
    wrong: dict[str, object], field: str
) -> None:
    refusal = stage_with().refused(start(**wrong))
    assert refusal.code == "bad_request"
    assert field in refusal.message


def test_L3_so_many_clocks_fit_on_a_screen() -> None:
    stage = stage_with()
    for number in range(MOST_OPEN):
        stage.applied(start(f"t{number}"))
    assert stage.refused(start("one too many")).code == "limit_reached"
    stage.applied(change("cancel", "t0"))
    stage.applied(start("now it fits"))


def test_R2_the_same_task_started_again_changes_nothing() -> None:
    stage = running()
    assert stage.decide(start()).facts == ()


def test_L3_extending_moves_the_end() -> None:
    stage = running()
    stage.applied(change("extend", seconds=60))
    assert task(stage).ends_ms == NOW + 11 * MINUTE
    assert task(stage).rev == 2


def test_L3_a_pause_stops_the_clock_and_resuming_gives_back_what_was_left() -> None:
    stage = running().after(4 * MINUTE)
    stage.applied(change("pause"))
    assert (task(stage).state, task(stage).remaining_ms) == ("paused", 6 * MINUTE)
    stage.after(2 * HOUR).applied(change("resume"))
    assert (task(stage).state, task(stage).remaining_ms) == ("running", None)
    assert task(stage).ends_ms == stage.now + 6 * MINUTE


def test_L3_a_paused_task_can_be_extended() -> None:
    stage = running()
    stage.applied(change("pause"))
    stage.applied(change("extend", seconds=30))
    stage.applied(change("resume"))
    assert task(stage).ends_ms == NOW + 10 * MINUTE + 30 * SECOND


def test_L3_R2_pausing_twice_pauses_once() -> None:
    stage = running()
    stage.applied(change("pause"))
    assert stage.decide(change("pause")).facts == ()
    stage.applied(change("resume"))
    assert stage.decide(change("resume")).facts == ()


def test_L3_two_hosts_who_press_at_once_are_told_apart_by_rev() -> None:
    stage = running()
    stage.applied(change("extend", seconds=60, rev=1))
    assert isinstance(stage.do(change("extend", seconds=60, rev=1)), Conflict)
    assert task(stage).ends_ms == NOW + 11 * MINUTE


def test_L3_cancelled_is_over_for_good() -> None:
    stage = running()
    stage.applied(change("cancel"))
    assert task(stage).state == "cancelled"
    for action in ("pause", "resume", "cancel"):
        assert stage.refused(change(action)).code == "closed"


def test_L3_a_task_whose_clock_ran_out_takes_no_orders_before_it_is_settled() -> None:
    stage = running().after(10 * MINUTE)
    assert stage.refused(change("extend", seconds=60)).code == "closed"
    assert stage.refused(change("cancel")).code == "closed"


def test_L3_a_task_is_settled_once_and_not_before_its_time() -> None:
    stage = running().after(10 * MINUTE + GRACE_MS - 1)
    settle = SettleTask(origin(), TaskId("t1"))
    assert stage.decide(settle).facts == ()
    stage.after(1).applied(settle)
    assert task(stage).state == "ended"
    assert stage.decide(settle).facts == ()
    assert len(stage.told(TaskEnded)) == 1


def test_L3_a_task_that_was_extended_meanwhile_is_not_settled() -> None:
    stage = running()
    stage.applied(change("extend", seconds=3_600))
    assert stage.after(11 * MINUTE).decide(SettleTask(origin(), TaskId("t1"))).facts == ()


def test_L12_the_end_of_the_show_ends_its_tasks_and_a_replay_shows_none() -> None:
    stage = running()
    stage.applied(start("t2"))
    stage.applied(change("pause", "t2"))
    stage.applied(SetShowStatus(origin(), SHOW, "ended", "https://example.com/replay"))
    assert [fact.task.state for fact in stage.told(TaskEnded)] == ["ended", "ended"]
    assert stage.world.rooms[ROOM].tasks == ()


def test_L3_grace_is_given_once_and_moves_no_end_on_the_screen() -> None:
    stage = running()
    stage.applied(AllowGrace(origin(), TaskId("t1")))
    assert (task(stage).grace_ms, task(stage).ends_ms, task(stage).rev) == (GRACE_MS, NOW + 10 * MINUTE, 1)
    assert stage.decide(AllowGrace(origin(), TaskId("t1"))).facts == ()


def test_L3_what_is_not_there_is_not_found() -> None:
    assert stage_with().refused(change("pause", "nothing")).code == "not_found"
    assert stage_with().decide(SettleTask(origin(), TaskId("nothing"))).facts == ()
