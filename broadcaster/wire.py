"""The two subprotocols as two values of one kind: how maps, lists and messages are put together. Pure.

Content of others is never read here: finished bytes (`Encoded`) are spliced into new maps and lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

import msgpack
from websockets.frames import Opcode

from broadcaster.frames import Content, Encoded

_FIN = 0x80
"""Of a frame's first byte (RFC 6455 §5.2): the only one of its message."""

# One packer for all: `msgpack.packb` makes one for each value, which is most of the work.
_pack: Callable[[object], bytes] = msgpack.Packer(use_bin_type=True).pack

Scalar = str | int | float | bool | None
Value = Scalar | Sequence["Value"] | dict[str, "Value"]
Pair = tuple[str, bytes]
"""A key and its finished value."""


class Wire(Protocol):
    """One subprotocol. All results are finished bytes of one value, except `message`."""

    def __hash__(self) -> int: ...

    @property
    def subprotocol(self) -> str: ...
    @property
    def opcode(self) -> Opcode: ...
    def pick(self, content: Content) -> bytes: ...
    def value(self, value: Value) -> bytes: ...
    def map(self, pairs: Sequence[Pair]) -> bytes: ...
    def list(self, values: Sequence[bytes]) -> bytes: ...
    def splice(self, pairs: Sequence[Pair], body: bytes) -> bytes:
        """Return the map `body` with `pairs` in front of its own entries. Raises ValueError if it is no map."""
        ...

    def pairs(self, pairs: Sequence[Pair]) -> bytes:
        """Return entries without their map, to be kept and used in `joined`."""
        ...

    def joined(self, count: int, parts: Sequence[bytes]) -> bytes:
        """Return one map of `count` entries out of parts made by `pairs` (none of them empty)."""
        ...


class _Msgpack:
    subprotocol = "liveroom.v1.msgpack"
    opcode = Opcode.BINARY

    def pick(self, content: Content) -> bytes:
        return content.msgpack

    def value(self, value: Value) -> bytes:
        return _pack(value)

    def map(self, pairs: Sequence[Pair]) -> bytes:
        return _map_header(len(pairs)) + self.pairs(pairs)

    def list(self, values: Sequence[bytes]) -> bytes:
        return _list_header(len(values)) + b"".join(values)

    def splice(self, pairs: Sequence[Pair], body: bytes) -> bytes:
        count, start = _map_count(body)
        return b"".join((_map_header(count + len(pairs)), self.pairs(pairs), body[start:]))

    def pairs(self, pairs: Sequence[Pair]) -> bytes:
        return b"".join([part for key, value in pairs for part in (_msgpack_key(key), value)])

    def joined(self, count: int, parts: Sequence[bytes]) -> bytes:
        return _map_header(count) + b"".join(parts)


class _Json:
    subprotocol = "liveroom.v1.json"
    opcode = Opcode.TEXT

    def pick(self, content: Content) -> bytes:
        return content.json

    def value(self, value: Value) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    def map(self, pairs: Sequence[Pair]) -> bytes:
        return b"{" + self.pairs(pairs) + b"}"

    def list(self, values: Sequence[bytes]) -> bytes:
        return b"[" + b",".join(values) + b"]"

    def splice(self, pairs: Sequence[Pair], body: bytes) -> bytes:
        if body[:1] != b"{" or body[-1:] != b"}":
            raise ValueError("not a compact JSON map")
        if body == b"{}" or not pairs:
            return self.map(pairs) if pairs else body
        return b"{" + self.pairs(pairs) + b"," + body[1:]

    def pairs(self, pairs: Sequence[Pair]) -> bytes:
        return b",".join([_json_key(key) + value for key, value in pairs])

    def joined(self, count: int, parts: Sequence[bytes]) -> bytes:
        return b"{" + b",".join(parts) + b"}"


MSGPACK: Wire = _Msgpack()
JSON: Wire = _Json()
WIRES: tuple[Wire, ...] = (MSGPACK, JSON)
"""In our order of preference."""
_BY_NAME = {wire.subprotocol: wire for wire in WIRES}


def wire_of(subprotocol: str | None) -> Wire | None:
    """Return the wire of a negotiated subprotocol; None asked = JSON (PROTOCOL §1); an unknown one gives None."""
    return JSON if subprotocol is None else _BY_NAME.get(subprotocol)


def encoded(value: Value) -> Encoded:
    """Return a value's finished bytes in both subprotocols."""
    return Encoded(MSGPACK.value(value), JSON.value(value))


def seal(wire: Wire, frames: Sequence[bytes]) -> bytes:
    """Return encoded frames as one finished WebSocket message, good for every connection of this subprotocol."""
    message = wire.list(frames)
    size, first = len(message), _FIN | wire.opcode
    if size < 126:
        return bytes((first, size)) + message
    if size < 65_536:
        return bytes((first, 126, size >> 8, size & 0xFF)) + message
    return bytes((first, 127)) + size.to_bytes(8, "big") + message


# Item keys are unbounded over a process's life, those in use at one time are few.
@lru_cache(maxsize=4096)
def _msgpack_key(key: str) -> bytes:
    return _pack(key)


@lru_cache(maxsize=4096)
def _json_key(key: str) -> bytes:
    return json.dumps(key, ensure_ascii=False).encode() + b":"


def _map_header(count: int) -> bytes:
    if count < 16:
        return bytes((0x80 | count,))
    return b"\xde" + count.to_bytes(2, "big") if count < 65536 else b"\xdf" + count.to_bytes(4, "big")


def _list_header(count: int) -> bytes:
    if count < 16:
        return bytes((0x90 | count,))
    return b"\xdc" + count.to_bytes(2, "big") if count < 65536 else b"\xdd" + count.to_bytes(4, "big")


def _map_count(body: bytes) -> tuple[int, int]:
    """Return the number of entries of a msgpack map and where they begin."""
    head = body[0] if body else 0
    if head & 0xF0 == 0x80:
        return head & 0x0F, 1
    if head == 0xDE and len(body) >= 3:
        return int.from_bytes(body[1:3], "big"), 3
    if head == 0xDF and len(body) >= 5:
        return int.from_bytes(body[1:5], "big"), 5
    raise ValueError("not a msgpack map")
