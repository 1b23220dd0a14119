"""What the host may say now (口播提词, L9): lines from the room's live state, the newest useful first. Pure.

A line has a key and keeps it while its numbers move; it goes when its state goes. Its `stage` changes only when there
is something new to say of the same thing – the last minute has begun, another option leads, half the places are gone –
so that a line that was said comes back then, and not with the next number. What each kind says stands in
`server.domain.prompt_lines`, in words in `server.text.prompts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from server.domain.attending import NOBODY, Present
from server.domain.phrases import Hint
from server.domain.state import Room
from server.ids import DrawId, FirstNId, GateId

MOST_LINES: Final = 12
"""More than a screen holds are not read by anybody who is talking."""
MOST_DONE: Final = 5
"""Of those that were said, the newest are still listed, for whoever pressed too early."""
KEPT_MS: Final = 30_000
"""A line without a countdown is right for so long, as far as anybody who hears no more can know."""

NOW, SOON, RUNNING, ANY_TIME = range(4)
"""Ranks: within the minute · within minutes, or just happened · runs · true all evening."""


@dataclass(frozen=True, slots=True)
class DrawSeen:
    """A draw as the room sees it."""

    id: DrawId
    title: str
    state: str
    opened_ms: int
    ends_ms: int
    winners: tuple[str, ...] = ()
    """Names as the room shows them; empty = not to be named."""


_NOTHING: Mapping[str, int] = MappingProxyType({})
_NO_PLACES: Mapping[FirstNId, int] = MappingProxyType({})
_NO_STOCK: Mapping[GateId, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scene:
    """A room's live state: what is on its stage, and the numbers that go with it."""

    room: Room
    """Its show the one on air, or the next."""
    draws: tuple[DrawSeen, ...] = ()
    spent: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    """What its tasks have cost, what its polls were voted; by the names of their budgets. Absent = nothing."""
    taken: Mapping[FirstNId, int] = field(default_factory=lambda: _NO_PLACES)
    """Places taken of each campaign."""
    stock: Mapping[GateId, int] = field(default_factory=lambda: _NO_STOCK)
    """Pieces left behind each gate."""
    present: Present = NOBODY


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence for the host to say."""

    key: str
    """The same line as long as it speaks of the same thing."""
    kind: str
    rank: int
    stage: str
    """Another one = there is something new to say; an id of ours."""
    says: Hint
    fresh_until_ms: int
    """From then on it is another sentence, or none."""
    since_ms: int = 0
    """When what it speaks of began; 0 = nobody knows. Of one rank the newest is said first."""
    said_ms: int | None = None
    """When this stage of it was said; None = not yet."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line, said once: what is kept and counted."""

    key: str
    stage: str
    kind: str
    at_ms: int
    actor: str


def arranged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return the lines in the order to be said; of two with one key, or with the same words, the first alone."""
    keys: set[str] = set()
    words: set[Hint] = set()
    kept: list[Line] = []
    for line in sorted(lines, key=lambda line: (line.rank, -line.since_ms)):
        if line.key not in keys and line.says not in words:
            keys.add(line.key)
            words.add(line.says)
            kept.append(line)
    return tuple(kept)


def with_said(lines: Iterable[Line], said: Iterable[Said]) -> tuple[Line, ...]:
    """Return what is still to be said, at most `MOST_LINES`, and behind it what was, the newest first."""
    times = {(one.key, one.stage): one.at_ms for one in said}
    known = [replace(line, said_ms=times.get((line.key, line.stage))) for line in lines]
    fresh = [line for line in known if line.said_ms is None]
    done = sorted((line for line in known if line.said_ms is not None), key=lambda line: -(line.said_ms or 0))
    return (*fresh[:MOST_LINES], *done[:MOST_DONE])


def times_said(said: Iterable[Said]) -> Mapping[str, int]:
    """Return how many lines of each kind were said."""
    counted: dict[str, int] = {}
    for one in said:
        counted[one.kind] = counted.get(one.kind, 0) + 1
    return dict(sorted(counted.items()))
