"""Lets go of points held for orders that were not paid in time (P1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from server.domain.commands import ById, Command, Origin, ReleasePoints
from server.domain.decision import Receipt
from server.ids import RedemptionId
from server.jobs.runner import Job
from server.ledger.due import HOLD, DueWork

EVERY_S = 5.0
AT_ONCE = 100

Submits = Callable[[Sequence[Command]], Awaitable[Sequence[Receipt]]]
"""Intake's `submit_many`."""


def holds(due: DueWork, submit: Submits) -> Job:
    """Return the job. What two processes claim all the same is released once: the event has one name (R2)."""

    async def work(now_ms: int) -> int:
        found = await due.holds(now_ms, AT_ONCE)
        await submit([_release(RedemptionId(one.id), ById(one.member), now_ms) for one in found])
        return len(found)

    return Job("holds", EVERY_S, work, frozenset((HOLD,)))


def _release(redemption: RedemptionId, who: ById, now_ms: int) -> ReleasePoints:
    origin = Origin(
        source="jobs",
        event=f"hold:{redemption}",
        content="overdue",
        received_ms=now_ms,
        actor="jobs",
    )
    return ReleasePoints(origin, who, redemption, overdue=True)
