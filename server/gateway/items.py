"""Room items from the truth: for a rebuild of a room's hot state, and put right where it fell behind. Rules R4, R9."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from broadcaster.errors import BusUnavailable
from broadcaster.frames import RoomItem
from broadcaster.ports import RoomStore
from server.clock import Clock
from server.gateway.ports import Truth
from server.ids import RoomId
from server.ledger.errors import LedgerUnavailable
from server.views import item_frame

MAX_ROOMS_A_ROUND = 200
"""Rooms looked after in one round of this node: with more, the others have their turn in the next."""

_log = structlog.get_logger(__name__)


class RoomItems:
    def __init__(self, truth: Truth, store: RoomStore, clock: Clock) -> None:
        self._truth = truth
        self._store = store
        self._clock = clock
        self._turn = 0

    async def of(self, room: str) -> Sequence[RoomItem] | None:
        """Return all items of a room, None if there is none.

        Raises `BusUnavailable` when SQL is away: for the broadcaster the room's state cannot be had now.
        """
        try:
            items = await self._truth.room_items(RoomId(room))
        except LedgerUnavailable as away:
            raise BusUnavailable("reading a room from the ledger", away) from away
        return None if items is None else [item_frame(item) for item in items]

    async def heal(self, rooms: Iterable[str]) -> None:
        """Publish what the ledger has newer than the hot state: its writer died between commit and announcing.

        Publishing drops whatever is not higher, so two nodes that heal at once do no harm.
        """
        wanted = sorted(set(rooms))
        if not wanted:
            return
        self._turn %= len(wanted)
        some = (wanted[self._turn :] + wanted[: self._turn])[:MAX_ROOMS_A_ROUND]
        self._turn += len(some)
        try:
            for room in some:
                await self._heal(room)
        except BusUnavailable as away:
            _log.info("items.not_compared", why=str(away))

    async def _heal(self, room: str) -> None:
        items = await self.of(room)
        snapshot = await self._store.snapshot(room) if items else None
        if not items or snapshot is None:
            return  # no hot state: whoever joins next rebuilds it
        held = {item.key: item.rev for item in snapshot.items}
        newer = [
            item
            for item in items
            # The snapshot does not show what was removed: removed in both needs nothing.
            if (item.key in held or item.value is not None) and item.rev > held.get(item.key, 0)
        ]
        if newer:
            await self._store.publish(room, newer, self._clock.now_ms())
            _log.warning("items.healed", room=room, items=len(newer))
