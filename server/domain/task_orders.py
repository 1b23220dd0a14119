"""Paid orders that counted for a countdown task, and what their refunds take of its reward (L3, V3). Pure data and sums.

A reward stands on as many orders as its task asked for. It is worth what the least of them still is: of the
counted orders the ones that kept most are looked at, as many as the target, and of the reward the share is taken
that was refunded of the one among them that lost most. So a refund in full of an order that is needed takes all,
one of an order beyond the target nothing, and for a target of one this is what V3 says of any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from server.domain.state import Order, Task
from server.ids import MemberId, OrderId, TaskId


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """A paid order that counted for a countdown task, once."""

    task: TaskId
    order: OrderId
    member: MemberId
    target: int
    """How many orders the task asks for."""
    reward: int = 0
    """Points, of the order that reached the target (part of its `points_given`); 0 = it did not."""
    taken: int = 0
    """Of `reward`, by refunds. What was taken stays taken."""


@dataclass(frozen=True, slots=True)
class OrderCounted:
    """The order just paid counted for a task."""

    counted: TaskOrder
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskRewardTaken:
    """A refund took `points` of a task's reward; the balance moves by the `TakenBack` beside it."""

    counted: TaskOrder
    """As it stands after this."""
    order: Order
    """The order that had reached the target, as it stands after this."""
    points: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskUnitReturned:
    """A reward was taken whole while its task goes on: the budget, by the `BudgetSpent` beside it, has it again (E8)."""

    counted: TaskOrder
    """Whose reward it was, as it stands after this."""
    task: Task
    at_ms: int


TaskOrderFact = OrderCounted | TaskRewardTaken | TaskUnitReturned


def lost(counted: Sequence[TaskOrder], orders: Mapping[OrderId, Order]) -> Iterator[TaskOrder]:
    """Yield the rewards of which more is to be taken, as they stand after it.

    `counted` are one member's orders for one task, `orders` has them as they stand now. There are several rewards
    where two accounts that had one each became one (X1): each stands on orders of its own.
    """
    rewarded = sorted((one for one in counted if one.reward), key=lambda one: (-one.taken, one.order))
    for place, one in enumerate(rewarded):
        shares = [
            one.reward * order.refunded // order.amount
            for order in (orders[each.order] for each in counted)
            if order.amount
        ]
        shares.sort(reverse=True)
        beyond = max(0, len(shares) - one.target * len(rewarded))
        taken = shares[min(beyond + place * one.target, len(shares) - 1)]
        if taken > one.taken:
            yield replace(one, taken=taken)
