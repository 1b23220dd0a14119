"""The lock between processes that write one SQLite file."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import pytest

from server.ledger.file_lock import FileLock


async def test_LED17_two_locks_on_one_path_exclude_each_other(tmp_path: Path) -> None:
    one, two = (FileLock(tmp_path / "lock", 5.0) for _ in range(2))
    inside = 0

    async def turn(lock: FileLock) -> None:
        nonlocal inside
        for _ in range(20):
            async with lock.held():
                inside += 1
                await asyncio.sleep(0)
                assert inside == 1
                inside -= 1

    await asyncio.gather(turn(one), turn(two), turn(one))
    one.close()
    two.close()


async def test_LED17_who_gives_up_waiting_does_not_take_the_lock_later(tmp_path: Path) -> None:
    lock, other = FileLock(tmp_path / "lock", 0.05), FileLock(tmp_path / "lock", 5.0)
    async with other.held():
        with pytest.raises(TimeoutError):
            async with lock.held():
                pass
    # The thread of the one that gave up may get it now and must let it go, or nobody else ever gets in.
    async with other.held():
        pass
    async with lock.held():
        pass
    lock.close()
    other.close()


async def test_LED17_a_wait_that_is_cancelled_leaves_nothing_locked(tmp_path: Path) -> None:
    lock, other = FileLock(tmp_path / "lock", 5.0), FileLock(tmp_path / "lock", 5.0)

    async def enter() -> None:
        async with lock.held():
            pass

    async with other.held():
        waiting = asyncio.create_task(enter())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await enter()
    lock.close()
    other.close()
    with (tmp_path / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
