"""Bytes on real sockets: requests that are too big, too slow or no requests at all."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.metrics import Metrics
from server.processes.http_guard import Limits, guarded_http

QUICK = Limits(header_bytes=2_000, header_s=0.3, body_s=0.3)
SMALL = Limits(header_bytes=2_000, header_s=60, body_s=60)
PATIENT = Limits(header_bytes=32 * 1024, header_s=60, body_s=60)


async def echo(request: Request) -> Response:
    try:
        length = str(len(await request.body()))
        said = {name: value for name, value in request.headers.items() if name in ("x-told", "x-trails")}
        return PlainTextResponse(length, headers=said)
    except ClientDisconnect:
        return Response(status_code=400)


class Served:
    def __init__(self, port: int, metrics: Metrics) -> None:
        self.port = port
        self.metrics = metrics

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)

    async def answer_to(self, parts: Iterable[bytes]) -> bytes:
        """Send the parts, then return all that comes until the other side closes."""
        reader, writer = await self.open()
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    def refused(self, reason: str) -> float:
        for line in self.metrics.exposition().decode().splitlines():
            if line.startswith(f'liveroom_bad_input_total{{reason="{reason}"}}'):
                return float(line.split()[-1])
        return 0


@asynccontextmanager
async def served(limits: Limits) -> AsyncIterator[Served]:
    metrics = Metrics()
    app = Starlette(routes=[Route("/", echo, methods=["GET", "POST"])])
    config = uvicorn.Config(
        app,
        http=guarded_http(metrics, limits),
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=5,
    )
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0)
    try:
        yield Served(listening.getsockname()[1], metrics)
    finally:
        server.should_exit = True
        await running


@contextmanager
def _no_signals() -> Iterator[None]:
    yield


HELLO = b"GET / HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize("finished", [True, False], ids=["finished", "unfinished"])
async def test_GRD1_R8_two_megabytes_of_headers_are_431_and_the_end(finished: bool) -> None:
    async with served(PATIENT) as to:
        end = b"\r\n\r\n" if finished else b""
        answer = await to.answer_to([HELLO, b"x-big: ", *([b"a" * 65_536] * 32), end])
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
        assert to.refused("header_too_large") == 1
        fits = await to.answer_to([HELLO + b"connection: close\r\nx-big: " + b"a" * 20_000 + b"\r\n\r\n"])
        assert fits.startswith(b"HTTP/1.1 200 ")


async def test_GRD1_one_byte_too_much_is_answered_with_a_problem_document() -> None:
    async with served(SMALL) as to:
        answer = await to.answer_to([HELLO + b"x-big: " + b"a" * 2_000 + b"\r\n\r\n"])
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large")
        assert b"application/problem+json" in head
        said = json.loads(body)
        assert said["code"] == "header_too_large"
        assert "at most 2000 bytes" in said["detail"], "what to do about it"
        long_line = await to.answer_to([b"GET /" + b"a" * 2_500 + b" HTTP/1.1\r\nhost: x\r\n\r\n"])
        assert long_line.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET", HELLO, HELLO + b"x-half: ", b"\r\n\r\n\r\n"],
    ids=["nothing", "a word", "half", "less", "blanks"],
)
async def test_GRD2_R8_a_half_sent_request_ends_at_its_deadline(sent: bytes) -> None:
    async with served(QUICK) as to:
        answer = await to.answer_to([sent])
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert to.refused("request_too_slow") == 1


async def test_GRD2_a_body_that_does_not_come_ends_at_its_deadline() -> None:
    async with served(QUICK) as to:
        answer = await to.answer_to([b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf"])
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert "send it again" in json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]
        assert to.refused("request_too_slow") == 1


async def test_GRD3_a_kept_connection_is_held_to_it_again() -> None:
    async with served(Limits(header_bytes=2_000, header_s=2, body_s=60)) as to:
        reader, writer = await to.open()
        for n in range(3):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc")
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n"), n
            assert await reader.readexactly(1) == b"3"
        writer.write(b"GET / HT")
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_GRD1_a_large_body_is_no_header_however_it_is_cut() -> None:
    async with served(SMALL) as to:
        reader, writer = await to.open()
        for cut in (1, 50_000, 100_000):
            head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n"
            body = b"x" * 100_000
            writer.write(head + body[:cut])
            await writer.drain()
            writer.write(body[cut:])
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(6) == b"100000"
        writer.close()
        assert to.refused("header_too_large") == 0


async def test_R8_what_is_no_request_is_400_and_touches_nobody_else() -> None:
    async with served(SMALL) as to:
        reader, writer = await to.open()
        writer.write(HELLO + b"\r\n")
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        for noise in (b"\x00\xff\x16\x03\x01" * 20, b"HELLO THERE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
            assert (await to.answer_to([noise])).startswith(b"HTTP/1.1 400 ")
        assert to.refused("not_http") == 3
        assert await reader.readexactly(1) == b"0"
        writer.write(HELLO + b"\r\n")
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n"), "the first connection goes on"
        writer.close()


CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"


@pytest.mark.parametrize(
    "headers",
    [b"transfer-encoding: gzip, chunked", b"transfer-encoding: gzip\r\ntransfer-encoding: chunked"],
    ids=["in one line", "in two"],
)
async def test_GRD5_R8_another_transfer_coding_is_501_and_not_taken_for_the_body(headers: bytes) -> None:
    async with served(PATIENT) as to:
        sent = b"POST / HTTP/1.1\r\nhost: x\r\n" + headers + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        answer = await to.answer_to([sent])
        assert answer.startswith(b"HTTP/1.1 501 Not Implemented")
        assert "send the body as it is" in json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]


@pytest.mark.parametrize(
    "frame",
    [
        b"transfer-encoding: chunked\r\ncontent-length: 5",
        b"content-length: 5\r\ntransfer-encoding: chunked",
        b"content-length: 5\r\ncontent-length: 6",
        b"transfer-encoding: chunked, gzip",
        b"transfer-encoding: identity",
        b"transfer-encoding: xchunked",
        b"transfer-encoding : chunked",
        b"content-length: +5",
    ],
    ids=["both", "both turned", "two lengths", "gzip last", "identity", "xchunked", "blank", "signed"],
)
async def test_R8_a_body_whose_end_is_a_matter_of_opinion_is_refused_and_the_end(frame: bytes) -> None:
    async with served(PATIENT) as to:
        body = b"5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n"
        answer = await to.answer_to([b"POST / HTTP/1.1\r\nhost: x\r\n" + frame + b"\r\n\r\n" + body])
        assert answer[9:12] in (b"400", b"501")
        assert len(re.findall(rb"HTTP/1.1 \d", answer)) == 1, "nothing after it is a request"


@pytest.mark.parametrize(
    "endless",
    [b"5;" + b"a" * 1_000_000, b"5\r\nhello\r\n0\r\nx: " + b"a" * 1_000_000],
    ids=["extension", "trailer"],
)
async def test_GRD5_R7_what_frames_a_body_does_not_grow_without_end(endless: bytes) -> None:
    async with served(PATIENT) as to:
        answer = await to.answer_to(
            [CHUNKED + b"\r\n", *(endless[at : at + 65_536] for at in range(0, 1_000_000, 65_536))]
        )
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
        assert to.refused("header_too_large") == 1


async def test_GRD5_a_body_of_single_bytes_is_a_body_and_what_trails_it_no_header() -> None:
    async with served(PATIENT) as to:
        reader, writer = await to.open()
        writer.write(CHUNKED + b"x-told: 1\r\n\r\n")
        for _ in range(40):
            writer.write(b"1\r\na\r\n" * 1_000)
            await writer.drain()
        writer.write(b"0\r\nx-told: 2\r\nx-trails: 1\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert b"told: 1" in head.lower()
        assert b"trails" not in head.lower()
        assert await reader.readexactly(5) == b"40000"
        writer.write(CHUNKED + b"\r\n3\r\nabc\r\n0\r\nx-trails: 1\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"trails" not in head.lower()
        writer.close()
