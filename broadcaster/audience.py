"""Viewers of one room who get the same bytes, and the bytes they get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from broadcaster.codec import encode, seal
from broadcaster.fanout import Writable
from broadcaster.frames import Beacon, Numbered, PassingFrame, Void
from broadcaster.window import Batch
from broadcaster.wire import Wire

if TYPE_CHECKING:
    from broadcaster.hub import Room


class Viewer(Writable, Protocol):
    """One live connection, as its room sees it; identity-hashable."""

    @property
    def wire(self) -> Wire: ...
    @property
    def shown(self) -> bool:
        """Not hidden: gets passing frames, too."""
        ...

    place: int

    def welcome_anew(self, room: Room) -> None:
        """Write an unasked welcome made of the room as it is now."""
        ...


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many frames of each lane one message carries."""

    kept: int = 0
    passing: int = 0
    beacon: int = 0


class Audience:
    """Viewers of one room who get the same bytes: one subprotocol, shown or hidden."""

    __slots__ = ("_as_list", "shown", "viewers", "wire")

    def __init__(self, wire: Wire, shown: bool) -> None:
        self.wire = wire
        self.shown = shown
        self.viewers: dict[Viewer, None] = {}
        self._as_list: Sequence[Viewer] | None = None

    def add(self, viewer: Viewer) -> None:
        self.viewers[viewer] = None
        self._as_list = None

    def remove(self, viewer: Viewer) -> None:
        if self.viewers.pop(viewer, self) is None:
            self._as_list = None

    def as_list(self) -> Sequence[Viewer]:
        """Return the viewers of this moment; the list is never changed afterwards."""
        if self._as_list is None:
            self._as_list = tuple(self.viewers)
        return self._as_list


def sealed_for(batch: Batch, beacon: Beacon | None, audience: Audience) -> tuple[bytes | None, Lanes]:
    """Return the message for one audience, None if there is nothing for it, and what it carries."""
    wire = audience.wire
    passing: Sequence[PassingFrame] = batch.passing if audience.shown else ()
    frames: list[Numbered | Void | PassingFrame | Beacon] = [*batch.kept, *passing]
    if beacon is not None:
        frames.append(beacon)
    if not frames:
        return None, Lanes()
    lanes = Lanes(len(batch.kept), len(passing), 0 if beacon is None else 1)
    return seal(wire, [encode(frame, wire) for frame in frames]), lanes


def by_place(late: Iterable[Viewer], first: int) -> dict[int, list[Viewer]]:
    """Group those who came while the window was open by what they have already."""
    groups: dict[int, list[Viewer]] = {}
    for viewer in late:
        if viewer.place >= first:
            groups.setdefault(viewer.place, []).append(viewer)
    return groups
