"""The in-memory twin of the hot store. `away` = True makes every method raise, as a lost Redis would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from server.domain.attending import Here
from server.hot.audiences import added_up
from server.hot.errors import HotUnavailable
from server.hot.keys import ANSWER_MS, ATTENDANCE_MS, AUDIENCE_MS, LEASE_MS, PROGRESS_MS, SEAT_MS
from server.hot.ports import ActRef, Ask, Granted, Park, Parked, Progress
from server.hot.sliding import SlidingWindows
from server.ids import MemberId, RoomId, ShowId, TaskId, TierId


class _Clock(Protocol):
    def now_ms(self) -> int: ...


class MemoryHot:
    """`Hot` in dicts, on the clock given."""

    def __init__(self, clock: _Clock) -> None:
        self.away = False
        self._clock = clock
        self.flush()

    def flush(self) -> None:
        """Forget everything, as FLUSHALL does."""
        self._windows = SlidingWindows()
        self._answers: dict[ActRef, tuple[bytes, int]] = {}
        self._leases: dict[MemberId, tuple[RoomId, int]] = {}
        self._progress: dict[tuple[MemberId, ShowId], tuple[Progress, int]] = {}
        self._likes: dict[RoomId, int] = {}
        self._audiences: dict[tuple[RoomId, str], tuple[int, Mapping[str, int]]] = {}
        self._marks: dict[tuple[str, TaskId], set[str]] = {}
        self._tickets: dict[str, tuple[bytes, int]] = {}
        self._boards: dict[str, dict[str, tuple[bytes, int]]] = {}
        self._shelves: dict[str, tuple[list[bytes], int]] = {}
        self._attendance: dict[RoomId, dict[str, tuple[int, Sequence[Here]]]] = {}
        self._seats: dict[tuple[MemberId, ShowId], tuple[TierId, int]] = {}

    async def take(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]:
        self._must_be_here()
        return [self._windows.take(ask, now_ms) for ask in asks]

    async def answers(self, refs: Sequence[ActRef]) -> Sequence[bytes | None]:
        self._must_be_here()
        return [self._answer(ref) for ref in refs]

    async def keep_answers(self, answers: Sequence[tuple[ActRef, bytes]]) -> Sequence[bytes | None]:
        self._must_be_here()
        stood = []
        for ref, answer in answers:
            stood.append(self._answer(ref))
            if stood[-1] is None:
                self._answers[ref] = (answer, self._clock.now_ms() + ANSWER_MS)
        return stood

    def _answer(self, ref: ActRef) -> bytes | None:
        answer, until_ms = self._answers.get(ref, (None, 0))
        return answer if until_ms > self._clock.now_ms() else None

    async def park(self, parks: Sequence[Park]) -> Sequence[Parked]:
        self._must_be_here()
        return [self._park(park) for park in parks]

    async def release(self, leases: Sequence[tuple[MemberId, RoomId]]) -> None:
        self._must_be_here()
        for member, room in leases:
            if self._holder(member) == room:
                del self._leases[member]

    async def add_likes(self, counts: Mapping[RoomId, int]) -> Mapping[RoomId, int]:
        self._must_be_here()
        for room, count in counts.items():
            self._likes[room] = self._likes.get(room, 0) + count
        return {room: self._likes[room] for room in counts}

    async def reset_likes(self, room: RoomId) -> None:
        self._must_be_here()
        self._likes.pop(room, None)

    async def put_ticket(self, digest: str, holds: bytes, for_ms: int) -> None:
        self._must_be_here()
        self._tickets[digest] = (holds, self._clock.now_ms() + for_ms)

    async def take_ticket(self, digest: str) -> bytes | None:
        self._must_be_here()
        holds, until_ms = self._tickets.pop(digest, (b"", 0))
        return holds if until_ms > self._clock.now_ms() else None

    async def pin(self, board: str, notes: Mapping[str, bytes | None], until_ms: int, now_ms: int) -> None:
        self._must_be_here()
        here = self._boards.setdefault(board, {})
        for name, note in notes.items():
            here.pop(name, None)
            if note is not None:
                here[name] = (note, until_ms)

    async def pinned(self, board: str, now_ms: int) -> Mapping[str, bytes]:
        self._must_be_here()
        here = self._boards.get(board, {})
        return {name: note for name, (note, until_ms) in here.items() if until_ms > now_ms}

    async def shelve(self, shelf: str, things: Sequence[bytes], most: int, for_ms: int) -> None:
        self._must_be_here()
        if things:
            held = [*await self.shelved(shelf), *things]
            self._shelves[shelf] = (held[-most:], self._clock.now_ms() + for_ms)

    async def shelved(self, shelf: str) -> Sequence[bytes]:
        self._must_be_here()
        held, until_ms = self._shelves.get(shelf, ([], 0))
        return held if until_ms > self._clock.now_ms() else []

    async def attend(self, node: str, rooms: Mapping[RoomId, Sequence[Here]], now_ms: int) -> None:
        self._must_be_here()
        for room, here in rooms.items():
            self._attendance.setdefault(room, {})[node] = (now_ms, here)

    async def attending(self, room: RoomId, now_ms: int) -> Sequence[Here]:
        self._must_be_here()
        told = self._attendance.get(room, {}).values()
        return [one for at_ms, here in told if at_ms > now_ms - ATTENDANCE_MS for one in here]

    async def report_audiences(
        self, node: str, audiences: Mapping[RoomId, Mapping[str, int]], now_ms: int
    ) -> None:
        self._must_be_here()
        for room, tiers in audiences.items():
            self._audiences[room, node] = (now_ms + AUDIENCE_MS, dict(tiers))

    async def audience(self, room: RoomId, now_ms: int) -> Mapping[str, int]:
        self._must_be_here()
        return added_up(
            tiers
            for (of, _), (until_ms, tiers) in self._audiences.items()
            if of == room and until_ms > now_ms
        )

    async def mark(self, marks: Mapping[tuple[str, TaskId], Sequence[str]]) -> None:
        self._must_be_here()
        for step, who in marks.items():
            self._marks.setdefault(step, set()).update(who)

    async def marked(self, steps: Sequence[tuple[str, TaskId]]) -> Sequence[int]:
        self._must_be_here()
        return [len(self._marks.get(step, ())) for step in steps]

    async def keep_seats(self, show: ShowId, tier: TierId, members: Sequence[MemberId]) -> None:
        self._must_be_here()
        for member in members:
            self._seats[member, show] = (tier, self._clock.now_ms() + SEAT_MS)

    async def seats(self, show: ShowId, members: Sequence[MemberId]) -> Mapping[MemberId, TierId]:
        self._must_be_here()
        now_ms = self._clock.now_ms()
        held = {member: self._seats.get((member, show)) for member in members}
        return {member: seat[0] for member, seat in held.items() if seat is not None and seat[1] > now_ms}

    def _park(self, park: Park) -> Parked:
        now_ms = self._clock.now_ms()
        holder = self._holder(park.member)
        if holder is not None and holder != park.room:
            return Parked(held=False, kept=False, progress=None)
        self._leases[park.member] = (park.room, now_ms + LEASE_MS)
        stored = self._progress.get((park.member, park.show))
        stands = stored[0] if stored is not None and stored[1] > now_ms else None
        if park.progress is None or park.progress.seq - 1 != (stands.seq if stands else 0):
            return Parked(held=True, kept=False, progress=stands)
        self._progress[park.member, park.show] = (park.progress, now_ms + PROGRESS_MS)
        return Parked(held=True, kept=True, progress=park.progress)

    def _holder(self, member: MemberId) -> RoomId | None:
        lease = self._leases.get(member)
        return lease[0] if lease is not None and lease[1] > self._clock.now_ms() else None

    def _must_be_here(self) -> None:
        if self.away:
            raise HotUnavailable("switched off")
