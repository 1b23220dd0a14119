"""What a task would cost."""

import pytest

from server.domain.task_preview import PastTask, Preview, default_title, preview
from tests.unit.server.domain.builders import jifen


def test_L3_without_earlier_tasks_everybody_is_expected() -> None:
    assert preview(100, 1_000_000, 40, (), jifen()) == Preview(40, 4_000, 4_000, 40, 4_000)


def test_L3_the_share_of_viewers_who_reached_earlier_ones_is_expected() -> None:
    seen = preview(100, 1_000_000, 1_000, (PastTask(30, 100), PastTask(10, 100), PastTask(9, 0)), jifen())
    assert (seen.expected_members, seen.expected_points) == (200, 20_000)


def test_L3_the_budget_is_the_most_it_can_cost() -> None:
    seen = preview(100, 950, 5_000, (), jifen())
    assert (seen.max_points, seen.max_cost, seen.expected_members) == (900, 900, 9)


@pytest.mark.parametrize(
    "kind, target, title",
    [
        ("share", 1, "分享直播间得100积分"),
        ("share", 3, "分享直播间3次得100积分"),
        ("like", 20, "点赞20下得100积分"),
        ("watch", 5, "观看5分钟得100积分"),
        ("order", 1, "下单得100积分"),
        ("vote", 1, "参与投票得100积分"),
        ("invite", 2, "邀请2位好友得100积分"),
        ("password", 1, "发弹幕「老朋友最棒」得100积分"),
    ],
)
def test_L3_a_task_without_a_title_says_what_it_is(kind: str, target: int, title: str) -> None:
    assert default_title(kind, target, 100, "老朋友最棒" if kind == "password" else None) == title
