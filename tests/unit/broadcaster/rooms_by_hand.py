"""A hub without sockets: viewers who keep what is written to them, a clock and a loop turned by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgpack

from broadcaster.audience import Welcoming
from broadcaster.codec import MSGPACK, Wire, seal, welcome_of
from broadcaster.frames import Numbered, PassingFrame, Position, RoomItem, Snapshot, Welcome
from broadcaster.hub import Hub, Room
from broadcaster.testing import CountingMeter
from server.clock import ManualClock

T0 = 1_700_000_000_000
Frame = dict[str, Any]
MAPS_BY_ID = {"tasks", "gates", "polls", "draws", "first_n", "tiers"}


def frames_of(message: bytes) -> list[Frame]:
    """Read one sealed msgpack message, as a client would."""
    length = message[1]
    header = 2 if length < 126 else 4 if length == 126 else 10
    frames: list[Frame] = msgpack.unpackb(message[header:])
    return frames


class FakeViewer:
    """A viewer whose bytes go into a list instead of a socket."""

    fd = -1
    fast = False

    def __init__(self, wire: Wire = MSGPACK, shown: bool = True) -> None:
        self.wire = wire
        self.shown = shown
        self.place = 0
        self.messages: list[bytes] = []
        self.welcomes = 0

    def write_slow(self, data: bytes) -> None:
        self.messages.append(data)

    def write_rest(self, data: bytes, written: int) -> None:
        raise AssertionError("only for descriptors")

    def write_failed(self) -> None:
        raise AssertionError("only for descriptors")

    def welcome_anew(self, room: Welcoming) -> None:
        self.welcomes += 1
        welcome = Welcome("s", T0, Position("", 0), False, None, None, 15, 0)
        self.messages.append(
            seal(self.wire, [welcome_of(welcome, self.wire, room=room.welcome_part(self.wire))])
        )

    def enter(self, room: Room) -> FakeViewer:
        """Join as a real viewer does: a welcome of the room as it is, then live."""
        self.welcome_anew(room)
        room.enter(self)
        return self

    @property
    def frames(self) -> list[Frame]:
        return [frame for message in self.messages for frame in frames_of(message)]

    def kinds(self) -> list[str]:
        return [frame["type"] for frame in self.frames]


class RoomByHand:
    """One room on a hub; publishes are given to it as the bus would."""

    def __init__(self, items: Sequence[RoomItem] = (), epoch: str = "e1", offset: int = 0) -> None:
        self.clock = ManualClock(T0)
        self.meter = CountingMeter()
        self.lost: list[Room] = []
        self.hub = Hub(self.clock, self.meter, self.lost.append)
        self.room = self.hub.room("demo")
        self.epoch = epoch
        self.offset = offset
        self.room.loaded(Snapshot(Position(epoch, offset), tuple(items), (), ()), T0)

    def numbered(self, *frames: Any) -> list[Numbered]:
        numbered = []
        for frame in frames:
            self.offset += 1
            numbered.append(Numbered(self.offset, frame, self.clock.now_ms()))
        return numbered

    def publish(self, numbered: Sequence[Numbered] = (), passing: Sequence[PassingFrame] = ()) -> None:
        """Deliver one publish of the bus."""
        self.room.received((Position(self.epoch, self.offset), numbered, passing), self.clock.now_ms())

    def close_window(self) -> None:
        """Let the time of the longest window pass."""
        self.clock.advance(1_000)
        timer = self.room._timer
        if timer is not None:
            timer.cancel()
            self.room._timer_fired()


def folded(frames: Sequence[Frame]) -> tuple[Mapping[str, Any], Mapping[str, Any], list[str]]:
    """Fold frames from the last welcome on, as PROTOCOL §1.3 says: (room, pulses, ids of the last 20 comments)."""
    room: dict[str, Any] = {}
    pulses: dict[str, Any] = {}
    comments: list[Frame] = []
    for frame in frames:
        kind: str = frame["type"]
        match kind:
            case "welcome":
                room = {
                    key: dict(value) if isinstance(value, dict) else value
                    for key, value in frame["room"].items()
                }
                pulses, comments = dict(frame["pulses"]), list(frame["comments"])
            case "room":
                [(outer, value)] = frame["patch"].items()
                if outer in MAPS_BY_ID:
                    entries = room.setdefault(outer, {})
                    entries.update(value)
                    room[outer] = {key: item for key, item in entries.items() if item is not None}
                    if not room[outer]:
                        del room[outer]
                elif value is None:
                    room.pop(outer, None)
                else:
                    room[outer] = value
            case "pulse":
                pulses[frame["key"]] = frame["value"]
            case "comment":
                comments.append(frame)
            case "retract":
                ids, author = frame.get("ids", []), frame.get("author")
                comments = [one for one in comments if one["id"] not in ids and one["author"] != author]
            case _:
                pass  # moments, voids and beacons are no state
    return room, pulses, [one["id"] for one in comments[-20:]]
