"""The end of tiers' years, and the warning before it (T6, T7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from server.domain.commands import ById, Command, KeepTime, Origin
from server.domain.days import Calendar
from server.domain.decide.years import ending
from server.domain.rulebook import Rulebook
from server.domain.world import World
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import LOOK_AGAIN_MS, YEAR, Due, DueWork
from server.ledger.ports import QueriesPort

EVERY_S = 10.0
AT_ONCE = 100


def years(
    due: DueWork,
    queries: QueriesPort,
    submit: Submits,
    rulebook_at: Callable[[int], Rulebook],
    calendar: Calendar,
) -> Sequence[Job]:
    """Return the jobs.

    What two processes claim all the same happens once: within an hour the event has one name (R2), and a year
    that was judged, or warned of, is not due any more. By the hour, because who was safe may be at risk later.
    """

    async def end(now_ms: int) -> int:
        found = await due.ended_years(now_ms, AT_ONCE)
        await submit(_told("year", found, now_ms))
        return len(found)

    async def warn(now_ms: int) -> int:
        rulebook = rulebook_at(now_ms)
        found = await due.ending_years(now_ms, rulebook.year.warn_ms, AT_ONCE)
        members = await queries.members([one.member for one in found], now_ms)
        world = World(rulebook, calendar)
        # Only who is at risk becomes an event: the others would be one each, again and again.
        losing = [
            one
            for one in found
            if one.member in members and ending(members[one.member], world, now_ms) is not None
        ]
        await submit(_told("warn", losing, now_ms))
        return len(found)

    return Job("tier years", EVERY_S, end, frozenset((YEAR,))), Job("tier warnings", EVERY_S, warn)


def _told(what: str, found: Iterable[Due], now_ms: int) -> list[Command]:
    return [
        KeepTime(
            Origin(
                source="jobs",
                event=f"{what}:{one.member}:{one.at_ms}:{now_ms // LOOK_AGAIN_MS}",
                content=what,
                received_ms=now_ms,
                actor="jobs",
            ),
            ById(one.member),
        )
        for one in found
    ]
