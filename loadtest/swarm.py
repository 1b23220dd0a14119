"""Many raw viewers on one core, to load a server and to count what arrives: a typed handle on `swarm.c`. SWM1-SWM10.

Without a C compiler `swarm_python` plays the same part, slower: its own load is reported like the other's, and
latencies are refused from a swarm that had no time to look (SWM4). It answers no beacons and does not come back.
"""

from __future__ import annotations

import json
import struct
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed, NotInstalled
from loadtest.histogram import Histogram
from loadtest.native import build

SOURCE = Path(__file__).with_name("swarm.c")
TAG = "liveroom-bench:"

PORTS_PER_SOURCE = 25_000
"""Linux gives 28 231 ports per source address by default; a few stay free for others."""

SATURATED = 0.8
"""Above this share of its core the swarm reads late, and a latency would be its own."""


@dataclass(frozen=True, slots=True)
class SwarmOptions:
    """Where and how to connect. `records` are first client messages, sent in turn; none = say nothing."""

    port: int
    host: str = "127.0.0.1"
    path: str = "/v1/live"
    subprotocol: str | None = None
    headers: tuple[str, ...] = ()
    records: tuple[bytes, ...] = ()
    text: bool = False
    wait_for_message: bool = False
    """Count a viewer as joined at the server's first message instead of at the upgrade."""
    inflight: int = 64
    cpu: int | None = None
    """Core to stay on; None = any."""
    beats: bool = False
    """Answer every beacon of `liveroom.v1.msgpack` with a beat, as a viewer who watches does."""
    returns: bool = False
    """Come back after a loss, as the contract asks (spread, back-off, jitter); `liveroom.v1.msgpack` alone."""
    pause_us: int = 0
    """Look only so often (µs), so that the server does not pay for waking us at every write; 0 = at once. The swarm in
    Python looks at once always."""
    sources: int | None = None
    """Loopback addresses to come from; None = as few as there are ports for."""


@dataclass(frozen=True, slots=True)
class Opened:
    joined: int
    failed: int
    seconds: float
    last_error: str
    join_ns: Histogram
    """From connect() to joined."""
    told: int = 0
    """Of those not joined: sent away with the time to come back (bye 4004, or 503 with Retry-After)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Counters since the start; `latency_ns` only since the mark before."""

    monotonic_ns: int
    cpu_ns: int
    live: int
    messages: int
    bytes: int
    markers: int
    missing: int
    repeated: int
    pings: int
    ended: int
    latency_ns: Histogram
    settled: int = 0
    """Joined and not ended; `live` counts connections under way, too."""
    returning: int = 0
    """Waiting for their time to come back."""
    returned: int = 0
    beats: int = 0
    return_ns: Histogram = field(default_factory=Histogram)
    """From the loss of a connection to being joined again; since the mark before."""
    attempts: Sequence[int] = ()
    """Returns begun in each tenth of a second since the first loss."""
    close_codes: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one viewer was answered; times are CLOCK_MONOTONIC."""

    number: int
    """The viewer's: it said record `number` mod n first."""
    said_ns: int
    heard_ns: int
    message: bytes
    """Whole, without the WebSocket's frame."""


@dataclass(frozen=True, slots=True)
class Said:
    sent: int
    first_ns: int
    last_ns: int
    """When the first and the last viewer said it."""
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """What arrived between two marks."""

    seconds: float
    viewers: int
    messages: int
    deliveries: int
    """Markers seen: one per event and viewer, also when several events share a message."""
    missing: int
    load: float
    """The swarm's own share of its core."""
    latency_ns: Histogram | None
    """None when the swarm was saturated (SWM4)."""

    @property
    def reach(self) -> float | None:
        """Share of the events that arrived, of those known to be sent; None when none was seen."""
        return self.deliveries / (self.deliveries + self.missing) if self.deliveries else None


def between(first: Mark, last: Mark) -> Window:
    """Subtract two marks of one swarm, `first` being the mark just before `last`. Pure."""
    seconds = (last.monotonic_ns - first.monotonic_ns) / 1e9
    load = (last.cpu_ns - first.cpu_ns) / 1e9 / seconds
    return Window(
        seconds=seconds,
        viewers=last.live,
        messages=last.messages - first.messages,
        deliveries=last.markers - first.markers,
        missing=last.missing - first.missing,
        load=load,
        latency_ns=None if load > SATURATED else last.latency_ns,
    )


def marker(monotonic_ns: int, number: int) -> bytes:
    """Return what a payload must carry to be counted: tag, time of sending, number that grows by one."""
    return b"%s%016x%08x" % (TAG.encode(), monotonic_ns, number & 0xFFFFFFFF)


def answers_of(data: bytes) -> tuple[Answer, ...]:
    """Read what a swarm wrote down of the answers. Pure."""
    found, at = [], 0
    while at < len(data):
        length, number, said_ns, heard_ns = _ANSWER.unpack_from(data, at)
        at += _ANSWER.size
        found.append(Answer(number, said_ns, heard_ns, data[at : at + length]))
        at += length
    return tuple(found)


def packed(records: Iterable[bytes]) -> bytes:
    """Return the file form of first client messages: each its length (32 bits, little endian), then itself."""
    return b"".join(struct.pack("<I", len(record)) + record for record in records)


