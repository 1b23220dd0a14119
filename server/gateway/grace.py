"""Countdowns that a broadcast overlay has put into the video get the video's delay as grace (L3; OVERLAY, Countdown)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from server.domain.commands import AllowGrace, Origin
from server.domain.decide.tasks import OPEN
from server.errors import InternalFault, Overloaded
from server.gateway.ports import Submits
from server.gateway.rooms import Rooms
from server.ids import RoomId, TaskId
from server.ledger.errors import LedgerUnavailable

_log = structlog.get_logger(__name__)


class Grace:
    """Tells the ledger once per task. Lives on one event loop."""

    def __init__(self, intake: Submits, rooms: Rooms) -> None:
        self._intake = intake
        self._rooms = rooms
        self._telling: set[asyncio.Task[None]] = set()

    def rendered(self, room: RoomId, ids: Iterable[str], now_ms: int) -> None:
        """Take note of what a broadcast overlay has rendered. What could not be told is told at its next `seen`."""
        known = self._rooms.last(room)
        shown = set(ids)
        for task in known.tasks if known is not None else ():
            if task.id in shown and task.state in OPEN and not task.grace_ms:
                telling = asyncio.get_running_loop().create_task(self._tell(room, task.id, now_ms))
                self._telling.add(telling)
                telling.add_done_callback(self._telling.discard)

    async def stop(self) -> None:
        for telling in self._telling:
            telling.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def _tell(self, room: RoomId, task: TaskId, now_ms: int) -> None:
        origin = Origin(
            source="live",
            event=f"grace:{task}",
            content="rendered",
            received_ms=now_ms,
            room=room,
            actor="broadcast",
        )
        try:
            await self._intake.submit(AllowGrace(origin, task))
        except (LedgerUnavailable, Overloaded, InternalFault) as away:
            _log.info("grace.untold", task=task, why=str(away))
