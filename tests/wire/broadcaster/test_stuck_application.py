"""An application that does not answer costs the one who waits for it a little time, and nobody else anything."""

import asyncio

from broadcaster.judging import Judging
from broadcaster.ports import Joined, Rejected
from tests.wire.broadcaster.conftest import LiveNode


async def test_PRO13_a_hello_that_is_never_answered_is_told_to_come_back(live: LiveNode) -> None:
    answers = live.application.join

    async def never(*args: object) -> Joined | Rejected:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("a future nobody answers")

    async with live.viewer() as viewer, live.viewer() as other:
        live.application.join = never  # type: ignore[assignment, method-assign]
        live.node.judging = Judging(within_s=0.0)
        await viewer.send({"type": "hello", "room": "demo", "surface": "viewer"})
        assert await viewer.closed() == 4004
        assert (await viewer.next("bye"))["reason"] == "no answer in time"
        live.application.join = answers  # type: ignore[method-assign]
        live.node.judging = Judging()
        await other.hello("demo")
