"""What a host sees of the show that runs, in numbers: what it has given, and what came of it (L8, X4). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.domain.state import Task
from server.ids import TaskId


@dataclass(frozen=True, slots=True)
class ShowTotals:
    """What the record holds of one show."""

    orders: int = 0
    """Paid in it and not fully refunded."""
    paid: int = 0
    """Minor units, net of refunds."""
    order_points: int = 0
    """Points its orders gave, those of first-N places and of tasks for an order among them."""
    points_taken: int = 0
    """Of these, what refunds took back."""
    behaviour_points: int = 0
    """Points that watching, comments and the like gave in it."""
    shouts: int = 0
    """Level-ups that were announced in it."""
    coupons: int = 0
    """Coupons given with them."""
    coupon_orders: int = 0
    """Orders that used one of these, here or elsewhere, until now."""
    tasks: Mapping[TaskId, TaskTotals] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskTotals:
    """What the record holds of one countdown task."""

    points: int = 0
    """Given to members who reached the target."""
    orders: int = 0
    """Paid in the show while the task ran, and not fully refunded."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many members a countdown task brought how far; each number is at most the one before."""

    task: TaskId
    saw: int
    """Viewers on whose screens it was. Counted approximately (within 2 %) above some hundreds."""
    began: int
    """Members who did at least one step of it; counted in the same way."""
    reached: int
    """Members who reached the target, which rewards them at once."""
    points: int
    orders: int


def funnel_of(task: Task, totals: TaskTotals, saw: int, began: int) -> Funnel:
    """Return one task's funnel. What only the hot store counts may be lost: a later step proves the earlier."""
    reached = totals.points // task.reward
    began = max(began, reached)
    return Funnel(task.id, max(saw, began), began, reached, totals.points, totals.orders)


def points_given(totals: ShowTotals, tasks: Sequence[Task]) -> int:
    """Return the points given in the show, refunds not taken off.

    A task for an order rewards as part of what its order gives, and counts once.
    """
    by_task = totals.tasks
    others = sum(by_task[task.id].points for task in tasks if task.kind != "order" and task.id in by_task)
    return totals.behaviour_points + totals.order_points + others


def share(part: int, whole: int) -> float | None:
    """Return `part` of `whole`, in four digits; None = of nothing."""
    return round(part / whole, 4) if whole else None
