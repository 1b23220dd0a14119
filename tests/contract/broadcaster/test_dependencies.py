"""What our connection class relies on in uvloop, uvicorn and websockets and no document of theirs promises."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import cast

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from broadcaster.handshake import Request, read_request
from tests.wire.broadcaster.conftest import no_pages
from tests.wire.broadcaster.raw import HANDSHAKE


class Recorder(asyncio.Protocol):
    """Keeps what the transport tells, and how things stand at that moment."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.waiting: list[int] = []
        self.changed = asyncio.Event()
        self.fd_was_open: bool | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.transport.set_write_buffer_limits(high=0, low=0)
        self.fd = transport.get_extra_info("socket").fileno()
        self.changed.set()

    def pause_writing(self) -> None:
        self._tell("pause")

    def resume_writing(self) -> None:
        self._tell("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        try:
            os.fstat(self.fd)
            self.fd_was_open = True
        except OSError:
            self.fd_was_open = False
        self._tell("lost")

    def _tell(self, what: str) -> None:
        self.told.append(what)
        self.waiting.append(self.transport.get_write_buffer_size())
        self.changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():
                self.changed.clear()
                await self.changed.wait()


async def accepted() -> tuple[Recorder, socket.socket, asyncio.Server]:
    recorder = Recorder()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: recorder, "127.0.0.1", 0)
    client = socket.socket()
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await loop.sock_connect(client, server.sockets[0].getsockname())
    await recorder.until(lambda: hasattr(recorder, "transport"))
    recorder.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    return recorder, client, server


async def test_X2_the_loop_itself_lets_small_messages_go_at_once() -> None:
    recorder, client, server = await accepted()
    sock = recorder.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    recorder.transport.abort()
    await recorder.until(lambda: "lost" in recorder.told)
    client.close()
    server.close()


async def test_HUB7_with_both_marks_zero_pause_means_something_waits_and_resume_nothing_does() -> None:
    recorder, client, server = await accepted()
    recorder.transport.write(b"small")
    assert recorder.told == []  # it went out at once: nothing waits
    assert recorder.transport.get_write_buffer_size() == 0
    assert await asyncio.get_running_loop().sock_recv(client, 100) == b"small"
    recorder.transport.write(b"x" * 1_000_000)
    assert recorder.told == ["pause"]  # before `write` returned, so no byte can overtake what waits
    assert recorder.waiting[0] > 0
    left = 1_000_000
    while left:
        left -= len(await asyncio.get_running_loop().sock_recv(client, 1 << 16))
    await recorder.until(lambda: recorder.told == ["pause", "resume"])
    assert recorder.waiting[1] == 0
    os.write(recorder.fd, b"direct")
    assert await asyncio.get_running_loop().sock_recv(client, 100) == b"direct"
    recorder.transport.abort()
    await recorder.until(lambda: "lost" in recorder.told)
    client.close()
    server.close()


@pytest.mark.parametrize("ending", ["abort", "close", "reset by the peer", "end of the peer"])
async def test_HUB6_the_descriptor_is_still_ours_when_we_are_told_that_the_connection_is_lost(
    ending: str,
) -> None:
    recorder, client, server = await accepted()
    match ending:
        case "abort":
            recorder.transport.abort()
        case "close":
            recorder.transport.close()
        case "reset by the peer":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
        case _:
            client.close()
    await recorder.until(lambda: "lost" in recorder.told)
    assert recorder.fd_was_open is True
    client.close()
    server.close()


class Upgraded(asyncio.Protocol):
    """Stands where our class stands in `Config(ws=…)`."""

    made: list[Upgraded]

    def __init__(
        self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, object]
    ) -> None:
        self.request: Request | None = None
        self.transport: asyncio.BaseTransport | None = None
        self.made.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert self.request is None
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.request = read_request(data)
        cast(asyncio.Transport, self.transport).close()


async def upgraded_by(request: bytes) -> Request | None:
    """Send raw bytes to uvicorn's HTTP protocol; return what a WebSocket class is given, None if nothing."""
    made: list[Upgraded] = []
    config = uvicorn.Config(
        no_pages,
        ws=type("Ours", (Upgraded,), {"made": made}),
        http="httptools",
        lifespan="off",
        log_level="critical",
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(request)
    async with asyncio.timeout(5):
        await reader.read()
    writer.close()
    server.close()
    return made[0].request if made else None


async def test_PRO1_uvicorn_hands_over_the_request_written_anew_in_clean_lines() -> None:
    lines = [f"{name}: {value}" for name, value in HANDSHAKE.items()]
    request = await upgraded_by(
        (
            "GET /v1/live?a=1 HTTP/1.1\r\n"
            + "\r\n".join(lines)
            + "\r\nX-Odd:\t  padded  \r\nX-Two: a\r\nX-Two: b\r\n\r\n"
        ).encode()
    )
    assert request is not None
    assert (request.method, request.path) == ("GET", "/v1/live")
    assert request.headers["sec-websocket-key"] == [HANDSHAKE["Sec-WebSocket-Key"]]
    assert request.headers["x-odd"] == ["padded"]
    assert request.headers["x-two"] == ["a", "b"]


@pytest.mark.parametrize(
    "smuggled", ["X-A: b\rOrigin: x", "X-A: b\0c", "X-A: b\r\n Origin: x", "X-A\r: b", "X A: b"]
)
async def test_PRO1_R10_no_header_can_be_smuggled_into_those_lines(smuggled: str) -> None:
    lines = [f"{name}: {value}" for name, value in HANDSHAKE.items()]
    head = "\r\n".join(["GET /v1/live HTTP/1.1", *lines, smuggled])
    request = await upgraded_by(f"{head}\r\n\r\n".encode())
    assert request is None or set(request.headers) <= {name.lower() for name in HANDSHAKE} | {"x-a"}


def test_FRM4_websockets_makes_frames_that_any_connection_may_be_given() -> None:
    assert Frame(Opcode.BINARY, b"abc").serialize(mask=False, extensions=[]) == b"\x82\x03abc"


def test_PRO4_websockets_may_start_open_and_ends_a_failed_connection_with_its_close_frame_and_an_eof() -> (
    None
):
    ws = ServerProtocol(state=State.OPEN, max_size=10)
    ws.fail(1003, "no")
    assert ws.data_to_send() == [b"\x88\x04\x03\xebno", b""]
