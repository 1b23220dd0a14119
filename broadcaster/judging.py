"""Hellos that are being answered, and when to give up on one: a look now and then for all, not a timer for each.

An application that answers no hello for so long is stuck; the viewer had better come back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

JUDGE_WITHIN_S = 10.0


class Judging:
    """Lives on one event loop. Whoever is given up on is cancelled, and can ask whether that is why."""

    def __init__(self, within_s: float = JUDGE_WITHIN_S) -> None:
        self._within_s = within_s
        self._until: dict[asyncio.Task[None], float] = {}  # who began first stands first
        self._given_up: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Answer one hello."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        self._until[task] = loop.time() + self._within_s
        task.add_done_callback(self._ended)

    def look(self) -> None:
        """Give up on those that take too long; to be called several times a second."""
        if not self._until:
            return
        now_s = asyncio.get_running_loop().time()
        late = []
        for task, until_s in self._until.items():
            if until_s > now_s:
                break
            late.append(task)
        for task in late:
            self._given_up.add(task)
            task.cancel()  # said again at each look, should it be lost

    def gave_up(self) -> bool:
        """Whether the hello that is being answered here has been given up on."""
        return asyncio.current_task() in self._given_up

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        return set(self._until)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._until[task]
        self._given_up.discard(task)
