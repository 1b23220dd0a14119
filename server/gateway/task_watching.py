"""Minutes watched while a countdown task of kind `watch` runs (L3): beats in, whole minutes out.

The proof is that of `watching`: nonce, playing, visible, show live, and one room at a time per member. Minutes stand in
the ledger as soon as they are whole; of an unfinished one at most its part is lost with this node.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import structlog

from broadcaster.frames import Beat
from broadcaster.ports import Connection
from server.credentials.access import subject_of
from server.domain.commands import Origin, RecordWatchedTask, Subject
from server.domain.decide.task_progress import counted, counts
from server.domain.state import Member, Task
from server.errors import InternalFault, Overloaded
from server.gateway.accrual import MINUTE_MS
from server.gateway.ports import Submits
from server.gateway.rooms import Rooms
from server.ids import MemberId, RoomId, TaskId
from server.ledger.errors import LedgerUnavailable

MOST = 100_000
"""Members followed at once on this node."""
AT_ONCE = 200

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Watch:
    """One member in one task, over all their connections here."""

    member: MemberId
    room: RoomId
    task: TaskId
    subject: Subject
    last_ms: int
    watched_ms: int = 0
    base: int | None = None
    """Minutes that stood in the ledger when we began to count; None = not asked yet."""
    told: int = 0
    """Minutes that the ledger has, as far as we know."""

    least: int = 0
    """Minutes that this node has told in all: what it reads of the ledger may be older."""

    def begin_anew(self) -> None:
        """After a silence: the member may have watched on another node meanwhile, whose minutes count, too."""
        if self.watched_ms // MINUTE_MS == self.told:
            self.least = max(self.least, (self.base or 0) + self.told)
            self.base, self.told, self.watched_ms = None, 0, self.watched_ms % MINUTE_MS


class TaskWatching:
    """All of this node. `holds` says whether a member's watching counts in a room now (E1)."""

    def __init__(
        self,
        intake: Submits,
        rooms: Rooms,
        member: Callable[[MemberId, int], Awaitable[Member]],
        holds: Callable[[MemberId, RoomId], bool],
        gap_ms: Callable[[int], int],
    ) -> None:
        self._intake = intake
        self._rooms = rooms
        self._member = member
        self._holds = holds
        self._gap_ms = gap_ms
        self._watches: dict[tuple[MemberId, TaskId], _Watch] = {}

    def beat(self, connection: Connection, beat: Beat, now_ms: int) -> None:
        """Count a beat whose nonce was right."""
        member = connection.identity.member
        if member is None or not (beat.playing and beat.visible):
            return
        for task in self._running(connection.room, now_ms):
            key = (MemberId(member), task.id)
            watch = self._watches.get(key)
            if watch is None:
                if len(self._watches) < MOST:
                    subject = subject_of(connection.identity.sub or member)
                    self._watches[key] = _Watch(key[0], task.room, task.id, subject, now_ms)
                continue
            silence_ms = now_ms - watch.last_ms
            if silence_ms > self._gap_ms(now_ms):
                watch.begin_anew()
            elif silence_ms > 0 and self._holds(watch.member, watch.room):
                watch.watched_ms += silence_ms
            watch.last_ms = max(watch.last_ms, now_ms)

    async def round(self, now_ms: int) -> None:
        """Tell the ledger of whole minutes; forget tasks that are over. Never raises for a ledger that is away."""
        for key, watch in list(self._watches.items()):
            if watch.task not in {task.id for task in self._running(watch.room, now_ms)}:
                del self._watches[key]
        news = [watch for watch in self._watches.values() if watch.watched_ms // MINUTE_MS > watch.told]
        for start in range(0, len(news), AT_ONCE):
            await self._tell(news[start : start + AT_ONCE], now_ms)

    async def _tell(self, watches: list[_Watch], now_ms: int) -> None:
        try:
            for watch in watches:
                if watch.base is None:
                    member = await self._member(watch.member, now_ms)
                    watch.base = max(watch.least, counted(member, watch.task))
            whole = [watch.watched_ms // MINUTE_MS for watch in watches]
            await self._intake.submit_many([_minutes(watch, now_ms) for watch in watches])
        except (LedgerUnavailable, Overloaded, InternalFault) as away:
            _log.info("task_watching.untold", watches=len(watches), why=str(away))
            return
        for watch, minutes in zip(watches, whole, strict=True):
            watch.told = minutes

    def _running(self, room: str, now_ms: int) -> Iterator[Task]:
        known = self._rooms.last(room)
        for task in known.tasks if known is not None else ():
            if task.kind == "watch" and counts(task, now_ms):
                yield task


def _minutes(watch: _Watch, now_ms: int) -> RecordWatchedTask:
    minutes = (watch.base or 0) + watch.watched_ms // MINUTE_MS
    origin = Origin(
        source="watch",
        event=f"task:{watch.task}:{watch.member}:{minutes}",
        content=f"{minutes}",
        received_ms=now_ms,
        room=watch.room,
        actor=watch.member,
    )
    return RecordWatchedTask(origin, watch.subject, watch.task, minutes)
