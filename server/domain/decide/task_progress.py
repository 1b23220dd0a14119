"""Countdown tasks from the viewers' side: what they do anyway advances what runs, and the target rewards (L3).

Nothing is sent for a task: progress follows from the facts of the act itself, so an act counts exactly when it
happened, by the server's receipt time, and its repeat counts as little as the act's own (R2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from server.domain.commands import MemberCommand, PostComment, RecordWatchedTask
from server.domain.decide.tasks import RUNNING, SETTLED_AFTER_MS, budget_name
from server.domain.decision import Applied, Decision
from server.domain.facts import (
    Acted,
    Awarded,
    BudgetSpent,
    Fact,
    InviteCompleted,
    Liked,
    MemberCreated,
    OrderPaid,
    OrderRefunded,
    TaskDone,
    TaskProgressed,
    VoteCast,
)
from server.domain.rulebook import SHARE
from server.domain.state import Member, Room, Task
from server.domain.task_orders import OrderCounted, TaskOrder
from server.domain.world import World
from server.ids import MemberId, RuleId, TaskId

REMEMBERED_MS = 24 * 3_600_000
"""How long after a task's end a member's part in it is kept: a paused one may go on the next day."""


def with_tasks(
    command: MemberCommand, decision: Decision, who: MemberId, world: World, now_ms: int
) -> Decision:
    """Return `decision` with what its facts bring the member in the tasks that run in the command's room.

    What an act earns by its own rule has nothing to do with it: a share beyond the day's cap is a share.
    """
    room = world.rooms.get(command.origin.room) if command.origin.room is not None else None
    if room is None or not room.tasks or not isinstance(decision.outcome, Applied):
        return decision
    # An invitation is completed by the newcomer, and is the inviter's doing.
    who = next((fact.inviter for fact in decision.facts if isinstance(fact, InviteCompleted)), who)
    member = world.members.get(who) or next(
        (fact.member for fact in decision.facts if isinstance(fact, MemberCreated)), None
    )
    if member is None:
        return decision
    outcome, facts = decision.outcome, decision.facts
    for task in room.tasks:
        if not counts(task, now_ms):
            continue
        if isinstance(command, RecordWatchedTask):
            gained = command.minutes - counted(member, task.id) if command.task == task.id else 0
        else:
            gained = _steps(task, command, decision.facts)
        if gained <= 0:
            continue
        advanced = _advanced(task, gained, member, facts, world, now_ms)
        if task.kind == "order" and any(isinstance(fact, TaskDone) for fact in advanced[len(facts) :]):
            # What an order earns is said the same way whoever tells of it again, and however (PROTOCOL §2).
            earned = outcome.earned
            outcome = replace(outcome, earned=replace(earned, points=earned.points + task.reward))
        facts = advanced
    return decision if facts is decision.facts else Decision(outcome, facts)


def counts(task: Task, now_ms: int) -> bool:
    """Whether an act received now counts for the task: the end is exclusive, and grace comes after it (L3)."""
    return task.state == RUNNING and task.starts_ms <= now_ms < task.ends_ms + task.grace_ms


def asked_for(room: Room, digest: str, now_ms: int) -> bool:
    """Whether a password task asks for a comment of this text: many who write it are no copy-paste wave (E9)."""
    return any(
        task.kind == "password" and task.password == digest and counts(task, now_ms) for task in room.tasks
    )


def counted(member: Member, task: TaskId) -> int:
    """Return how far the member has come with `task`."""
    return next((one.count for one in member.tasks if one.task == task), 0)


def rule_of(task: TaskId) -> RuleId:
    return RuleId(f"task:{task}")


def _steps(task: Task, command: MemberCommand, facts: Iterable[Fact]) -> int:
    """Return by how much the facts of one act advance a task of this kind."""
    match task.kind:
        case "password":
            return int(isinstance(command, PostComment) and command.digest == task.password)
        case "share":
            return sum(isinstance(fact, Acted) and fact.rule == SHARE for fact in facts)
        case "like":
            return sum(fact.count for fact in facts if isinstance(fact, Liked))
        case "order":
            # One whose refund came first is no order.
            returned = any(isinstance(fact, OrderRefunded) for fact in facts)
            return 0 if returned else sum(isinstance(fact, OrderPaid) for fact in facts)
        case "invite":
            return sum(isinstance(fact, InviteCompleted) for fact in facts)
        case "vote":
            return sum(isinstance(fact, VoteCast) for fact in facts)
        case _:
            return 0


def _advanced(
    task: Task, gained: int, member: Member, facts: tuple[Fact, ...], world: World, now_ms: int
) -> tuple[Fact, ...]:
    """Return `facts` with the member further in `task`, and with the reward when that reaches its target.

    Where the budget has no room for the reward nothing is written: the last step stays open, in case a host
    gives another task of the kind, and the card goes on saying what is missing.
    """
    before = counted(member, task.id)
    if before >= task.target:
        return (*facts, *_counted_orders(task, facts, 0, now_ms))
    count = min(task.target, before + gained)
    done = tuple(_rewarded(task, member, facts, world, now_ms)) if count == task.target else ()
    if count == task.target and not done:
        return facts
    forget_ms = task.ends_ms + REMEMBERED_MS
    step = TaskProgressed(member.id, task.id, count, task.target, forget_ms, now_ms)
    if not done:
        return (*facts, step, *_counted_orders(task, facts, 0, now_ms))
    return (*_with_order(task, facts), step, *done, *_counted_orders(task, facts, task.reward, now_ms))


def _rewarded(task: Task, member: Member, facts: Iterable[Fact], world: World, now_ms: int) -> Iterator[Fact]:
    name = budget_name(task.id)
    if not world.affords(name, task.reward, task.budget):
        return
    order = next((fact.order for fact in facts if isinstance(fact, OrderPaid)), None)
    yield BudgetSpent(name, task.reward, task.budget)
    yield Awarded(
        member=member.id,
        rule=rule_of(task.id),
        points=task.reward,
        growth=0,
        awards=1,
        day=world.calendar.day_of(now_ms),
        at_ms=now_ms,
        room=task.room,
        show=task.show,
        order=order.id if order is not None and task.kind == "order" else None,
        behaviour=False,
    )
    shown = "" if member.announce_optout else member.name
    yield TaskDone(member.id, member.author, shown, task, now_ms)


def _with_order(task: Task, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Let the reward be part of what the order gave; what refunds take of it: `server.domain.task_orders` (V3)."""
    if task.kind != "order":
        return facts
    return tuple(
        replace(fact, order=replace(fact.order, points_given=fact.order.points_given + task.reward))
        if isinstance(fact, OrderPaid)
        else fact
        for fact in facts
    )


def _counted_orders(task: Task, facts: tuple[Fact, ...], reward: int, now_ms: int) -> Iterator[OrderCounted]:
    """Yield that a paid order counted, also beyond the target: with it, one that is refunded is not missed."""
    if task.kind != "order":
        return
    for fact in facts:
        if isinstance(fact, OrderPaid):
            counted = TaskOrder(task.id, fact.order.id, fact.order.member, task.target, reward)
            yield OrderCounted(counted, now_ms)


def settled_by_ms(task: Task) -> int | None:
    """Return when a running task is to be settled; None = not by the clock."""
    return task.ends_ms + SETTLED_AFTER_MS if task.state == RUNNING else None
