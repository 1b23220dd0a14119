"""Who may not write or be in a room, and what is taken off the screens (L13): wishes, what is known, what happened.

Pure. A mute stops comments; a ban stops every act on the socket and the presence itself. Orders count all the
same: money is never refused for what somebody said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server.domain.origin import Origin, Subject
from server.ids import AuthorTag, MemberId, RoomId

MUTE: Final = "mute"
BAN: Final = "ban"
SEVERITY: Final = {MUTE: 1, BAN: 2}
MOST_RESTRICTIONS: Final = 20
"""Of one member: the programme's and that of some rooms. It travels in every record."""
MOST_REMOVED: Final = 100
"""Rooms in which the comments of somebody are removed at once."""


@dataclass(frozen=True, slots=True)
class Restriction:
    room: RoomId | None
    """None = in every room."""
    kind: str
    """mute · ban."""
    until_ms: int


@dataclass(frozen=True, slots=True)
class RestrictMember:
    """Mute or ban a member in the room of the origin, or everywhere (no room); in place of what stood there."""

    origin: Origin
    who: Subject
    kind: str | None
    """None = lift it."""
    until_ms: int = 0
    remove_in: tuple[RoomId, ...] = ()
    """Rooms whose screens lose this member's comments …"""
    tag: AuthorTag | None = None
    """… and those under this tag, by which an account that is part of the member by now has written (X1)."""


@dataclass(frozen=True, slots=True)
class RemoveComment:
    """Take a comment off every screen of the origin's room."""

    origin: Origin
    comment: str


@dataclass(frozen=True, slots=True)
class MemberRestricted:
    """A mute or ban was set, or lifted (`kind` None), in a room or everywhere."""

    member: MemberId
    room: RoomId | None
    kind: str | None
    until_ms: int
    restrictions: tuple[Restriction, ...]
    """All that stand after this."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class CommentsRemoved:
    """One comment of a room, or all of one author, are not to be seen any more; how many is not known here."""

    room: RoomId
    at_ms: int
    comment: str | None = None
    author: AuthorTag | None = None


def standing(restrictions: Iterable[Restriction], room: RoomId | None, now_ms: int) -> Restriction | None:
    """Return the strictest of what holds in `room` now, of equals the one that lasts; None = nothing does."""
    found = (one for one in restrictions if one.until_ms > now_ms and one.room in (None, room))
    return max(found, key=lambda one: (SEVERITY[one.kind], one.until_ms), default=None)


def is_banned(restrictions: Iterable[Restriction], room: RoomId | None, now_ms: int) -> bool:
    if not restrictions:  # nearly everybody
        return False
    found = standing(restrictions, room, now_ms)
    return found is not None and found.kind == BAN


def stricter(one: Iterable[Restriction], other: Iterable[Restriction]) -> tuple[Restriction, ...]:
    """Return what two accounts have together: in each room the stricter, and of equals the one that lasts (X1)."""
    both: dict[RoomId | None, Restriction] = {}
    for restriction in (*one, *other):
        held = both.get(restriction.room, restriction)
        both[restriction.room] = max(held, restriction, key=lambda each: (SEVERITY[each.kind], each.until_ms))
    return tuple(both[room] for room in sorted(both, key=lambda room: room or ""))
