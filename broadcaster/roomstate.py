"""A room as frames make it: snapshot before + frames = snapshot after. Pure; used by node, store twin and law tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import count

from broadcaster.frames import (
    Comment,
    Moment,
    Numbered,
    PassingFrame,
    Position,
    Pulse,
    Retract,
    RoomItem,
    Snapshot,
)

COMMENTS_KEPT = 20
"""PROTOCOL §1.2: a welcome brings the last 20."""
_VERSIONS = count(1)


class RoomState:
    """Items, latest pulses, last comments and position of one room.

    `version` changes with every change and is never the same for two states of one process.
    """

    __slots__ = ("comments", "items", "position", "pulses", "version")

    def __init__(self, snapshot: Snapshot) -> None:
        self.position: Position = snapshot.position
        self.items: dict[str, RoomItem] = {item.key: item for item in snapshot.items}
        self.pulses: dict[str, Pulse] = {pulse.key: pulse for pulse in snapshot.pulses}
        self.comments: deque[Comment] = deque(snapshot.comments, maxlen=COMMENTS_KEPT)
        self.version = next(_VERSIONS)

    def snapshot(self) -> Snapshot:
        items = tuple(sorted(self.items.values(), key=lambda item: item.key))
        pulses = tuple(sorted(self.pulses.values(), key=lambda pulse: pulse.key))
        return Snapshot(self.position, items, pulses, tuple(self.comments))

    def fold(self, numbered: Numbered) -> None:
        """Take the kept frame that follows. Raises ValueError if another one should come first."""
        if numbered.offset != self.position.offset + 1:
            raise ValueError(f"offset {numbered.offset} does not follow {self.position.offset}")
        self.position = Position(self.position.epoch, numbered.offset)
        self.version = next(_VERSIONS)
        match numbered.frame:
            case RoomItem() as item:
                if item.value is None:
                    self.items.pop(item.key, None)
                    self.pulses.pop(item.pulse_key or "", None)
                else:
                    self.items[item.key] = item
            case Retract() as retract:
                left = [one for one in self.comments if not retracts(retract, one)]
                self.comments = deque(left, maxlen=COMMENTS_KEPT)
            case Moment():
                pass  # moments expire; they are no state

    def pass_by(self, frames: Iterable[PassingFrame]) -> None:
        """Take passing frames."""
        for frame in frames:
            self.version = next(_VERSIONS)
            if isinstance(frame, Pulse):
                self.pulses[frame.key] = frame
            else:
                self.comments.append(frame)


def retracts(retract: Retract, comment: Comment) -> bool:
    """Whether a retract takes this comment away."""
    return comment.id in retract.ids or comment.author == retract.author
