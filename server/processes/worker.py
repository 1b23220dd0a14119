"""One process of a server: composes, listens on its own socket, says when it serves, and lets go gently."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable
from socket import socket
from types import FrameType

import structlog
import uvicorn
import uvloop

from server.bootstrap.process import Composed, compose
from server.metrics import Metrics
from server.processes.front_door import front_door
from server.processes.http_guard import Limits, guarded_http
from server.processes.launcher import listening_socket
from server.settings import Settings

_AFTER_DRAIN_S = 5
"""For HTTP requests under way when the viewers are gone."""
_COLLECT_AFTER = (20_000, 20, 20)
"""Containers made and not freed until the youngest are looked through, and how often the older ones are. Python's own
(700, 10, 10) took a tenth of every join (decision 0021); what we make has few cycles, and 20 000 of them are some MB."""
_log = structlog.get_logger(__name__)


class DrainingServer(uvicorn.Server):
    """uvicorn, except that being told to stop first lets the viewers go (DESIGN §4, Drain)."""

    def __init__(
        self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]], serving: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._drain = drain
        self._serving = serving
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._serving()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal, stop at once at the second."""
        if self._loop is None or self._draining is not None:
            self.should_exit = True
        else:
            self._loop.call_soon_threadsafe(self._begin_to_drain)

    def _begin_to_drain(self) -> None:
        if self._draining is None and self._loop is not None:
            self._draining = self._loop.create_task(self._drain_then_stop(), name="drain")

    async def _drain_then_stop(self) -> None:
        try:
            await self._drain()
        except Exception as fault:
            _log.error("drain.failed", exc_info=fault)
        self.should_exit = True


def run(settings: Settings, ready_fd: int) -> None:
    """Serve until SIGTERM. A byte on `ready_fd` says that connections are taken from now on."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until it serves there is nobody to say goodbye to
    uvloop.run(_serve(settings, ready_fd))


async def _serve(settings: Settings, ready_fd: int) -> None:
    metrics = Metrics()
    async with compose(settings, metrics) as composed:
        own = listening_socket(settings.host, settings.port)
        server = DrainingServer(_config(composed, metrics), composed.drain, serving=lambda: _report(ready_fd))
        await server.serve(sockets=[own])


def _config(composed: Composed, metrics: Metrics) -> uvicorn.Config:
    limits = Limits()
    http = guarded_http(metrics, limits)
    return uvicorn.Config(
        composed.app,
        loop="none",
        http=http if composed.live is None else front_door(http, composed.live, limits),
        ws=composed.live or "none",
        lifespan="off",
        log_config=None,
        access_log=False,  # and the live protocol logs no address either: there may be secrets in what people send
        proxy_headers=False,  # a forwarding header must not make anybody look like the loopback
        server_header=False,
        timeout_graceful_shutdown=_AFTER_DRAIN_S,
    )


def collect_rarely() -> None:
    """Let the garbage collector look seldom, and never again at what a process has made to start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _report(ready_fd: int) -> None:
    collect_rarely()
    os.write(ready_fd, b"1")
    os.close(ready_fd)
