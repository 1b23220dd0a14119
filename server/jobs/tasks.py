"""Ends countdown tasks whose time is over, once, whichever process gets there first (L3)."""

from __future__ import annotations

from server.domain.commands import Origin, SettleTask
from server.ids import RoomId, TaskId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import TASK, DueWork

EVERY_S = 1.0
"""Screens end by their own clocks; this is about the books."""
AT_ONCE = 100


def tasks(due: DueWork, submit: Submits) -> Job:
    """Return the job. A task that was extended meanwhile is due again under another name."""

    async def work(now_ms: int) -> int:
        found = await due.tasks(now_ms, AT_ONCE)
        await submit([_settle(TaskId(one.id), RoomId(one.member), one.at_ms, now_ms) for one in found])
        return len(found)

    return Job("tasks", EVERY_S, work, frozenset((TASK,)))


def _settle(task: TaskId, room: RoomId, ends_ms: int, now_ms: int) -> SettleTask:
    origin = Origin(
        source="jobs",
        event=f"task:{task}:{ends_ms}",
        content="over",
        received_ms=now_ms,
        room=room,
        actor="jobs",
    )
    return SettleTask(origin, task)
