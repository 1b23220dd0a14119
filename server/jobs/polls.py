"""Closes polls whose time is over (L8)."""

from __future__ import annotations

from server.domain.commands import ClosePoll, Origin
from server.ids import PollId, RoomId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import POLL, DueWork

EVERY_S = 1.0
AT_ONCE = 100


def polls(due: DueWork, submit: Submits) -> Job:
    """Return the job. What two processes claim all the same is closed once: the event has one name (R2)."""

    async def work(now_ms: int) -> int:
        found = await due.polls(now_ms, AT_ONCE)
        await submit([_close(PollId(one.id), RoomId(one.member), now_ms) for one in found])
        return len(found)

    return Job("polls", EVERY_S, work, frozenset((POLL,)))


def _close(poll: PollId, room: RoomId, now_ms: int) -> ClosePoll:
    origin = Origin(
        source="jobs",
        event=f"poll:{poll}",
        content="over",
        received_ms=now_ms,
        room=room,
        actor="jobs",
    )
    return ClosePoll(origin, poll, overdue=True)
