"""Two whole nodes in simulated time: no socket, no Redis, no waiting, and the same history for the same seed.

Real: node, rooms, rounds, hub, windows, log, handshake, session, joining. Simulated: the clock, the wire to each
viewer, and the store and bus between the nodes, which lose, delay, repeat and reorder.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, cast

import msgpack
import uvicorn
from uvicorn.server import ServerState

from broadcaster.errors import BusUnavailable
from broadcaster.frames import Numbered, PassingFrame, Position, RoomItem, Snapshot
from broadcaster.node import Node
from broadcaster.protocol import LiveConnection, live_protocol
from broadcaster.settings import NodeSettings
from broadcaster.testing import (
    CountingMeter,
    MemoryBus,
    MemoryMailboxes,
    MemoryRoomStore,
    MemoryWorld,
    PlainApplication,
)
from tests.law.broadcaster.simulated_loop import SimulatedClock, passed
from tests.support.live import folded
from tests.wire.broadcaster.raw import HANDSHAKE, frame

ROOM = "demo"
KEPT = {"room", "moment", "retract", "void"}


@dataclass
class Weather:
    """How bad the bus is just now; a test turns it."""

    loss: float = 0.0
    repeat: float = 0.0
    slowest_ms: int = 0
    away: float = 0.0
    """Share of calls to the store that fail."""


class BadBus(MemoryRoomStore):
    """One node's way to the store; what is published reaches each node late, twice, in another order, or never."""

    def __init__(self, world: MemoryWorld, clock: SimulatedClock, random: Random, weather: Weather) -> None:
        super().__init__(world, clock)
        self._random = random
        self._weather = weather

    async def _travel(self) -> None:
        await passed(self._random.randrange(self._weather.slowest_ms + 1) / 1000)
        if self._random.random() < self._weather.away:
            raise BusUnavailable("the weather")

    async def snapshot(self, room: str) -> Snapshot | None:
        await self._travel()
        found = await super().snapshot(room)
        await self._travel()
        return found

    async def rebuild(self, room: str, items: Sequence[RoomItem], now_ms: int) -> Snapshot:
        await self._travel()
        return await super().rebuild(room, items, now_ms)

    async def since(self, room: str, position: Position, limit: int) -> Sequence[Numbered] | None:
        await self._travel()
        found = await super().since(room, position, limit)
        await self._travel()
        return found

    async def recent(self, room: str, epoch: str) -> Sequence[Numbered]:
        await self._travel()
        found = await super().recent(room, epoch)
        await self._travel()
        return found

    async def positions(self, rooms: Sequence[str]) -> Mapping[str, Position]:
        await self._travel()
        found = await super().positions(rooms)
        await self._travel()
        return found

    async def report(self, room: str, node: str, count: int, now_ms: int) -> int:
        await self._travel()
        return await super().report(room, node, count, now_ms)

    def _tell(
        self, room: str, position: Position, numbered: Sequence[Numbered], passing: Sequence[PassingFrame]
    ) -> None:
        loop, random, weather = asyncio.get_running_loop(), self._random, self._weather
        for listener, followed in self._world.listeners.values():
            if followed[room] <= 0 or random.random() < weather.loss:
                continue
            for _ in range(2 if random.random() < weather.repeat else 1):
                late_s = random.randrange(weather.slowest_ms + 1) / 1000
                loop.call_later(late_s, listener.received, room, position, numbered, passing)


class Wire(asyncio.Transport):
    """The server's end of one viewer's connection; what is written arrives at once, or is held up while it stalls."""

    def __init__(self, viewer: SimulatedViewer) -> None:
        super().__init__()
        self._viewer = viewer
        self.held_up = b""
        self.stalls = False
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.stalls:
            self.held_up += bytes(data)
        elif not self.is_over:
            self._viewer.hear(bytes(data))

    def get_write_buffer_size(self) -> int:
        return len(self.held_up)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default

    def is_closing(self) -> bool:
        return self.is_over

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self.is_over:
            self.is_over = True
            asyncio.get_running_loop().call_soon(self._viewer.protocol.connection_lost, None)


