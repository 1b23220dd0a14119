"""Countdown tasks from the host's side: start, extend, pause, resume, cancel, and the end (L3, L12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server.domain.commands import AllowGrace, ChangeTask, SettleTask, StartTask
from server.domain.decide.rooms import known_room
from server.domain.decision import Applied, Conflict, Decision, Refusal
from server.domain.facts import TaskChanged, TaskEnded, TaskStarted
from server.domain.state import Room, Task
from server.domain.world import World
from server.ids import RoomId, TaskId

KINDS: Final = ("share", "password", "like", "watch", "order", "vote", "invite")
RUNNING, PAUSED, ENDED, CANCELLED = "running", "paused", "ended", "cancelled"
OPEN: Final = (RUNNING, PAUSED)

MOST_OPEN: Final = 5
"""At once in a room: more is a screen full of clocks."""
LONGEST_S: Final = 24 * 3_600
"""From the start to the end, extensions and pauses apart."""
GRACE_MS: Final = 15_000
"""How late burned-in video may be (OVERLAY, Countdown)."""
SETTLED_AFTER_MS: Final = GRACE_MS
"""The books stay open so long after the end, for a broadcast overlay may still give grace."""

_UNCHANGED: Final = Decision(Applied())


def start_task(command: StartTask, world: World, now_ms: int) -> Decision:
    """Start a task of the show that is live; its clock runs from now on."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    show = world.on_air(room.id)
    if show is None:
        return _refused("off_air", "room: no show is live; start one, then the task")
    if command.task in {task.id for task in room.tasks}:
        return _UNCHANGED
    if wrong := _wrong(command):
        return _refused("bad_request", wrong)
    if sum(task.state in OPEN for task in room.tasks) >= MOST_OPEN:
        return _refused("limit_reached", f"tasks: {MOST_OPEN} run already; cancel one or wait for its end")
    task = Task(
        id=command.task,
        room=room.id,
        show=show.id,
        kind=command.kind,
        title=command.title,
        reward=command.reward,
        target=command.target,
        budget=command.budget,
        password=command.password,
        starts_ms=now_ms,
        ends_ms=now_ms + command.seconds * 1_000,
        state=RUNNING,
        audience=command.audience,
        order=1 + max((task.order for task in room.tasks), default=0),
    )
    return Decision(Applied(), (TaskStarted(task, now_ms),))


def change_task(command: ChangeTask, world: World, now_ms: int) -> Decision:
    """Do to the task what the host asks for. What is over stays over; asking for what already is changes nothing."""
    found = _found(command.origin.room, command.task, world)
    if isinstance(found, Refusal):
        return Decision(found)
    task = found
    if command.rev is not None and command.rev != task.rev:
        return Decision(Conflict("changed_meanwhile"))
    if task.state not in OPEN or is_over(task, now_ms):
        return _refused("closed", f"task: {task.id} is over; start a new one")
    match command.action:
        case "extend":
            return _extended(task, command.seconds, now_ms)
        case "pause":
            if task.state == PAUSED:
                return _UNCHANGED
            paused = replace(task, state=PAUSED, remaining_ms=task.ends_ms - now_ms, rev=task.rev + 1)
            return Decision(Applied(), (TaskChanged(paused, "pause", now_ms),))
        case "resume":
            if task.remaining_ms is None:
                return _UNCHANGED
            ends_ms = now_ms + task.remaining_ms
            resumed = replace(task, state=RUNNING, remaining_ms=None, ends_ms=ends_ms, rev=task.rev + 1)
            return Decision(Applied(), (TaskChanged(resumed, "resume", now_ms),))
        case "cancel":
            return Decision(Applied(), (_ended(task, CANCELLED, world, now_ms),))
        case _:
            return _refused("bad_request", "action: extend, pause, resume or cancel")


def settle_task(command: SettleTask, world: World, now_ms: int) -> Decision:
    """End the task if its time, and that of the last who may still be late, is over."""
    found = _found(command.origin.room, command.task, world)
    if isinstance(found, Refusal):
        return _UNCHANGED
    task = found
    if task.state != RUNNING or now_ms < task.ends_ms + SETTLED_AFTER_MS:
        return _UNCHANGED
    return Decision(Applied(), (_ended(task, ENDED, world, now_ms),))


def allow_grace(command: AllowGrace, world: World, now_ms: int) -> Decision:
    """Let acts count a while after the end, because the countdown was burned into the video (OVERLAY)."""
    found = _found(command.origin.room, command.task, world)
    if isinstance(found, Refusal):
        return _UNCHANGED
    task = found
    if task.state not in OPEN or task.grace_ms:
        return _UNCHANGED
    # The item on the screen stays as it is, and so does its `rev`: the end that viewers see does not move.
    return Decision(Applied(), (TaskChanged(replace(task, grace_ms=GRACE_MS), "grace", now_ms),))


def ended_with_show(room: Room, world: World, now_ms: int) -> tuple[TaskEnded, ...]:
    """Return the ends of all tasks still open when the show ends (L12)."""
    return tuple(_ended(task, ENDED, world, now_ms) for task in room.tasks if task.state in OPEN)


def is_over(task: Task, now_ms: int) -> bool:
    """Whether the clock of a running task has reached its end, whatever has been written down yet."""
    return task.state == RUNNING and now_ms >= task.ends_ms


def budget_name(task: TaskId) -> str:
    return f"task:{task}"


def _ended(task: Task, state: str, world: World, now_ms: int) -> TaskEnded:
    over = replace(task, state=state, remaining_ms=None, rev=task.rev + 1)
    return TaskEnded(over, world.budgets.get(budget_name(task.id), 0), now_ms)


def _extended(task: Task, seconds: int | None, now_ms: int) -> Decision:
    if seconds is None or seconds <= 0:
        return _refused("bad_request", "seconds: how much longer, above 0")
    longer = task.ends_ms + seconds * 1_000
    if longer - task.starts_ms > LONGEST_S * 1_000:
        return _refused("bad_request", f"seconds: a task lasts {LONGEST_S} s at most")
    remaining = None if task.remaining_ms is None else task.remaining_ms + seconds * 1_000
    extended = replace(task, ends_ms=longer, remaining_ms=remaining, rev=task.rev + 1)
    return Decision(Applied(), (TaskChanged(extended, "extend", now_ms),))


def _found(room_id: RoomId | None, task_id: TaskId, world: World) -> Task | Refusal:
    room = world.rooms.get(room_id) if room_id is not None else None
    for task in room.tasks if room is not None else ():
        if task.id == task_id:
            return task
    return Refusal("not_found", f"task: room {room_id} has no task {task_id} in its show")


def _wrong(command: StartTask) -> str | None:
    if command.kind not in KINDS:
        return f"kind: one of {', '.join(KINDS)}"
    if (command.kind == "password") != (command.password is not None):
        return "password: what must be commented, with kind password and no other"
    if command.reward <= 0 or command.target <= 0:
        return "reward, target: above 0"
    if not 0 < command.seconds <= LONGEST_S:
        return f"seconds: 1 to {LONGEST_S}"
    if command.budget < command.reward:
        return "budget: at least one reward"
    return None


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
