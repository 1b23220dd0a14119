"""Looks at rooms beside the loop, at each one after the other: what came meanwhile is seen by the next look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from server.ledger.errors import LedgerUnavailable

_log = structlog.get_logger(__name__)


class Looking:
    """Lives on one event loop."""

    def __init__(self, name: str, look: Callable[[str], Awaitable[None]]) -> None:
        """`look` is awaited with a room, never twice at once for the same; one that meets `LedgerUnavailable` is let go
        and said as ``<name>.not_looked``: whoever looks in rounds comes again."""
        self._name = name
        self._look = look
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, room: str) -> bool:
        """Whether a look at the room is under way or waits."""
        return room in self._tasks

    def soon(self, room: str) -> None:
        """Look at the room when all looks at it that were asked for before are over."""
        before = self._tasks.get(room)
        task = asyncio.get_running_loop().create_task(self._after(before, room), name=self._name)
        self._tasks[room] = task
        task.add_done_callback(lambda task: self._over(room, task))

    async def settle(self) -> None:
        """Return when no look is under way."""
        await asyncio.gather(*self._tasks.values())

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _over(self, room: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(room) is task:
            del self._tasks[room]

    async def _after(self, before: asyncio.Task[None] | None, room: str) -> None:
        if before is not None:
            await asyncio.wait((before,))
        try:
            await self._look(room)
        except LedgerUnavailable as away:
            _log.info(f"{self._name}.not_looked", room=room, why=away.why)  # the next round does
