"""Viewers of one room who get the same bytes, and the bytes they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from broadcaster.codec import encode, seal
from broadcaster.fanout import Writable
from broadcaster.frames import Beacon, Numbered, PassingFrame, Void
from broadcaster.window import Batch
from broadcaster.wire import Wire


class Welcoming(Protocol):
    """A room, as a welcome to it needs it."""

    def welcome_part(self, wire: Wire) -> bytes:
        """The part of a fresh welcome that is the same for all."""
        ...


class Viewer(Writable, Protocol):
    """One live connection, as its room sees it; identity-hashable."""

    @property
    def wire(self) -> Wire: ...
    @property
    def shown(self) -> bool:
        """Not hidden: gets passing frames, too."""
        ...

    place: int

    def welcome_anew(self, room: Welcoming) -> None:
        """Write an unasked welcome made of the room as it is now."""
        ...


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many frames of each lane one message carries."""

    kept: int = 0
    passing: int = 0
    beacon: int = 0


AT_MOST = 2_000
"""Viewers who get the same bytes in one go: some 15 ms of writing. Of more the next get theirs sealed when it is their
turn, with what has come meanwhile (decision 0070)."""


class Audience:
    """Some viewers of one room who get the same bytes: one subprotocol, shown or hidden."""

    __slots__ = ("_as_list", "late", "place", "shown", "viewers", "wire")

    def __init__(self, wire: Wire, shown: bool, place: int) -> None:
        self.wire = wire
        self.shown = shown
        self.place = place
        """Up to which of the room's entries everybody here has everything, or is being written it."""
        self.viewers: dict[Viewer, None] = {}
        self.late: dict[Viewer, int] = {}
        """Who has more than that, and up to which entry."""
        self._as_list: Sequence[Viewer] | None = None

    def add(self, viewer: Viewer, place: int) -> None:
        self.viewers[viewer] = None
        self._as_list = None
        if place > self.place:
            self.late[viewer] = place

    def remove(self, viewer: Viewer) -> bool:
        """Take a viewer out; return whether it was here."""
        if self.viewers.pop(viewer, self) is self:
            return False
        self.late.pop(viewer, None)
        self._as_list = None
        return True

    def as_list(self) -> Sequence[Viewer]:
        """Return the viewers of this moment; the list is never changed afterwards."""
        if self._as_list is None:
            self._as_list = tuple(self.viewers)
        return self._as_list

    def turn(self, place: int) -> dict[int, Sequence[Viewer]]:
        """Return the viewers by what they have, and take it that they will have everything up to `place`."""
        groups: dict[int, Sequence[Viewer]] = {self.place: self.as_list()}
        if self.late:
            groups[self.place] = [viewer for viewer in self.viewers if viewer not in self.late]
            groups |= _by_place(self.late)
            self.late = {}
        self.place = place
        return groups


class Audiences:
    """All viewers of one room. Those who get the same bytes stand in as many audiences as `AT_MOST` makes necessary."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[tuple[str, bool], list[Audience]] = {}

    def __len__(self) -> int:
        return sum(len(one.viewers) for group in self._of.values() for one in group)

    def viewers(self) -> list[Viewer]:
        return [viewer for one in self.in_turn() for viewer in one.viewers]

    def in_turn(self) -> list[Audience]:
        """Return the audiences with anybody in them, as they are written to."""
        return [one for group in self._of.values() for one in group if one.viewers]

    def add(self, viewer: Viewer, place: int) -> None:
        """Add a viewer who has everything up to entry `place`, or is being written it."""
        group = self._of.setdefault((viewer.wire.subprotocol, viewer.shown), [])
        for audience in group:
            if len(audience.viewers) < AT_MOST and audience.place <= place:
                break
        else:
            audience = Audience(viewer.wire, viewer.shown, place)
            group.append(audience)
        audience.add(viewer, place)

    def remove(self, viewer: Viewer) -> int | None:
        """Take a viewer out; return up to which entry it has everything or is being written it, None = it was not here."""
        for group in self._of.values():
            for audience in group:
                place = audience.late.get(viewer, audience.place)
                if audience.remove(viewer):
                    if not audience.viewers:
                        group.remove(audience)
                    return place
        return None

    def told(self, viewer: Viewer, place: int) -> None:
        """The viewer has everything up to entry `place` in another way."""
        if self.remove(viewer) is not None:
            self.add(viewer, place)

    def all_told(self, place: int) -> None:
        """Nobody shall be written what came before entry `place`."""
        for audience in self.in_turn():
            audience.turn(place)

    def slowest(self, otherwise: int) -> int:
        """Return up to which entry everybody has everything; `otherwise` when nobody is here."""
        return min((one.place for one in self.in_turn()), default=otherwise)

    def fastest(self, otherwise: int) -> int:
        """Return after which entry nobody was written anything yet; `otherwise` when nobody is here."""
        return max((one.place for one in self.in_turn()), default=otherwise)

    def join(self) -> None:
        """Make one of small audiences that stand at the same entry: who is shown and hidden again and again starts many."""
        for group in self._of.values():
            for one in group[:0:-1]:
                if len(one.viewers) > AT_MOST // 2:
                    continue
                for other in group[: group.index(one)]:
                    if other.place == one.place and len(other.viewers) + len(one.viewers) <= AT_MOST:
                        for viewer in one.viewers:
                            other.add(viewer, one.late.get(viewer, one.place))
                        group.remove(one)
                        break


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


def _by_place(late: Mapping[Viewer, int]) -> dict[int, Sequence[Viewer]]:
    groups: dict[int, list[Viewer]] = {}
    for viewer, place in late.items():
        groups.setdefault(place, []).append(viewer)
    return dict(groups)
