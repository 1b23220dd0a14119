"""The opening handshake (RFC 6455 §4.2) from a request that the HTTP server has parsed and checked already. Pure.

uvicorn hands a WebSocket protocol the request written anew from httptools' parsed headers: one request line and
clean `name: value` lines. Reading those again with a parser made for strangers' bytes costs five times as much as
all that is done here. A request that nothing is odd about needs no HTTP server (`plain_opening`).
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from http import HTTPStatus

from broadcaster.ports import Denied, Upgrade
from broadcaster.wire import JSON, Wire, wire_of

LIVE_PATH = "/v1/live"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3


_PLAIN = re.compile(
    rb"GET /v1/live(?:\?[!-~]*)? HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n"
)
"""RFC 9112 §3–5, without what it only tolerates: no folded line, no bare line feed, no blank before a colon."""
_BODY = frozenset(("content-length", "transfer-encoding", "expect"))
_KEY = re.compile(rb"\r\nSec-WebSocket-Key: ?([+/0-9A-Za-z]{21}[AQgw]==)(?=\r\n)", re.IGNORECASE)
"""A good one: 16 bytes in base64, whose last sign carries two bits only."""


@dataclass(frozen=True, slots=True)
class Request:
    """`headers`: lower-case name → values in order."""

    method: str
    path: str
    headers: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str | None:
        """Return the only value of a header; None if absent or given twice."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None

    def tokens(self, name: str) -> tuple[str, ...]:
        """Return the comma-separated values of all headers of this name."""
        return _tokens(",".join(self.headers.get(name, ())))

    def has(self, name: str, token: str) -> bool:
        """Whether `token` (lower case) is among a header's values, whatever their case."""
        return token in _lowered(",".join(self.headers.get(name, ())))


@dataclass(frozen=True, slots=True)
class Opening:
    """A request that may be answered with 101."""

    wire: Wire
    response: bytes


def read_request(data: bytes) -> Request:
    """Return the request that `data`, as uvicorn writes it, stands for. Raises ValueError if it is none."""
    head, end, _ = data.decode("latin-1").partition("\r\n\r\n")
    if not end:
        raise ValueError("not a whole request")
    first, *lines = head.split("\r\n")
    method, target, _version = first.split(" ", 2)
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("a header without a colon")
        headers.setdefault(name.lower(), []).append(value.strip())
    return Request(method, target.partition("?")[0], headers)


def upgrade_of(request: Request) -> Upgrade:
    """Return what the application judges an upgrade by."""
    return Upgrade(
        path=request.path,
        host=request.one("host") or "",
        origin=request.one("origin"),
        subprotocols=request.tokens("sec-websocket-protocol"),
    )


@lru_cache(maxsize=64)
def _tokens(values: str) -> tuple[str, ...]:
    """What browsers send here differs little from one to the next."""
    return tuple(token for part in values.split(",") if (token := part.strip()))


@lru_cache(maxsize=64)
def _lowered(values: str) -> frozenset[str]:
    return frozenset(one.lower() for one in _tokens(values))


def plain_opening(data: bytes) -> tuple[Upgrade, Opening] | None:
    """Return what `data` asks and its 101, when it is a whole valid request for the live socket and nothing is odd.

    None = an HTTP server shall read it: another path or method, no upgrade, a part of a request, more than a request,
    a body, bytes that do not belong there, or something to be refused.
    """
    key = _KEY.search(data)
    said = None if key is None else _plain_but_for_key(data[: key.start(1)] + data[key.end(1) :])
    if key is None or said is None:
        return None
    upgrade, wire, chosen = said
    return upgrade, Opening(wire, _switching(key[1], chosen))


@lru_cache(maxsize=256)
def _plain_but_for_key(data: bytes) -> tuple[Upgrade, Wire, bytes] | None:
    """What browsers of one kind ask on one page differs by the key alone: it is read and judged once."""
    if _PLAIN.fullmatch(data) is None:
        return None
    request = read_request(data)
    chosen = _chosen(request)
    if _denied(request) or isinstance(chosen, Denied):
        return None
    if request.one("sec-websocket-key") != "" or _BODY.intersection(request.headers):
        return None
    return upgrade_of(request), *chosen


def open_live(request: Request) -> Opening | Denied:
    """Return the 101 answer to a valid request for the live socket, else the refusal."""
    if (denied := _denied(request)) is not None:
        return denied
    key = request.one("sec-websocket-key")
    if key is None or not _is_key(key):
        return Denied(400, "Sec-WebSocket-Key must be 16 bytes in base64")
    chosen = _chosen(request)
    return chosen if isinstance(chosen, Denied) else Opening(chosen[0], _switching(key.encode(), chosen[1]))


def _denied(request: Request) -> Denied | None:
    """Return why this opens no live socket, whatever its key; None = nothing speaks against it so far."""
    if request.path != LIVE_PATH:
        return Denied(404, "no such socket")
    if request.method != "GET":
        return Denied(405, "a WebSocket is opened by GET")
    if not request.has("upgrade", "websocket"):
        return Denied(426, "Upgrade: websocket is missing")
    if not request.has("connection", "upgrade"):
        return Denied(400, "Connection: Upgrade is missing")
    if request.one("sec-websocket-version") != "13":
        return Denied(426, "Sec-WebSocket-Version must be 13")
    return None


def _chosen(request: Request) -> tuple[Wire, bytes] | Denied:
    """Return the subprotocol, and the line of the answer that names it if any was offered."""
    if len(request.headers.get("origin", ())) > 1:
        return Denied(400, "more than one Origin")
    offered = request.tokens("sec-websocket-protocol")
    wire = next((wire for name in offered if (wire := wire_of(name))), None) if offered else JSON
    if wire is None:
        return Denied(400, "none of the offered subprotocols is known")
    return wire, f"\r\nSec-WebSocket-Protocol: {wire.subprotocol}".encode() if offered else b""


def refusal(denied: Denied, method: str = "GET") -> bytes:
    """Return the whole HTTP response of a refused upgrade; the connection is closed after it."""
    body = denied.reason.encode()
    lines = [
        f"HTTP/1.1 {denied.status} {HTTPStatus(denied.status).phrase}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if denied.retry_after_s is not None:
        lines.append(f"Retry-After: {denied.retry_after_s}")
    if denied.status == HTTPStatus.UPGRADE_REQUIRED:
        lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if method == "HEAD" else body)


def _is_key(key: str) -> bool:
    try:
        return len(binascii.a2b_base64(key.encode("ascii"), strict_mode=True)) == 16
    except (ValueError, UnicodeEncodeError):
        return False


def _switching(key: bytes, chosen: bytes) -> bytes:
    accept = b64encode(sha1(key + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + chosen + b"\r\n\r\n"
    )
