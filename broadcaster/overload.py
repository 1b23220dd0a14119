"""The overload ladder (X5): how far a node has fallen behind, and what it leaves out for that. Pure.

| level | left out |
|---|---|
| 0 normal | nothing |
| 1 longer windows | nothing; windows are twice as long |
| 2 no reactions | comments and the `likes` pulse |
| 3 state only | every pulse but `overload`, every moment but rank 0 (it becomes `void`); windows four times as long |
| 4 poll | the same, and whoever comes anew is told to come back later and to poll meanwhile |

Up one level for every second in which all readings ask for more; down one for every five in which all lie under half of
what the present level is for. Between the two nothing changes, so a node at the edge does not flap.

Nor does one whose load goes on: what is left out makes the readings calm, and shown again it is too much again. A step
down that does not hold doubles the time of calm before the next one, up to a minute; one that holds makes it five
seconds again (decision 0079).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from broadcaster.frames import Comment, KeptFrame, Moment, PassingFrame, Pulse, Rank
from broadcaster.wire import encoded

OVERLOAD = "overload"
"""Key of the pulse that says the level (PROTOCOL §1.2)."""
REACTIONS = frozenset({"likes"})
"""Pulses that are reactions of the audience, as comments are."""

RISE_MS = 1_000
CALM_MS = 5_000
LONGEST_CALM_MS = 60_000
CALM_SHARE = 0.5
POLL_RETRY_MS = 15_000
"""How long a newcomer stays away at least at level 4."""


class Level(IntEnum):
    NORMAL = 0
    LONGER_WINDOWS = 1
    NO_REACTIONS = 2
    STATE_ONLY = 3
    POLL = 4


@dataclass(frozen=True, slots=True)
class Load:
    """One reading of a node, in milliseconds."""

    lag_ms: float
    """How late the event loop ran what was due."""
    fanout_ms: float
    """The longest a fan-out took since the last reading, one still under way included."""


_LEVELS = (
    (Level.LONGER_WINDOWS, Load(150, 250)),
    (Level.NO_REACTIONS, Load(300, 500)),
    (Level.STATE_ONLY, Load(700, 1_000)),
    (Level.POLL, Load(1_500, 2_000)),
)
"""From which load on a level is for; either measure is enough. 250 ms is the longest usual window."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where a node stands. Times are milliseconds of any clock that never goes back; None = it is not so now."""

    level: Level = Level.NORMAL
    over_since_ms: int | None = None
    calm_since_ms: int | None = None
    wait_ms: int = CALM_MS
    """How long it must be calm before the next step down."""
    fell_ms: int | None = None
    """When it last went down; None = it went up since."""


def asked_for(load: Load, share: float = 1.0) -> Level:
    """Return the highest level this load reaches, with every threshold taken times `share`."""
    reached = Level.NORMAL
    for level, from_here in _LEVELS:
        if load.lag_ms >= from_here.lag_ms * share or load.fanout_ms >= from_here.fanout_ms * share:
            reached = level
    return reached


def climb(ladder: Ladder, load: Load, now_ms: int) -> Ladder:
    """Return where the node stands after one reading: the same level, one up or one down."""
    level = ladder.level
    if asked_for(load) > level:
        since = now_ms if ladder.over_since_ms is None else ladder.over_since_ms
        if now_ms - since < RISE_MS:
            return replace(ladder, over_since_ms=since, calm_since_ms=None)
        return Ladder(Level(level + 1), over_since_ms=now_ms, wait_ms=_wait_after_rising(ladder, now_ms))
    if level and asked_for(load, CALM_SHARE) < level:
        since = now_ms if ladder.calm_since_ms is None else ladder.calm_since_ms
        if now_ms - since < _calm_wanted(ladder):
            return replace(ladder, over_since_ms=None, calm_since_ms=since)
        return Ladder(Level(level - 1), calm_since_ms=now_ms, wait_ms=ladder.wait_ms, fell_ms=now_ms)
    return replace(ladder, over_since_ms=None, calm_since_ms=None)


def _calm_wanted(ladder: Ladder) -> int:
    """Return for how long it must be calm: after a step down that held, as short as at first."""
    return ladder.wait_ms if ladder.fell_ms is None else CALM_MS


def _wait_after_rising(ladder: Ladder, now_ms: int) -> int:
    if ladder.fell_ms is None:
        return ladder.wait_ms
    held = now_ms - ladder.fell_ms >= 2 * ladder.wait_ms
    return CALM_MS if held else min(2 * ladder.wait_ms, LONGEST_CALM_MS)


def sheds(level: Level, frame: KeptFrame | PassingFrame) -> bool:
    """Whether a frame is left out at this level. State, retracts and rank 0 never are."""
    match frame:
        case Comment():
            return level >= Level.NO_REACTIONS
        case Pulse(key=key):
            if key == OVERLOAD:
                return False
            return level >= (Level.NO_REACTIONS if key in REACTIONS else Level.STATE_ONLY)
        case Moment(rank=rank):
            return level >= Level.STATE_ONLY and rank is not Rank.STATE
        case _:
            return False


def window_factor(level: Level) -> int:
    """Return how many times longer than usual frames are gathered."""
    if level >= Level.STATE_ONLY:
        return 4
    return 2 if level else 1


def pulse_of(level: Level) -> Pulse:
    """Return the frame that announces a level."""
    return Pulse(OVERLOAD, encoded(int(level)))


def held_back(pulses: Sequence[Pulse], before: Level, now: Level) -> Sequence[Pulse]:
    """Return the pulses that were left out at the level before and are shown again now."""
    return [one for one in pulses if sheds(before, one) and not sheds(now, one)]
