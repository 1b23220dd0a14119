"""The golden files: histories of rooms with what comes of them, read by the tests of every language.

``python -m broadcaster.golden_frames`` writes ``broadcaster/golden/*.json`` anew; a test fails when they are not current.
Each file: `name`, `snapshot` (a `welcome` map), `frames` (maps in the order they are sent), and `expect`: the room
and pulses a viewer shows in the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from broadcaster.codec import JSON, encode, encoded, room_view, welcome_of
from broadcaster.frames import (
    Comment,
    Moment,
    Numbered,
    PassingFrame,
    Position,
    Pulse,
    Rank,
    Retract,
    RoomItem,
    Snapshot,
    Void,
    Welcome,
)
from broadcaster.roomstate import RoomState
from broadcaster.wire import Value

FOLDER = Path(__file__).with_name("golden")
_T0 = 1_800_000_000_000
_EPOCH = "g0"
_Frame = Numbered | Void | PassingFrame


def _item(key: str, rev: int, value: Value | None) -> RoomItem:
    return RoomItem(key, rev, None if value is None else encoded(value))


def _task(rev: int, state: str, title: str = "分享直播间得100积分") -> Value:
    return {
        "rev": rev,
        "order": 1,
        "kind": "share",
        "title": title,
        "reward": 100,
        "target": 1,
        "starts_ms": _T0,
        "ends_ms": _T0 + 600_000,
        "state": state,
        "budget": 10_000,
    }


_ROOM: tuple[RoomItem, ...] = (
    _item("id", 1, "demo"),
    _item("name", 1, "演示直播间"),
    _item("writers", 1, "all"),
    _item("slow_s", 1, 0),
    _item("show", 2, {"id": "s1", "status": "live", "title": "会员日", "starts_ms": _T0, "offers": {}}),
    _item("theme", 1, {"--accent": "#c33"}),
    _item(
        "tiers/basic",
        1,
        {"rev": 1, "order": 0, "name": "普通用户", "color": "#999", "growth": 0, "benefits": []},
    ),
    _item(
        "tiers/silver",
        1,
        {"rev": 1, "order": 2, "name": "白银会员", "color": "#bbb", "growth": 300, "benefits": []},
    ),
    _item("tasks/t1", 3, _task(3, "running")),
)


def _moment(name: str, kind: str = "level_up", rank: Rank = Rank.LOUD) -> Moment:
    body: Value = {
        "id": name,
        "kind": kind,
        "rank": int(rank),
        "text": {"zh-CN": "恭喜用户@小美 升级为白银会员!", "en": "@小美 is now Silver!"},
        "params": {"name": "小美", "tier": "silver", "count": 1, "offer": {"title": "立减10元", "off": 1000}},
        "author": "a_1",
        "expires_ms": _T0 + 30_000,
        "is_test": False,
    }
    return Moment(name, kind, rank, _T0 + 30_000, encoded(body), "a_1")


def _comment(name: str, author: str = "a_1", text: str = "主播好棒 👍") -> Comment:
    body: Value = {"id": name, "author": author, "name": "小美", "tier": "silver", "text": text, "at_ms": _T0}
    return Comment(name, author, encoded(body))


def _pulse(key: str, value: Value) -> Pulse:
    return Pulse(key, encoded(value))


_HISTORIES: Mapping[str, tuple[Snapshot, Sequence[RoomItem | Moment | Retract | PassingFrame | None]]] = {
    "nothing_happens": (Snapshot(Position(_EPOCH, 7), _ROOM, (_pulse("online", 3),), ()), ()),
    "empty_room_fills": (
        Snapshot(Position(_EPOCH, 0), (), (), ()),
        (_item("id", 1, "demo"), _item("name", 1, "演示直播间"), _item("tasks/t1", 1, _task(1, "running"))),
    ),
    "items_replace_whole": (
        Snapshot(Position(_EPOCH, 41), _ROOM, (), ()),
        (
            # No recursive merge: `offers` and `title` are gone because the new value lacks them.
            _item("show", 3, {"id": "s1", "status": "ended", "starts_ms": _T0}),
            _item("tasks/t1", 4, {"rev": 4, "order": 1, "state": "paused", "remaining_ms": 5_000}),
            _item("tasks/t2", 1, _task(1, "running", "评论口令得5积分")),
            _item("theme", 2, {"--ink": "#111"}),
        ),
    ),
    "items_are_removed": (
        Snapshot(Position(_EPOCH, 9), (*_ROOM, _item("spotlight", 1, {"sku": "x1", "price": 9900})), (), ()),
        (
            _item("spotlight", 2, None),
            _item("tasks/t1", 4, None),
            _item("tiers/silver", 2, None),
            _item("pinned", 5, None),
            _item("tasks/t3", 1, _task(1, "running")),
        ),
    ),
    "odd_keys_and_texts": (
        Snapshot(Position(_EPOCH, 0), (), (), ()),
        (
            _item("tasks/toString", 1, _task(1, "running", '"引号" \\ 反斜杠 \u2028 \u202e翻转')),
            _item("tasks/constructor", 1, _task(1, "running", "<b>不是标签</b>")),
            _item("name", 1, "😀 👨‍👩‍👧‍👦"),
        ),
    ),
    "moments_and_voids_change_no_state": (
        Snapshot(Position(_EPOCH, 100), _ROOM, (_pulse("likes", 5),), ()),
        (_moment("m1"), None, None, _moment("m2", "notice"), _moment("m3", "draw_result", Rank.STATE), None),
    ),
    "pulses_keep_the_latest": (
        Snapshot(Position(_EPOCH, 3), _ROOM, (_pulse("likes", 5), _pulse("online", 10)), ()),
        (
            _pulse("likes", 6),
            _pulse("task:t1", {"done": 3, "budget_left": 9_700}),
            _pulse("likes", 9),
            _pulse("poll:p1", {"a": 3, "b": 0}),
            _pulse("online", 8),
            _pulse("overload", 0),
        ),
    ),
    "comments_come_and_go": (
        Snapshot(Position(_EPOCH, 3), _ROOM, (), (_comment("c1"), _comment("c2", "a_2"))),
        (
            _comment("c3", "a_3"),
            Retract(("c1",)),
            _comment("c4", "a_2"),
            Retract(author="a_2"),
            _comment("c5"),
        ),
    ),
}


def golden() -> Mapping[str, str]:
    """Return the golden files of today's code: file name → content."""
    return {f"{name}.json": _file(name, *history) for name, history in _HISTORIES.items()}


def _file(
    name: str, before: Snapshot, history: Sequence[RoomItem | Moment | Retract | PassingFrame | None]
) -> str:
    state = RoomState(before)
    frames: list[object] = []
    for frame in history:
        sent: _Frame
        if isinstance(frame, Pulse | Comment):
            state.pass_by((frame,))
            sent = frame
        else:
            numbered = Numbered(state.position.offset + 1, frame or _moment("expired"), _T0)
            state.fold(numbered)
            sent = Void(numbered.offset) if frame is None else numbered
        frames.append(_map(encode(sent, JSON)))
    welcome = Welcome("s1", _T0, before.position, False, before, None, 15, 5_000)
    after = state.snapshot()
    content = {
        "name": name,
        "snapshot": _map(welcome_of(welcome, JSON)),
        "frames": frames,
        "expect": {
            "room": _map(room_view(after.items, JSON)),
            "pulses": {pulse.key: _map(pulse.value.json) for pulse in after.pulses},
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _map(data: bytes) -> object:
    return cast(object, json.loads(data))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file, content in golden().items():
        (FOLDER / file).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
