"""How many places of first-N campaigns a room is shown singly (L4, DESIGN §3 step 8).

Each place says how many are taken, so of many the newest stand for all; the counter misses none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from broadcaster.frames import Moment
from server.hot.ports import Ask, Granted
from server.ids import RoomId

AT_ONCE = 5
"""Places shown singly in a room within …"""
WINDOW_MS = 10_000
"""… so long."""


class Places(Protocol):
    """The part of the announcer that asks for room in a room's seconds."""

    async def __call__(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]: ...


async def paced_places(
    waiting: Mapping[RoomId, Sequence[Moment]], take: Places, visible_per_s: int, now_ms: int
) -> Mapping[RoomId, Sequence[Moment]]:
    """Return what each room is shown now; the rest of `waiting` is not shown at all.

    `visible_per_s` is the room's budget, which all moments share.
    """
    asks = [
        ask
        for room, places in waiting.items()
        for ask in (
            Ask(f"first_n:{room}", AT_ONCE, WINDOW_MS, len(places)),
            Ask(f"seen:{room}", visible_per_s, 1_000, min(len(places), AT_ONCE)),
        )
    ]
    granted = await take(asks, now_ms)
    shown: dict[RoomId, Sequence[Moment]] = {}
    for n, (room, places) in enumerate(waiting.items()):
        fresh = [place for place in places if place.expires_ms > now_ms]
        most = min(granted[2 * n].n, granted[2 * n + 1].n)
        shown[room] = fresh[-most:] if most else ()
    return shown
