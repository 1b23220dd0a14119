"""Position arithmetic: can a viewer at this position be caught up, and what keeps a log short. Pure.

| the position                                   | verdict       | recovered |
|------------------------------------------------|---------------|-----------|
| has another epoch                              | `other_epoch` | no        |
| lies after the room's                          | `future`      | no        |
| is the room's                                  | `same`        | yes, nothing missed |
| lies before it, and the log is empty           | `empty`       | no        |
| lies before what the log still holds           | `too_many`    | no        |
| is followed by a frame older than the log keeps | `expired`    | no        |
| is followed by frames the log holds            | `some_missed` | yes, they follow |
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import StrEnum

from broadcaster.frames import Numbered, Position

MAX_FRAMES = 1500
MAX_BYTES = 512 * 1024
MAX_AGE_MS = 120_000
"""PROTOCOL §1.2: what a room keeps."""


class Verdict(StrEnum):
    SAME = "same"
    SOME_MISSED = "some_missed"
    TOO_MANY = "too_many"
    EXPIRED = "expired"
    OTHER_EPOCH = "other_epoch"
    FUTURE = "future"
    EMPTY = "empty"

    @property
    def recovered(self) -> bool:
        return self in (Verdict.SAME, Verdict.SOME_MISSED)


def judge(
    position: Position, room: Position, first: int | None, first_missed_ms: int | None, now_ms: int
) -> Verdict:
    """Say whether a viewer at `position` can be caught up to `room`.

    `first` is the lowest offset the log holds (None = it holds nothing); `first_missed_ms` is when the frame
    right after `position` was published (None = not held).
    """
    if position.epoch != room.epoch:
        return Verdict.OTHER_EPOCH
    if position.offset > room.offset:
        return Verdict.FUTURE
    if position.offset == room.offset:
        return Verdict.SAME
    if first is None:
        return Verdict.EMPTY
    if position.offset < first - 1 or first_missed_ms is None:
        return Verdict.TOO_MANY
    if now_ms - first_missed_ms > MAX_AGE_MS:
        return Verdict.EXPIRED
    return Verdict.SOME_MISSED


class RoomLog:
    """The newest kept frames of one room on this node: consecutive, within the same limits as the stored log.

    Not the truth: it begins where this node came in, so a position before it must be asked of the store.
    """

    __slots__ = ("_bytes", "_frames")

    def __init__(self) -> None:
        self._frames: deque[tuple[Numbered, int]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def first(self) -> int | None:
        return self._frames[0][0].offset if self._frames else None

    def append(self, numbered: Numbered, size: int, now_ms: int) -> None:
        """Take the frame that follows the last one; `size` is about its bytes. Raises ValueError on a gap."""
        if self._frames and numbered.offset != self._frames[-1][0].offset + 1:
            raise ValueError(f"offset {numbered.offset} after {self._frames[-1][0].offset}")
        self._frames.append((numbered, size))
        self._bytes += size
        while self._frames and (
            len(self._frames) > MAX_FRAMES
            or self._bytes > MAX_BYTES
            or now_ms - self._frames[0][0].sent_ms > MAX_AGE_MS
        ):
            self._bytes -= self._frames.popleft()[1]

    def after(self, offset: int) -> Sequence[Numbered]:
        """Return the frames after `offset`, oldest first."""
        first = self.first
        if first is None:
            return ()
        skip = max(0, offset - first + 1)
        return [self._frames[index][0] for index in range(skip, len(self._frames))]

    def sent_ms(self, offset: int) -> int | None:
        """When the frame at `offset` was published; None = not held."""
        first = self.first
        if first is None or not first <= offset <= self._frames[-1][0].offset:
            return None
        return self._frames[offset - first][0].sent_ms

    def clear(self) -> None:
        self._frames.clear()
        self._bytes = 0
