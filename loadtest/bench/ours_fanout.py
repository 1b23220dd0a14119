"""Our side of the fan-out benchmark: a process that hosts the real node, publishing to itself through a real Redis.

Everything a message passes in production is in the measured process: the Lua publish call, the bus, numbering, folding
into the room's state, the window, sealing, writing, and the metrics. Redis itself runs on the generator's core and is
not counted, as PostgreSQL would not be. Viewers are anonymous and say hello in msgpack.

    python -m loadtest.bench.ours_fanout --redis unix:///… [--urgent | --gathered]

Prints ``ready <port>``; takes the commands of `commands`. --urgent: every message flushes its window (one write each,
as the peers do); --gathered: windows gather what comes, as rank 1 moments do.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import msgpack
import uvicorn
import uvloop

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.codec import encode, seal
from broadcaster.ear_redis import RedisBus
from broadcaster.frames import (
    Act,
    Beat,
    Card,
    CardRecord,
    Done,
    Encoded,
    Hello,
    Moment,
    Numbered,
    Rank,
    Refused,
    RoomItem,
    Seen,
)
from broadcaster.keys import Keys
from broadcaster.mailbox import RedisMailboxes
from broadcaster.node import Node
from broadcaster.ports import Connection, Denied, Identity, Joined, Rejected, Upgrade
from broadcaster.protocol import live_protocol
from broadcaster.redis_link import RedisLink
from broadcaster.settings import NodeSettings
from broadcaster.wire import MSGPACK
from loadtest.bench.commands import Commands, interval_of
from loadtest.bench.peers import PAYLOAD
from loadtest.swarm import marker
from server.clock import SystemClock
from server.metrics import Metrics

ROOM = "bench"
N = TypeVar("N", bound=Node)
USUAL_OFFSET = 5_000
"""The size of a message is fitted for an offset of two bytes, as all of a run are but the first few."""


class Audience:
    """The least an application can be: everybody may watch one room, nobody may act."""

    features: tuple[str, ...] = ()

    def admit(self, upgrade: Upgrade) -> Denied | None:
        return None

    async def join(self, hello: Hello, identity: Identity | None, session: str) -> Joined | Rejected:
        return Joined(Identity(None, "anonymous"), None)

    async def token(self, connection: Connection, token: str) -> Joined | Rejected:
        return Joined(connection.identity, None)

    async def act(self, connection: Connection, act: Act) -> Done | Refused:
        return Refused(act.ref, "sign_in", "anonymous viewers only watch")

    def joined(self, connection: Connection) -> None: ...

    def beat(self, connection: Connection, beat: Beat, now_ms: int) -> None: ...

    def seen(self, connection: Connection, seen: Seen) -> None: ...

    def left(self, connection: Connection) -> None: ...

    def moved(self, room: str, keys: Sequence[str]) -> None: ...

    async def round(self, connections: Sequence[Connection], now_ms: int) -> None: ...

    def render(self, member: str, record: CardRecord, now_ms: int) -> Card | None:
        return None

    async def items(self, room: str) -> Sequence[RoomItem] | None:
        return [RoomItem("name", 1, Encoded(msgpack.packb("bench"), b'"bench"'))]


def moment(number: int, rank: Rank, filling: int, now_ms: int) -> Moment:
    """Return one moment that carries the swarm's marker."""
    text = marker(time.monotonic_ns(), number).decode() + "." * filling
    kind = "draw_result" if rank is Rank.STATE else "level_up"
    body = {"id": f"m{number}", "kind": kind, "text": text}
    packed = Encoded(msgpack.packb(body), b"{}")
    return Moment(f"m{number}", kind, rank, now_ms + 60_000, packed)


def filling_for(size: int, rank: Rank) -> int:
    """Return how many dots make one message's payload `size` bytes."""
    for filling in range(size):
        numbered = Numbered(USUAL_OFFSET, moment(USUAL_OFFSET, rank, filling, 0), 0)
        if len(seal(MSGPACK, [encode(numbered, MSGPACK)])) - _head(size) >= size:
            return filling
    return 0


def _head(size: int) -> int:
    return 2 if size < 126 else 4


async def serve(redis: str, rank: Rank) -> None:
    async with serving(redis, Node) as (store, _):
        await _publish_as_told(store, rank)


@asynccontextmanager
async def serving(redis: str, kind: type[N]) -> AsyncIterator[tuple[RedisRoomStore, N]]:
    """Serve a node on a port of its own, say ``ready <port>``, and give its store and itself."""
    clock, keys, link = SystemClock(), Keys("bench"), RedisLink(redis, "bench")
    store = RedisRoomStore(link, keys, clock)
    node = kind(
        NodeSettings(soft_limit=200_000, hard_limit=200_000),
        Audience(),
        store,
        RedisBus(link, keys),
        RedisMailboxes(link, keys, clock),
        Metrics(),
        clock,
    )
    await store.check_partitions()
    await node.start()
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = uvicorn.Config(
        _no_pages, loop="none", ws=live_protocol(node), lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    served = asyncio.create_task(server.serve(sockets=[listening]))
    print(f"ready {listening.getsockname()[1]}", flush=True)
    try:
        yield store, node
    finally:
        served.cancel()
        await asyncio.gather(served, return_exceptions=True)


async def _publish_as_told(store: RedisRoomStore, rank: Rank) -> None:
    commands, loop = Commands(), asyncio.get_running_loop()
    interval, due, number = 0.0, 0.0, 0
    told = asyncio.Event()
    loop.add_reader(commands.fd, told.set)
    filling = filling_for(PAYLOAD, rank)
    while True:
        if interval and not told.is_set():
            try:
                async with asyncio.timeout_at(due):
                    await told.wait()
            except TimeoutError:
                now_ms = time.time_ns() // 1_000_000
                await store.publish(ROOM, [moment(number, rank, filling, now_ms)], now_ms)
                number += 1
                due = max(due + interval, loop.time())
                continue
        else:
            await told.wait()
        told.clear()
        for words in commands.take() or [[]]:
            match words:
                case ["rate", rate]:
                    interval = interval_of(rate)
                    due = loop.time() + interval
                case _:
                    return


async def _no_pages(scope: object, receive: object, send: object) -> None:
    """There is nothing but the live socket here."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.ours_fanout")
    parser.add_argument("--redis", required=True)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--urgent", dest="rank", action="store_const", const=Rank.STATE, default=Rank.STATE)
    kind.add_argument("--gathered", dest="rank", action="store_const", const=Rank.LOUD)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(serve(options.redis, options.rank))


if __name__ == "__main__":
    main()
