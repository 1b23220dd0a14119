"""What all people of one crowd share: whom they visit, what they have seen, which shout-outs they wait for."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from random import Random

from loadtest.figures import Figures, Newest


@dataclass(slots=True)
class Crowd:
    """One per process. Greenlets and tasks of that process use it without locks: nobody waits inside its methods."""

    room: str
    key: str
    """API key of the shop."""
    run: str = field(default_factory=lambda: f"{int(time.time()):x}")
    """Part of every member and event id, so that runs against one server do not meet."""
    random: Random = field(default_factory=Random)
    figures: Figures = field(default_factory=Figures)
    newest: Newest = field(default_factory=Newest)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _expected: dict[str, float] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return f"/loadtest/{self.run}"

    def number(self) -> int:
        """Return a number nobody had yet."""
        return next(self._numbers)

    def posting(self, name: str, now_ms: float) -> None:
        """A POST starts that may lift the member of this name, which nobody else has."""
        self._expected[name] = now_ms

    def shouted(self, name: str, now_ms: float) -> None:
        """A viewer reads a shout-out for one member."""
        posted_ms = self._expected.get(name)
        if posted_ms is not None:
            self.figures.moment_us.add(int((now_ms - posted_ms) * 1_000))


def now_ms() -> float:
    """Our one clock: milliseconds, never jumping, near enough to Unix time to compare with the server's at a glance."""
    return _EPOCH_MS + time.monotonic() * 1_000


_EPOCH_MS = time.time() * 1_000 - time.monotonic() * 1_000
