"""What hosts have set for shout-outs, as this node knows it: its own commits at once, others' within a moment (L2).

A screen takes a pause or a clear from the frames, which reach all of them at once; what is read here only decides which
of the waiting ones go out next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from server.clock import Clock
from server.domain.shout_control import AS_RULED, ShoutControl
from server.ids import RoomId
from server.ledger.errors import LedgerUnavailable

FRESH_MS: Final = 200
"""How long a room's setting counts as read: five questions a second at most, however many level-ups there are."""
MAX_ROOMS: Final = 10_000


class Source(Protocol):
    """`server.ledger.shout_book.ShoutBook`. Raises `LedgerUnavailable`."""

    async def controls(self, ids: Sequence[RoomId]) -> Mapping[RoomId, ShoutControl]: ...


class ShoutControls:
    """Lives on one event loop."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._known: OrderedDict[RoomId, tuple[ShoutControl, int]] = OrderedDict()

    def put(self, room: RoomId, control: ShoutControl) -> None:
        """Take what was committed or read; the newer counts."""
        held = self._known.get(room, (AS_RULED, 0))[0]
        self._known[room] = (control if control.rev >= held.rev else held, self._clock.now_ms())
        self._known.move_to_end(room)
        if len(self._known) > MAX_ROOMS:
            self._known.popitem(last=False)

    async def of(self, rooms: Iterable[RoomId]) -> Mapping[RoomId, ShoutControl]:
        """Return what is set in each room; with SQL away what was last known, else nothing (R5)."""
        wanted = list(dict.fromkeys(rooms))
        old = [room for room in wanted if not self._is_fresh(room)]
        if old:
            try:
                found = await self._source.controls(old)
            except LedgerUnavailable:
                found = {}
            for room in old:
                if room in found:
                    self.put(room, found[room])
        return {room: self._known.get(room, (AS_RULED, 0))[0] for room in wanted}

    def _is_fresh(self, room: RoomId) -> bool:
        known = self._known.get(room)
        return known is not None and 0 <= self._clock.now_ms() - known[1] < FRESH_MS
