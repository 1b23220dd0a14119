"""Everybody at once, with clients that do as the contract asks: a storm of joins, and the storm after a loss.

CI-size; `python -m loadtest.bench peak` does the same with 5 000 on the whole product.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import msgpack
import pytest

from loadtest.bench.storm import busiest_second
from loadtest.errors import NotInstalled
from loadtest.swarm import Mark, Swarm, SwarmOptions
from tests.wire.broadcaster.conftest import QUIET, LiveNode

HELLO = msgpack.packb({"type": "hello", "room": "demo", "surface": "viewer", "token": None})
STORM, SOFT, HARD = 300, 150, 200
PATIENCE_S = 60.0


@asynccontextmanager
async def swarm_at(live: LiveNode, **wanted: bool) -> AsyncIterator[Swarm]:
    """Start the swarm in C beside the node; its conversation is blocking, so it is led from other threads."""
    options = SwarmOptions(
        live.port,
        subprotocol="liveroom.v1.msgpack",
        records=(HELLO,),
        wait_for_message=True,
        inflight=STORM,
        sources=4,
    )
    try:
        swarm = await asyncio.to_thread(Swarm, replace(options, **wanted), at_most=STORM)  # type: ignore[arg-type]
    except NotInstalled as missing:
        pytest.skip(str(missing))
    try:
        yield swarm
    finally:
        await asyncio.to_thread(swarm.stop)


async def marked(swarm: Swarm, enough: Callable[[Mark], bool]) -> Mark:
    """Return the first mark that shows enough."""
    async with asyncio.timeout(PATIENCE_S):
        mark = await asyncio.to_thread(swarm.mark)
        while not enough(mark):
            mark = await asyncio.to_thread(swarm.mark)
    return mark


async def test_SWM9_BEN19_in_a_storm_each_is_served_or_told_and_all_are_in_when_there_is_room() -> None:
    async with (
        LiveNode(replace(QUIET, soft_limit=SOFT, hard_limit=HARD), None, None) as live,
        swarm_at(live, returns=True) as swarm,
    ):
        opened = await asyncio.to_thread(swarm.open, STORM)
        assert (opened.joined, opened.told, opened.failed) == (SOFT, STORM - SOFT, 0)
        live.node.settings = replace(live.node.settings, soft_limit=STORM, hard_limit=STORM)
        mark = await marked(swarm, lambda mark: mark.settled == STORM)
        assert mark.returned == STORM - SOFT
        assert mark.ended == 0, "who was served has lost nothing"


async def test_R6_SWM10_who_is_cut_comes_back_spread_over_what_the_server_advertised() -> None:
    async with (
        LiveNode(replace(QUIET, reconnect_spread_ms=3_000), None, None) as live,
        swarm_at(live, returns=True) as swarm,
    ):
        opened = await asyncio.to_thread(swarm.open, STORM)
        assert opened.joined == STORM
        for connection in live.node.live_connections():
            connection.cut()
        mark = await marked(swarm, lambda mark: mark.ended == STORM and mark.settled == STORM)
        assert sum(mark.attempts) == mark.returned == STORM
        assert len(mark.attempts) > 15, "the spread is 3 s"
        assert busiest_second(mark.attempts) < 0.75 * STORM, "a third each if the machine is free"


async def test_SWM10_every_beacon_is_answered_by_a_beat() -> None:
    async with LiveNode(QUIET, None, None) as live, swarm_at(live, beats=True) as swarm:
        await asyncio.to_thread(swarm.open, 20)
        await live.node._rounds.beacon_round()
        mark = await marked(swarm, lambda mark: mark.beats >= 20)
        assert mark.beats == 20
        await live.until(lambda: len(live.application.beats) == 20, "every beat")
