"""Refunds of orders that counted for a countdown task."""

from server.domain.decision import Earned
from server.domain.facts import TakenBack
from server.domain.spendable import free_points
from server.ids import OrderId
from tests.unit.server.domain.builders import Stage, a_refund, an_order, jifen
from tests.unit.server.domain.decide.test_task_progress import count, rewards
from tests.unit.server.domain.decide.test_tasks import change, running, start

REWARD = 1_000


def after_orders(*orders: str, target: int = 3) -> Stage:
    """Everybody's orders earn a point a yuan: ¥100 each, of which the first is worth double."""
    stage = running(kind="order", target=target, reward=REWARD, budget=REWARD * 2)
    for order in orders:
        stage.applied(an_order(order, yuan=100))
    return stage


def test_L3_V3_an_earlier_order_refunded_in_full_takes_the_whole_reward_back() -> None:
    for order, own in (("o1", 200), ("o2", 100), ("o3", 100)):
        stage = after_orders("o1", "o2", "o3")
        assert (rewards(stage), stage.member().points) == ([REWARD], 400 + REWARD)
        outcome = stage.applied(a_refund(order, yuan=100))
        assert stage.member().points == 400 - own, order
        assert outcome.earned == Earned(-own - REWARD, -120), "the answer names all that was taken"


def test_L3_V3_in_parts_it_is_taken_in_parts_and_never_more_than_it_was() -> None:
    stage = after_orders("o1", "o2", "o3")
    before = stage.member().points
    stage.applied(a_refund("o2", yuan=50))
    assert before - stage.member().points == 50 + REWARD // 2
    stage.applied(a_refund("o1", yuan=25))
    assert before - stage.member().points == 50 + REWARD // 2 + 50, "o2 lost more than o1: nothing more of it"
    for order, left in (("o1", 75), ("o2", 50), ("o3", 100)):
        stage.applied(a_refund(order, yuan=left))
    assert stage.member().points == 0
    assert sum(fact.points for fact in stage.told(TakenBack)) == before


def test_L3_V3_whoever_still_has_enough_orders_keeps_the_reward() -> None:
    stage = after_orders("o1", "o2", "o3", "o4")
    assert rewards(stage) == [REWARD]
    stage.applied(a_refund("o3", yuan=100))
    assert stage.member().points == 400 + REWARD, "o4 stands in, also for the order that reached the target"
    stage.applied(a_refund("o1", yuan=100))
    assert stage.member().points == 200


def test_L3_an_order_refunded_before_the_target_is_reached_is_no_step() -> None:
    stage = after_orders("o1", "o2")
    stage.applied(a_refund("o1", yuan=50))
    assert count(stage) == 2, "in part it is still an order"
    stage.applied(a_refund("o1", yuan=50))
    assert count(stage) == 1
    stage.applied(an_order("o3", yuan=100))
    assert (count(stage), rewards(stage)) == (2, [])
    stage.applied(an_order("o4", yuan=100))
    assert (count(stage), rewards(stage)) == (3, [REWARD])
    before = stage.member().points
    stage.applied(a_refund("o2", yuan=100))
    assert stage.member().points == before - 100 - REWARD


def test_L3_E8_a_reward_taken_back_is_not_given_to_that_member_again_and_its_budget_has_it_again() -> None:
    stage = after_orders("o1", "o2", "o3")
    stage.applied(a_refund("o1", yuan=100))
    assert stage.world.budgets["task:t1"] == 0
    for order in ("o5", "o6", "o7"):
        stage.applied(an_order(order, yuan=100))
    assert rewards(stage) == [REWARD]
    assert stage.world.budgets["task:t1"] == 0
    stage.applied(a_refund("o5", yuan=100))
    taken = stage.told(TakenBack)
    assert [fact.points for fact in taken][-1] == 100, "and it is not taken twice"


def test_E8_a_part_of_a_reward_is_no_unit_and_the_whole_returns_once() -> None:
    stage = after_orders("o1", "o2", "o3")
    stage.applied(a_refund("o2", yuan=50))
    assert stage.world.budgets["task:t1"] == REWARD, "nobody is given half a reward"
    stage.applied(a_refund("o2", yuan=50))
    assert stage.world.budgets["task:t1"] == 0
    for order in ("o1", "o3"):
        stage.applied(a_refund(order, yuan=100))
    assert stage.world.budgets["task:t1"] == 0


def test_E8_L3_nothing_returns_to_the_budget_of_a_task_that_is_over() -> None:
    stage = after_orders("o1", "o2", "o3")
    stage.applied(change("cancel"))
    stage.applied(a_refund("o1", yuan=100))
    assert stage.world.budgets["task:t1"] == REWARD, "what it has cost was told with its end"
    assert stage.member().points == 200, "the points go back all the same"


def test_P1_L3_a_reward_taken_back_binds_no_points_of_the_order_that_gave_it() -> None:
    stage = after_orders("o1", "o2", "o3")
    stage.applied(a_refund("o2", yuan=100))
    order = stage.world.orders[OrderId("o3")]
    assert (order.points_given, order.points_taken) == (100 + REWARD, REWARD)
    assert free_points(stage.member(), stage.world.orders.values(), jifen(), stage.now) == 0
    stage.applied(a_refund("o3", yuan=100))
    assert stage.world.orders[OrderId("o3")].points_taken == 100 + REWARD


def test_L3_V3_an_order_that_counted_for_two_tasks_gives_back_both_rewards() -> None:
    stage = running(kind="order", target=2, reward=REWARD)
    stage.applied(start("t2", kind="order", target=2, reward=300))
    for order in ("o1", "o2"):
        stage.applied(an_order(order, yuan=100))
    assert stage.member().points == 300 + REWARD + 300
    stage.applied(a_refund("o1", yuan=100))
    assert stage.member().points == 100
    assert stage.world.orders[OrderId("o2")].points_taken == REWARD + 300
