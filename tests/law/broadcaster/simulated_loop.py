"""An event loop whose time passes only when everybody waits: an hour takes as long as what happens in it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")
START_MS = 1_700_000_000_000


class _Skipping(selectors.SelectSelector):
    """Waits for nothing: moves the loop's clock instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits for ever: the simulation is stuck")
        self.now_s += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now_s


class SimulatedClock:
    """The loop's time as Unix milliseconds."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def now_ms(self) -> int:
        return START_MS + int(self._loop.time() * 1000)


async def passed(seconds: float) -> None:
    """Return when so much simulated time has passed; nobody waits for it."""
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, event.set)
    await event.wait()


def simulate(work: Coroutine[None, None, T], loop: SimulatedLoop) -> T:
    """Run to the end in simulated time."""
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
