"""Gifts by link that nobody claimed go back to their givers (P5)."""

from __future__ import annotations

from server.domain.commands import ById, Origin
from server.domain.gift_commands import ReturnGift
from server.ids import GiftId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import GIFT, DueWork

EVERY_S = 10.0
AT_ONCE = 100


def unclaimed_gifts(due: DueWork, submit: Submits) -> Job:
    """Return the job. What two processes claim all the same goes back once: the event has one name (R2)."""

    async def work(now_ms: int) -> int:
        found = await due.unclaimed_gifts(now_ms, AT_ONCE)
        await submit([_returned(GiftId(one.id), ById(one.member), now_ms) for one in found])
        return len(found)

    return Job("unclaimed gifts", EVERY_S, work, frozenset((GIFT,)))


def _returned(gift: GiftId, who: ById, now_ms: int) -> ReturnGift:
    origin = Origin(
        source="jobs", event=f"gift:{gift}", content="unclaimed", received_ms=now_ms, actor="jobs"
    )
    return ReturnGift(origin, who, gift)
