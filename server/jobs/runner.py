"""Runs due work, again and again, in every process that has the role `jobs`.

A job must bear running in two processes at once: what must happen once is claimed in the ledger first (on
PostgreSQL by SKIP LOCKED, on SQLite by the write lock).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

import structlog

from server.clock import Clock
from server.ledger.errors import LedgerUnavailable

_log = structlog.get_logger(__name__)

Work = Callable[[int], Awaitable[int]]
"""Gets now (Unix ms), does at most one bounded portion, returns how many pieces it did."""


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every_s: float
    """Between two looks when there was nothing to do."""
    work: Work
    about: frozenset[str] = frozenset()
    """The kinds of work it does: it is asked only when one look for all jobs has found some. Empty = it looks itself."""


Glance = Callable[[int], Awaitable[Collection[str]]]
"""Gets now (Unix ms), returns of which kinds there is work that is due."""
GLANCE_S = 1.0
"""Between two looks for all jobs together. One for each cost an idle process 4 % of a core (decision 0070)."""


class Runner:
    """Keeps jobs running until `stop`. A job that raises is logged and tried again at its next time."""

    def __init__(
        self, jobs: Sequence[Job], clock: Clock, glance: Glance | None = None, glance_s: float = GLANCE_S
    ) -> None:
        """Without a `glance` each job looks for itself."""
        self._jobs = tuple(jobs)
        self._clock = clock
        self._look = Job("glance", glance_s, self._glanced)
        self._glance = glance
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        kept = [job for job in self._jobs if not job.about or self._glance is None]
        if len(kept) < len(self._jobs):
            kept.append(self._look)
        self._tasks = [asyncio.create_task(self._keep(job), name=f"job {job.name}") for job in kept]

    async def stop(self) -> None:
        """Return when no job runs any more; a portion under way is cut off (its transaction rolls back)."""
        for tasks in (self._tasks, self._asked.values()):  # nobody asks any more, then nobody is at it
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks = []
        self._asked.clear()

    async def _glanced(self, now_ms: int) -> int:
        """Let those jobs work of whose kinds something is due, beside each other; who still is at it goes on."""
        waiting = () if self._glance is None else await self._glance(now_ms)
        for job in self._jobs:
            running = self._asked.get(job.name)
            if not job.about.isdisjoint(waiting) and (running is None or running.done()):
                self._asked[job.name] = asyncio.create_task(self._all_of(job), name=f"job {job.name}")
        return 0

    async def once(self, job: Job) -> int:
        """Do one portion of `job`; return how many pieces were done, 0 also when it failed."""
        try:
            return await job.work(self._clock.now_ms())
        except LedgerUnavailable as away:
            _log.warning("job.waits", job=job.name, why=away.why)  # no bug: a line, no traceback
            return 0
        except Exception as fault:
            _log.error("job.failed", job=job.name, exc_info=fault)
            return 0

    async def _keep(self, job: Job) -> None:
        while True:
            # Spread, so that the processes of one start do not all look at the same moment.
            await asyncio.sleep(job.every_s * random.uniform(0.5, 1.0))
            await self._all_of(job)

    async def _all_of(self, job: Job) -> None:
        done = await self.once(job)
        while done:  # more may be due; let the doors go first
            await asyncio.sleep(0)
            done = await self.once(job)
