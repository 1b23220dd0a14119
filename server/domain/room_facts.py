"""What has happened in a room: shows, first-N campaigns, tasks, draws, gates. Pure data; see `server.domain.facts`."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.draw import Draw, Prize, Ticket
from server.domain.gates import Gate, Permit
from server.domain.polls import Poll
from server.domain.state import FirstN, Room, Show, Task
from server.ids import (
    AuthorTag,
    DrawId,
    MemberId,
    OrderId,
    RoomId,
    TaskId,
)


@dataclass(frozen=True, slots=True)
class RoomPut:
    room: Room
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpotlightPut:
    """The room, a host's or shop's wish fulfilled, shows another product or (`room.spotlight` None) none (B7)."""

    room: Room
    at_ms: int


@dataclass(frozen=True, slots=True)
class RulebookPresented:
    """The room shows the rulebook by which this was decided."""

    room: RoomId
    at_ms: int


@dataclass(frozen=True, slots=True)
class ShowScheduled:
    show: Show
    at_ms: int


@dataclass(frozen=True, slots=True)
class ShowStarted:
    show: Show
    at_ms: int


@dataclass(frozen=True, slots=True)
class ShowEnded:
    show: Show
    at_ms: int


@dataclass(frozen=True, slots=True)
class FirstNOpened:
    campaign: FirstN
    room: RoomId
    at_ms: int


@dataclass(frozen=True, slots=True)
class FirstNTaken:
    """An order has taken a place (L4); its points follow as `Awarded`. The last place fills the campaign."""

    campaign: FirstN
    """As it stands after this."""
    room: RoomId
    place: int
    """1 … n: how many places are taken now."""
    member: MemberId
    author: AuthorTag
    name: str
    """Already the name to show: an opted-out member's is empty."""
    order: OrderId
    at_ms: int


@dataclass(frozen=True, slots=True)
class FirstNClosed:
    campaign: FirstN
    room: RoomId
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskStarted:
    task: Task
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """Extended, paused, resumed, or given grace."""

    task: Task
    """As it stands after this."""
    action: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """Over for good: its time was up, or it was cancelled. Happens once to every task (L3)."""

    task: Task
    points: int
    """What its rewards have cost."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskProgressed:
    """A member came so far with a task (L3); the reward, if it was reached, follows as `Awarded`."""

    member: MemberId
    task: TaskId
    count: int
    target: int
    forget_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskDone:
    """A member reached a task's target and was rewarded (L3)."""

    member: MemberId
    author: AuthorTag
    name: str
    """Already the name to show; empty = not to be named."""
    task: Task
    at_ms: int


@dataclass(frozen=True, slots=True)
class DrawOpened:
    """`draw` with its commitment; entries may come from now on (P3)."""

    draw: Draw
    at_ms: int


@dataclass(frozen=True, slots=True)
class DrawEntered:
    """One ticket was paid for."""

    draw: Draw
    """As it stands after this."""
    ticket: Ticket
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class DrawClosed:
    """Nobody gets in any more; `draw` has the hash of its list."""

    draw: Draw
    at_ms: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The seed is public and with it the winners; what they get follows as `PrizeWon` and so on."""

    draw: Draw
    at_ms: int


@dataclass(frozen=True, slots=True)
class PrizeWon:
    """Points and coupons follow as `Awarded` and `CouponGranted`; goods are handed over by whoever hears of it."""

    member: MemberId
    draw: DrawId
    title: str
    """The draw's."""
    ticket: int
    prize: Prize
    at_ms: int


@dataclass(frozen=True, slots=True)
class DrawCancelled:
    """Called off; the points of its tickets follow as `TicketReturned`, in commits of their own."""

    draw: Draw
    reason: str
    """``host`` or ``seed_lost``."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class TicketReturned:
    """A ticket of a cancelled draw gave its points back, once."""

    draw: Draw
    """As it stands after this."""
    ticket: Ticket
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class DrawRemoved:
    """The room's view has it no more."""

    draw: Draw
    at_ms: int


@dataclass(frozen=True, slots=True)
class GateOpened:
    """A gate is announced; that it opens is the clock's doing (L5)."""

    gate: Gate
    link: str
    """Sealed."""
    at_ms: int
    per_member: int | None = None


@dataclass(frozen=True, slots=True)
class GateChanged:
    """Sold out, or cancelled."""

    gate: Gate
    at_ms: int


@dataclass(frozen=True, slots=True)
class PermitGiven:
    """Who was let in when (L5)."""

    permit: Permit
    left: int
    """Pieces still to be had after this."""
    at_ms: int
    version: int = 0
    """Of the gate, after this."""


@dataclass(frozen=True, slots=True)
class PermitVerified:
    permit: Permit
    left: int
    at_ms: int
    version: int = 0
    given_to: str | None = None
    """The name its member had when it was given, where that is another by now (X1)."""


@dataclass(frozen=True, slots=True)
class PermitExpired:
    permit: Permit
    left: int
    at_ms: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class PollOpened:
    poll: Poll
    at_ms: int


@dataclass(frozen=True, slots=True)
class PollClosed:
    """No more votes; happens once to every poll (L8)."""

    poll: Poll
    tally: tuple[tuple[str, int], ...]
    """(option, votes), as far as they were known then."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class PollRemoved:
    poll: Poll
    at_ms: int


@dataclass(frozen=True, slots=True)
class RoomPinned:
    """A line is pinned, or (`text` None) the one there is taken away."""

    room: RoomId
    id: str
    text: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class NoticePosted:
    room: RoomId
    id: str
    text: str
    rank: int
    at_ms: int
