"""What somebody wishes of blind boxes (P2, P3, E5): see `commands`."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.origin import Origin, Subject
from server.ids import SeriesId


@dataclass(frozen=True, slots=True)
class OpenBox:
    """Spend a ticket on a box (E5)."""

    origin: Origin
    who: Subject
    word: str
    """The opener's own part of the chance: the `ref` of their act."""


@dataclass(frozen=True, slots=True)
class PromiseBoxSeed:
    """Publish the commitment of a series' seed for a day that is not over."""

    origin: Origin
    series: SeriesId
    day: int
    commitment: str
    sealed_seed: str


@dataclass(frozen=True, slots=True)
class RevealBoxSeed:
    """Publish the seed of a day that is over."""

    origin: Origin
    series: SeriesId
    day: int
    seed: str | None
    """Lower-case hex; None = it can no longer be read."""


BoxSeedCommand = PromiseBoxSeed | RevealBoxSeed
"""About a series alone: no member's and no room's."""
