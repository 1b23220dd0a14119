"""The end of boosts and granted tiers (P4, T8): they have had no effect since, now cards are rendered anew."""

from __future__ import annotations

from server.domain.commands import ById, KeepTime, Origin
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import BOOST, GRANT, Due, DueWork

EVERY_S = 5.0
AT_ONCE = 100


def tier_holds(due: DueWork, submit: Submits) -> Job:
    """Return the job. What two processes claim all the same happens once: the event has one name (R2)."""

    async def work(now_ms: int) -> int:
        found = await due.ended_holds(now_ms, AT_ONCE)
        # A member whose boost and grant are both over is told once.
        members = {one.member: one for one in found}
        await submit([_kept(one, now_ms) for one in members.values()])
        return len(found)

    return Job("boosts and granted tiers", EVERY_S, work, frozenset((BOOST, GRANT)))


def _kept(one: Due, now_ms: int) -> KeepTime:
    origin = Origin(
        source="jobs",
        event=f"tier_hold:{one.member}:{one.at_ms}",
        content="over",
        received_ms=now_ms,
        actor="jobs",
    )
    return KeepTime(origin, ById(one.member))
