"""Finished snapshots, one per room: made once for all who poll, and made anew only when the room has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

from broadcaster.frames import Snapshot

FRESH_MS = 1_000
"""So long a body is given out without another look: what `Cache-Control: max-age=1` allows everybody else, too."""
MAX_ROOMS = 1_024
"""The room asked for longest ago goes first; a body holds a few kilobytes."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A finished answer. `read_ms` is when the room was last read and found to be this."""

    snapshot: Snapshot
    poll_after_ms: int
    body: bytes
    tag: str
    read_ms: int


class SnapshotShelf:
    """Holds the newest finished snapshot of each room; one reading of a room is under way at a time."""

    def __init__(self, encode: Callable[[Snapshot, int], bytes]) -> None:
        """`encode` makes a body of a snapshot and the milliseconds to the next poll."""
        self._encode = encode
        self._shelved: dict[str, Shelved] = {}
        self._reading: dict[str, asyncio.Task[Shelved]] = {}

    async def get(
        self, room: str, read: Callable[[], Awaitable[Snapshot]], poll_after_ms: int, now_ms: int
    ) -> Shelved:
        """Return the room as it was at most a second ago. Raises what `read` raises, to everybody who waited for it."""
        held = self._shelved.pop(room, None)
        if held is not None:
            self._shelved[room] = held  # asked for last
            if held.poll_after_ms == poll_after_ms and 0 <= now_ms - held.read_ms < FRESH_MS:
                return held
        reading = self._reading.get(room)
        if reading is None:
            reading = asyncio.create_task(self._read(room, read, poll_after_ms, now_ms), name=f"poll {room}")
            self._reading[room] = reading
            reading.add_done_callback(partial(self._has_read, room))
        return await asyncio.shield(reading)

    def _has_read(self, room: str, reading: asyncio.Task[Shelved]) -> None:
        self._reading.pop(room, None)
        if not reading.cancelled():
            reading.exception()  # everybody who waited may have gone: then nobody else looks at it

    async def _read(
        self, room: str, read: Callable[[], Awaitable[Snapshot]], poll_after_ms: int, now_ms: int
    ) -> Shelved:
        snapshot = await read()
        held = self._shelved.pop(room, None)
        if held is not None and held.poll_after_ms == poll_after_ms and held.snapshot == snapshot:
            body, tag = held.body, held.tag
        else:
            body = self._encode(snapshot, poll_after_ms)
            tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        made = self._shelved[room] = Shelved(snapshot, poll_after_ms, body, tag, now_ms)
        while len(self._shelved) > MAX_ROOMS:
            del self._shelved[next(iter(self._shelved))]
        return made
