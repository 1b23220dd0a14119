"""Which published rulebook is in force when. Pure. Rule X3."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.rulebook import Rulebook

LEAD_MS = 5_000
"""How far ahead a rulebook takes force at the least (X3): by then every process knows it."""
TRUSTED_MS = 3_000
"""How long a process decides by what it knows without asking again. What it does not know was published less than so
long ago and takes force `LEAD_MS` after that; the rest is for commits that take long and clocks that differ."""


@dataclass(frozen=True, slots=True)
class Published:
    """One version of the rulebook, and from when it counts (Unix ms)."""

    effective_ms: int
    rulebook: Rulebook
    preset: str
    """The one the programme began with, or ``own``."""

    @property
    def version(self) -> int:
        return self.rulebook.version


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every published version, ascending, at least one.

    The later word wins: of those whose time has come the highest version is in force. So what is published later and
    counts earlier takes the place of what was still to come.
    """

    published: tuple[Published, ...]

    @property
    def newest(self) -> int:
        """The highest version that was ever published."""
        return self.published[-1].version

    def at(self, at_ms: int) -> Published:
        """Return what is in force at `at_ms`; before the first one's time the first."""
        for one in reversed(self.published):
            if one.effective_ms <= at_ms:
                return one
        return self.published[0]

    def coming(self, at_ms: int) -> tuple[Published, ...]:
        """Return what will take force after `at_ms`, in the order of their times."""
        found: list[Published] = []
        for one in reversed(self.published):
            if one.effective_ms <= at_ms:
                break  # in force by then, and whatever is older never again
            if not found or one.effective_ms < found[-1].effective_ms:
                found.append(one)
        return tuple(reversed(found))

    def rate_at(self, at_ms: int) -> int:
        """Return how many points are one currency unit at `at_ms` (P6)."""
        return self.at(at_ms).rulebook.spending.points_per_unit

    def with_published(self, later: tuple[Published, ...]) -> Schedule:
        return Schedule((*self.published, *later)) if later else self