def sources_for(connections: int) -> int:
    """Return how many loopback addresses that many connections to one port need."""
    return max(1, -(-connections // PORTS_PER_SOURCE))


_ANSWER = struct.Struct("=IIQQ")
"""Length of the message, the viewer's number, said, heard; then the message."""


class Swarm:
    """A running swarm. Use as a context manager; every method raises `ChildFailed` when the process is gone."""

    def __init__(self, options: SwarmOptions, *, at_most: int = PORTS_PER_SOURCE) -> None:
        """Start the process; `at_most` connections are open at one time."""
        self._records = tempfile.NamedTemporaryFile(prefix="swarm-", suffix=".records")  # noqa: SIM115 (lives as long as the child)
        self._records.write(packed(options.records))
        self._records.flush()
        arguments = _arguments(options, self._records.name, options.sources or sources_for(at_most))
        try:
            command = [str(build(SOURCE)), *arguments]
            self.who = "swarm"
        except NotInstalled:
            if options.beats or options.returns:
                self._records.close()
                raise  # only the one in C can
            command = python_module("loadtest.swarm_python", *arguments)
            self.who = "swarm (python)"
        try:
            self._child = Child(self.who, command)
        except ChildFailed:
            self._records.close()
            raise
        self.capacity = _integer(self._hear("ready", 10.0), "capacity")

    @property
    def pid(self) -> int:
        return self._child.pid

    def open(self, count: int, per_second: float | None = None, timeout_s: float = 60.0) -> Opened:
        """Open `count` more connections, as fast as the server answers or at most `per_second`."""
        self._child.say(f"open {count}" if per_second is None else f"open {count} {per_second:g}")
        answer = self._hear("opened", timeout_s)
        return Opened(
            joined=_integer(answer, "joined"),
            failed=_integer(answer, "failed"),
            seconds=_number(answer, "seconds"),
            last_error=str(answer.get("last_error", "")),
            told=_integer(answer, "told") if "told" in answer else 0,
            join_ns=_histogram(answer, "join_ns"),
        )

    def mark(self) -> Mark:
        self._child.say("mark")
        answer = self._hear("mark", 30.0)
        codes, attempts = answer.get("close_codes"), answer.get("attempts")
        return Mark(
            **{name: _integer(answer, name) for name in _COUNTERS},
            **{name: _integer(answer, name) if name in answer else 0 for name in _OF_C_ALONE},
            latency_ns=_histogram(answer, "latency_ns"),
            return_ns=_histogram(answer, "return_ns") if "return_ns" in answer else Histogram(),
            attempts=tuple(int(count) for count in attempts) if isinstance(attempts, list) else (),
            close_codes={int(code): int(count) for code, count in codes.items()}
            if isinstance(codes, dict)
            else {},
        )

    def say(
        self,
        message: bytes,
        answered_by: bytes,
        *,
        at_ns: int,
        within_s: float = 0.0,
        every: int = 1,
        patience_s: float = 30.0,
    ) -> Said:
        """Let every `every`th viewer say `message` once, spread evenly over `within_s` from `at_ns` (CLOCK_MONOTONIC) on.

        A viewer's answer is the first data message that holds `answered_by`. Returns when all have answered, or
        `patience_s` after the last was due: then some answers are missing.
        """
        with tempfile.NamedTemporaryFile(prefix="swarm-", suffix=".answers") as file:
            wait_s = max(0.0, (at_ns - time.monotonic_ns()) / 1e9) + within_s + patience_s
            numbers = f"{at_ns} {int(within_s * 1e9)} {every} {int(patience_s * 1e9)}"
            self._child.say(f"say {numbers} {message.hex()} {answered_by.hex()} {file.name}")
            answer = self._hear("said", wait_s + 30.0)
            answers = answers_of(file.read())
        return Said(
            _integer(answer, "sent"), _integer(answer, "first_ns"), _integer(answer, "last_ns"), answers
        )

    def close_all(self) -> int:
        """Reset every connection; returns how many there were."""
        self._child.say("close")
        return _integer(self._hear("closed", 30.0), "closed")

    def stop(self) -> None:
        self._child.stop()
        self._records.close()

    def _hear(self, event: str, timeout_s: float) -> dict[str, object]:
        answer: object = json.loads(self._child.hear(timeout_s))
        if not isinstance(answer, dict) or answer.get("event") != event:
            raise ChildFailed(self.who, f"expected {event!r}, got {answer!r}")
        return answer

    def __enter__(self) -> Swarm:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


_OF_C_ALONE = ("settled", "returning", "returned", "beats")
_COUNTERS = (
    "monotonic_ns", "cpu_ns", "live", "messages", "bytes", "markers", "missing", "repeated", "pings", "ended",
)  # fmt: skip


def _arguments(options: SwarmOptions, records: str, sources: int) -> Sequence[str]:
    arguments = ["--port", str(options.port), "--host", options.host, "--path", options.path]
    arguments += ["--inflight", str(options.inflight), "--sources", str(sources), "--tag", TAG]
    if options.subprotocol is not None:
        arguments += ["--subprotocol", options.subprotocol]
    for header in options.headers:
        arguments += ["--header", header]
    if options.records:
        arguments += ["--records", records]
    if options.text:
        arguments.append("--text")
    if options.wait_for_message:
        arguments.append("--welcome")
    if options.beats:
        arguments.append("--beats")
    if options.returns:
        arguments.append("--returns")
    if options.pause_us:
        arguments += ["--pause", str(options.pause_us)]
    if options.cpu is not None:
        arguments += ["--cpu", str(options.cpu)]
    return arguments


def _number(answer: Mapping[str, object], key: str) -> float:
    value = answer.get(key)
    if not isinstance(value, int | float):
        raise ChildFailed("swarm", f"no number {key!r} in {answer!r}")
    return value


def _integer(answer: Mapping[str, object], key: str) -> int:
    return int(_number(answer, key))


def _histogram(answer: Mapping[str, object], key: str) -> Histogram:
    pairs = answer.get(key)
    if not isinstance(pairs, list):
        raise ChildFailed("swarm", f"no list {key!r} in {answer!r}")
    return Histogram.of_pairs((int(value), int(count)) for value, count in pairs)
