"""The frames of the live socket, as frozen data (PROTOCOL §1.2). Pure.

Content that belongs to somebody else (a room item, a member card, a moment's text) is `Encoded`: finished
bytes per subprotocol, which this package splices and never reads.

Lanes: *kept* frames get consecutive offsets per room and epoch when they are published; *passing* frames are the
latest per key (comments apart); *personal* frames go to the connections of one member.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Protocol


class Content(Protocol):
    """One value as msgpack and as JSON, each finished when it is asked for at the latest."""

    @property
    def msgpack(self) -> bytes: ...
    @property
    def json(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """One value as finished msgpack and as finished JSON (UTF-8, compact). Never empty; null is `NULL`."""

    msgpack: bytes
    json: bytes


NULL = Encoded(b"\xc0", b"null")


class Rank(IntEnum):
    """Who goes first when there is too much (PROTOCOL §1.2); 0 is never folded or dropped."""

    STATE = 0
    LOUD = 1
    PLEASANT = 2
    CHATTER = 3


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a room's log: `offset` means nothing without its `epoch`."""

    epoch: str
    offset: int


# --- kept -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomItem:
    """One item of a room's state; published, it becomes a `room` frame whose patch replaces it whole."""

    key: str
    """``name`` or ``tasks/t1``: at most one slash, for maps by id."""
    rev: int
    value: Encoded | None
    """None = removed; the store keeps (rev, removed) so that a late publish cannot revive it."""

    @property
    def pulse_key(self) -> str | None:
        """The pulse with this item's numbers, which goes with it: ``task:t1`` of ``tasks/t1``; None = it has none."""
        kind, _, name = self.key.partition("/")
        return f"{kind.removesuffix('s')}:{name}" if name else None


@dataclass(frozen=True, slots=True)
class Moment:
    id: str
    kind: str
    rank: Rank
    expires_ms: int
    body: Encoded
    """The whole map of PROTOCOL §1.2 except `type` and `offset`."""
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Retract:
    ids: tuple[str, ...] = ()
    author: str | None = None


KeptFrame = RoomItem | Moment | Retract


@dataclass(frozen=True, slots=True)
class Numbered:
    """A kept frame with its place in the log; `sent_ms` is when it was published."""

    offset: int
    frame: KeptFrame
    sent_ms: int


@dataclass(frozen=True, slots=True)
class Void:
    """Everything up to `offset` is dealt with, nothing to show.

    Published by nobody: a node makes it of numbered frames that must not or need not be shown.
    """

    offset: int


# --- passing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pulse:
    key: str
    value: Encoded
    rev: int = field(default=0, compare=False)
    """Of a number that only grows: a publish whose rev is not higher is dropped. 0 = whoever comes last wins."""


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    author: str
    body: Encoded
    """The whole map of PROTOCOL §1.2 except `type`."""


PassingFrame = Pulse | Comment
RoomFrame = KeptFrame | PassingFrame

# --- personal -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A rendered member card; the higher (version, as_of_ms) wins."""

    version: int
    as_of_ms: int
    body: Content
    """One viewer speaks one subprotocol: a card need not be finished in both."""


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A member record on its way to the member's nodes, which render the card of it (`Application.render`)."""

    version: int
    record: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    id: str
    expires_ms: int
    body: Encoded
    """The whole map of PROTOCOL §1.2 except `type`."""


@dataclass(frozen=True, slots=True)
class Done:
    ref: str
    result: Encoded


_NO_DETAILS: Mapping[str, str | int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refused:
    ref: str | None
    code: str
    message: str
    details: Mapping[str, str | int] = field(default_factory=lambda: _NO_DETAILS)
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TimeReply:
    t0: float
    t1: int
    t2: int


@dataclass(frozen=True, slots=True)
class Bye:
    code: int
    reason: str
    retry_after_ms: int
    details: Mapping[str, str | int] = field(default_factory=lambda: _NO_DETAILS)


PersonalFrame = Card | Notice | Done | Refused | TimeReply | Bye
MailFrame = CardRecord | Notice
"""What may travel through a mailbox between nodes."""

# --- greeting and heartbeat -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beacon:
    position: Position
    """As stored, not as this node believes."""
    server_time_ms: int
    nonce: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room's state in one atomic reading: items, latest pulses, last comments, position."""

    position: Position
    items: tuple[RoomItem, ...]
    pulses: tuple[Pulse, ...]
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Welcome:
    session: str
    server_time_ms: int
    position: Position
    recovered: bool
    snapshot: Snapshot | None
    """None when recovered: the missed frames follow instead."""
    card: Card | None
    beat_s: int
    reconnect_spread_ms: int
    features: tuple[str, ...] = ()


# --- client → server ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    room: str
    surface: str
    token: str | None = None
    token_given: bool = False
    """False = the key was absent: on a live connection the identity stays."""
    position: Position | None = None
    visible: bool = True


@dataclass(frozen=True, slots=True)
class TimeAsk:
    t0: float


@dataclass(frozen=True, slots=True)
class Act:
    ref: str
    name: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Beat:
    nonce: str
    playing: bool
    visible: bool
    card_version: int


@dataclass(frozen=True, slots=True)
class Visible:
    on: bool


@dataclass(frozen=True, slots=True)
class Token:
    token: str


@dataclass(frozen=True, slots=True)
class Seen:
    ids: tuple[str, ...]


ClientMessage = Hello | TimeAsk | Act | Beat | Visible | Token | Seen
