"""Lets points be spent whose days of waiting are over (E6)."""

from __future__ import annotations

from server.domain.commands import ById, Origin, ReleaseAward
from server.ids import HeldAwardId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import AWARD, DueWork

EVERY_S = 10.0
AT_ONCE = 200


def held_awards(due: DueWork, submit: Submits) -> Job:
    """Return the job. What two processes claim all the same is released once: the event has one name (R2)."""

    async def work(now_ms: int) -> int:
        found = await due.held_awards(now_ms, AT_ONCE)
        await submit([_release(HeldAwardId(one.id), ById(one.member), now_ms) for one in found])
        return len(found)

    return Job("held awards", EVERY_S, work, frozenset((AWARD,)))


def _release(award: HeldAwardId, who: ById, now_ms: int) -> ReleaseAward:
    origin = Origin(source="jobs", event=f"award:{award}", content="due", received_ms=now_ms, actor="jobs")
    return ReleaseAward(origin, who, award)
