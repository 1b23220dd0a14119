"""A rulebook that takes force is shown in every room (X3)."""

from __future__ import annotations

from collections.abc import Callable

from server.domain.commands import Origin, PresentRulebook
from server.domain.rulebook import Rulebook
from server.ids import RoomId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import DueWork, presented_event
from server.ledger.rulebooks import FIRST

EVERY_S = 0.5
AT_ONCE = 100


def presenting(due: DueWork, submit: Submits, rulebook_at: Callable[[int], Rulebook]) -> Job:
    """Return the job. Asks the database only after another rulebook has taken force, and once after a start.

    A room made later shows the rulebook of its time by itself.
    """
    shown = FIRST

    async def work(now_ms: int) -> int:
        nonlocal shown
        version = rulebook_at(now_ms).version
        if version == shown:
            return 0
        rooms = await due.rooms_of_old_rules(version, now_ms, AT_ONCE)
        if rooms is None:
            shown = version
            return 0
        await submit([_present(version, room, now_ms) for room in rooms])
        return len(rooms)

    return Job("rulebook", EVERY_S, work)


def _present(version: int, room: RoomId, now_ms: int) -> PresentRulebook:
    origin = Origin(
        source="jobs",
        event=presented_event(version, room),
        content="",
        received_ms=now_ms,
        room=room,
        actor="jobs",
    )
    return PresentRulebook(origin)
