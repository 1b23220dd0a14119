"""A node behind a real uvicorn on a real socket; the store is memory, or the Redis a test asks for."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Self

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.codec import encoded
from broadcaster.ears import bus_on
from broadcaster.frames import RoomFrame, RoomItem
from broadcaster.keys import Keys
from broadcaster.mailbox import RedisMailboxes
from broadcaster.node import Node, Store
from broadcaster.ports import Mailboxes, RoomBus
from broadcaster.protocol import live_protocol
from broadcaster.redis_link import RedisLink
from broadcaster.settings import NodeSettings
from broadcaster.testing import (
    CountingMeter,
    MemoryBus,
    MemoryMailboxes,
    MemoryRoomStore,
    MemoryWorld,
    PlainApplication,
    text_item,
)
from server.clock import SystemClock
from tests.support.live import Viewer
from tests.support.redis_cluster import ClusterServers
from tests.support.redis_sentinel import SentinelServers
from tests.support.redis_server import RedisServer

PATIENCE_S = 60.0
QUIET = NodeSettings(beat_s=3_600, check_s=3_600, presence_s=3_600, reconnect_spread_ms=100)
"""Nothing happens by itself: a test runs the rounds it wants."""


class ShiftedClock(SystemClock):
    """The real time, moved by a test."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


async def no_pages(scope: object, receive: object, send: Callable[[dict[str, object]], object]) -> None:
    raise AssertionError("only the live socket is served here")


class LiveNode:
    """One node, listening. `async with LiveNode(settings, …) as live`."""

    def __init__(
        self,
        settings: NodeSettings,
        world: MemoryWorld | None,
        redis: RedisServer | ClusterServers | SentinelServers | None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        self.clock = ShiftedClock()
        self.meter = CountingMeter()
        self.application = PlainApplication(
            {"demo": demo_items(), "other": []}, origins=["https://shop.example"]
        )
        self._link: RedisLink | None = None
        self.store: Store
        self.mailboxes: Mailboxes
        if redis is None:
            world = world or MemoryWorld()
            self.store = MemoryRoomStore(world, self.clock)
            self.mailboxes = MemoryMailboxes(world, self.clock)
            bus: RoomBus = MemoryBus(world)
        else:
            self._link = RedisLink(redis.link_url, settings.node)
            keys = Keys("wire")
            self.store = RedisRoomStore(self._link, keys, self.clock)
            self.mailboxes = RedisMailboxes(self._link, keys, self.clock)
            bus = bus_on(self._link, keys)
        self.node = Node(settings, self.application, self.store, bus, self.mailboxes, self.meter, self.clock)
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.node.start()
        # uvicorn's own protocol classes, without the main loop of its `Server`, which turns ten times a second.
        config = uvicorn.Config(
            no_pages, ws=live_protocol(self.node), http="httptools", lifespan="off", log_level="info"
        )
        config.load()
        state = ServerState()
        self._server = await asyncio.get_running_loop().create_server(
            lambda: HttpToolsProtocol(config=config, server_state=state, app_state={}),
            "127.0.0.1",
            0,
            ssl=self._tls,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.node.stop()
        assert self._server is not None
        self._server.close()
        if self._link is not None:
            await self._link.aclose()

    def viewer(self, codec: str = "msgpack", origin: str | None = None) -> Viewer:
        return Viewer(f"http://127.0.0.1:{self.port}", codec=codec, origin=origin, patience_s=PATIENCE_S)

    async def publish(self, *frames: RoomFrame, room: str = "demo") -> None:
        await self.store.publish(room, frames, self.clock.now_ms())

    async def until(self, true: Callable[[], bool], wanted: str) -> None:
        """Let the loop run until something has come about."""
        ends = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < ends, f"waited in vain for {wanted}"
            await asyncio.sleep(0)

    def turn_clock(self, ms: int) -> None:
        """Let time pass, deadlines included."""
        self.clock.ahead_ms += ms
        self.node._rounds.tick(self.clock.now_ms())


def demo_items() -> list[RoomItem]:
    return [text_item("name", 1, "Demo"), RoomItem("tasks/t1", 1, encoded({"title": "share"}))]


Start = Callable[..., AsyncIterator[LiveNode]]


@pytest.fixture
async def live() -> AsyncIterator[LiveNode]:
    """A node on memory whose rounds do not run by themselves."""
    async with LiveNode(QUIET, None, None) as node:
        yield node


@pytest.fixture
async def two_nodes(redis_server: RedisServer) -> AsyncIterator[Sequence[LiveNode]]:
    """Two nodes over one real Redis."""
    one, two = replace(QUIET, node="one"), replace(QUIET, node="two")
    async with LiveNode(one, None, redis_server) as first, LiveNode(two, None, redis_server) as second:
        yield first, second
