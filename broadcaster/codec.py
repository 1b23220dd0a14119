"""Frames as bytes (PROTOCOL §1.2), and the client's side of the same: the only place that knows their shape. Pure.

Typical use: ``seal(wire, [encode(frame, wire) for frame in frames])`` gives one finished WebSocket message.
What clients send is read in `client_messages`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, assert_never

import msgpack

from broadcaster.frames import (
    NULL,
    Act,
    Beacon,
    Beat,
    Bye,
    Card,
    ClientMessage,
    Comment,
    Done,
    Hello,
    Moment,
    Notice,
    Numbered,
    PassingFrame,
    PersonalFrame,
    Pulse,
    Refused,
    Retract,
    RoomItem,
    Seen,
    Snapshot,
    TimeAsk,
    TimeReply,
    Token,
    Visible,
    Void,
    Welcome,
)
from broadcaster.wire import JSON, MSGPACK, WIRES, Pair, Value, Wire, encoded, seal, wire_of

__all__ = [
    "JSON",
    "MSGPACK",
    "WIRES",
    "Wire",
    "encode",
    "encoded",
    "fresh_welcome",
    "patch_of",
    "read_frames",
    "room_view",
    "same_for_all",
    "seal",
    "welcome_of",
    "welcome_room",
    "wire_of",
    "write_message",
]

PROTOCOL_VERSION = 1

ServerFrame = Numbered | Void | PassingFrame | PersonalFrame | Beacon


def encode(frame: ServerFrame, wire: Wire) -> bytes:
    """Return one frame's map as finished bytes. A `welcome` is put together by `welcome_of` instead."""
    value = wire.value
    match frame:
        case Numbered():
            return _encode_kept(frame, wire)
        case Void():
            return wire.map((_type("void", wire), ("offset", value(frame.offset))))
        case Pulse():
            pulse = (_type("pulse", wire), ("key", value(frame.key)), ("value", wire.pick(frame.value)))
            return wire.map(pulse)
        case Comment():
            return wire.splice((_type("comment", wire),), wire.pick(frame.body))
        case Beacon():
            return wire.map(
                (
                    _type("beacon", wire),
                    ("epoch", value(frame.position.epoch)),
                    ("offset", value(frame.position.offset)),
                    ("server_time_ms", value(frame.server_time_ms)),
                    ("nonce", value(frame.nonce)),
                )
            )
        case Card():
            return wire.map((_type("card", wire), ("card", wire.pick(frame.body))))
        case Notice():
            return wire.splice((_type("notice", wire),), wire.pick(frame.body))
        case Done():
            done = (_type("done", wire), ("ref", value(frame.ref)), ("result", wire.pick(frame.result)))
            return wire.map(done)
        case Refused():
            return _encode_refused(frame, wire)
        case TimeReply():
            t0, t1, t2 = value(frame.t0), value(frame.t1), value(frame.t2)
            return wire.map((_type("time", wire), ("t0", t0), ("t1", t1), ("t2", t2)))
        case Bye():
            pairs = [
                _type("bye", wire),
                ("code", value(int(frame.code))),
                ("reason", value(frame.reason)),
                ("retry_after_ms", value(frame.retry_after_ms)),
            ]
            if frame.details:
                pairs.append(("details", value(dict(frame.details))))
            return wire.map(pairs)
        case _:
            assert_never(frame)


def _type(name: str, wire: Wire) -> Pair:
    return "type", wire.value(name)


def _encode_kept(numbered: Numbered, wire: Wire) -> bytes:
    offset = ("offset", wire.value(numbered.offset))
    match numbered.frame:
        case RoomItem() as item:
            return wire.map((_type("room", wire), offset, ("patch", patch_of(item, wire))))
        case Moment() as moment:
            return wire.splice((_type("moment", wire), offset), wire.pick(moment.body))
        case Retract() as retract:
            pairs = [_type("retract", wire), offset]
            if retract.ids:
                pairs.append(("ids", wire.value(list(retract.ids))))
            if retract.author is not None:
                pairs.append(("author", wire.value(retract.author)))
            return wire.map(pairs)
        case _:
            assert_never(numbered.frame)


def _encode_refused(refused: Refused, wire: Wire) -> bytes:
    pairs = [
        _type("refused", wire),
        ("ref", wire.value(refused.ref)),
        ("code", wire.value(refused.code)),
        ("message", wire.value(refused.message)),
        ("details", wire.value(dict(refused.details))),
    ]
    if refused.retry_after_ms is not None:
        pairs.append(("retry_after_ms", wire.value(refused.retry_after_ms)))
    return wire.map(pairs)


# --- the room's view ------------------------------------------------------------------------------


def patch_of(item: RoomItem, wire: Wire) -> bytes:
    """Return the patch one item stands for: it replaces its key, or its entry in a map by id, whole (§1.3)."""
    value = wire.value(None) if item.value is None else wire.pick(item.value)
    outer, slash, inner = item.key.partition("/")
    return wire.map(((outer, wire.map(((inner, value),)) if slash else value),))


def room_view(items: Iterable[RoomItem], wire: Wire) -> bytes:
    """Return the RoomView that items make up: removed ones are absent, ``tasks/t1`` stands in the map ``tasks``."""
    plain: list[Pair] = []
    by_id: dict[str, list[Pair]] = {}
    for item in sorted(items, key=lambda item: item.key):
        if item.value is None:
            continue
        outer, slash, inner = item.key.partition("/")
        if slash:
            by_id.setdefault(outer, []).append((inner, wire.pick(item.value)))
        else:
            plain.append((outer, wire.pick(item.value)))
    return wire.map(plain + [(outer, wire.map(entries)) for outer, entries in by_id.items()])