class SimulatedViewer:
    """A client by the book (PROTOCOL §1.2): folds what comes, remembers its position, comes back with it.

    `broken` holds the first thing that must never happen and did: a gap, a repeat, a frame before the welcome.
    """

    def __init__(self, name: str, codec: str) -> None:
        self.name = name
        self.codec = codec
        self.protocol: LiveConnection
        self.wire: Wire
        self.position: dict[str, Any] | None = None
        self.room: dict[str, Any] = {}
        self.frames: list[dict[str, Any]] = []
        self.broken = ""
        self.welcomes = 0
        self.recoveries = 0
        self.moments: set[str] = set()
        """Seen since the last whole welcome: what comes again without one in between has been shown twice."""
        self._bytes = b""
        self._is_open = False
        self._is_welcome = False

    @property
    def is_live(self) -> bool:
        return self._is_welcome and not self.wire.is_over

    def connect(self, node: Node) -> None:
        """Open a connection to a node and say hello with what we remember."""
        self._bytes, self._is_open, self._is_welcome = b"", False, False
        self.wire = Wire(self)
        config = uvicorn.Config(cast(Any, None), lifespan="off")
        self.protocol = live_protocol(node)(config, ServerState(), {})
        self.protocol.connection_made(self.wire)
        headers = {**HANDSHAKE, "Sec-WebSocket-Protocol": f"liveroom.v1.{self.codec}"}
        lines = ["GET /v1/live HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self.protocol.data_received("\r\n".join(lines).encode() + b"\r\n\r\n")
        self.hello()

    def hello(self) -> None:
        self.say(
            {
                "type": "hello",
                "room": ROOM,
                "surface": "viewer",
                "token": self.name,
                "position": self.position,
            }
        )

    def say(self, message: dict[str, Any]) -> None:
        if not self.wire.is_over:
            text = self.codec == "json"
            payload = json.dumps(message).encode() if text else cast(bytes, msgpack.packb(message))
            self.protocol.data_received(frame(1 if text else 2, payload))

    def drop(self) -> None:
        """The network is gone: whatever was on its way is lost."""
        if not self.wire.is_over:
            self.wire.is_over = True
            self.protocol.connection_lost(None)

    def stall(self) -> None:
        self.wire.stalls = True

    def read_again(self) -> None:
        """Take what was held up, as the loop does when a socket can be written again."""
        wire, self.wire.stalls = self.wire, False
        held_up, wire.held_up = wire.held_up, b""
        if not wire.is_over:
            self.hear(held_up)
            self.protocol.resume_writing()

    def hear(self, data: bytes) -> None:
        self._bytes += data
        if not self._is_open:
            head, end, rest = self._bytes.partition(b"\r\n\r\n")
            if not end:
                return
            self._is_open, self._bytes = True, rest
            if b" 101 " not in head:
                self.broken = self.broken or f"not let in: {head[:60]!r}"
        while len(self._bytes) >= 2:
            size, start = self._bytes[1] & 0x7F, 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self._bytes[2:start], "big")
            if len(self._bytes) < start + size:
                return
            opcode, payload = self._bytes[0] & 0x0F, self._bytes[start : start + size]
            self._bytes = self._bytes[start + size :]
            if opcode in (1, 2):
                for one in json.loads(payload) if opcode == 1 else msgpack.unpackb(payload):
                    self._take(one)

    def _take(self, one: dict[str, Any]) -> None:
        self.frames.append(one)
        kind = one["type"]
        if kind == "welcome":
            self._welcome(one)
        elif kind in KEPT:
            self._keep(one)
        elif kind == "beacon":
            self.say(
                {"type": "beat", "nonce": one["nonce"], "playing": True, "visible": True, "card_version": 1}
            )
            behind = self.position is None or one["epoch"] != self.position["epoch"]
            if behind or one["offset"] > self.position["offset"]:  # type: ignore[index]
                asyncio.get_running_loop().call_later(2.5, self._look_again, dict(one))

    def _welcome(self, welcome: dict[str, Any]) -> None:
        self.welcomes += 1
        self._is_welcome = True
        here = {"epoch": welcome["epoch"], "offset": welcome["offset"]}
        if welcome["recovered"]:
            self.recoveries += 1
            if here != self.position:
                self._break(f"recovered at {here}, but was at {self.position}")
            return
        self.position, self.room = here, welcome["room"]
        self.moments.clear()

    def _keep(self, one: dict[str, Any]) -> None:
        if not self._is_welcome or self.position is None:
            self._break(f"{one['type']} before the welcome")
            return
        at = self.position["offset"]
        follows = one["offset"] > at if one["type"] == "void" else one["offset"] == at + 1
        if not follows:
            self._break(f"{one['type']} {one['offset']} after {at}")
        self.position = {**self.position, "offset": one["offset"]}
        if one["type"] == "moment":
            if one["id"] in self.moments:
                self._break(f"moment {one['id']} twice")
            self.moments.add(one["id"])
        self.room = folded(self.room, [one])

    def _look_again(self, beacon: dict[str, Any]) -> None:
        """A beacon was ahead of us for a while: say hello again, as a client does."""
        if not self.is_live or self.position is None:
            return
        if self.position["epoch"] != beacon["epoch"] or self.position["offset"] < beacon["offset"]:
            self.hello()

    def _break(self, what: str) -> None:
        self.broken = self.broken or f"{self.name}: {what}; last frames {self.frames[-4:]}"


def node_of(
    name: str,
    world: MemoryWorld,
    clock: SimulatedClock,
    random: Random,
    weather: Weather,
    truth: PlainApplication,
) -> Node:
    """Return one of the two nodes; both have the same truth behind them."""
    store = BadBus(world, clock, random, weather)
    settings = NodeSettings(node=name, reconnect_spread_ms=100)
    return Node(
        settings, truth, store, MemoryBus(world), MemoryMailboxes(world, clock), CountingMeter(), clock
    )
