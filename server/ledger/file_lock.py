"""A lock between processes on a file, waited for in a thread. It makes SQLite's writers share fairly.

With `busy_timeout` alone two writing processes starve each other; a queue on `flock` does not.
The kernel lets go of the lock when its holder dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path


class FileLock:
    """Exclusive among everyone who opens the same path, in this process and in others; not re-entrant."""

    def __init__(self, path: Path, wait_s: float) -> None:
        self._path = path
        self._wait_s = wait_s
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger-lock")

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold the lock for the body; raises TimeoutError when another process keeps it over the limit."""
        async with self._turn, self._taken():
            yield

    @asynccontextmanager
    async def _taken(self) -> AsyncIterator[None]:
        taking = asyncio.get_running_loop().run_in_executor(self._thread, self._take)
        try:
            descriptor = await asyncio.wait_for(asyncio.shield(taking), self._wait_s)
        except BaseException:
            # The thread cannot be called back: whatever it still gets is let go at once.
            taking.add_done_callback(_let_go)
            raise
        try:
            yield
        finally:
            os.close(descriptor)  # closing the only descriptor of this opening unlocks

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _take(self) -> int:
        # A descriptor per taking: two takings of one opening would share the lock.
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _let_go(taking: asyncio.Future[int]) -> None:
    if not taking.cancelled() and taking.exception() is None:
        os.close(taking.result())
