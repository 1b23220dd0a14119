"""Countdown tasks from the viewers' side."""

from dataclasses import replace

from server.domain.commands import AllowGrace, RecordWatchedTask
from server.domain.decide.tasks import GRACE_MS
from server.domain.decision import Duplicate
from server.domain.facts import Awarded, TaskDone, TaskProgressed
from server.ids import TaskId
from tests.unit.server.domain.builders import (
    MEI,
    MINUTE,
    ROOM,
    SECOND,
    Stage,
    a_comment,
    a_member,
    a_refund,
    a_share,
    a_vote,
    an_order,
    by,
    likes,
    origin,
    stage_with,
)
from tests.unit.server.domain.decide.test_invites import accepts, has_watched
from tests.unit.server.domain.decide.test_tasks import change, running, start


def count(stage: Stage, who: str = MEI, task: str = "t1") -> int:
    return next((one.count for one in stage.member(who).tasks if one.task == task), 0)


def rewards(stage: Stage) -> list[int]:
    return [fact.points for fact in stage.told(Awarded) if fact.rule == "task:t1"]


def test_L3_sharing_while_the_task_runs_earns_its_reward_beside_the_rules_own() -> None:
    stage = running()
    stage.applied(a_share())
    assert rewards(stage) == [100]
    assert stage.member().points == 110
    assert [fact.name for fact in stage.told(TaskDone)] == [stage.member().name]


def test_L3_progress_is_counted_to_the_target_and_the_reward_is_given_once() -> None:
    stage = running(kind="like", target=30)
    stage.applied(likes(20))
    assert (count(stage), rewards(stage)) == (20, [])
    stage.applied(likes(20))
    assert (count(stage), rewards(stage)) == (30, [100])
    stage.applied(likes(20))
    assert (count(stage), rewards(stage)) == (30, [100])


def test_L3_only_the_password_counts_and_many_who_write_it_are_no_wave() -> None:
    stage = running(kind="password", password="d:老朋友最棒")
    for number in range(8):
        stage.applied(a_comment("这件多少钱", who=f"m{number}"))
    assert rewards(stage) == []
    for number in range(8):
        stage.after(61 * SECOND // 8).applied(a_comment("老朋友最棒", who=f"m{number}"))
    assert rewards(stage) == [100] * 8
    shown = [fact for fact in stage.told(Awarded) if fact.rule == "comment"]
    assert len(shown) >= 8, "E9: a password task asks for it"


def test_L3_orders_and_votes_count_as_they_are() -> None:
    for kind, act in (("order", an_order(yuan=30)), ("vote", a_vote())):
        stage = running(kind=kind)
        stage.applied(act)
        assert rewards(stage) == [100], kind


def test_L3_minutes_watched_are_counted_by_the_newest_number() -> None:
    stage = running(kind="watch", target=3)
    for minutes in (1, 2, 1, 2):
        stage.applied(RecordWatchedTask(origin(), by(MEI), TaskId("t1"), minutes))
    assert (count(stage), rewards(stage)) == (2, [])
    stage.applied(RecordWatchedTask(origin(), by(MEI), TaskId("t1"), 3))
    assert rewards(stage) == [100]


def test_L3_the_server_judges_the_deadline_to_the_millisecond() -> None:
    late = running().after(10 * MINUTE)
    late.applied(a_share())
    assert rewards(late) == []
    in_time = running().after(10 * MINUTE - 1)
    in_time.applied(a_share())
    assert rewards(in_time) == [100]


def test_L3_with_grace_acts_count_as_long_as_the_video_is_late() -> None:
    stage = running()
    stage.applied(AllowGrace(origin(), TaskId("t1")))
    stage.after(10 * MINUTE + GRACE_MS - 1).applied(a_share())
    assert rewards(stage) == [100]
    stage.after(1).applied(a_share(who="later"))
    assert rewards(stage) == [100]


def test_L3_nothing_counts_while_the_task_is_paused_or_cancelled() -> None:
    stage = running()
    stage.applied(change("pause"))
    stage.applied(a_share())
    assert rewards(stage) == []
    stage.applied(change("resume"))
    stage.applied(change("cancel"))
    stage.applied(a_share())
    assert rewards(stage) == []


def test_L3_a_hard_budget_stops_it() -> None:
    stage = running(budget=250)
    for number in range(5):
        stage.applied(a_share(who=f"m{number}"))
    assert rewards(stage) == [100, 100]
    assert stage.world.budgets["task:t1"] == 200


def test_L3_the_card_goes_on_saying_what_is_missing_when_the_budget_is_spent() -> None:
    stage = running(kind="like", target=10, budget=100)
    stage.applied(likes(10, who="first"))
    stage.applied(likes(9))
    stage.applied(likes(9))
    assert count(stage) == 9


def test_L3_an_act_beyond_its_own_cap_is_an_act() -> None:
    stage = running(kind="share", target=5)
    for _ in range(5):
        stage.applied(a_share())
    assert rewards(stage) == [100]


def test_L3_acts_in_another_room_do_not_count() -> None:
    stage = running()
    stage.applied(a_share(room=None))
    assert count(stage) == 0


def test_L3_V3_a_refund_takes_the_reward_of_an_order_task_back_with_the_rest() -> None:
    stage = running(kind="order")
    stage.applied(an_order(yuan=30))
    before = stage.member().points
    assert before == 60 + 100
    stage.applied(a_refund(yuan=30))
    assert stage.member().points == 0


def test_L3_R2_an_order_told_again_says_the_same_as_the_first_time() -> None:
    stage = running(kind="order")
    first = stage.applied(an_order(yuan=30))
    assert first.earned.points == 160
    again = stage.do(an_order(yuan=30))
    assert isinstance(again, Duplicate)
    assert again.first.earned == first.earned


def test_L3_an_order_whose_refund_came_first_counts_for_nothing() -> None:
    stage = running(kind="order")
    stage.applied(a_refund(yuan=10))
    stage.applied(an_order(yuan=30))
    assert rewards(stage) == []


def test_L3_who_does_not_want_to_be_named_is_not() -> None:
    stage = stage_with(replace(a_member(), announce_optout=True))
    stage.applied(start())
    stage.applied(a_share())
    assert [fact.name for fact in stage.told(TaskDone)] == [""]


def test_L3_two_tasks_of_one_kind_are_both_advanced() -> None:
    stage = running()
    stage.applied(start("t2", reward=50))
    stage.applied(a_share())
    assert {fact.task for fact in stage.told(TaskProgressed)} == {"t1", "t2"}
    assert stage.member().points == 160


def test_L3_a_members_part_in_old_tasks_is_forgotten() -> None:
    stage = running()
    stage.applied(a_share())
    stage.after(25 * 60 * MINUTE).applied(start("t2"))
    stage.applied(a_share())
    assert [one.task for one in stage.member().tasks] == ["t2"]


def test_L3_tasks_of_the_room_alone_are_looked_at() -> None:
    stage = running()
    assert stage.world.rooms[ROOM].tasks[0].id == "t1"


def test_L3_E4_an_invitation_counts_for_who_invited() -> None:
    stage = stage_with(a_member())
    stage.applied(start(kind="invite"))
    stage.applied(accepts())
    assert rewards(stage) == []
    stage.applied(has_watched())
    assert [(fact.member, fact.points) for fact in stage.told(Awarded) if fact.rule == "task:t1"] == [
        (MEI, 100)
    ]
