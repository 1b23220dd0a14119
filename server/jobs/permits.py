"""Gives back the pieces of permits whose minute is over (L5)."""

from __future__ import annotations

from server.domain.commands import ExpirePermit, Origin
from server.ids import PermitId, RoomId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import PERMIT, DueWork

EVERY_S = 1.0
"""The piece itself is free the moment the minute is over; this is about the number on the screen."""
AT_ONCE = 200


def permits(due: DueWork, submit: Submits) -> Job:
    """Return the job. What two processes claim all the same runs out once: the event has one name (R2)."""

    async def work(now_ms: int) -> int:
        found = await due.permits(now_ms, AT_ONCE)
        await submit([_expire(PermitId(one.id), RoomId(one.member), now_ms) for one in found])
        return len(found)

    return Job("permits", EVERY_S, work, frozenset((PERMIT,)))


def _expire(permit: PermitId, room: RoomId, now_ms: int) -> ExpirePermit:
    origin = Origin(
        source="jobs",
        event=f"permit:{permit}",
        content="over",
        received_ms=now_ms,
        room=room,
        actor="jobs",
    )
    return ExpirePermit(origin, permit)
