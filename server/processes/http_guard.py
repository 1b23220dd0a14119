"""Deadlines and sizes that uvicorn's HTTP protocol lacks (PITFALLS): a request must come whole, small and soon."""

from __future__ import annotations

import json
from asyncio import Handle, Transport
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from broadcaster.handshake import Request
from broadcaster.protocol import LiveConnection
from server.metrics import Metrics

_PLAIN = {b"", b"chunked"}
_TURNS_TO_READ = 2
"""In the first the loop learns what has arrived, by the second that is read."""
_A_BYTE_S_CHUNK = 16
"""Bytes on the wire for one of the body, at worst: every byte a chunk of its own takes six."""


@dataclass(frozen=True, slots=True)
class Limits:
    header_bytes: int = 32 * 1024
    """Request line and headers together; a token and a dozen headers are 3 KB."""
    header_s: float = 10.0
    """From the first byte (or the connection) to the end of the headers."""
    body_s: float = 30.0
    """For the whole body: 2 MiB over a 600 kbit/s line."""


def guarded_http(metrics: Metrics, limits: Limits) -> type[GuardedHttp]:
    """Return the HTTP protocol class for uvicorn's `Config(http=…)`."""

    class Guarded(GuardedHttp):
        _metrics = metrics
        _limits = limits

    return Guarded


class GuardedHttp(HttpToolsProtocol):
    _metrics: Metrics
    _limits: Limits
    _deadline: Handle | None = None
    _in_headers = True
    _header_bytes = 0
    _refused = False
    _upgraded = False
    _moved_on = False
    """Whether headers or a message ended in the bytes just read."""
    _wire_bytes = 0
    """Of the body under way, with the frame of its chunks and what trails it."""
    _body_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm(self._limits.header_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._in_headers and self._deadline is None:
            self._arm(self._limits.header_s)  # a further request of a kept connection has begun
        self._moved_on = False
        super().data_received(data)
        # Headers that have not ended are in no callback yet: count what came, unless it ended a body as well.
        if self._in_headers and not self._moved_on:
            self._header_bytes += len(data)
            if self._header_bytes > self._limits.header_bytes:
                self._refuse(431, "header_too_large")
        elif not (self._in_headers or self._moved_on):
            # What came with the headers, one read at most, is let pass.
            self._wire_bytes += len(data)
            if self._wire_bytes > self._limits.header_bytes + _A_BYTE_S_CHUNK * self._body_bytes:
                self._refuse(431, "header_too_large")
        self._watch_body()

    def handle_websocket_upgrade(self) -> None:
        if self._refused:
            return  # the parser tells of the upgrade all the same
        self._disarm()
        self._upgraded = True
        live = self.ws_protocol_class
        if live is None or not issubclass(live, LiveConnection):
            super().handle_websocket_upgrade()
            return
        # As uvicorn does, but the request is handed over as it was parsed, not written anew to be parsed again.
        self.connections.discard(self)
        headers: dict[str, list[str]] = {}
        for name, value in self.headers:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1").strip())
        path = self.url.decode("latin-1").partition("?")[0]
        connection = live(self.config, self.server_state, self.app_state)
        connection.connection_made(self.transport)
        connection.take_request(Request(self.scope["method"], path, headers))
        self.transport.set_protocol(connection)

    def on_header(self, name: bytes, value: bytes) -> None:
        # What trails a body would join the headers that were judged: who somebody is, what the body is.
        if self._in_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.header_bytes:
            self._refuse(431, "header_too_large")
        elif not _PLAIN.issuperset(_transfer_codings(self.headers)):
            self._refuse(501, "transfer_coding")
        if self._refused:
            return
        self._in_headers = False
        self._moved_on = True
        self._header_bytes = self._wire_bytes = self._body_bytes = 0
        self._disarm()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            self._body_bytes += len(body)
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._refused:
            return
        self._in_headers = True
        self._moved_on = True
        self._disarm()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "not_http")

    def _arm(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self.too_late)

    def _watch_body(self) -> None:
        """Give a body that has begun and not ended its time; most requests have none and need no timer for it."""
        if not (self._in_headers or self._refused or self._upgraded) and self._deadline is None:
            self._arm(self._limits.body_s)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def too_late(self, turns: int = _TURNS_TO_READ) -> None:
        """Refuse a request that has not come whole in its time, after `turns` of the loop.

        A loop that stood still turns to its timers first: the rest may lie unread since it was in time.
        """
        self._disarm()
        if turns:
            self._deadline = self.loop.call_soon(self.too_late, turns - 1)
        else:
            self._refuse(408, "request_too_slow")

    def _remedy(self, reason: str) -> str:
        limits = self._limits
        match reason:
            case "header_too_large":
                most = f"at most {limits.header_bytes} bytes together"
                return f"address and headers have {most}, and so has what frames a body; send less"
            case "transfer_coding":
                return "of transfer codings only chunked is understood; send the body as it is"
            case "request_too_slow":
                return (
                    f"headers have {limits.header_s:g} s to arrive, a body {limits.body_s:g} s; send it again"
                )
            case _:
                return "this is no HTTP/1.1 request; look at its first line, its headers and its length"

    def _cycle_runs(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's type forgets that it begins as None
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def _refuse(self, status: int, reason: str) -> None:
        """Answer (unless an answer is under way) and close; the rest of the request is not looked at."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._disarm()
        self._metrics.bad_input(reason)
        if not self._cycle_runs():
            body = _problem(status, reason, self._remedy(reason))
            self.transport.write(
                STATUS_LINE[status]
                + b"content-type: application/problem+json\r\nconnection: close\r\n"
                + b"content-length: %d\r\n\r\n" % len(body)
                + body
            )
        self.transport.close()


def _transfer_codings(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    listed = b",".join(value for name, value in headers if name == b"transfer-encoding")
    return {coding.strip().lower() for coding in listed.split(b",")}


def _problem(status: int, code: str, detail: str) -> bytes:
    """What `server.api.problems` would say, which stands beside this module and is not for it."""
    title = HTTPStatus(status).phrase
    document = {
        "type": f"urn:liveroom:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return json.dumps(document, separators=(",", ":")).encode()