def welcome_room(snapshot: Snapshot, wire: Wire) -> bytes:
    """Return the part of a fresh `welcome` that is the same for every viewer of this room version."""
    position = snapshot.position
    return wire.pairs(
        (
            ("epoch", wire.value(position.epoch)),
            ("offset", wire.value(position.offset)),
            ("recovered", wire.value(False)),
            ("room", room_view(snapshot.items, wire)),
            *_passing_part(snapshot, wire),
        )
    )


def _recovered_room(welcome: Welcome, latest: Snapshot, wire: Wire) -> bytes:
    return wire.pairs(
        (
            ("epoch", wire.value(welcome.position.epoch)),
            ("offset", wire.value(welcome.position.offset)),
            ("recovered", wire.value(True)),
            ("room", wire.value(None)),
            *_passing_part(latest, wire),
        )
    )


def _passing_part(snapshot: Snapshot, wire: Wire) -> tuple[Pair, Pair]:
    pulses = wire.map([(pulse.key, wire.pick(pulse.value)) for pulse in snapshot.pulses])
    return ("pulses", pulses), ("comments", wire.list([wire.pick(c.body) for c in snapshot.comments]))


def welcome_of(
    welcome: Welcome,
    wire: Wire,
    room: bytes | None = None,
    latest: Snapshot | None = None,
    card: bytes | None = None,
) -> bytes:
    """Return a `welcome` map.

    `room` is the shared part made by `welcome_room` (made here if None). A recovered welcome has no
    room; `latest` then gives its pulses and comments. `card`, when given, stands for `welcome.card`,
    already encoded for this wire.
    """
    if room is None:
        if welcome.snapshot is not None:
            room = welcome_room(welcome.snapshot, wire)
        else:
            room = _recovered_room(welcome, latest or Snapshot(welcome.position, (), (), ()), wire)
    if card is None:
        card = wire.pick(NULL if welcome.card is None else welcome.card.body)
    frame = same_for_all(wire, welcome.features, welcome.beat_s, welcome.reconnect_spread_ms)
    return fresh_welcome(welcome.session, welcome.server_time_ms, wire, frame, room, card)


def fresh_welcome(
    session: str, server_time_ms: int, wire: Wire, frame: tuple[bytes, bytes], room: bytes, card: bytes
) -> bytes:
    """Return a `welcome` map of its finished parts: `frame` by `same_for_all`, `room` by `welcome_room`."""
    head, tail = frame
    own = wire.pairs((("session", wire.value(session)), ("server_time_ms", wire.value(server_time_ms))))
    return wire.joined(14, (head, own, room, wire.pairs((("card", card),)), tail))


@lru_cache(maxsize=8)
def same_for_all(
    wire: Wire, features: tuple[str, ...], beat_s: int, reconnect_spread_ms: int
) -> tuple[bytes, bytes]:
    """Return the first and the last entries of every welcome of a process, made once."""
    head = wire.pairs(
        (
            _type("welcome", wire),
            ("protocol", wire.value(PROTOCOL_VERSION)),
            ("features", wire.value(list(features))),
        )
    )
    tail = wire.pairs(
        (("beat_s", wire.value(beat_s)), ("reconnect_spread_ms", wire.value(reconnect_spread_ms)))
    )
    return head, tail


# --- the client's side ----------------------------------------------------------------------------


def write_message(message: ClientMessage, wire: Wire) -> bytes:
    """Return one client message as the payload of a WebSocket message (unmasked, without its header)."""
    return wire.value(_message_map(message))


def _message_map(message: ClientMessage) -> dict[str, Value]:
    match message:
        case Hello():
            hello: dict[str, Value] = {"type": "hello", "room": message.room, "surface": message.surface}
            if message.token_given or message.token is not None:
                hello["token"] = message.token
            if message.position is not None:
                hello["position"] = {"epoch": message.position.epoch, "offset": message.position.offset}
            if not message.visible:
                hello["visible"] = False
            return hello
        case TimeAsk():
            return {"type": "time", "t0": message.t0}
        case Act():
            return {"type": "act", "ref": message.ref, "name": message.name, "data": _plain(message.data)}
        case Beat():
            return {
                "type": "beat",
                "nonce": message.nonce,
                "playing": message.playing,
                "visible": message.visible,
                "card_version": message.card_version,
            }
        case Visible():
            return {"type": "visible", "on": message.on}
        case Token():
            return {"type": "token", "token": message.token}
        case Seen():
            return {"type": "seen", "ids": list(message.ids)}
        case _:
            assert_never(message)


def _plain(data: Mapping[str, Any]) -> dict[str, Value]:
    return dict(data)


def read_frames(payload: bytes | str, wire: Wire) -> Sequence[dict[str, Any]]:
    """Read one server message as plain maps, as a client does. Raises ValueError if it is not a list of maps."""
    frames = msgpack.unpackb(payload, raw=False) if wire is MSGPACK else json.loads(payload)
    if not isinstance(frames, list) or not all(isinstance(frame, dict) for frame in frames):
        raise ValueError("a server message is a list of maps")
    return frames
