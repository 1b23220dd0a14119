"""What only the hot store holds, and may lose at any moment. Every method raises `HotUnavailable`.

What is lost with it: a running 15 minutes starts anew (milestones reached stand in the ledger), rates and pacing
count from zero, reaction totals start at zero, who is close to a tier is told again by the next round, a repeated off-ledger act is done again (it earns nothing either way).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.domain.attending import Here
from server.domain.unguarded import unguarded
from server.ids import MemberId, RoomId, ShowId, TaskId, TierId

# --- rates and pacing -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """May `want` more happen under `key`, of which at most `limit` may happen in any `window_ms`?"""

    key: str
    limit: int
    """0 = nothing may happen."""
    window_ms: int
    want: int = 1


@dataclass(frozen=True, slots=True)
class Granted:
    n: int
    """How many of those wanted may happen now; they are counted from here."""
    wait_ms: int
    """When fewer were granted than wanted: until the next one could be. 0 = all were."""


class Pacer(Protocol):
    async def take(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]:
        """Answer each ask, in their order and in one round trip. What is not granted is not counted."""
        ...


# --- answers --------------------------------------------------------------------------------------


ActRef = tuple[MemberId, str]
"""Who acted, and what they call the act."""


class Answers(Protocol):
    """The first answer to each act, for 10 minutes (PROTOCOL §1.4)."""

    async def answers(self, refs: Sequence[ActRef]) -> Sequence[bytes | None]:
        """Return what stands, in the order of the acts and in one round trip."""
        ...

    async def keep_answers(self, answers: Sequence[tuple[ActRef, bytes]]) -> Sequence[bytes | None]:
        """Keep each answer unless one stands; return those that stood, None = ours is the first. In one round trip."""
        ...


# --- watching -------------------------------------------------------------------------------------


UNKNOWN = -1
"""A number of milestones that the ledger has not been asked for yet."""


@unguarded
@dataclass(frozen=True, slots=True)
class Progress:
    """How far one member has watched one show (E1, V2)."""

    toward15_ms: int = 0
    """Of the unbroken run, not yet paid by a milestone."""
    toward10_ms: int = 0
    """Of the accumulated time, not yet paid."""
    n15: int = UNKNOWN
    """Milestones so far; the next one has the next number, so that it happens once whoever reports it."""
    n10: int = UNKNOWN
    last_ms: int = 0
    """The last proven moment; 0 = none yet."""
    present: bool = False
    """A connection was there when this was kept, and none has said that it left: silence since is our fault."""
    seq: int = 0
    """Raised by every keep; whoever keeps must have seen the last one."""


@unguarded
@dataclass(frozen=True, slots=True)
class Park:
    """Keep the lease of `room` for the member, and `progress` in its show; None = only ask what stands."""

    member: MemberId
    room: RoomId
    show: ShowId
    progress: Progress | None


@unguarded
@dataclass(frozen=True, slots=True)
class Parked:
    held: bool
    """Whether watching counts in this room: one room at a time per member (E1)."""
    kept: bool
    """Whether the progress given was kept (its `seq` was that of the one before, plus one)."""
    progress: Progress | None
    """What stands now; None = nothing, or not held."""


class Watches(Protocol):
    async def park(self, parks: Sequence[Park]) -> Sequence[Parked]:
        """Do all in one round trip. A lease not renewed within `keys.LEASE_MS` is free for another room."""
        ...

    async def release(self, leases: Sequence[tuple[MemberId, RoomId]]) -> None:
        """Give back leases, unless another room holds them meanwhile."""
        ...


# --- reactions ------------------------------------------------------------------------------------


class Likes(Protocol):
    """Totals of reactions per room, of the show that runs: decoration, lost without harm."""

    async def add_likes(self, counts: Mapping[RoomId, int]) -> Mapping[RoomId, int]:
        """Add to each room's total and return the totals."""
        ...

    async def reset_likes(self, room: RoomId) -> None: ...


