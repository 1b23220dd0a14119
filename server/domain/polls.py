"""Polls and what is pinned in a room (L8). Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.ids import PollId, RoomId

OPEN: Final = "open"
CLOSED: Final = "closed"
MOST_SHOWN: Final = 5
"""Polls of a room at a time."""
MOST_OPTIONS: Final = 6
LONGEST_S: Final = 24 * 3_600
MINUTE_MS: Final = 60_000
NOTICES: Final = "notices:"
"""Begins the names of their counters, which are let go when their minute is long over."""
NOTICES_A_MINUTE: Final = 10
"""Of a room: as many as shout-outs, for they share the screen."""
MOST_VOTES: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Poll:
    """One question of a show; a member has one vote, and the first one stands."""

    id: PollId
    room: RoomId
    question: str
    options: tuple[tuple[str, str], ...]
    """(id, text), in the order shown."""
    ends_ms: int
    state: str = OPEN
    order: int = 0


@dataclass(frozen=True, slots=True)
class Pinned:
    """A line that stays on the screen until it is taken away."""

    id: str
    text: str


def counter(poll: PollId, option: str) -> str:
    """Return the name under which the votes for an option are counted, as a budget that is never spent."""
    return f"poll:{poll}:{option}"


def ballot_of(source: str, poll: str) -> str:
    """Return by what a vote in a shop's own poll is remembered: two shops may call their polls alike.

    Ids of our polls are derived and never begin so.
    """
    return f"told:{source}:{poll}"


def notices_budget(room: RoomId, now_ms: int) -> str:
    """Return the name under which the notices of a room are counted, minute by minute."""
    return f"{NOTICES}{now_ms // MINUTE_MS}:{room}"
