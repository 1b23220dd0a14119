"""Ends tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_S = 0.2
"""A cancellation that meets a library's own time-out or a child's end in the same turn can get lost: say it again."""


async def ended(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel `tasks` until all are done; what they raise is of no interest any more."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=_AGAIN_S)
        await asyncio.gather(*done, return_exceptions=True)
