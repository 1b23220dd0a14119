"""Which of a server's processes does what, seen from outside: by process table and open sockets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import psutil

from tests.support.live import Viewer
from tests.support.liveroom_process import LiveroomProcess
from tests.support.shop import Shop
from tests.support.site import Site

TRIALS = 40  # the kernel spreads connections by their ports: 40 on one side is a chance of 1 in 10¹²


def workers(server: LiveroomProcess) -> list[psutil.Process]:
    """The workers that serve, oldest first."""
    return [child for child in psutil.Process(server.pid).children() if child.name() == "liveroom-worker"]


def private_redis(server: LiveroomProcess) -> psutil.Process:
    """The Redis child of the embedded default."""
    [redis] = [child for child in psutil.Process(server.pid).children() if child.name() == "redis-server"]
    return redis


def serving(server: LiveroomProcess, client_port: int) -> int:
    """The pid of the worker that holds the other end of the connection from our port `client_port`."""
    for worker in workers(server):
        for connection in worker.net_connections("tcp"):
            if client_port in connection.raddr[1:]:  # empty for a listening socket
                return worker.pid
    raise AssertionError(f"no worker holds a connection from port {client_port}")


async def served_by(server: LiveroomProcess, shop: Shop) -> int:
    """The pid of the worker this shop's kept connection leads to. The shop must ask one thing at a time."""
    answer = await shop.http.get("/v1/rooms")
    assert answer.status_code == 200, answer.text
    stream = answer.extensions["network_stream"]
    port: int = stream.get_extra_info("client_addr")[1]
    return serving(server, port)


async def metric(http: httpx2.AsyncClient, name: str, **labels: str) -> float:
    """The sum of all samples of `name` that carry these labels; 0 when there is none."""
    answer = await http.get("/metrics")
    assert answer.status_code == 200, answer.text
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    total = 0.0
    for line in answer.text.splitlines():
        sample = re.match(r"^(\w+)(\{.*\})? (\S+)$", line)
        if sample is not None and sample[1] == name and all(word in (sample[2] or "") for word in wanted):
            total += float(sample[3])
    return total


@asynccontextmanager
async def viewer_at(
    site: Site, worker: int, room: str, token: str | None = None, **hello: Any
) -> AsyncIterator[Viewer]:
    """A viewer who is in the room, on a connection to this worker (its pid); `viewer.welcome` is what it was told.

    Nobody who is connected is left waiting for the next one's luck: a hello must come within five seconds (SES1).
    """
    async with AsyncExitStack() as stack:
        for _ in range(TRIALS):
            viewer = await stack.enter_async_context(Viewer(site.url))
            if serving(site.process, viewer.client_port) == worker:
                await viewer.hello(room, token, **hello)
                yield viewer
                return
            await viewer.leave()
        raise AssertionError(f"{TRIALS} connections and none to worker {worker}")


@asynccontextmanager
async def one_viewer_per_worker(
    site: Site, room: str, *tokens: str | None, **hello: Any
) -> AsyncIterator[list[Viewer]]:
    """Two viewers in the room, one at each worker, in the order of `workers`; their tokens, or one for both."""
    pids = [worker.pid for worker in workers(site.process)]
    assert len(pids) == 2
    theirs = tokens if len(tokens) == 2 else (tokens or (None,)) * 2
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(viewer_at(site, pid, room, token, **hello))
            for pid, token in zip(pids, theirs, strict=True)
        ]


@asynccontextmanager
async def one_shop_per_worker(site: Site) -> AsyncIterator[list[Shop]]:
    """Two shops, one at each worker, in the order of `workers`."""
    pids = [worker.pid for worker in workers(site.process)]
    async with AsyncExitStack() as stack:
        found: dict[int, Shop] = {}
        for _ in range(TRIALS):
            shop = await stack.enter_async_context(site.shop())
            found.setdefault(await served_by(site.process, shop), shop)
            if len(found) == 2:
                yield [found[pid] for pid in pids]
                return
        raise AssertionError(f"{TRIALS} connections and all to {list(found)}")
