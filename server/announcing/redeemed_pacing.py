"""When a room is shown who redeemed what: so many moments a second, the others fold while they wait (P2, DESIGN §3 step 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.domain.redeemed import Redeemed, folded
from server.hot.ports import Ask, Granted
from server.ids import RoomId

PER_S: Final = 2
"""Moments of the reward shop in a room and second: a screen shows one for some seconds."""
MAX_ROOMS: Final = 10_000
"""Rooms with something waiting; the longest waiting one gives way."""

Take = Callable[[Sequence[Ask], int], Awaitable[Sequence[Granted]]]
"""Asks the room's counters for places, at a time in Unix ms."""
Dropped = Callable[[int, str, int], None]
"""Told of what went: rank, reason, how many."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    some: tuple[Redeemed, ...]
    """One per reward."""
    due_ms: int


class RedeemedPacing:
    """Keeps what has no place yet. `fresh_ms` is how long anything may wait before it goes, counted."""

    def __init__(self, take: Take, dropped: Dropped, *, visible_per_s: int, fresh_ms: int) -> None:
        """`visible_per_s` is the room's budget, which all moments share."""
        self._take = take
        self._dropped = dropped
        self._visible_per_s = visible_per_s
        self._fresh_ms = fresh_ms
        self._rooms: dict[RoomId, _Waiting] = {}

    async def now(self, fresh: Mapping[RoomId, Sequence[Redeemed]], now_ms: int) -> Sequence[Redeemed]:
        """Return what is shown now, of `fresh` and of what has waited."""
        due = [room for room, held in self._rooms.items() if held.due_ms <= now_ms]
        rooms = {room: self._folded(room, fresh.get(room, ()), now_ms) for room in (*due, *fresh)}
        rooms = {room: some for room, some in rooms.items() if some}
        asks = [
            ask
            for room, some in rooms.items()
            for ask in (
                Ask(f"redeemed:{room}", PER_S, 1_000, len(some)),
                Ask(f"seen:{room}", self._visible_per_s, 1_000, min(len(some), PER_S)),
            )
        ]
        granted = await self._take(asks, now_ms)
        shown: list[Redeemed] = []
        for n, (room, some) in enumerate(rooms.items()):
            ours, all_of_it = granted[2 * n], granted[2 * n + 1]
            places = min(ours.n, all_of_it.n)
            shown += some[:places]
            if places < len(some):
                wait_ms = ours.wait_ms if ours.n <= all_of_it.n else all_of_it.wait_ms
                self._wait(room, _Waiting(tuple(some[places:]), now_ms + max(1, wait_ms)))
        return shown

    def due_ms(self) -> Iterable[int]:
        """Return when something that waits may be tried again."""
        return (held.due_ms for held in self._rooms.values())

    def _folded(self, room: RoomId, fresh: Sequence[Redeemed], now_ms: int) -> list[Redeemed]:
        held = self._rooms.pop(room, None)
        some = folded((*(held.some if held is not None else ()), *fresh))
        kept = [one for one in some if one.at_ms > now_ms - self._fresh_ms]
        if len(kept) < len(some):
            self._dropped(2, "expired", len(some) - len(kept))
        return kept

    def _wait(self, room: RoomId, waiting: _Waiting) -> None:
        self._rooms[room] = waiting
        if len(self._rooms) > MAX_ROOMS:
            gone = self._rooms.pop(next(iter(self._rooms)))
            self._dropped(2, "backlog", len(gone.some))
