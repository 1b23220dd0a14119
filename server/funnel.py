"""How many viewers saw a countdown task and how many began it: counted beside the ledger, told once a second (L3).

What a crash or a flush of Redis takes is a statistic: who reached the target stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from server.domain.facts import TaskProgressed
from server.hot.errors import HotUnavailable
from server.hot.ports import BEGAN, SAW, Funnels
from server.ids import TaskId
from server.ledger.ports import Committed

MOST_WAITING: Final = 50_000
"""Marks that wait for Redis; more are not counted."""


class TaskFunnel:
    """Stands between intake and whoever is told of a commit. Lives on one event loop."""

    name = "task funnel"

    def __init__(self, tell: Callable[[Committed], Awaitable[None]], hot: Funnels) -> None:
        self._tell = tell
        self._hot = hot
        self._waiting: dict[tuple[str, TaskId], dict[str, None]] = {}
        self._marks = 0

    async def after_commit(self, committed: Committed) -> None:
        """Note who began a task, then pass the commit on."""
        for fact in committed.facts:
            if isinstance(fact, TaskProgressed):
                self._mark(BEGAN, fact.task, fact.member)
        await self._tell(committed)

    def saw(self, tasks: Iterable[TaskId], viewer: str) -> None:
        """Note on whose screen these tasks are."""
        for task in tasks:
            self._mark(SAW, task, viewer)

    async def refresh(self, now_ms: int) -> None:
        """Tell what was noted. With Redis away it waits."""
        if not self._waiting:
            return
        waiting, self._waiting, self._marks = self._waiting, {}, 0
        try:
            await self._hot.mark({step: list(who) for step, who in waiting.items()})
        except HotUnavailable:
            for (step, task), who in waiting.items():
                for one in who:
                    self._mark(step, task, one)

    def _mark(self, step: str, task: TaskId, who: str) -> None:
        if self._marks == MOST_WAITING:
            return
        marks = self._waiting.setdefault((step, task), {})
        if who not in marks:
            marks[who] = None
            self._marks += 1
