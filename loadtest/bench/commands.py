"""The commands a benchmark server takes on standard input: ``rate <n>``, ``stats``; anything else, or the end, ends it."""

from __future__ import annotations

import os
import sys


class Commands:
    """Whole lines of standard input, read without waiting and without a buffer that would hide a second line."""

    def __init__(self) -> None:
        self.fd = sys.stdin.fileno()
        self._rest = b""

    def take(self) -> list[list[str]] | None:
        """Return the words of every whole line there is; None at the end of input. Call when `fd` is readable."""
        chunk = os.read(self.fd, 4096)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [line.decode().split() for line in lines]


def interval_of(rate: str) -> float:
    """Return the seconds between two messages at this rate; 0.0 = publish none."""
    per_second = float(rate)
    return 1 / per_second if per_second > 0 else 0.0
