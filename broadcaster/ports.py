"""The two sides of the broadcaster: what it asks of its application, and what it offers to publishers.

`Application` is implemented by `server.gateway`; `RoomStore`, `RoomBus` and `Mailboxes` by this package on
Redis (`bus_redis`, `mailbox`) and in memory (`testing`), each pair under one contract suite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from broadcaster.close_codes import CloseCode
from broadcaster.frames import (
    Act,
    Beat,
    Card,
    CardRecord,
    Done,
    Hello,
    MailFrame,
    Numbered,
    PassingFrame,
    PersonalFrame,
    Position,
    Refused,
    RoomFrame,
    RoomItem,
    Seen,
    Snapshot,
)

# --- the application ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What is known before the upgrade is answered."""

    path: str
    host: str
    origin: str | None
    subprotocols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """The upgrade is refused with this HTTP status and text."""

    status: int
    reason: str
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a connection is, proven by a token; `member` None = anonymous, or a host or broadcast source."""

    member: str | None
    role: str
    """viewer · host · operator · overlay (a broadcast source with a ticket) · broadcast · anonymous."""
    sub: str | None = None
    expires_ms: int | None = None
    """The token's `exp`; 4005 follows 60 s after it. None = never."""
    mailbox: str | None = None
    """Under which name mail finds it, if it is no member; None = there is no mail for it."""

    @property
    def address(self) -> str | None:
        """Under which name mail finds this connection on whatever node it is; None = no mail."""
        return self.member or self.mailbox


