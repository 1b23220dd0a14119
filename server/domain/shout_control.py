"""What a host has set for a room's shout-outs, and each press that sets or moves them (L2). Pure data.

The rulebook says who is shouted and how often at most; a host may only be stricter than it (decision 0061).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from server.domain.origin import Origin
from server.ids import AuthorTag, RoomId, TierId

Action = Literal["pause", "resume", "skip", "clear", "mute", "unmute", "limit", "replay", "test"]
MOST_MUTED: Final = 50
"""Authors of one room whose shout-outs are not shown. They travel with the room."""
MOST_PER_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class MutedAuthor:
    author: AuthorTag
    name: str
    """As it was when it was muted, for the host's list."""


@dataclass(frozen=True, slots=True)
class ShoutControl:
    paused: bool = False
    from_tier: TierId | None = None
    """The lowest tier that is shouted; None = the rulebook's, which holds in any case."""
    per_minute: int | None = None
    """None = the rulebook's, which holds in any case."""
    muted: tuple[MutedAuthor, ...] = ()
    cleared_ms: int = 0
    """Level-ups of up to then that still wait are not shown any more."""
    rev: int = 0
    """Raised by every change; the higher one counts."""

    def is_muted(self, author: str | None) -> bool:
        return author is not None and any(one.author == author for one in self.muted)


AS_RULED: Final = ShoutControl()


@dataclass(frozen=True, slots=True)
class ControlShoutouts:
    """One press of a host, in the origin's room."""

    origin: Origin
    action: Action
    rev: int | None = None
    """That of the control the host saw; None = whatever stands."""
    moment: str | None = None
    """skip, replay: which one."""
    author: AuthorTag | None = None
    """mute, unmute: whose."""
    name: str = ""
    """mute: what they are called."""
    from_tier: TierId | None = None
    """limit: None = as ruled; test: the tier it pretends, None = the lowest that is shouted."""
    per_minute: int | None = None
    """limit: None = as ruled."""


@dataclass(frozen=True, slots=True)
class ShoutoutsControlled:
    """A host has pressed; `control` is what stands after it, changed or not."""

    room: RoomId
    action: Action
    control: ShoutControl
    at_ms: int
    event: str
    """Of the press: what a replay or a test is named by."""
    moment: str | None = None
    author: AuthorTag | None = None
    tier: TierId | None = None
    """Of a test."""
