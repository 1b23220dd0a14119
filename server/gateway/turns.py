"""Turns of the loop for work on thousands of viewers: all others are served by the same loop meanwhile (L7)."""

from __future__ import annotations

import asyncio
from time import perf_counter

TURN_S = 0.005
"""Some fifty cards. Whoever acts meanwhile waits so long more, which nobody sees; a turn itself costs some 10 µs."""


class Turns:
    """Of one long piece of work, which makes it when it begins."""

    def __init__(self) -> None:
        self._until = perf_counter() + TURN_S

    async def between(self) -> None:
        """Called between two small pieces: lets the loop turn when this turn has taken its time."""
        if perf_counter() >= self._until:
            await asyncio.sleep(0)
            self._until = perf_counter() + TURN_S
