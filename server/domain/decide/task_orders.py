"""What a refund undoes of countdown tasks of kind order: a step on the way, or of the reward (L3, V3)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import replace

from server.domain.decide.tasks import OPEN, budget_name
from server.domain.facts import BudgetSpent, Fact, TakenBack, TaskProgressed
from server.domain.state import Order
from server.domain.task_orders import TaskOrder, TaskRewardTaken, TaskUnitReturned, lost
from server.domain.world import World


def rewards_lost(order: Order, world: World) -> tuple[TaskOrder, ...]:
    """Return the rewards of which a refund of `order`, as it stands after it, takes more; each as after that."""
    taken: list[TaskOrder] = []
    for mine in of_order(order, world):
        orders = ChainMap({order.id: order}, world.orders)
        theirs = world.task_orders[order.member].values()
        taken += lost([one for one in theirs if one.task == mine.task], orders)
    return tuple(taken)


def points_taken(order: Order, taken: Iterable[TaskOrder], world: World) -> int:
    """Return what refunds have taken so far of the points that `order` gave: of a reward by its own rule.

    `taken` are the rewards that change with the refund, as they stand after it.
    """
    rewards = {one.task: one for one in of_order(order, world)}
    rewards |= {one.task: one for one in taken if one.order == order.id}
    of_tasks = sum(one.reward for one in rewards.values())
    own = (order.points_given - of_tasks) * order.refunded // order.amount
    return own + sum(one.taken for one in rewards.values())


def taken_with(order: Order, taken: Iterable[TaskOrder], world: World, now_ms: int) -> tuple[Fact, ...]:
    """Return what happened to the rewards `taken`, when `order` became as it stands now.

    What `order` itself gave is taken with the rest of it; what another order gave is taken from that one. One that
    is taken whole returns to its task's budget.
    """
    facts: list[Fact] = []
    others: dict[str, Order] = {}
    for after in taken:
        points = after.taken - world.task_orders[order.member][after.task, after.order].taken
        facts += _returned(after, world, now_ms)
        if after.order == order.id:
            facts.append(TaskRewardTaken(after, order, points, now_ms))
            continue
        other = others.get(after.order, world.orders[after.order])
        others[after.order] = other = replace(other, points_taken=other.points_taken + points)
        facts.append(TaskRewardTaken(after, other, points, now_ms))
        facts.append(
            TakenBack(
                member=other.member,
                order=other.id,
                points=points,
                growth=0,
                paid=0,
                orders=0,
                day=other.day,
                at_ms=now_ms,
            )
        )
    return tuple(facts)


def _returned(after: TaskOrder, world: World, now_ms: int) -> tuple[Fact, ...]:
    """Return the unit that goes back into the budget: a whole reward, while the task's books are open (E8).

    A part is no unit: another member is given a whole reward or none.
    """
    if after.taken < after.reward:
        return ()
    room = world.orders[after.order].room
    open_tasks = world.rooms[room].tasks if room is not None and room in world.rooms else ()
    for task in open_tasks:
        # A budget that somebody closes meanwhile refuses this, too; decided once more, the task has ended.
        if task.id == after.task and task.state in OPEN:
            unit = BudgetSpent(budget_name(task.id), -after.reward, task.budget)
            return (unit, TaskUnitReturned(after, task, now_ms))
    return ()


def steps_back(order: Order, world: World, now_ms: int) -> tuple[TaskProgressed, ...]:
    """Return the steps that an order refunded in full is no longer, where its task's target is not reached yet.

    Once reached it stays so: the reward is given to a member once, and what refunds take of it is not given again.
    """
    if order.refunded < order.amount:
        return ()
    back: list[TaskProgressed] = []
    for mine in of_order(order, world):
        for one in world.members[order.member].tasks:
            if one.task == mine.task and 0 < one.count < one.target:
                step = TaskProgressed(
                    order.member, one.task, one.count - 1, one.target, one.forget_ms, now_ms
                )
                back.append(step)
    return tuple(back)


def of_order(order: Order, world: World) -> list[TaskOrder]:
    """Return the tasks that `order` counted for."""
    theirs = world.task_orders.get(order.member)
    return [] if theirs is None else [one for one in theirs.values() if one.order == order.id]
