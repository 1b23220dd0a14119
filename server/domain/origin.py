"""Where a command comes from, and whom it is about. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.unguarded import unguarded
from server.ids import (
    MemberId,
    RoomId,
)

OUR_SOURCES = frozenset({"live", "watch", "join", "api", "jobs"})
"""Sources of our own commands: acts, watching milestones, names of tokens, writes over HTTP, due work.

Nobody else's event may pass for one of them (R2).
"""


@unguarded
@dataclass(frozen=True, slots=True)
class Origin:
    """Where a command comes from; (`source`, `event`) happens once, whatever door it used (R2)."""

    source: str
    """The CloudEvents source, or one of `OUR_SOURCES`."""
    event: str
    content: str
    """Digest of what was said: the same event with another digest is a conflict, not a duplicate."""
    received_ms: int
    """The server's receipt time, Unix ms: all decisions use it."""
    room: RoomId | None = None
    is_test: bool = False
    stale: bool = False
    """Its own time is too long ago (`timeliness`): refused, and not remembered, unless it was answered before."""
    actor: str = ""
    """Who did it, for the audit (X7): key id, member or ``jobs``."""


@unguarded
@dataclass(frozen=True, slots=True)
class ById:
    """A member named by our id."""

    member: MemberId


@dataclass(frozen=True, slots=True)
class ByIdentity:
    """A member named by an identity on another platform (X1)."""

    platform: str
    openid: str


Subject = ById | ByIdentity
"""Either is created by its first event (PROTOCOL §2); loading turns it into a member id before deciding."""
