"""How far a test that takes many minutes has come, for whoever watches (`make fault`)."""

from __future__ import annotations

import os
import time

_SAID_EVERY = 10


class Progress:
    """`progress.done(17)` says a line now and then, if `LIVEROOM_PROGRESS` names a file for it."""

    def __init__(self, what: str, of: int) -> None:
        self._what = what
        self._of = of
        self._began = time.monotonic()
        self._file = os.environ.get("LIVEROOM_PROGRESS")

    def done(self, number: int) -> None:
        if self._file is None or number % _SAID_EVERY or not number:
            return
        took_s = time.monotonic() - self._began
        left_min = took_s / number * (self._of - number) / 60
        with open(self._file, "a") as told:
            told.write(f"  {self._what}: {number} of {self._of}, about {left_min:.0f} min left\n")
