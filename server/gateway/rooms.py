"""What this node knows of its rooms: a few seconds old at most, and the last known state while SQL is away (R5)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from server.clock import Clock
from server.domain.state import Room, Show
from server.ids import RoomId
from server.ledger.errors import LedgerUnavailable

FRESH_MS = 2_000
"""How long a room counts as it was read. A join storm reads each room once in this time."""
ABSENT_MS = 500
"""A room that was just not there may be made at any moment; half a second spares SQL a storm of wrong links."""
MAX_ROOMS = 10_000


class RoomSource(Protocol):
    async def room(self, room: RoomId) -> Room | None: ...


@dataclass(slots=True)
class _Known:
    room: Room | None
    read_ms: int


class Rooms:
    """Rooms by id, read at most once at a time each. Lives on one event loop."""

    def __init__(self, source: RoomSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._known: OrderedDict[RoomId, _Known] = OrderedDict()
        self._reading: dict[RoomId, asyncio.Task[None]] = {}

    async def get(self, room: RoomId) -> Room | None:
        """Return the room, None if there is none. Raises `LedgerUnavailable` only for a room never read here."""
        known = self._known.get(room)
        if known is None or self._is_old(known):
            try:
                await asyncio.shield(self._read(room))
            except LedgerUnavailable:
                if known is None or known.room is None:
                    raise
            known = self._known[room]
        self._known.move_to_end(room)
        return known.room

    def last(self, room: str) -> Room | None:
        """Return the room as last read, without asking; None if it is not known."""
        known = self._known.get(RoomId(room))
        return known.room if known is not None else None

    def on_air(self, room: str) -> Show | None:
        """Return the live show of a room as last read; None when nothing is live or nothing known."""
        last = self.last(room)
        show = last.show if last is not None else None
        return show if show is not None and show.status == "live" else None

    def changed(self, room: RoomId) -> None:
        """Something of the room was committed here: the next question is asked anew."""
        known = self._known.get(room)
        if known is not None:
            known.read_ms = 0

    async def refresh(self, rooms: Iterable[RoomId]) -> None:
        """Read those rooms again that are old; what cannot be read stays as it is."""
        wanted = {room for room in rooms if (known := self._known.get(room)) is None or self._is_old(known)}
        await asyncio.gather(*(asyncio.shield(self._read(room)) for room in wanted), return_exceptions=True)

    def _is_old(self, known: _Known) -> bool:
        lifetime_ms = ABSENT_MS if known.room is None else FRESH_MS
        return not 0 <= self._clock.now_ms() - known.read_ms < lifetime_ms

    def _read(self, room: RoomId) -> asyncio.Task[None]:
        reading = self._reading.get(room)
        if reading is None:
            reading = self._reading[room] = asyncio.get_running_loop().create_task(self._read_one(room))
            reading.add_done_callback(lambda task: self._done(room, task))
        return reading

    async def _read_one(self, room: RoomId) -> None:
        asked_ms = self._clock.now_ms()
        found = await self._source.room(room)
        self._known[room] = _Known(found, asked_ms)
        if len(self._known) > MAX_ROOMS:
            self._known.popitem(last=False)

    def _done(self, room: RoomId, task: asyncio.Task[None]) -> None:
        del self._reading[room]
        if not task.cancelled():
            task.exception()  # looked at, for when everyone who waited has left
