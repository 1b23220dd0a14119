"""The live socket's maps as plain data, read with care: a wrong shape is a `ContractBroken` that names the key.

This package reads PROTOCOL §1 with its own eyes, not with the server's codec, so that both cannot be wrong alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import msgpack

from loadtest.errors import ContractBroken

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Frame = Mapping[str, Json]

MSGPACK = "liveroom.v1.msgpack"
JSON = "liveroom.v1.json"


def read_frames(data: bytes | str) -> list[Frame]:
    """Return the frames of one server message: msgpack in a binary one, JSON in a text one."""
    try:
        message: object = json.loads(data) if isinstance(data, str) else msgpack.unpackb(data, raw=False)
    except ValueError as error:
        raise ContractBroken(f"a message that cannot be read: {error}") from error
    if not isinstance(message, list) or not all(isinstance(frame, dict) for frame in message):
        raise ContractBroken(f"a message must be a list of frames, got {type(message).__name__}")
    return cast(list[Frame], message)


def write_message(message: Frame, subprotocol: str) -> bytes | str:
    """Return one client message, ready to be sent as binary (bytes) or as text (str)."""
    if subprotocol == JSON:
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return cast(bytes, msgpack.packb(message))


def text(frame: Frame, key: str) -> str:
    value = frame.get(key)
    if not isinstance(value, str):
        raise ContractBroken(f"{frame.get('type', 'map')}.{key} must be a string, got {value!r}")
    return value


def integer(frame: Frame, key: str) -> int:
    value = frame.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ContractBroken(f"{frame.get('type', 'map')}.{key} must be an integer, got {value!r}")
    return value


def flag(frame: Frame, key: str) -> bool:
    value = frame.get(key)
    if not isinstance(value, bool):
        raise ContractBroken(f"{frame.get('type', 'map')}.{key} must be true or false, got {value!r}")
    return value


def submap(frame: Frame, key: str) -> dict[str, Json]:
    value = frame.get(key)
    if not isinstance(value, dict):
        raise ContractBroken(f"{frame.get('type', 'map')}.{key} must be a map, got {value!r}")
    return value
