"""How often a dead dependency is asked: once per pause, by one caller. Pure."""

from __future__ import annotations

PAUSE_MS = 500
"""A black-holed Redis costs one caller one timeout per pause; everybody else is told at once."""


class Breaker:
    """Closed while calls work; after a failure open for `PAUSE_MS`, then one probe decides."""

    __slots__ = ("_open_until_ms", "_probing")

    def __init__(self) -> None:
        self._open_until_ms = 0
        self._probing = False

    @property
    def is_closed(self) -> bool:
        return self._open_until_ms == 0

    def allows(self, now_ms: int) -> bool:
        """Whether a call may be tried now; whoever gets True must call `worked` or `failed` afterwards."""
        if self._open_until_ms == 0:
            return True
        if now_ms < self._open_until_ms or self._probing:
            return False
        self._probing = True
        return True

    def worked(self) -> None:
        self._open_until_ms = 0
        self._probing = False

    def failed(self, now_ms: int) -> None:
        self._open_until_ms = now_ms + PAUSE_MS
        self._probing = False
