"""One viewer of the Python swarm: handshake, greeting, then counting what arrives."""

from __future__ import annotations

import asyncio
import os
import struct
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from loadtest.histogram import Histogram

MAX_MESSAGE = 1 << 20


@dataclass(slots=True)
class Counts:
    messages: int = 0
    bytes: int = 0
    markers: int = 0
    missing: int = 0
    repeated: int = 0
    pings: int = 0
    ended: int = 0
    joined: int = 0
    failed: int = 0
    last_error: str = ""
    latency_ns: Histogram = field(default_factory=Histogram)
    join_ns: Histogram = field(default_factory=Histogram)
    close_codes: Counter[int] = field(default_factory=Counter)


def client_frame(opcode: int, payload: bytes) -> bytes:
    """Return a finished, masked client frame (RFC 6455 5.2)."""
    mask = os.urandom(4)
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    masked = (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(len(payload))
    head = (
        bytes([0x80 | opcode, 0x80 | len(payload)])
        if len(payload) < 126
        else struct.pack("!BBH", 0x80 | opcode, 0xFE, len(payload))
    )
    return head + mask + masked


class Viewer(asyncio.Protocol):
    """One connection: shaking hands, greeting (when a welcome is awaited), live."""

    def __init__(
        self, request: bytes, hello: bytes, tag: bytes, wait_for_message: bool, counts: Counts
    ) -> None:
        self._request, self._hello, self._tag = request, hello, tag
        self._wait, self._counts = wait_for_message, counts
        self._started_ns = time.monotonic_ns()
        self._rest = b""
        self._shaking = True
        self._last_number: int | None = None
        self._close_code = 1006
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_joined = False
        self.said_ns = 0
        """When it said what it awaits an answer to; 0 = it awaits none."""
        self.needle = b""
        self.answered: Callable[[Viewer, int, bytes], None] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._counts.bytes += len(data)
        data = self._rest + data if self._rest else data
        if self._shaking:
            head, end, data_after = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = data
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._fail(f"upgrade answered {head[:15].decode('ascii', 'replace')}")
                return
            self._shaking = False
            data = data_after
            assert self.transport
            if self._hello:
                self.transport.write(self._hello)
            if not self._wait:
                self._joined(now)
        self._rest = self._take_frames(data, now)

    def say(
        self, message: bytes, needle: bytes, now: int, answered: Callable[[Viewer, int, bytes], None]
    ) -> bool:
        """Send a finished frame and await the message that holds `needle`; False when the viewer is gone."""
        if not self.is_joined or self.transport is None or self.transport.is_closing():
            return False
        self.said_ns, self.needle, self.answered = now, needle, answered
        self.transport.write(message)
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self.is_joined:
            self._counts.ended += 1
            self._counts.close_codes[self._close_code] += 1
        else:
            self._fail(f"ended during join: {error or 'end of stream'}")

    def _joined(self, now: int) -> None:
        if not self.is_joined and not self.settled.done():
            self.is_joined = True
            self._counts.joined += 1
            self._counts.join_ns.add(now - self._started_ns)
            self.settled.set_result(None)

    def _fail(self, why: str) -> None:
        if not self.settled.done():
            self._counts.failed += 1
            self._counts.last_error = why
            self.settled.set_result(None)
        if self.transport:
            self.transport.abort()

    def _take_frames(self, data: bytes, now: int) -> bytes:
        used, length = 0, len(data)
        while length - used >= 2:
            size, head = data[used + 1] & 127, 2
            if size >= 126:
                head = 4 if size == 126 else 10
                if length - used < head:
                    break
                size = int.from_bytes(data[used + 2 : used + head])
            if size > MAX_MESSAGE:
                self._close_code = 1009
                self._fail("message too large")
                return b""
            if length - used < head + size:
                break
            payload = data[used + head : used + head + size]
            opcode = data[used] & 15
            used += head + size
            if opcode <= 2:
                self._counts.messages += 1
                self._look_for_markers(payload, now)
                if self.said_ns and self.answered and self.needle in payload:
                    self.answered(self, now, payload)
                    self.said_ns = 0
                self._joined(now)
            elif opcode == 9 and self.transport:
                self.transport.write(client_frame(10, payload))
                self._counts.pings += 1
            elif opcode == 8:
                self._close_code = int.from_bytes(payload[:2]) if size >= 2 else 1005
                assert self.transport
                self.transport.abort()
                return b""
        return data[used:]

    def _look_for_markers(self, payload: bytes, now: int) -> None:
        counts, at = self._counts, payload.find(self._tag)
        while at >= 0:
            at += len(self._tag)
            found = marker_at(payload, at)
            if found is not None:
                sent_ns, number = found
                counts.markers += 1
                counts.latency_ns.add(now - sent_ns)
                if self._last_number is not None and number <= self._last_number:
                    counts.repeated += 1
                else:
                    if self._last_number is not None:
                        counts.missing += number - self._last_number - 1
                    self._last_number = number
            at = payload.find(self._tag, at)


def marker_at(payload: bytes, at: int) -> tuple[int, int] | None:
    """Return (time of sending in ns, number) written at `at`, just behind a tag; None when it is no marker."""
    digits = payload[at : at + 24]
    if len(digits) < 24:
        return None
    try:
        return int(digits[:16], 16), int(digits[16:], 16)
    except ValueError:
        return None
