"""Tasks that are told to end do end."""

import asyncio

from broadcaster.ending import ended


async def test_BUS6_a_task_that_lost_its_first_cancellation_ends_all_the_same() -> None:
    lost = asyncio.Event()

    async def deaf_once() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(deaf_once())
    await asyncio.wait([task], timeout=0)
    async with asyncio.timeout(5):
        await ended([task])
    assert lost.is_set()
    assert task.cancelled()