class Connection(Protocol):
    """One live viewer, as the application may see it; identity-hashable."""

    @property
    def session(self) -> str: ...
    @property
    def room(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def identity(self) -> Identity: ...
    @property
    def shown(self) -> bool:
        """Whether its page is to be seen, as it last said itself."""
        ...

    def send(self, *frames: PersonalFrame) -> None:
        """Write personal frames at once, in one message. Never blocks; a closed connection swallows them."""
        ...

    def bye(
        self,
        code: CloseCode,
        reason: str,
        retry_after_ms: int = 0,
        details: Mapping[str, str | int] | None = None,
    ) -> None:
        """Say why, close, and cut after a second. Never blocks; a closed connection stays closed."""
        ...


@dataclass(frozen=True, slots=True)
class Joined:
    identity: Identity
    card: Card | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The hello is answered with `bye` and this close code (PROTOCOL §1.5)."""

    code: int
    reason: str
    retry_after_ms: int = 0
    details: Mapping[str, str | int] | None = None
    """What a page can say about it, for people."""


class Application(Protocol):
    """What the live socket is for. Called on the event loop; the synchronous methods must not block."""

    @property
    def features(self) -> tuple[str, ...]: ...

    def admit(self, upgrade: Upgrade) -> Denied | None:
        """Judge an upgrade before it is answered (origin list); None = let in. Limits are the node's own."""
        ...

    async def join(self, hello: Hello, identity: Identity | None, session: str) -> Joined | Rejected:
        """Judge a hello: token, room, surface, permission; and give the member's card, rendered now.

        `identity` is the connection's present one at a repeated hello (None at the first). Called anew at every hello,
        so permission is judged again (PROTOCOL §1.2). Rooms that do not exist are rejected 4502.
        """
        ...

    async def token(self, connection: Connection, token: str) -> Joined | Rejected:
        """Judge a refreshed token of a live connection."""
        ...

    async def act(self, connection: Connection, act: Act) -> Done | Refused:
        """Do what a viewer asks; exactly one answer per ref. Raising is our bug: the viewer gets `try_later`."""
        ...

    def joined(self, connection: Connection) -> None:
        """The connection is live in its room (called after its welcome went out; again after a re-hello)."""
        ...

    def beat(self, connection: Connection, beat: Beat, now_ms: int) -> None:
        """A beat whose nonce was right has arrived. Wrong or repeated nonces never get here."""
        ...

    def seen(self, connection: Connection, seen: Seen) -> None: ...

    def left(self, connection: Connection) -> None: ...

    def moved(self, room: str, keys: Sequence[str]) -> None:
        """Items of a room with viewers here have changed. Told of what arrives; what gets lost on the way, rounds heal."""
        ...

    async def round(self, connections: Sequence[Connection], now_ms: int) -> None:
        """After each beacon round: park watching progress, compare card versions, re-send what got lost."""
        ...

    def render(self, member: str, record: CardRecord, now_ms: int) -> Card | None:
        """Render a member's card of its record; None = it cannot be read (then the viewer keeps the old one)."""
        ...

    async def items(self, room: str) -> Sequence[RoomItem] | None:
        """Return all items of a room from the truth, for a rebuild of its hot state; None = no such room."""
        ...


# --- what the node needs of its surroundings ------------------------------------------------------


class Clock(Protocol):
    def now_ms(self) -> int:
        """Unix milliseconds, UTC."""
        ...


class Meter(Protocol):
    """What this package counts, as the names of PROTOCOL §4 say. Called on the hot path: must neither block nor raise."""

    def connections(self, delta: int) -> None:
        """Live-socket connections of this node: +1 when an upgrade was accepted, -1 when its socket is gone."""
        ...

    def join(self, outcome: str) -> None:
        """A hello was judged: `joined`, `recovered`, `rejected` or `unavailable`."""
        ...

    def close(self, code: int) -> None:
        """A connection ended; `code` is what was sent, or 1005/1006 when nothing was."""
        ...

    def delivered(self, lane: str, n: int) -> None:
        """`n` frames were written to viewers; `lane` is `kept`, `passing`, `personal` or `beacon`."""
        ...

    def dropped(self, rank: int, reason: str, n: int) -> None:
        """`n` frames were not shown to a viewer who was there: `expired`, `lagging`, `replaced`, `overload`."""
        ...

    def fanout(self, seconds: float) -> None:
        """One fan-out of one room took this long, yields included."""
        ...

    def event_to_socket(self, seconds: float) -> None:
        """From a numbered frame's publish (`sent_ms`) to the end of its fan-out on this node."""
        ...

    def recovery(self, result: str) -> None:
        """A hello with a position: `same`, `some_missed`, `too_many`, `expired`, `other_epoch`, `future` or `empty`."""
        ...

    def loop_lag(self, seconds: float) -> None:
        """How late the event loop ran the node's tick."""
        ...

    def overload(self, level: int) -> None:
        """This node's level of overload has changed: 0 (normal) to 4."""
        ...

    def canary(self, seconds: float) -> None:
        """The canary's way through the bus and back; not called while it is lost."""
        ...


# --- stores and buses -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Published:
    """The result of one atomic publish: the position after it; `None` = the room has no hot state yet.

    A publish to a room without hot state publishes nothing kept (the next join rebuilds from the truth, which already holds it)
    but passing frames still go out.
    """

    position: Position | None
    numbered: tuple[int, ...] = ()
    """Offsets given, in order; an item whose rev was not higher got none."""


class RoomPublisher(Protocol):
    """What announcing needs."""

    async def publish(self, room: str, frames: Sequence[RoomFrame], now_ms: int) -> Published:
        """Number, keep and publish in one atomic step (DESIGN §3, 9). Raises `BusUnavailable`."""
        ...


class Mailboxes(Protocol):
    """Personal frames to whichever nodes hold a member's connections."""

    async def send(self, mail: Sequence[tuple[str, MailFrame]]) -> None:
        """Deliver (member, frame) pairs, grouped by node; per member the order is kept. Raises `BusUnavailable`."""
        ...

    async def register(self, members: Sequence[str], node: str) -> None: ...
    async def unregister(self, members: Sequence[str], node: str) -> None: ...


class RoomListener(Protocol):
    """A node, as the bus sees it."""

    def received(
        self, room: str, position: Position, numbered: Sequence[Numbered], passing: Sequence[PassingFrame]
    ) -> None:
        """One publish has arrived: `position` is the room's after it."""
        ...

    def mail(self, member: str, frame: MailFrame) -> None: ...

    def interrupted(self) -> None:
        """The subscription was broken and is back: anything may have been missed."""
        ...


class RoomStore(RoomPublisher, Protocol):
    """What a node reads; every method raises `BusUnavailable` when the store is away."""

    async def snapshot(self, room: str) -> Snapshot | None:
        """Items, pulses, comments and position in one step; None = no hot state, or of another primary."""
        ...

    async def rebuild(self, room: str, items: Sequence[RoomItem], now_ms: int) -> Snapshot:
        """Set a room's hot state under a new epoch, unless another node just did: then return what stands."""
        ...

    async def since(self, room: str, position: Position, limit: int) -> Sequence[Numbered] | None:
        """Return the kept frames after `position`, oldest first; None = cannot be recovered from there."""
        ...

    async def recent(self, room: str, epoch: str) -> Sequence[Numbered]:
        """All kept frames the stored log holds of this epoch, oldest first; none if it is another one by now."""
        ...

    async def positions(self, rooms: Sequence[str]) -> Mapping[str, Position]:
        """The stored positions of many rooms in one round; rooms without hot state are missing."""
        ...


class RoomBus(Protocol):
    """A node's ear: what is published in the rooms it follows, and the mail of its members."""

    async def start(self, node: str, listener: RoomListener) -> None:
        """Listen for mail to `node` and for followed rooms. Returns at once, with Redis away too."""
        ...

    async def stop(self) -> None: ...

    async def follow(self, room: str) -> None:
        """Return when everything published in `room` from now on will be received. Raises `BusUnavailable`."""
        ...

    async def unfollow(self, room: str) -> None: ...

    async def canary(self) -> float:
        """Send a message to ourselves through the bus; return the seconds it took. Raises `BusUnavailable`."""
        ...


class Presence(Protocol):
    """How many viewers a room has on all nodes."""

    async def report(self, room: str, node: str, count: int, now_ms: int) -> int:
        """Say how many this node has (0 = none); return the sum over all nodes. Raises `BusUnavailable`."""
        ...
