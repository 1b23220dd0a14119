"""A viewer that stops reading costs little, and nobody else anything (R7)."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios

import msgpack
import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Card, CardRecord, Moment, Rank
from broadcaster.protocol import LAGGING_BYTES, SLOW_AFTER_MS, SLOW_BYTES, LiveConnection
from broadcaster.testing import text_item
from tests.wire.broadcaster.conftest import PATIENCE_S, LiveNode
from tests.wire.broadcaster.raw import HANDSHAKE, frame

MOST = 512 * 1024
SIOCOUTQ = termios.TIOCOUTQ


class Sleeper:
    """A viewer that says hello and then reads only when told to, with a small receive buffer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setblocking(False)
        self._port = port

    async def hello(self, token: str | None = None) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self._port))
        lines = [f"{name}: {value}" for name, value in HANDSHAKE.items()]
        lines.append("Sec-WebSocket-Protocol: liveroom.v1.msgpack")
        request = "GET /v1/live HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        hello = msgpack.packb({"type": "hello", "room": "demo", "surface": "viewer", "token": token})
        await loop.sock_sendall(self.socket, request.encode())
        answer = await loop.sock_recv(self.socket, 4096)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        await loop.sock_sendall(self.socket, frame(2, hello))

    async def wake_up(self, until: bytes) -> bytes:
        """Read until this has come."""
        loop, received = asyncio.get_running_loop(), b""
        async with asyncio.timeout(PATIENCE_S):
            while until not in received:
                chunk = await loop.sock_recv(self.socket, 1 << 20)
                assert chunk, f"the end came before {until!r}"
                received += chunk
        return received


def cost_of(connection: LiveConnection) -> int:
    """Bytes this viewer holds up: in our transport and in the kernel's send queue."""
    sock = connection._transport.get_extra_info("socket")
    [queued] = struct.unpack("i", fcntl.ioctl(sock.fileno(), SIOCOUTQ, b"\0" * 4))
    waiting: int = connection._transport.get_write_buffer_size()
    return waiting + int(queued)


def big_moment(live: LiveNode, n: int, size: int = 4_000) -> Moment:
    body = encoded({"id": f"m{n}", "pad": "x" * size})
    return Moment(f"m{n}", "level_up", Rank.STATE, live.clock.now_ms() + 60_000, body)


async def asleep(live: LiveNode, token: str | None = None) -> tuple[Sleeper, LiveConnection]:
    known = set(live.node.live_connections())
    sleeper = Sleeper(live.port)
    await sleeper.hello(token)
    await live.until(lambda: not known.issuperset(live.node.live_connections()), "the sleeper")
    [connection] = set(live.node.live_connections()) - known
    return sleeper, connection


async def flood(live: LiveNode, frames: int, connection: LiveConnection) -> int:
    """Publish big frames; return the most the connection ever held up."""
    most = 0
    for n in range(frames):
        await live.publish(big_moment(live, n))
        await asyncio.sleep(0)
        most = max(most, cost_of(connection))
    return most


@pytest.mark.alone
async def test_R7_HUB7_a_viewer_that_stops_reading_costs_little_and_nobody_else_anything(
    live: LiveNode,
) -> None:
    async with live.viewer() as reader:
        await reader.hello("demo")
        sleeper, connection = await asleep(live)
        most = await flood(live, 300, connection)
        await reader.next("moment", offset=300)
        assert [frame["offset"] for frame in reader.kept()] == list(range(1, 301))
        assert LAGGING_BYTES // 2 < most <= MOST
        assert connection in live.node.lagging
        sleeper.socket.close()


async def test_HUB7_who_reads_again_gets_one_fresh_welcome_and_then_what_follows(live: LiveNode) -> None:
    async with live.viewer() as reader:
        await reader.hello("demo")
        sleeper, connection = await asleep(live)
        await flood(live, 100, connection)
        assert connection in live.node.lagging
        assert live.meter.counts["dropped", "lagging"] == 1
        await live.publish(text_item("name", 2, "while asleep"))
        await reader.next("room")
        received = await sleeper.wake_up(b"while asleep")
        await live.until(lambda: connection not in live.node.lagging and connection.fast, "the fresh welcome")
        await live.publish(text_item("name", 3, "awake"))
        await reader.next("room", offset=102)
        received += await sleeper.wake_up(b"awake")
        assert (
            received.count(b"\xa4type\xa7welcome") == 2
        )  # the first one, and one that makes good what was skipped
        fresh = received[received.rindex(b"\xa4type\xa7welcome") :]
        assert fresh.index(b"while asleep") < fresh.index(b"awake")
        assert b"\xa4type\xa6moment" not in fresh
        sleeper.socket.close()


async def test_R7_HUB7_who_lags_for_ten_seconds_is_let_go(live: LiveNode) -> None:
    async with live.viewer() as reader:
        await reader.hello("demo")
        sleeper, connection = await asleep(live)
        await flood(live, 100, connection)
        live.turn_clock(SLOW_AFTER_MS - 1_000)
        assert live.application.live >= {connection}
        live.turn_clock(1_500)
        assert connection not in live.application.live
        live.turn_clock(1_500)  # the bye cannot get out: cut
        await live.until(lambda: live.meter.counts["close", "4001"] == 1, "the cut")
        assert (await reader.act("like"))["type"] == "refused"
        sleeper.socket.close()


async def test_R7_HUB7_too_much_personal_mail_for_a_sleeper_is_the_end_too(
    live: LiveNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = Card(2, 0, encoded({"pad": "x" * 60_000}))
    monkeypatch.setattr(live.application, "render", lambda member, record, now_ms: huge)
    sleeper, connection = await asleep(live, "m1")
    most = 0
    for _ in range(20):
        await live.mailboxes.send([("m1", CardRecord(2, b""))])
        await asyncio.sleep(0)
        if not connection.is_lost:
            most = max(most, cost_of(connection))
    assert SLOW_BYTES // 2 < most <= MOST
    assert connection not in live.application.live
    live.turn_clock(1_500)
    await live.until(lambda: live.meter.counts["close", "4001"] == 1, "the cut")
    sleeper.socket.close()


async def test_HUB6_R7_a_socket_that_dies_in_the_middle_of_a_fan_out_disturbs_nobody(live: LiveNode) -> None:
    async with live.viewer() as reader:
        await reader.hello("demo")
        for n in range(20):
            sleeper, _ = await asleep(live)
            sleeper.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sleeper.socket.close()  # a reset, not a farewell
            await live.publish(big_moment(live, n))
        await reader.next("moment", offset=20)
        assert [frame["offset"] for frame in reader.kept()] == list(range(1, 21))
        await live.until(lambda: live.meter.counts["connections", ""] == 1, "all of them to be gone")
