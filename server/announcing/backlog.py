"""What is durable and still to be told, merged until it can be. Pure; bounded (HOUSE_STYLE 38). Rule L2, R4.

Merge rule: of a member record or a room item only the newest stays; reactions add up; level-ups fold. Verdict when it
is too much all the same: the oldest comment or notice goes, and of records the longest waiting one, whose viewers are
healed by their node's rounds. What goes is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from broadcaster.frames import Comment, Moment, Notice, Pulse, Retract, RoomFrame, RoomItem
from broadcaster.roomstate import retracts
from server.domain.redeemed import Redeemed, folded as folded_redeemed
from server.domain.shout_control import ShoutoutsControlled
from server.domain.shoutouts import Shout, folded
from server.domain.state import Member
from server.domain.task_moments import Done, folded as folded_dones
from server.ids import MemberId, RoomId

MAX_COMMENTS = 200
"""Waiting per room: some seconds of what a room can show."""
MAX_SHOUTS = 100
"""Waiting singly per room; more are folded while they wait."""
MAX_PLACES = 20
"""Places of first-N campaigns waiting per room: the counter tells what the older ones would."""
MAX_RETRACTS = 1_000
"""Waiting per room; more is somebody clearing a room faster than it can be told."""
MAX_NOTICES = 20
"""Waiting per member."""
MAX_MEMBERS = 50_000
"""Members with something waiting: some 50 MB at worst."""

Dropped = Callable[[int, str, int], None]
"""Told of what went: rank, reason, how many."""


@dataclass(slots=True)
class RoomBacklog:
    items: dict[str, RoomItem] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    """Paced already: they were on their way when the bus went away."""
    presses: list[ShoutoutsControlled] = field(default_factory=list)
    """Of the host, still to be carried out; few, for the door counts them."""
    shouts: list[Shout] = field(default_factory=list)
    comments: deque[Comment] = field(default_factory=deque)
    retracts: list[Retract] = field(default_factory=list)
    """Told before everything else; kept to the end like state."""
    places: list[Moment] = field(default_factory=list)
    counters: dict[str, Pulse] = field(default_factory=dict)
    """Numbers that only grow; kept to the end like state."""
    dones: list[Done] = field(default_factory=list)
    """One per countdown task, folded."""
    redeemed: list[Redeemed] = field(default_factory=list)
    """One per reward, folded while it waits."""
    likes: int = 0
    restarted: bool = False
    """Reactions count from zero first."""

    def add_done(self, done: Done) -> None:
        self.dones = folded_dones([*self.dones, done])

    def add_redeemed(self, one: Redeemed) -> None:
        self.redeemed = folded_redeemed([*self.redeemed, one])

    def add_retract(self, retract: Retract) -> None:
        """Take back what waits, and tell those who have it on their screens."""
        self.comments = deque(one for one in self.comments if not retracts(retract, one))
        self.moments = [one for one in self.moments if not _takes(retract, one)]
        self.places = [one for one in self.places if not _takes(retract, one)]
        self.retracts = [*self.retracts, retract][-MAX_RETRACTS:]

    def add_item(self, item: RoomItem) -> None:
        held = self.items.get(item.key)
        if held is None or held.rev < item.rev:
            self.items[item.key] = item

    def add_counter(self, pulse: Pulse) -> None:
        held = self.counters.get(pulse.key)
        if held is None or held.rev < pulse.rev:
            self.counters[pulse.key] = pulse


@dataclass(slots=True)
class Backlog:
    dropped: Dropped
    records: dict[MemberId, Member] = field(default_factory=dict)
    """To be put into the member cache."""
    cards: dict[MemberId, Member] = field(default_factory=dict)
    """To be sent to the member's nodes."""
    notices: dict[MemberId, list[Notice]] = field(default_factory=dict)
    rooms: dict[RoomId, RoomBacklog] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.records or self.cards or self.notices or self.rooms)

    def room(self, room: RoomId) -> RoomBacklog:
        found = self.rooms.get(room)
        if found is None:
            found = self.rooms[room] = RoomBacklog()
        return found

    def add_records(self, members: Iterable[Member]) -> None:
        self._add(self.records, members)

    def add_cards(self, members: Iterable[Member]) -> None:
        self._add(self.cards, members)

    def add_shout(self, room: RoomId, shout: Shout) -> None:
        waiting = self.room(room)
        waiting.shouts.append(shout)
        if len(waiting.shouts) > MAX_SHOUTS:
            waiting.shouts = folded(waiting.shouts)

    def add_place(self, room: RoomId, place: Moment) -> None:
        waiting = self.room(room)
        waiting.places.append(place)
        if len(waiting.places) > MAX_PLACES:
            del waiting.places[0]
            self.dropped(1, "backlog", 1)

    def add_comment(self, room: RoomId, comment: Comment) -> None:
        comments = self.room(room).comments
        comments.append(comment)
        if len(comments) > MAX_COMMENTS:
            comments.popleft()
            self.dropped(3, "backlog", 1)

    def add_notices(self, member: MemberId, notices: Sequence[Notice], *, first: bool = False) -> None:
        """Add notices behind those that wait, or (`first`) before them, because they waited already."""
        held = self.notices.pop(member, [])
        both = [*notices, *held] if first else [*held, *notices]
        self.notices[member] = both[-MAX_NOTICES:]
        if len(both) > MAX_NOTICES:
            self.dropped(1, "backlog", len(both) - MAX_NOTICES)
        if len(self.notices) > MAX_MEMBERS:
            self.dropped(1, "backlog", len(self.notices.pop(next(iter(self.notices)))))

    def put_back(self, room: RoomId, frames: Sequence[RoomFrame]) -> None:
        """Keep what the bus did not take: state to the end, moments while they are fresh, passing frames not."""
        again = self.room(room)
        moments = []
        taken: list[Retract] = []
        for frame in frames:
            match frame:
                case RoomItem():
                    again.add_item(frame)
                case Moment():
                    moments.append(frame)
                case Retract():
                    taken.append(frame)
                case Pulse(rev=rev) if rev:
                    again.add_counter(frame)
                case Comment():
                    self.dropped(3, "bus_away", 1)
                case _:
                    pass  # a pulse: the next one carries the newer value
        again.moments = moments + again.moments
        again.retracts = (taken + again.retracts)[-MAX_RETRACTS:]

    def _add(self, held: dict[MemberId, Member], members: Iterable[Member]) -> None:
        for member in members:
            other = held.get(member.id)
            if other is None or other.version < member.version:
                held[member.id] = member
        while len(held) > MAX_MEMBERS:
            del held[next(iter(held))]
            self.dropped(0, "backlog", 1)


def _takes(retract: Retract, moment: Moment) -> bool:
    """Whether a moment that waits is taken back: by its id, or with all of its author (PROTOCOL §1.2)."""
    return moment.id in retract.ids or (retract.author is not None and moment.author == retract.author)
