"""A draw, its tickets and its winners, as they are known while a batch is decided (P3). Frozen values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from server.domain.fairness import entry_list
from server.ids import DrawId, MemberId, RoomId

OPEN, CLOSED, DRAWN, CANCELLED = "open", "closed", "drawn", "cancelled"


@dataclass(frozen=True, slots=True)
class Prize:
    """What a draw gives, `count` times. Of the amounts only its kind's is set."""

    name: str
    count: int
    kind: str
    """points · coupon · goods (handed over outside)."""
    points: int = 0
    off: int = 0
    """Minor units off an order."""
    min: int = 0
    """Smallest order in minor units; 0 = any."""
    valid_ms: int = 0
    """How long the coupon may be used."""


@dataclass(frozen=True, slots=True)
class Winner:
    prize: int
    """Its place among the draw's prizes, from 0."""
    ticket: int
    name: str
    """To be shown; empty = somebody who does not want to be named."""


@dataclass(frozen=True, slots=True)
class Draw:
    id: DrawId
    room: RoomId
    title: str
    cost: int
    """Points for one ticket; 0 = free."""
    prizes: tuple[Prize, ...]
    max_entries: int
    """Tickets one member may have."""
    state: str
    """open → closed (the list's hash is public) → drawn (the seed and the winners are); or cancelled."""
    opened_ms: int
    ends_ms: int
    """From here on nobody gets in."""
    commitment: str
    sealed_seed: str
    """Readable only by this server's doors and jobs; never shown."""
    salt: str
    """Goes into the tickets' tags and is never shown: nobody is found by trying names."""
    entries: int = 0
    returned: int = 0
    """Of a cancelled draw, tickets whose points are back."""
    list_hash: str | None = None
    seed: str | None = None
    """Lower-case hex, once it is public."""
    closed_ms: int | None = None
    settled_ms: int | None = None
    """When it was drawn or cancelled."""
    winners: tuple[Winner, ...] = ()
    shown: bool = True
    """Whether the room's view has it."""

    @property
    def places(self) -> int:
        return sum(prize.count for prize in self.prizes)

    @property
    def is_running(self) -> bool:
        return self.state in (OPEN, CLOSED)

    def prize_at(self, place: int) -> int:
        """Return which prize the `place`-th winner (from 0) gets."""
        for index, prize in enumerate(self.prizes):
            if place < prize.count:
                return index
            place -= prize.count
        raise IndexError(place)

    def list_of(self, tags: Iterable[str]) -> str:
        """Return the canonical list of its tickets."""
        return entry_list(
            self.id, self.commitment, [(prize.name, prize.count) for prize in self.prizes], tags
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """One entry into a draw."""

    draw: DrawId
    n: int
    """From 1, in the order they came."""
    member: MemberId
    tag: str
    """Stands for the member in the public list of this draw, and nowhere else."""
    points: int
    """What it cost."""
    at_ms: int
    returned: bool = False


@dataclass(slots=True)
class DrawBook:
    """The draws of a world. What is absent does not exist, or was not needed. Mutable, as its world is."""

    draws: dict[DrawId, Draw] = field(default_factory=dict)
    tickets: dict[tuple[DrawId, int], Ticket] = field(default_factory=dict)
    """Those asked for by number."""
    held: dict[tuple[DrawId, MemberId], int] = field(default_factory=dict)
    """How many tickets a member has who wants another."""
    tags: dict[DrawId, tuple[str, ...]] = field(default_factory=dict)
    """Of draws about to be closed: every ticket's tag in order."""
    touched: set[DrawId] = field(default_factory=set)
    new_tickets: set[tuple[DrawId, int]] = field(default_factory=set)
    touched_tickets: set[tuple[DrawId, int]] = field(default_factory=set)
    """Changed ones that were there before."""

    def put(self, draw: Draw) -> None:
        self.draws[draw.id] = draw
        self.touched.add(draw.id)

    def put_ticket(self, draw: Draw, ticket: Ticket) -> None:
        self.put(draw)
        number, holder = (ticket.draw, ticket.n), (ticket.draw, ticket.member)
        if number in self.tickets:
            if number not in self.new_tickets:
                self.touched_tickets.add(number)
        else:
            self.new_tickets.add(number)
            self.held[holder] = self.held.get(holder, 0) + 1
            if ticket.draw in self.tags:
                self.tags[ticket.draw] = (*self.tags[ticket.draw], ticket.tag)
        self.tickets[number] = ticket

    def of_room(self, room: RoomId) -> list[Draw]:
        """Return the room's draws that its view has, oldest first."""
        found = (draw for draw in self.draws.values() if draw.room == room and draw.shown)
        return sorted(found, key=lambda draw: (draw.opened_ms, draw.id))


@dataclass(frozen=True, slots=True)
class DrawNeeds:
    """What of draws must be in the world before a command is decided."""

    draws: frozenset[DrawId] = frozenset()
    """Locked."""
    tickets: frozenset[tuple[DrawId, int]] = frozenset()
    """By number; their members are loaded and locked, too."""
    holders: frozenset[tuple[DrawId, MemberId]] = frozenset()
    """How many tickets they have."""
    lists: frozenset[DrawId] = frozenset()
    """All tags, in order."""
    rooms: frozenset[RoomId] = frozenset()
    """All draws that the rooms' views have."""


NO_DRAWS = DrawNeeds()