# --- what the panel and the overlays need -----------------------------------------------------------


class Tickets(Protocol):
    """What a ticket stands for, until it is used (PROTOCOL §2, overlay tickets). Named by its digest alone."""

    async def put_ticket(self, digest: str, holds: bytes, for_ms: int) -> None: ...

    async def take_ticket(self, digest: str) -> bytes | None:
        """Return what it stands for, once; None = used, over or never made."""
        ...


class Boards(Protocol):
    """Notes that several nodes pin up about one thing, each under a name of its own, and that fall off by themselves."""

    async def pin(self, board: str, notes: Mapping[str, bytes | None], until_ms: int, now_ms: int) -> None:
        """Pin up or replace these; None = take down. They stay until `until_ms` unless pinned again."""
        ...

    async def pinned(self, board: str, now_ms: int) -> Mapping[str, bytes]: ...


class Shelves(Protocol):
    """The last so many things of a kind."""

    async def shelve(self, shelf: str, things: Sequence[bytes], most: int, for_ms: int) -> None:
        """Add, the newest last; only the newest `most` stay, and all go `for_ms` after the last was added."""
        ...

    async def shelved(self, shelf: str) -> Sequence[bytes]:
        """Return what is there, oldest first."""
        ...


# --- who is here ----------------------------------------------------------------------------------


class Attendance(Protocol):
    """Who of each node's viewers gives the host something to say (L9). What is told twice is one person to its reader."""

    async def attend(self, node: str, rooms: Mapping[RoomId, Sequence[Here]], now_ms: int) -> None:
        """Keep, in place of what this node said before of these rooms; of nobody = nothing. In one round trip.

        It is forgotten `keys.ATTENDANCE_MS` later unless it is said again.
        """
        ...

    async def attending(self, room: RoomId, now_ms: int) -> Sequence[Here]:
        """Return what all nodes say of the room."""
        ...


# --- what hosts see ---------------------------------------------------------------------------------

UNSIGNED = ""
"""The tier under which viewers without an account are counted."""


class Audiences(Protocol):
    """How many viewers of each tier a room has on all nodes: sums, never who."""

    async def report_audiences(
        self, node: str, audiences: Mapping[RoomId, Mapping[str, int]], now_ms: int
    ) -> None:
        """Say how many viewers of each tier this node has in these rooms; empty = none any more.

        Counts for `keys.AUDIENCE_MS`, unless said again.
        """
        ...

    async def audience(self, room: RoomId, now_ms: int) -> Mapping[str, int]:
        """Return viewers by tier over all nodes; `UNSIGNED` = without an account."""
        ...


SAW, BEGAN = "saw", "began"
"""The steps of a countdown task that the ledger does not keep."""


class Funnels(Protocol):
    """How many different viewers came to a step of a countdown task: a number each, never who."""

    async def mark(self, marks: Mapping[tuple[str, TaskId], Sequence[str]]) -> None:
        """Let these have come to (step, task); who came before is not counted again."""
        ...

    async def marked(self, steps: Sequence[tuple[str, TaskId]]) -> Sequence[int]:
        """Return how many have come to each step; above some hundreds within 2 %."""
        ...


# --- seats ----------------------------------------------------------------------------------------


class Seats(Protocol):
    """Who was let into a members-only show, and as what was asked then (L6). Lost with the store: then the tier counts."""

    async def keep_seats(self, show: ShowId, tier: TierId, members: Sequence[MemberId]) -> None:
        """Note that these were let in when `tier` was asked for; a later note takes the place of an earlier one."""
        ...

    async def seats(self, show: ShowId, members: Sequence[MemberId]) -> Mapping[MemberId, TierId]:
        """Return what was asked of those of them who have a seat."""
        ...


class Hot(
    Pacer, Answers, Watches, Likes, Tickets, Boards, Shelves, Attendance, Audiences, Funnels, Seats, Protocol
):
    """All of it, as one adapter offers it; those who use it ask for the part they need."""
