"""A show in numbers."""

from dataclasses import replace

from hypothesis import given, strategies as st

from server.domain.figures import Funnel, ShowTotals, TaskTotals, funnel_of, points_given, share
from server.domain.state import Task
from server.ids import RoomId, ShowId, TaskId

SHARE = Task(
    id=TaskId("t1"),
    room=RoomId("r1"),
    show=ShowId("s1"),
    kind="share",
    title="分享",
    reward=100,
    target=1,
    budget=1_000,
    password=None,
    starts_ms=0,
    ends_ms=600_000,
    state="running",
)
COUNTS = st.integers(0, 10_000)


def test_L3_a_funnel_says_how_many_came_how_far() -> None:
    assert funnel_of(SHARE, TaskTotals(300, 2), 40, 8) == Funnel(SHARE.id, 40, 8, 3, 300, 2)


@given(COUNTS, COUNTS, COUNTS)
def test_L3_each_step_of_a_funnel_holds_at_most_the_one_before_whatever_was_lost(
    done: int, saw: int, began: int
) -> None:
    funnel = funnel_of(SHARE, TaskTotals(done * SHARE.reward), saw, began)
    assert funnel.saw >= funnel.began >= funnel.reached == done
    assert funnel.saw >= saw
    assert funnel.began >= began


def test_E8_points_given_count_what_an_order_s_task_rewards_once() -> None:
    order = replace(SHARE, id=TaskId("t2"), kind="order")
    totals = ShowTotals(
        order_points=900,
        behaviour_points=50,
        tasks={SHARE.id: TaskTotals(300), order.id: TaskTotals(200)},
    )
    assert points_given(totals, (SHARE, order)) == 50 + 900 + 300
    assert points_given(ShowTotals(), ()) == 0


def test_L2_a_share_of_nothing_is_not_known() -> None:
    assert (share(1, 3), share(0, 3), share(0, 0)) == (0.3333, 0.0, None)
