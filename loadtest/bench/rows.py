"""What a benchmark says: rows, each with its goals and a verdict. Pure. BEN1-BEN6.

A row judges only what it could measure: a figure taken on a core that was not busy, or next to a floor written in
Python, is shown and judged nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

FAILED_BEYOND = 3.0
"""CI runs beside others on small machines: only a miss by more than this factor is a failure (DESIGN §6)."""


class Outcome(StrEnum):
    """From best to worst; the last one makes the exit status non-zero."""

    SHOWN = "shown"
    """A peer, or a figure without a goal."""
    MET = "met"
    NOT_INSTALLED = "not installed"
    NOT_JUDGED = "not judged"
    MISSED = "missed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit for our figure: absolute, or a multiple of what `beside` measured in the same run."""

    limit: float
    beside: str | None = None
    direction: Literal["at most", "at least"] = "at most"

    def text(self, unit: str) -> str:
        sign = "≤" if self.direction == "at most" else "≥"
        return (
            f"{sign} {self.limit:g} × {self.beside}"
            if self.beside
            else f"{sign} {_figure(self.limit)} {unit}"
        )

    def overshoot(self, value: float, figures: Mapping[str, float]) -> float | None:
        """Return by which factor `value` misses the limit (≤ 1 = met); None when the peer has no figure."""
        if self.beside is None:
            limit = self.limit
        elif figures.get(self.beside):
            limit = self.limit * figures[self.beside]
        else:
            return None
        if self.direction == "at most":
            return value / limit
        return limit / value if value > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    who: str
    value: float | None
    """None = there is nothing to show, and `note` says why."""
    unit: str
    ratio: float | None = None
    """This value ÷ that of `base` in the same run."""
    base: str | None = None
    goals: tuple[Goal, ...] = ()
    outcome: Outcome = Outcome.SHOWN
    note: str = ""


def unmeasured(name: str, who: str, unit: str, why: str, outcome: Outcome = Outcome.NOT_INSTALLED) -> Row:
    return Row(name, who, None, unit, outcome=outcome, note=why)


def judged(row: Row, figures: Mapping[str, float], doubt: str = "") -> Row:
    """Return the row with its verdict.

    `figures` are the values of the same run that may be compared with (a floor in Python is not among them).
    `doubt`, when not empty, says why this figure may not be judged.
    """
    if row.value is None or not row.goals:
        return row
    if doubt:
        return replace(row, outcome=Outcome.NOT_JUDGED, note=_joined(row.note, doubt))
    misses = [goal.overshoot(row.value, figures) for goal in row.goals]
    known = [miss for miss in misses if miss is not None]
    if not known:
        return replace(row, outcome=Outcome.NOT_JUDGED, note=_joined(row.note, "nothing to compare with"))
    worst = max(known)
    outcome = Outcome.MET if worst <= 1 else Outcome.MISSED if worst <= FAILED_BEYOND else Outcome.FAILED
    return replace(row, outcome=outcome)


def with_ratio(row: Row, base: str, figures: Mapping[str, float]) -> Row:
    """Return the row with its ratio to `base`, when both have a figure."""
    if row.value is None or not figures.get(base):
        return row
    return replace(row, ratio=row.value / figures[base], base=base)


def exit_status(rows: Sequence[Row]) -> int:
    """Return 1 when any goal is missed by more than `FAILED_BEYOND`, else 0."""
    return int(any(row.outcome is Outcome.FAILED for row in rows))


def as_json(row: Row) -> dict[str, object]:
    """Return the row as PROTOCOL §4 shows it, with our optional keys after the promised five."""
    return {
        "name": row.name,
        "who": row.who,
        "value": None if row.value is None else round(row.value, 4),
        "unit": row.unit,
        "ratio": None if row.ratio is None else round(row.ratio, 4),
        "base": row.base,
        "goals": [goal.text(row.unit) for goal in row.goals],
        "verdict": row.outcome.value,
        "note": row.note,
    }


def _figure(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 1_000 else f"{value:g}"


def _joined(note: str, more: str) -> str:
    return f"{note}; {more}" if note else more
