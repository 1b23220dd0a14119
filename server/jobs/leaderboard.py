"""Shows every room with a live show how its leaderboard stands: at a slow beat, and only what has changed (L8).

One process does it for all, for a term at a time; each term begins with telling everything, so what Redis or a dead
process has lost is back with the next. Reading costs a sum by show: a big show is read less often than a small one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from broadcaster.errors import BusUnavailable
from broadcaster.ports import RoomPublisher
from server.domain.standings import Place
from server.ids import RoomId, ShowId
from server.jobs.runner import Job
from server.leaderboard import Leaderboard, pulse_of
from server.ledger.show_figures import LiveShow

EVERY_S = 3.0
TERM_MS = 15_000
"""How long one process has the task; when it dies, the next one begins this much later at the latest."""
RESTS = 50
"""A show is left alone for so many times as long as reading it took: 2 % of a database's time at most."""


class Shows(Protocol):
    """The part of `server.ledger.show_figures.ShowFigures` that is read here. Raises `LedgerUnavailable`."""

    async def live(self) -> Sequence[LiveShow]: ...


class Turns(Protocol):
    """The part of `server.ledger.due.DueWork` that says who does it. Raises `LedgerUnavailable`."""

    async def take_turn(self, kind: str, now_ms: int, for_ms: int) -> bool: ...


@dataclass(slots=True)
class _Shown:
    room: RoomId
    top: tuple[Place, ...]
    rests_until_ms: int


class Leaderboards:
    def __init__(
        self,
        shows: Shows,
        boards: Leaderboard,
        turns: Turns,
        publisher: RoomPublisher,
        elapsed_ms: Callable[[], int],
    ) -> None:
        """`elapsed_ms` is a clock that never goes back."""
        self._shows = shows
        self._boards = boards
        self._turns = turns
        self._publisher = publisher
        self._elapsed_ms = elapsed_ms
        self._shown: dict[ShowId, _Shown] = {}
        self._ours_until_ms = 0

    def job(self) -> Job:
        return Job("leaderboard", EVERY_S, self.work)

    async def work(self, now_ms: int) -> int:
        """Look at all live shows once, if it is ours to do. Raises `LedgerUnavailable`."""
        live = {show.id: show.room for show in await self._shows.live()}
        if not live and not self._shown:
            return 0
        if now_ms >= self._ours_until_ms:
            if not await self._turns.take_turn("leaderboard", now_ms, TERM_MS):
                self._shown.clear()
                return 0
            self._ours_until_ms = now_ms + TERM_MS
            # Who has just ended is looked at once more; everybody else is told anew.
            self._shown = {show: shown for show, shown in self._shown.items() if show not in live}
        for show, shown in list(self._shown.items()):
            if show not in live:
                await self._look(show, shown.room, now_ms)
                self._shown.pop(show, None)
        for show, room in live.items():
            known = self._shown.get(show)
            if known is None or now_ms >= known.rests_until_ms:
                await self._look(show, room, now_ms)
        return 0

    async def _look(self, show: ShowId, room: RoomId, now_ms: int) -> None:
        began_ms = self._elapsed_ms()
        top = await self._boards.of(show, room, now_ms)
        rests_until_ms = now_ms + RESTS * (self._elapsed_ms() - began_ms)
        known = self._shown.get(show)
        if known is None or known.top != top:
            try:
                await self._publisher.publish(room, (pulse_of(show, top, now_ms),), now_ms)
            except BusUnavailable:
                self._shown.pop(show, None)
                return  # told with the next look
        self._shown[show] = _Shown(room, top, rests_until_ms)
