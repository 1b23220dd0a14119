"""Which of a server's processes does what, seen from outside: by process table and open sockets."""

from __future__ import annotations

import re

import httpx2
import psutil

from tests.support.liveroom_process import LiveroomProcess
from tests.support.shop import Shop


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
