"""What refunds take of a reward that stands on several orders."""

from server.domain.state import Order
from server.domain.task_orders import TaskOrder, lost
from server.ids import MemberId, OrderId, TaskId

MEI = MemberId("mei")


def order(name: str, refunded: int, amount: int = 1_000) -> Order:
    return Order(
        id=OrderId(name),
        member=MEI,
        amount=amount,
        refunded=refunded,
        paid_ms=0,
        day=0,
        points_given=0,
        growth_given=0,
        points_taken=0,
        growth_taken=0,
        room=None,
    )


def counted(name: str, reward: int = 0, taken: int = 0, target: int = 2) -> TaskOrder:
    return TaskOrder(TaskId("t1"), OrderId(name), MEI, target, reward, taken)


def taken(rows: list[TaskOrder], **refunded: int) -> list[tuple[str, int]]:
    orders = {one.order: order(one.order, refunded.get(one.order, 0)) for one in rows}
    return [(one.order, one.taken) for one in lost(rows, orders)]


def test_V3_the_reward_goes_with_the_order_among_those_needed_that_lost_most() -> None:
    rows = [counted("a"), counted("b", reward=99)]
    assert taken(rows) == []
    assert taken(rows, a=500) == [("b", 49)]
    assert taken(rows, a=500, b=250) == [("b", 49)]
    assert taken(rows, a=500, b=750) == [("b", 74)]
    assert taken(rows, a=1_000) == taken(rows, b=1_000) == [("b", 99)]


def test_V3_an_order_beyond_the_target_stands_in_for_one_that_was_refunded() -> None:
    rows = [counted("a"), counted("b", reward=100), counted("c")]
    assert taken(rows, a=1_000) == taken(rows, b=1_000) == []
    assert taken(rows, a=1_000, c=100) == [("b", 10)]
    assert taken(rows, a=1_000, c=1_000) == [("b", 100)]


def test_V3_what_was_taken_stays_taken_and_is_taken_once() -> None:
    rows = [counted("a"), counted("b", reward=100, taken=60), counted("c")]
    assert taken(rows, a=500, b=600) == []
    assert taken(rows, a=1_000, b=700) == [("b", 70)]


def test_V3_L3_of_one_order_it_is_that_order_s_share() -> None:
    rows = [counted("a", reward=100, target=1)]
    assert taken(rows, a=333) == [("a", 33)]


def test_X1_V3_two_rewards_of_two_accounts_that_became_one_stand_on_orders_of_their_own() -> None:
    rows = [counted("a"), counted("b", reward=100), counted("c"), counted("d", reward=100)]
    assert taken(rows, c=1_000) == [("b", 100)], "any two that are whole carry one reward"
    went = [counted("a"), counted("b", reward=100, taken=100), counted("c"), counted("d", reward=100)]
    assert taken(went, c=1_000) == []
    assert taken(went, c=1_000, a=1_000) == []
    assert taken(went, c=1_000, a=1_000, d=1_000) == [("d", 100)]
