"""Each test runs on memory, on the Redis of the PATH, on a Cluster of it and on the oldest Redis we support."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.ears import bus_on
from broadcaster.frames import MailFrame, Numbered, PassingFrame, Position, RoomItem
from broadcaster.keys import Keys
from broadcaster.mailbox import RedisMailboxes
from broadcaster.node import Store
from broadcaster.ports import Mailboxes, RoomBus
from broadcaster.redis_link import RedisLink
from broadcaster.testing import MemoryBus, MemoryMailboxes, MemoryRoomStore, MemoryWorld, text_item
from server.clock import ManualClock
from tests.support.redis_cluster import ClusterServers
from tests.support.redis_server import RedisServer

NOW = 1_700_000_000_000


@dataclass
class Ear:
    """A listener that keeps what it hears and lets a test wait for it."""

    publishes: list[tuple[str, Position, Sequence[Numbered], Sequence[PassingFrame]]] = field(
        default_factory=list
    )
    letters: list[tuple[str, MailFrame]] = field(default_factory=list)
    interruptions: int = 0
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def received(
        self, room: str, position: Position, numbered: Sequence[Numbered], passing: Sequence[PassingFrame]
    ) -> None:
        self.publishes.append((room, position, numbered, passing))
        self._heard.set()

    def mail(self, member: str, frame: MailFrame) -> None:
        self.letters.append((member, frame))
        self._heard.set()

    def interrupted(self) -> None:
        self.interruptions += 1
        self._heard.set()

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(8):
            while not enough():
                self._heard.clear()
                await self._heard.wait()


class Place:
    """One Redis, or the memory that stands for one; makes stores, buses and mailboxes on it."""

    def __init__(self, server: RedisServer | ClusterServers | None) -> None:
        self.server = server
        self.world = MemoryWorld()
        self.clock = ManualClock(NOW)
        self.keys = Keys("test")
        self._ends: list[Callable[[], Awaitable[None]]] = []

    def link(self) -> RedisLink:
        assert self.server is not None
        link = RedisLink(self.server.link_url, "test")
        self._ends.append(link.aclose)
        return link

    def store(self) -> Store:
        if self.server is None:
            return MemoryRoomStore(self.world, self.clock)
        return RedisRoomStore(self.link(), self.keys, self.clock)

    def mailboxes(self) -> Mailboxes:
        if self.server is None:
            return MemoryMailboxes(self.world, self.clock)
        return RedisMailboxes(self.link(), self.keys, self.clock)

    async def bus(self, node: str) -> tuple[RoomBus, Ear]:
        bus: RoomBus = MemoryBus(self.world) if self.server is None else bus_on(self.link(), self.keys)
        ear = Ear()
        await bus.start(node, ear)
        self._ends.append(bus.stop)
        return bus, ear

    def flush(self) -> None:
        if self.server is None:
            self.world.flush()
        else:
            self.server.flushall()

    async def close(self) -> None:
        for end in reversed(self._ends):
            await end()


@pytest.fixture(params=["memory", "redis_server", "embedded_redis_server", "redis_cluster"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    server = None if request.param == "memory" else request.getfixturevalue(request.param)
    place = Place(server)
    yield place
    await place.close()


@pytest.fixture(params=["redis_server", "embedded_redis_server"])
async def redis_place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    place = Place(request.getfixturevalue(request.param))
    yield place
    await place.close()


def some_items() -> list[RoomItem]:
    return [text_item("name", 1, "Demo"), text_item("tasks/t1", 1, "task")]
