"""What this process knows from the database and keeps fresh: asked for together, once a second.

Whoever has such a thing gives it to the one `Refresher` of the process. Its `refresh` asks one cheap question (the
highest version there is) and reads on only when the answer is new. With the database away everybody goes on with what
is known; whoever must not (a journal that is about to decide) asks for itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from server.clock import Clock
from server.domain.rulebook import Rulebook
from server.ledger.errors import LedgerUnavailable
from server.rulebooks.schedule import Schedule

EVERY_S = 1.0
"""Issue 3: what is published counts on every node within two seconds."""

_log = structlog.get_logger(__name__)


class Refreshed(Protocol):
    """Something that is kept fresh."""

    @property
    def name(self) -> str:
        """For the log."""
        ...

    async def refresh(self, now_ms: int) -> None:
        """Bring it up to what stands at `now_ms` or later. Whatever is raised leaves it as it was."""
        ...


class InForce:
    """Says when another rulebook has taken force. Asks nobody: it goes by what is known and the time."""

    name = "rulebook in force"

    def __init__(
        self, rulebook_at: Callable[[int], Rulebook], changed: Callable[[Rulebook, Rulebook, int], None]
    ) -> None:
        """`changed` gets the rulebook before, the one in force and the time; not of the one that is known first."""
        self._rulebook_at = rulebook_at
        self._changed = changed
        self._known: Rulebook | None = None

    async def refresh(self, now_ms: int) -> None:
        before, self._known = self._known, self._rulebook_at(now_ms)
        if before is not None and before.version != self._known.version:
            self._changed(before, self._known, now_ms)


class RateAnnounced:
    """Says when another worth of points has been announced, or called off (P6, O7). Asks nobody, as `InForce`."""

    name = "rate announced"

    def __init__(
        self,
        schedule: Callable[[], Schedule],
        announced: Callable[[Rulebook, Rulebook | None, int, int], None],
    ) -> None:
        """`announced` gets what counts now, what is coming (None = nothing), from when, and the time."""
        self._schedule = schedule
        self._announced = announced
        self._known: tuple[int, int] | None = None

    async def refresh(self, now_ms: int) -> None:
        schedule = self._schedule()
        rate = schedule.rate_at(now_ms)
        others = (one for one in schedule.coming(now_ms) if one.rulebook.spending.points_per_unit != rate)
        coming = next(others, None)
        known = None if coming is None else (coming.version, coming.effective_ms)
        if known == self._known:
            return
        self._known = known
        in_force = schedule.at(now_ms).rulebook
        if coming is None:
            self._announced(in_force, None, 0, now_ms)
        else:
            self._announced(in_force, coming.rulebook, coming.effective_ms, now_ms)


class Refresher:
    """Refreshes all things it was given, in their order, until `stop`."""

    def __init__(self, things: Sequence[Refreshed], clock: Clock) -> None:
        self._things = tuple(things)
        self._clock = clock
        self._stale: set[int] = set()
        """The places of those that could not be read last time."""
        self._task: asyncio.Task[None] | None = None

    async def once(self) -> None:
        """Refresh each thing once; one that cannot be is named in the log at the first time, and keeps what it has."""
        for place, thing in enumerate(self._things):
            try:
                await thing.refresh(self._clock.now_ms())
            except LedgerUnavailable as away:
                if place not in self._stale:
                    _log.warning("refresh.waits", what=thing.name, why=away.why)
                self._stale.add(place)
            except Exception as fault:
                if place not in self._stale:
                    _log.error("refresh.failed", what=thing.name, exc_info=fault)
                self._stale.add(place)
            else:
                if place in self._stale:
                    _log.info("refresh.goes_on", what=thing.name)
                    self._stale.discard(place)

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._keep(), name="refresher")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _keep(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)
