"""What a crowd has seen of one room, in numbers that can be added up. VRD2-VRD4."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from loadtest.histogram import Histogram

SETTLED_AFTER_MS = 2_000
"""What is younger may still be on its way when a viewer is asked what it has got."""


@dataclass(slots=True)
class Figures:
    """Everything the verdict looks at. Durations in µs."""

    viewers: int = 0
    """Who got in at least once."""
    upgrades_refused: int = 0
    reconnects: int = 0
    posts: int = 0
    posts_refused: int = 0
    kept_expected: int = 0
    kept_received: int = 0
    missing: int = 0
    repeated: int = 0
    unanswered: int = 0
    join_us: Histogram = field(default_factory=Histogram)
    """From connect() to the welcome."""
    moment_us: Histogram = field(default_factory=Histogram)
    """From the start of the POST that lifted a member to a viewer reading the shout-out."""
    card_us: Histogram = field(default_factory=Histogram)
    """From the start of the POST of an order to the buyer reading the new card."""
    comment_us: Histogram = field(default_factory=Histogram)
    """From the server's `at_ms` to a viewer reading it, by the compared clocks."""
    act_us: Histogram = field(default_factory=Histogram)
    """From an act to its answer."""
    post_us: Histogram = field(default_factory=Histogram)
    lag_us: Histogram = field(default_factory=Histogram)
    """How late our own timers fire: what the generator adds to every latency."""
    closes: Counter[str] = field(default_factory=Counter)
    """Closes we did not ask for, by code."""
    faults: Counter[str] = field(default_factory=Counter)
    """What was outside the contract, in words."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Acts refused, by code."""

    @property
    def reach(self) -> float | None:
        """Share of the kept frames that arrived; None when none was to be expected."""
        return self.kept_received / self.kept_expected if self.kept_expected else None

    def merge(self, other: Figures) -> None:
        """Add what another generator saw."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, Histogram):
                mine.merge(theirs)
            elif isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, one.name, mine + theirs)

    def to_json(self) -> str:
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return json.dumps({name: v.pairs() if isinstance(v, Histogram) else v for name, v in values.items()})

    @classmethod
    def from_json(cls, document: str) -> Figures:
        """Rebuild figures; raises ValueError when the document is not one of ours."""
        values: object = json.loads(document)
        figures = cls()
        if not isinstance(values, Mapping) or set(values) != {one.name for one in fields(cls)}:
            raise ValueError("not a document of figures")
        for name, value in values.items():
            mine = getattr(figures, name)
            if isinstance(mine, Histogram):
                setattr(figures, name, Histogram.of_pairs((int(v), int(n)) for v, n in value))
            else:
                setattr(figures, name, Counter(value) if isinstance(mine, Counter) else int(value))
        return figures


class Newest:
    """The highest offset anybody has seen in the room, and since when."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, str, int]] = deque(maxlen=10_000)

    def saw(self, epoch: str, offset: int, now_ms: float) -> None:
        if not self._seen or self._seen[-1][1] != epoch or offset > self._seen[-1][2]:
            self._seen.append((now_ms, epoch, offset))

    def settled(self, epoch: str, now_ms: float) -> int | None:
        """Return the highest offset of this epoch that everybody should have by now; None = nothing that old."""
        for seen_ms, seen_epoch, offset in reversed(self._seen):
            if seen_epoch == epoch and now_ms - seen_ms >= SETTLED_AFTER_MS:
                return offset
        return None
