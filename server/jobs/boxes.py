"""Blind boxes day by day: seeds are promised ahead of their day, and made public once it is over (P3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from server.credentials.keys import Seal
from server.domain.box_commands import PromiseBoxSeed, RevealBoxSeed
from server.domain.boxes import TICKET_SERIES, BoxSeed, seed_name
from server.domain.commands import Origin
from server.domain.days import Calendar
from server.domain.fairness import SEED_BYTES, commitment_of
from server.domain.rulebook import Rulebook
from server.errors import SignatureInvalid
from server.ids import SeriesId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.box_queries import BoxQueries

EVERY_S = 2.0
AT_ONCE = 100
LATE_MS = 60_000
"""So long after midnight the seeds of the day before are made public: nobody opens a box with them any more."""
Entropy = Callable[[int], bytes]
"""So many random bytes that nobody can guess."""

_log = structlog.get_logger(__name__)


def boxes(
    queries: BoxQueries,
    submit: Submits,
    seal: Seal,
    entropy: Entropy,
    rulebook_at: Callable[[int], Rulebook],
    calendar: Calendar,
) -> Sequence[Job]:
    """Return the jobs. Each seed is an event with one name: of two processes that promise it, the first counts (R2)."""

    async def promise(now_ms: int) -> int:
        today = calendar.day_of(now_ms)
        tickets = TICKET_SERIES if rulebook_at(now_ms).streak.box else None
        missing = (await queries.unpromised(tickets, (today, today + 1)))[:AT_ONCE]
        if missing:
            await submit([_promise(series, day, now_ms) for series, day in missing])
        return len(missing)

    def _promise(series: SeriesId, day: int, now_ms: int) -> PromiseBoxSeed:
        seed = entropy(SEED_BYTES)
        commitment = commitment_of(seed, seed_name(series, day))
        return PromiseBoxSeed(
            _origin("promise", series, day, now_ms), series, day, commitment, seal.close(seed.hex())
        )

    async def reveal(now_ms: int) -> int:
        found = await queries.overdue(calendar.day_of(now_ms - LATE_MS), AT_ONCE)
        if found:
            await submit([_reveal(promised, seal, now_ms) for promised in found])
        return len(found)

    return (Job("box promises", EVERY_S, promise), Job("box seeds", EVERY_S, reveal))


def _reveal(promised: BoxSeed, seal: Seal, now_ms: int) -> RevealBoxSeed:
    """Return what ends a seed's day; a seed that nobody can read any more is said to be lost."""
    origin = _origin("reveal", promised.series, promised.day, now_ms)
    try:
        seed: str | None = seal.open(promised.sealed_seed)
    except SignatureInvalid as lost:
        _log.error("box.seed_lost", series=promised.series, day=promised.day, why=str(lost))
        seed = None
    return RevealBoxSeed(origin, promised.series, promised.day, seed)


def _origin(step: str, series: SeriesId, day: int, now_ms: int) -> Origin:
    return Origin(
        source="jobs", event=f"box:{series}:{day}:{step}", content=step, received_ms=now_ms, actor="jobs"
    )
