"""What clients send, read into frames or refused (PROTOCOL §1.1). Pure.

Everything is checked here once: shapes, sizes, depth, integers within ±2^53, finite numbers, text that is
real text. Whoever gets a `ClientMessage` need not look again. Unknown keys break the protocol (4500), except in
`act.data`, whose keys are the application's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import msgpack

from broadcaster.close_codes import INVALID_TEXT
from broadcaster.errors import BadMessage
from broadcaster.frames import (
    Act,
    Beat,
    ClientMessage,
    Hello,
    Position,
    Seen,
    TimeAsk,
    Token,
    Visible,
)
from broadcaster.wire import MSGPACK, Wire

MAX_MESSAGE_BYTES = 64 * 1024
MAX_SAFE_INTEGER = 2**53 - 1  # what a JavaScript number holds exactly
_MAX_DEPTH = 8  # our deepest message has 3; an act's data gets the rest
_MAX_REF = 64
_MAX_TOKEN = 8 * 1024  # a JWT with generous claims; HTTP servers stop headers at about the same size
_MAX_SEEN = 256
_OUR_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}\Z")
_SURFACES = frozenset(("viewer", "broadcast", "host"))
_HELLO_NEEDS = ("room", "surface")
_HELLO_MAY_HAVE = ("token", "position", "visible")
_HELLO_KEYS = frozenset(("type", *_HELLO_NEEDS, *_HELLO_MAY_HAVE))

Map = Mapping[str, Any]


def read_message(payload: bytes | bytearray, wire: Wire) -> ClientMessage:
    """Return the frame that `payload` (one whole WebSocket message of this subprotocol) stands for.

    Raises `BadMessage` naming the field and what it must be; its code is 4500, or 1007 for broken UTF-8.
    """
    value = _unpacked(payload) if wire is MSGPACK else _parsed(payload)
    if type(value) is dict:
        plain = _plain(value)
        if plain is not None:
            return plain
    _check(value, "", _MAX_DEPTH)
    if not isinstance(value, dict):
        raise BadMessage("", "a map")
    kind = value.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadMessage("type", "one of " + ", ".join(_READERS))
    return reader(value)


# --- bytes → plain values -------------------------------------------------------------------------


def _unpacked(payload: bytes | bytearray) -> object:
    try:
        return msgpack.unpackb(
            payload,
            raw=False,
            strict_map_key=True,
            ext_hook=_no_ext,
        )
    except BadMessage:
        raise
    except UnicodeDecodeError as error:
        raise BadMessage("", "text in UTF-8", INVALID_TEXT) from error
    except (ValueError, msgpack.UnpackException) as error:
        raise BadMessage("", "one msgpack value with string keys") from error


def _no_ext(code: int, data: bytes) -> NoReturn:
    raise BadMessage("", "msgpack without ext types")


def _parsed(payload: bytes | bytearray) -> object:
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise BadMessage("", "text in UTF-8", INVALID_TEXT) from error
    try:
        return json.loads(text, parse_constant=_no_constant)
    except BadMessage:
        raise
    except (ValueError, RecursionError) as error:
        raise BadMessage("", "one JSON value") from error


def _no_constant(name: str) -> NoReturn:
    raise BadMessage("", "JSON without " + name)


def _check(value: object, path: str, depth: int) -> None:
    """Refuse values that PROTOCOL, *Values*, does not know."""
    match value:
        case str():
            # A lone surrogate (JSON "\ud800") is no character and could never be sent on.
            if not value.isascii():
                try:
                    value.encode()
                except UnicodeEncodeError as error:
                    raise BadMessage(path, "text of whole characters") from error
        case bool() | None:
            pass
        case int():
            if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
                raise BadMessage(path, "an integer within ±2^53")
        case float():
            if value != value or value in (float("inf"), float("-inf")):
                raise BadMessage(path, "a finite number")
        case dict() | list():
            if depth == 0:
                raise BadMessage(path, f"at most {_MAX_DEPTH} levels deep")
            if isinstance(value, dict):
                for key, item in value.items():
                    if not isinstance(key, str):
                        raise BadMessage(path, "a map with string keys")
                    if not key.isascii():
                        _check(key, path, 0)
                    if type(item) is not str or not item.isascii():  # most are, and need no call
                        _check(item, f"{path}.{key[:40]}" if path else key[:40], depth - 1)
            else:
                for item in value:
                    _check(item, path, depth - 1)
        case _:
            raise BadMessage(path, "text, number, true, false, null, list or map (no bin, no ext)")


# --- plain values → frames ------------------------------------------------------------------------


def _keys(message: Map, required: tuple[str, ...], optional: tuple[str, ...] = (), path: str = "") -> None:
    for key in required:
        if key not in message:
            raise BadMessage(f"{path}{key}", "present")
    for key in message:
        if key != "type" and key not in required and key not in optional:
            raise BadMessage(f"{path}{key[:40]}", "absent: there is no such key")


def _text(message: Map, key: str, at_most: int) -> str:
    value = message[key]
    if not isinstance(value, str) or not 1 <= len(value) <= at_most:
        raise BadMessage(key, f"a string of 1 to {at_most} characters")
    return value


def _our_id(value: object, field: str) -> str:
    if not isinstance(value, str) or _OUR_ID.match(value) is None:
        raise BadMessage(field, "an id: 1 to 64 of letters, digits and _ . : -")
    return value


def _flag(message: Map, key: str, default: bool | None = None) -> bool:
    value = message.get(key, default)
    if not isinstance(value, bool):
        raise BadMessage(key, "true or false")
    return value


def _count(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadMessage(field, "an integer of 0 or more")
    return value


def _hello(message: Map) -> Hello:
    _keys(message, _HELLO_NEEDS, _HELLO_MAY_HAVE)
    surface = message["surface"]
    if not isinstance(surface, str) or surface not in _SURFACES:
        raise BadMessage("surface", "one of " + ", ".join(sorted(_SURFACES)))
    token = None if message.get("token") is None else _text(message, "token", _MAX_TOKEN)
    return Hello(
        room=_our_id(message["room"], "room"),
        surface=surface,
        token=token,
        token_given="token" in message,
        position=_position(message.get("position")),
        visible=_flag(message, "visible", True),
    )


def _position(value: object) -> Position | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadMessage("position", "null or a map")
    _keys(value, ("epoch", "offset"), path="position.")
    return Position(_our_id(value["epoch"], "position.epoch"), _count(value["offset"], "position.offset"))


def _time(message: Map) -> TimeAsk:
    _keys(message, ("t0",))
    t0 = message["t0"]
    if isinstance(t0, bool) or not isinstance(t0, int | float):
        raise BadMessage("t0", "a number")
    return TimeAsk(t0)


def _act(message: Map) -> Act:
    _keys(message, ("ref", "name", "data"))
    data = message["data"]
    if not isinstance(data, dict):
        raise BadMessage("data", "a map")
    return Act(_text(message, "ref", _MAX_REF), _text(message, "name", _MAX_REF), data)


def _beat(message: Map) -> Beat:
    _keys(message, ("nonce", "playing", "visible", "card_version"))
    return Beat(
        nonce=_text(message, "nonce", _MAX_REF),
        playing=_flag(message, "playing"),
        visible=_flag(message, "visible"),
        card_version=_count(message["card_version"], "card_version"),
    )


def _plain(message: Map) -> ClientMessage | None:
    """Return what a crowd says all the time, read in one look; only accepts: all else is read with care (`_READERS`)."""
    kind = message.get("type")
    if kind == "beat":
        return _plain_beat(message)
    return _plain_hello(message) if kind == "hello" else None


def _plain_beat(message: Map) -> Beat | None:
    """Return a beat with which all is well, at a fraction of the cost: it is what an audience says all the time."""
    if len(message) != 5:
        return None
    nonce, playing, visible = message.get("nonce"), message.get("playing"), message.get("visible")
    version = message.get("card_version")
    if type(nonce) is not str or not 0 < len(nonce) <= _MAX_REF or not nonce.isascii():
        return None
    if type(playing) is not bool or type(visible) is not bool:
        return None
    if type(version) is not int or not 0 <= version <= MAX_SAFE_INTEGER:
        return None
    return Beat(nonce, playing, visible, version)


def _plain_hello(message: Map) -> Hello | None:
    """Return a hello without a position with which all is well: a storm is made of them."""
    if not message.keys() <= _HELLO_KEYS or message.get("position") is not None:
        return None
    room, surface, token = message.get("room"), message.get("surface"), message.get("token")
    if type(room) is not str or _OUR_ID.match(room) is None:
        return None
    if type(surface) is not str or surface not in _SURFACES:
        return None
    if token is not None and (
        type(token) is not str or not 0 < len(token) <= _MAX_TOKEN or not token.isascii()
    ):
        return None
    visible = message.get("visible", True)
    if type(visible) is not bool:
        return None
    return Hello(room, surface, token, "token" in message, None, visible)


def _visible(message: Map) -> Visible:
    _keys(message, ("on",))
    return Visible(_flag(message, "on"))


def _token(message: Map) -> Token:
    _keys(message, ("token",))
    return Token(_text(message, "token", _MAX_TOKEN))


def _seen(message: Map) -> Seen:
    _keys(message, ("ids",))
    ids = message["ids"]
    if not isinstance(ids, list) or len(ids) > _MAX_SEEN:
        raise BadMessage("ids", f"a list of at most {_MAX_SEEN} ids")
    return Seen(tuple(_our_id(one, "ids") for one in ids))


_READERS: Mapping[str, Callable[[Map], ClientMessage]] = {
    "hello": _hello,
    "time": _time,
    "act": _act,
    "beat": _beat,
    "visible": _visible,
    "token": _token,
    "seen": _seen,
}
