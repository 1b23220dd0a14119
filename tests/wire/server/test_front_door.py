"""Bytes on real sockets: what the front door answers itself, and what it leaves to HTTP."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from broadcaster.node import Node
from broadcaster.protocol import live_protocol
from broadcaster.testing import (
    CountingMeter,
    MemoryBus,
    MemoryMailboxes,
    MemoryRoomStore,
    MemoryWorld,
    PlainApplication,
)
from server.clock import SystemClock
from server.metrics import Metrics
from server.processes.front_door import front_door
from server.processes.http_guard import GuardedHttp, Limits, guarded_http
from tests.wire.broadcaster.conftest import QUIET

HANDSHAKE = (
    b"GET /v1/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("a page")


class Served:
    def __init__(self, port: int, node: Node, asked: list[bytes], connections: set[object]) -> None:
        self.port = port
        self.node = node
        self.connections = connections
        """Those that the server knows of."""
        self.asked = asked
        """What the HTTP server was given."""

    async def answer_to(self, *parts: bytes) -> bytes:
        """Return what comes back up to the end of the headers; each part goes out by itself."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        finally:
            writer.close()


@asynccontextmanager
async def served(limits: Limits) -> AsyncIterator[Served]:
    clock, world = SystemClock(), MemoryWorld()
    node = Node(
        QUIET, PlainApplication({}), MemoryRoomStore(world, clock), MemoryBus(world),
        MemoryMailboxes(world, clock), CountingMeter(), clock,
    )  # fmt: skip
    asked: list[bytes] = []

    class Noted(guarded_http(Metrics(), limits)):  # type: ignore[misc]  # made at run time, as in the product
        def data_received(self, data: bytes) -> None:
            asked.append(data)
            super().data_received(data)

    http: type[GuardedHttp] = Noted
    live = live_protocol(node)
    app = Starlette(routes=[Route("/", page)])
    config = uvicorn.Config(
        app, http=front_door(http, live, limits), ws=live, loop="none", lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    connections: set[object] = server.server_state.connections  # type: ignore[assignment]
    try:
        yield Served(listening.getsockname()[1], node, asked, connections)
    finally:
        for connection in list(node._connections):
            connection.cut()
        await server.shutdown(sockets=[listening])


PATIENT = Limits(header_s=60)


async def test_GRD4_a_plain_request_for_the_live_socket_never_sees_the_http_server() -> None:
    async with served(PATIENT) as to:
        answer = await to.answer_to(HANDSHAKE)
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
        refused = await to.answer_to(
            HANDSHAKE.replace(b"Host: x", b"Host: x\r\nOrigin: https://evil.example")
        )
        assert refused.startswith(b"HTTP/1.1 403 ")
        assert to.asked == []


@pytest.mark.parametrize("cut", [1, 40, len(HANDSHAKE) - 1])
async def test_GRD4_a_request_in_two_parts_is_let_in_all_the_same(cut: int) -> None:
    async with served(PATIENT) as to:
        assert (await to.answer_to(HANDSHAKE[:cut], HANDSHAKE[cut:])).startswith(b"HTTP/1.1 101 ")


async def test_GRD4_pages_are_the_http_servers_from_their_first_byte() -> None:
    async with served(PATIENT) as to:
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        assert (await to.answer_to(request)).startswith(b"HTTP/1.1 200 ")
        assert to.asked == [request]
        assert (await to.answer_to(b"\x16\x03\x01\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "header, status",
    [(b"Transfer-Encoding: gzip", b"501"), (b"X-Long: " + b"x" * 40_000, b"431")],
    ids=["coded", "long"],
)
async def test_GRD1_GRD5_an_upgrade_that_is_refused_leaves_no_connection_behind(
    header: bytes, status: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(PATIENT) as to:
        request = HANDSHAKE.replace(b"Host: x", b"Host: x\r\n" + header)
        for _ in range(3):
            assert (await to.answer_to(request)).startswith(b"HTTP/1.1 " + status)
        async with asyncio.timeout(60):
            while True:
                if not to.connections:
                    break
                await asyncio.sleep(0)
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("read", [0, 20], ids=["all of it unread", "the rest unread"])
async def test_GRD2_what_came_in_time_is_read_before_a_deadline_is_judged(read: int) -> None:
    async with served(PATIENT) as to:
        reader, writer = await asyncio.open_connection("127.0.0.1", to.port)
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        writer.write(request[:read])
        while True:
            if to.connections and (not read or to.asked):
                break
            await asyncio.sleep(0)
        [door] = to.connections
        # Past the loop, as if it stood still from here until the deadline, to which it then turns first.
        os.write(writer.get_extra_info("socket").fileno(), request[read:])
        cast(GuardedHttp, door).too_late()
        try:
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        finally:
            writer.close()
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_GRD2_GRD4_who_sends_nothing_is_told_so_at_the_deadline() -> None:
    async with served(Limits(header_s=0.05)) as to:
        assert (await to.answer_to()).startswith(b"HTTP/1.1 408 ")
        assert (await to.answer_to(b"")).startswith(b"HTTP/1.1 408 ")
