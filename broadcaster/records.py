"""Frames on their way between nodes and in the store: compact msgpack records. Pure.

Written without bin types, so that the Lua side (which knows only raw strings) can read what it must:
the ids and authors of comments and retracts. A format change needs a new namespace or an empty Redis.
"""

from __future__ import annotations

from typing import Any, assert_never

import msgpack

from broadcaster.frames import (
    CardRecord,
    Comment,
    Encoded,
    KeptFrame,
    MailFrame,
    Moment,
    Notice,
    PassingFrame,
    Pulse,
    Rank,
    Retract,
    RoomFrame,
    RoomItem,
)

_ITEM, _MOMENT, _RETRACT, _PULSE, _COMMENT, _CARD, _NOTICE = range(7)


def pack(value: object) -> bytes:
    return msgpack.packb(value, use_bin_type=False)  # type: ignore[no-any-return]


def unpack(data: bytes) -> Any:  # noqa: ANN401 - a codec
    return msgpack.unpackb(data, raw=True, strict_map_key=False)


def write_room_frame(frame: RoomFrame) -> bytes:
    match frame:
        case RoomItem():
            value = frame.value
            mp, js = (None, None) if value is None else (value.msgpack, value.json)
            return pack((_ITEM, frame.key, frame.rev, mp, js))
        case Moment():
            body = frame.body
            head = (_MOMENT, frame.id, frame.kind, int(frame.rank), frame.expires_ms)
            return pack((*head, body.msgpack, body.json, frame.author))
        case Retract():
            return pack((_RETRACT, frame.ids, frame.author))
        case Pulse():
            return pack((_PULSE, frame.key, frame.value.msgpack, frame.value.json))
        case Comment():
            return pack((_COMMENT, frame.id, frame.author, frame.body.msgpack, frame.body.json))
        case _:
            assert_never(frame)


def read_kept(data: bytes) -> KeptFrame:
    """Return the kept frame of a record. Raises ValueError for any other record."""
    match unpack(data):
        case [0, key, rev, mp, js]:
            return RoomItem(key.decode(), rev, None if mp is None else Encoded(mp, js))
        case [1, moment, kind, rank, expires_ms, mp, js, author]:
            return Moment(
                moment.decode(), kind.decode(), Rank(rank), expires_ms, Encoded(mp, js), _name(author)
            )
        case [2, ids, author]:
            return Retract(tuple(one.decode() for one in ids), _name(author))
        case other:
            raise ValueError(f"no record of a kept frame: {other!r:.80}")


def read_passing(data: bytes) -> PassingFrame:
    """Return the passing frame of a record. Raises ValueError for any other record."""
    match unpack(data):
        case [3, key, mp, js]:
            return Pulse(key.decode(), Encoded(mp, js))
        case [4, comment, author, mp, js]:
            return Comment(comment.decode(), author.decode(), Encoded(mp, js))
        case other:
            raise ValueError(f"no record of a passing frame: {other!r:.80}")


def write_mail(frame: MailFrame) -> bytes:
    match frame:
        case CardRecord():
            return pack((_CARD, frame.version, frame.record))
        case Notice():
            return pack((_NOTICE, frame.id, frame.expires_ms, frame.body.msgpack, frame.body.json))
        case _:
            assert_never(frame)


def read_mail(data: bytes) -> MailFrame:
    """Return the personal frame of a record. Raises ValueError for any other record."""
    match unpack(data):
        case [5, version, record]:
            return CardRecord(version, record)
        case [6, notice, expires_ms, mp, js]:
            return Notice(notice.decode(), expires_ms, Encoded(mp, js))
        case other:
            raise ValueError(f"no record of a personal frame: {other!r:.80}")


def _name(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()
