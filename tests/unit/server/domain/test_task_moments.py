"""What a room sees of a task's target being reached."""

from server.domain.facts import TaskDone
from server.domain.task_moments import dones_of, says
from server.text.catalogue import render
from tests.unit.server.domain.builders import NOW, a_member
from tests.unit.server.domain.decide.test_tasks import running, task


def done(who: str, name: str) -> TaskDone:
    member = a_member(who, name=name)
    return TaskDone(member.id, member.author, name, task(running()), NOW)


def test_L3_members_who_are_done_at_once_are_one_moment_and_nobody_is_lost_from_the_count() -> None:
    [fold] = dones_of([done("m1", ""), done("m2", "小美"), done("m3", "阿强")])
    assert (fold.name, fold.author, fold.count) == ("小美", "a_m2", 3)
    assert render(says(fold))["zh-CN"] == "小美 等 3 人完成任务「分享直播间得100积分」,各得100积分"


def test_L3_one_member_is_named_alone() -> None:
    [one] = dones_of([done("m1", "小美")])
    assert render(says(one))["zh-CN"] == "@小美 完成任务「分享直播间得100积分」,+100积分"
    [nobody] = dones_of([done("m1", "")])
    assert render(says(nobody))["zh-CN"].startswith("@神秘用户")
