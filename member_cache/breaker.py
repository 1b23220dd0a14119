"""When to stop asking a store that has failed. Pure: the time is an argument, in seconds of any steady clock."""

from __future__ import annotations

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
"""Promise R4 gives rooms ten seconds after Redis is back: a pause must be shorter than that."""


class Breaker:
    """Open after one failure, because a black-holed host costs a whole timeout each time it is asked.

    While open, one caller per pause may try; the others are told no at once. Pauses double up to the longest.
    """

    __slots__ = ("_closed", "_first_s", "_longest_s", "_pause_s", "_trying", "_until")

    def __init__(self, first_s: float = FIRST_PAUSE_S, longest_s: float = LONGEST_PAUSE_S) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._closed = True
        self._pause_s = first_s
        self._trying = False
        self._until = 0.0

    @property
    def closed(self) -> bool:
        return self._closed

    def allows(self, now: float) -> bool:
        """Whether to ask now. A yes while open is the one trial of this pause."""
        if self._closed:
            return True
        if now < self._until:
            return False
        # Moved on before the trial ends: were it never to report (cancelled), the next pause has the next trial.
        self._until = now + self._pause_s
        self._trying = True
        return True

    def worked(self) -> None:
        self._closed = True
        self._trying = False
        self._pause_s = self._first_s

    def failed(self, now: float) -> None:
        if self._closed:
            self._closed = False
        elif self._trying:
            self._pause_s = min(self._pause_s * 2, self._longest_s)
        else:
            return  # one of several that were under way when the first failed: together they are one failure
        self._trying = False
        self._until = now + self._pause_s
