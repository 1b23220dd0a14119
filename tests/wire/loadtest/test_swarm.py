"""The swarm in C and the one in Python, on the floor in C and on the one in Python: real sockets, same counts."""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from loadtest.bench.cores import choose_cores
from loadtest.bench.peers import Floor
from loadtest.histogram import Histogram
from loadtest.swarm import Mark, Swarm, SwarmOptions, marker

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@pytest.fixture(params=["swarm", "swarm (python)"])
def which(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Without a compiler on the PATH the swarm, and the floor, are those in Python."""
    name: str = request.param
    if name != "swarm":
        monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))
        monkeypatch.delenv("CC", raising=False)
    return name


def marked(swarm: Swarm, enough: Callable[[Mark], bool]) -> Mark:
    """Return the first mark that shows enough, with the latencies of all marks until then."""
    latencies = Histogram()
    mark = swarm.mark()
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        latencies.merge(mark.latency_ns)
        if enough(mark):
            return replace(mark, latency_ns=latencies)
        mark = swarm.mark()
    raise AssertionError(f"never enough: {mark}")


def test_SWM1_SWM2_SWM6_every_viewer_of_the_floor_gets_every_message(which: str) -> None:
    with Floor(choose_cores()) as floor, Swarm(SwarmOptions(floor.door.port, subprotocol="a.b")) as swarm:
        assert swarm.who == which
        assert floor.who == which.replace("swarm", "floor")
        opened = swarm.open(40)
        assert (opened.joined, opened.failed, opened.last_error, opened.join_ns.total) == (40, 0, "", 40)
        floor.publish(200)
        mark = marked(swarm, lambda mark: mark.markers >= 400)
        assert mark.live == 40
        assert mark.messages == mark.markers == mark.latency_ns.total
        assert (mark.missing, mark.repeated, mark.ended) == (0, 0, 0)
        assert mark.bytes >= mark.messages * 204
        floor.publish(0)
        assert swarm.close_all() == 40
        assert swarm.mark().live == 0


def test_SWM5_a_server_that_is_not_there_fails_every_viewer_and_hangs_none(which: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connecting is refused
        with Swarm(SwarmOptions(nobody.getsockname()[1])) as swarm:
            opened = swarm.open(5)
    assert (opened.joined, opened.failed) == (0, 5)
    assert "refused" in opened.last_error.lower() or "connect" in opened.last_error.lower()


class Scripted:
    """A server for one viewer that reads what it is told to and then says exactly these bytes."""

    def __init__(self, say: bytes, upgrade: bool = True) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._say, self._upgrade = say, upgrade
        self.request = b""
        self.heard = b""
        self.finished = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(60)
        with closing(connection):
            while b"\r\n\r\n" not in self.request:
                self.request += connection.recv(4096)
            if not self._upgrade:
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
                return
            key = self.request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
            accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            for at in range(0, len(self._say), 7):  # in small pieces: frames come apart anywhere
                connection.sendall(self._say[at : at + 7])
            try:
                while data := connection.recv(4096):
                    self.heard += data
            except OSError:
                pass  # the swarm resets its connections
        self.finished.set()

    def close(self) -> None:
        self._listener.close()
        self._thread.join(60)


def frame(opcode: int, payload: bytes) -> bytes:
    if len(payload) < 126:
        return bytes([0x80 | opcode, len(payload)]) + payload
    return struct.pack("!BBH", 0x80 | opcode, 126, len(payload)) + payload


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    started: list[Scripted] = []

    def start(say: bytes, upgrade: bool = True) -> Scripted:
        started.append(Scripted(say, upgrade))
        return started[-1]

    yield start
    for server in started:
        server.close()


def test_SWM2_holes_and_repeats_are_counted_also_when_several_share_a_message(
    which: str, scripted: Callable[..., Scripted]
) -> None:
    several = marker(1, 10) + b"--" + marker(1, 11) + b"x" * 300 + marker(1, 14)
    server = scripted(
        frame(2, several) + frame(1, b"no marker") + frame(1, marker(1, 14)) + frame(2, marker(1, 15))
    )
    with Swarm(SwarmOptions(server.port)) as swarm:
        swarm.open(1)
        mark = marked(swarm, lambda mark: mark.messages >= 4)
    assert (mark.messages, mark.markers, mark.missing, mark.repeated) == (4, 5, 2, 1)


def test_SWM1_the_request_and_the_first_message_are_as_asked(
    which: str, scripted: Callable[..., Scripted]
) -> None:
    server = scripted(frame(2, b"welcome"))
    options = SwarmOptions(
        server.port,
        path="/v1/live",
        subprotocol="liveroom.v1.msgpack",
        headers=("X-Test: yes",),
        records=(b"hello there",),
        wait_for_message=True,
    )
    with Swarm(options) as swarm:
        assert swarm.open(1).joined == 1
        swarm.close_all()
        assert server.finished.wait(60)
    lines = server.request.decode().split("\r\n")
    assert lines[0] == "GET /v1/live HTTP/1.1"
    assert {"X-Test: yes", "Sec-WebSocket-Protocol: liveroom.v1.msgpack"} <= set(lines)
    assert server.heard[:2] == bytes([0x82, 0x80 | 11])
    mask, masked = server.heard[2:6], server.heard[6:17]
    assert bytes(byte ^ mask[n % 4] for n, byte in enumerate(masked)) == b"hello there"


def test_SWM7_pings_are_answered_and_close_codes_counted(
    which: str, scripted: Callable[..., Scripted]
) -> None:
    server = scripted(frame(9, b"are you there") + frame(8, struct.pack("!H", 4000) + b"bye"))
    with Swarm(SwarmOptions(server.port)) as swarm:
        swarm.open(1)
        mark = marked(swarm, lambda mark: mark.ended == 1)
        assert server.finished.wait(60)
    assert (mark.pings, dict(mark.close_codes), mark.live) == (1, {4000: 1}, 0)
    assert server.heard[:2] == bytes([0x8A, 0x80 | 13])
    mask, masked = server.heard[2:6], server.heard[6:19]
    assert bytes(byte ^ mask[n % 4] for n, byte in enumerate(masked)) == b"are you there"


def test_SWM5_a_refused_upgrade_is_a_failure_with_its_reason(
    which: str, scripted: Callable[..., Scripted]
) -> None:
    server = scripted(b"", upgrade=False)
    with Swarm(SwarmOptions(server.port)) as swarm:
        opened = swarm.open(1)
    assert (opened.joined, opened.failed) == (0, 1)
    assert "HTTP/1.1 503" in opened.last_error


def test_SWM5_a_server_that_closes_instead_of_welcoming_is_a_failure(
    which: str, scripted: Callable[..., Scripted]
) -> None:
    server = scripted(frame(8, struct.pack("!H", 4501)))
    with Swarm(SwarmOptions(server.port, wait_for_message=True)) as swarm:
        opened = swarm.open(1)
    assert (opened.joined, opened.failed) == (0, 1)


def masked(frame: bytes) -> tuple[bytes, bytes]:
    """Return the payload of a short client frame, and what follows it."""
    length, mask = frame[1] & 127, frame[2:6]
    payload = bytes(byte ^ mask[n % 4] for n, byte in enumerate(frame[6 : 6 + length]))
    return payload, frame[6 + length :]


def test_SWM8_every_viewer_says_it_once_at_its_moment_and_its_answer_is_kept(which: str) -> None:
    """The floor sends markers by itself: the first one after saying is as good as an answer."""
    with Floor(choose_cores()) as floor, Swarm(SwarmOptions(floor.door.port)) as swarm:
        assert swarm.open(6).joined == 6
        floor.publish(50)
        at_ns = time.monotonic_ns() + 50_000_000
        said = swarm.say(b"now?", b"liveroom-bench:", at_ns=at_ns, within_s=0.05)
        assert (said.sent, sorted(one.number for one in said.answers)) == (6, [0, 1, 2, 3, 4, 5])
        assert at_ns <= said.first_ns <= said.last_ns
        assert all(at_ns <= one.said_ns <= one.heard_ns for one in said.answers)
        assert all(b"liveroom-bench:" in one.message for one in said.answers)
        some = swarm.say(b"now?", b"liveroom-bench:", at_ns=time.monotonic_ns(), every=4)
        assert len(some.answers) == 2


def test_SWM8_who_is_not_answered_holds_nobody_up(which: str, scripted: Callable[..., Scripted]) -> None:
    server = scripted(frame(2, b"nothing of the kind"))
    with Swarm(SwarmOptions(server.port)) as swarm:
        swarm.open(1)
        said = swarm.say(b"hello?", b"answer", at_ns=time.monotonic_ns(), patience_s=0.05)
        assert (said.sent, said.answers) == (1, ())
        swarm.close_all()
        assert server.finished.wait(60)
    assert masked(server.heard)[0] == b"hello?"
