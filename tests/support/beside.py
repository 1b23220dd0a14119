"""Waiting beside a task of the test's own: when that ends first, the wait is in vain and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 60.0
"""A machine may be three times slower, and busy; a wait ends at once when what it waits for is there."""


class EndedBefore(AssertionError):
    """A task that was to go on has ended without an error, and what was waited for has not come."""


async def while_running(
    wanted: Awaitable[T], *running: asyncio.Task[None], patience_s: float = PATIENCE_S
) -> T:
    """Return what `wanted` brings, as long as all of `running` go on.

    Raises what one of them died of, `EndedBefore` when it just ended, TimeoutError after `patience_s`.
    """
    waiting = asyncio.ensure_future(wanted)
    try:
        async with asyncio.timeout(patience_s):
            await asyncio.wait({waiting, *running}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        for one in running:
            if one.done():
                one.result()
                raise EndedBefore(f"{one.get_coro()!r} has ended, and what it was to bring is not there")
        raise AssertionError("neither came nor ended")
    finally:
        waiting.cancel()
