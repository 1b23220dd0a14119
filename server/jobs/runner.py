"""Runs due work, again and again, in every process that has the role `jobs`.

A job must bear running in two processes at once: what must happen once is claimed in the ledger first (on
PostgreSQL by SKIP LOCKED, on SQLite by the write lock).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
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


class Runner:
    """Keeps jobs running until `stop`. A job that raises is logged and tried again at its next time."""

    def __init__(self, jobs: Sequence[Job], clock: Clock) -> None:
        self._jobs = tuple(jobs)
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep(job), name=f"job {job.name}") for job in self._jobs]

    async def stop(self) -> None:
        """Return when no job runs any more; a portion under way is cut off (its transaction rolls back)."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

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
            done = await self.once(job)
            while done:  # more may be due; let the doors go first
                await asyncio.sleep(0)
                done = await self.once(job)
