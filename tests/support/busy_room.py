"""A room on two nodes that is published to without pause while a test breaks the bus under it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from broadcaster.codec import encoded
from broadcaster.errors import BusUnavailable
from broadcaster.frames import Moment, Numbered, Position, Rank
from broadcaster.settings import NodeSettings
from broadcaster.testing import text_item
from tests.support.live import Frame, Viewer
from tests.support.redis_cluster import ClusterServers
from tests.support.redis_sentinel import SentinelServers
from tests.support.redis_server import RedisServer
from tests.wire.broadcaster.conftest import LiveNode, demo_items

ROOM = "demo"
EVERY_S = 0.02
SETTINGS = NodeSettings(reconnect_spread_ms=100)


@dataclass
class LoopLag:
    """How late the loop was at worst, ms, and how late a thread beside it: that much is the machine's own."""

    worst_ms: float = 0.0
    machine_ms: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    async def watch(self) -> None:
        beside = threading.Thread(target=self._watch_the_machine, daemon=True)
        beside.start()
        try:
            await self._watch_the_loop()
        finally:
            self._over.set()
            beside.join()

    def _watch_the_machine(self) -> None:
        while not self._over.is_set():
            due = time.monotonic() + 0.01
            time.sleep(0.01)
            self.machine_ms = max(self.machine_ms, (time.monotonic() - due) * 1_000)

    async def _watch_the_loop(self) -> None:
        while True:
            due = time.monotonic() + 0.01
            await asyncio.sleep(0.01)
            self.worst_ms = max(self.worst_ms, (time.monotonic() - due) * 1_000)


@dataclass
class BusyRoom:
    """Two nodes, a viewer of each, and a publisher on a third link of its own: the first node's store."""

    one: LiveNode
    other: LiveNode
    viewers: Sequence[Viewer]
    lag: LoopLag
    given: dict[Position, str] = field(default_factory=dict)
    """Which moment each position was given to."""
    refused: int = 0
    """Publishes that Redis did not take at once."""
    longest_call_s: float = 0.0
    rev: int = 1
    publishing: asyncio.Task[None] | None = None
    _on: bool = True

    async def publish_for_ever(self) -> None:
        """Publish as the announcer does: what is not taken is published again until it is."""
        number = 0
        while self._on:
            number += 1
            self.rev += 1
            name = f"v{self.rev}"
            for node in (self.one, self.other):  # what SQL says
                node.application.rooms[ROOM] = [text_item("name", self.rev, name), *demo_items()[1:]]
            body = encoded({"id": f"m{number}"})
            now_ms = self.one.clock.now_ms()
            moment = Moment(f"m{number}", "level_up", Rank.LOUD, now_ms + 120_000, body)
            await self._until_taken(moment, name)
            await asyncio.sleep(EVERY_S)

    async def _until_taken(self, moment: Moment, name: str) -> None:
        while self._on:
            started = time.monotonic()
            try:
                published = await self.one.store.publish(
                    ROOM, (text_item("name", self.rev, name), moment), self.one.clock.now_ms()
                )
            except BusUnavailable:
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            finally:
                self.longest_call_s = max(self.longest_call_s, time.monotonic() - started)
            if published.position is not None:
                for offset in published.numbered:
                    position = Position(published.position.epoch, offset)
                    assert position not in self.given, f"{position} means two things"
                    self.given[position] = moment.id
            return

    async def published(self, more: int) -> None:
        """Wait until so many more have been taken."""
        enough = len(self.given) + more
        ends = time.monotonic() + 60
        while len(self.given) < enough:
            if self.publishing is not None and self.publishing.done():
                self.publishing.result()  # what it died of, not that nothing comes
            assert time.monotonic() < ends, f"{len(self.given)} positions given, not {enough}"
            await asyncio.sleep(0.01)

    def stop(self) -> None:
        self._on = False

    async def converged(self) -> float:
        """Wait until both viewers show what was published last; return the seconds."""
        started = time.monotonic()
        name = f"v{self.rev}"
        for viewer in self.viewers:
            await viewer.until(lambda viewer=viewer: viewer.room_now()["name"] == name, f"the room {name}")  # type: ignore[misc]
        return time.monotonic() - started


def seen_of(viewer: Viewer) -> tuple[dict[Position, Frame], int, int]:
    """Return what a viewer saw at each position, how many positions came twice and how many were left out."""
    seen: dict[Position, Frame] = {}
    at: Position | None = None
    twice = left_out = 0
    for frame in viewer.frames:
        if frame["type"] == "welcome":
            at = Position(frame["epoch"], frame["offset"])
        elif frame["type"] in {"room", "moment", "retract", "void"}:
            assert at is not None
            position = Position(at.epoch, frame["offset"])
            if position.offset <= at.offset:
                twice += 1
            elif frame["type"] != "void":  # a void deals with everything up to it (PROTOCOL §1.2)
                left_out += position.offset - at.offset - 1
            seen[position] = frame
            at = position
    return seen, twice, left_out


def moments_twice(viewer: Viewer) -> int:
    """How many moments a viewer saw again (an answer was lost and they were published under a new number)."""
    return sum(n - 1 for n in Counter(frame["id"] for frame in viewer.moments()).values())


async def log_of(node: LiveNode, position: Position) -> Sequence[Numbered] | None:
    return await node.store.since(ROOM, position, 1_500)


@asynccontextmanager
async def busy_room(redis: RedisServer | ClusterServers | SentinelServers) -> AsyncIterator[BusyRoom]:
    """Two nodes with their usual rounds, a viewer on each, and a publisher that does not stop."""
    lag = LoopLag()
    async with (
        LiveNode(SETTINGS, None, redis) as one,
        LiveNode(replace(SETTINGS, node="other"), None, redis) as other,
        Viewer(f"http://127.0.0.1:{one.port}") as here,
        Viewer(f"http://127.0.0.1:{other.port}") as there,
    ):
        await here.hello(ROOM, "m1")
        await there.hello(ROOM, "m2")
        room = BusyRoom(one, other, (here, there), lag)
        room.publishing = asyncio.create_task(room.publish_for_ever())
        tasks = [room.publishing, asyncio.create_task(lag.watch())]
        try:
            await room.published(20)
            yield room
            if room.publishing.done():
                room.publishing.result()
        finally:
            room.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
