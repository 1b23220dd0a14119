"""A rulebook that takes force is shown in every room, and so are the prices of a member day when it comes and goes (X3, E11)."""

from __future__ import annotations

from collections.abc import Callable

from server.domain.commands import Origin, PresentRulebook
from server.domain.days import Calendar
from server.domain.pricing import prices_since
from server.domain.rulebook import Rulebook
from server.ids import RoomId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import DueWork, presented_event
from server.ledger.rulebooks import FIRST

EVERY_S = 0.5
AT_ONCE = 100


def presenting(
    due: DueWork, submit: Submits, rulebook_at: Callable[[int], Rulebook], calendar: Calendar
) -> Job:
    """Return the job. Asks the database only after another rulebook or day has taken force, and once after a start.

    A room made later shows the rulebook of its time by itself.
    """
    shown: tuple[int, int | None] = (FIRST, None)

    async def work(now_ms: int) -> int:
        nonlocal shown
        rulebook = rulebook_at(now_ms)
        now = (rulebook.version, prices_since(rulebook, calendar, now_ms))
        if now == shown:
            return 0
        rooms = await due.rooms_of_old_rules(*now, now_ms, AT_ONCE)
        if rooms is None:
            shown = now
            return 0
        await submit([_present(*now, room, now_ms) for room in rooms])
        return len(rooms)

    return Job("rulebook", EVERY_S, work)


def _present(version: int, since: int | None, room: RoomId, now_ms: int) -> PresentRulebook:
    origin = Origin(
        source="jobs",
        event=presented_event(version, since, room),
        content="",
        received_ms=now_ms,
        room=room,
        actor="jobs",
    )
    return PresentRulebook(origin)
