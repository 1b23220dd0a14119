"""Frames as bytes and back, in both subprotocols."""

import json
from typing import Any

import msgpack
import pytest

from broadcaster.client_messages import read_message
from broadcaster.codec import (
    JSON,
    MSGPACK,
    WIRES,
    ServerFrame,
    Wire,
    encode,
    encoded,
    read_frames,
    room_view,
    welcome_of,
    welcome_room,
    write_message,
)
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
    Position,
    Pulse,
    Rank,
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
from broadcaster.testing import text_item

AT = Position("e1", 7)


def decoded(data: bytes, wire: Wire) -> Any:
    return msgpack.unpackb(data) if wire is MSGPACK else json.loads(data)


FRAMES: list[tuple[ServerFrame, dict[str, object]]] = [
    (Numbered(3, text_item("name", 1, "Demo"), 0), {"type": "room", "offset": 3, "patch": {"name": "Demo"}}),
    (
        Numbered(3, text_item("tasks/t1", 1, "x"), 0),
        {"type": "room", "offset": 3, "patch": {"tasks": {"t1": "x"}}},
    ),
    (
        Numbered(4, text_item("tasks/t1", 2, None), 0),
        {"type": "room", "offset": 4, "patch": {"tasks": {"t1": None}}},
    ),
    (
        Numbered(5, text_item("spotlight", 2, None), 0),
        {"type": "room", "offset": 5, "patch": {"spotlight": None}},
    ),
    (
        Numbered(
            6,
            Moment("s1", "level_up", Rank.LOUD, 99, encoded({"id": "s1", "kind": "level_up", "rank": 1})),
            0,
        ),
        {"type": "moment", "offset": 6, "id": "s1", "kind": "level_up", "rank": 1},
    ),
    (Numbered(7, Retract(("c1", "c2")), 0), {"type": "retract", "offset": 7, "ids": ["c1", "c2"]}),
    (Numbered(8, Retract(author="a_1"), 0), {"type": "retract", "offset": 8, "author": "a_1"}),
    (Void(9), {"type": "void", "offset": 9}),
    (Pulse("likes", encoded(12)), {"type": "pulse", "key": "likes", "value": 12}),
    (
        Comment("c1", "a_1", encoded({"id": "c1", "author": "a_1", "text": "好看"})),
        {"type": "comment", "id": "c1", "author": "a_1", "text": "好看"},
    ),
    (
        Beacon(AT, 1000, "n1"),
        {"type": "beacon", "epoch": "e1", "offset": 7, "server_time_ms": 1000, "nonce": "n1"},
    ),
    (Card(3, 5, encoded({"version": 3})), {"type": "card", "card": {"version": 3}}),
    (Card(0, 0, NULL), {"type": "card", "card": None}),
    (
        Notice("n1", 9, encoded({"id": "n1", "kind": "points"})),
        {"type": "notice", "id": "n1", "kind": "points"},
    ),
    (Done("r1", encoded({"points": 5})), {"type": "done", "ref": "r1", "result": {"points": 5}}),
    (
        Refused("r1", "muted", "no"),
        {"type": "refused", "ref": "r1", "code": "muted", "message": "no", "details": {}},
    ),
    (
        Refused(None, "rate_limited", "slow down", {"n": 3}, 50),
        {
            "type": "refused",
            "ref": None,
            "code": "rate_limited",
            "message": "slow down",
            "details": {"n": 3},
            "retry_after_ms": 50,
        },
    ),
    (TimeReply(1.5, 2, 3), {"type": "time", "t0": 1.5, "t1": 2, "t2": 3}),
    (
        Bye(4000, "going away", 20),
        {"type": "bye", "code": 4000, "reason": "going away", "retry_after_ms": 20},
    ),
    (
        Bye(4502, "members only", 9, {"tier": "gold", "growth_to_go": 120}),
        {
            "type": "bye",
            "code": 4502,
            "reason": "members only",
            "retry_after_ms": 9,
            "details": {"tier": "gold", "growth_to_go": 120},
        },
    ),
]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("frame, expected", FRAMES)
def test_FRM1_FRM3_every_frame_has_exactly_the_keys_of_the_contract(
    frame: ServerFrame, expected: dict[str, object], wire: Wire
) -> None:
    assert decoded(encode(frame, wire), wire) == expected


@pytest.mark.parametrize("wire", WIRES)
def test_FRM3_a_room_view_groups_maps_by_id_and_leaves_out_what_was_removed(wire: Wire) -> None:
    items = [
        text_item("name", 1, "Demo"),
        text_item("tasks/t2", 1, "b"),
        text_item("tasks/t1", 1, "a"),
        text_item("gates/g1", 2, None),
        text_item("spotlight", 2, None),
    ]
    assert decoded(room_view(items, wire), wire) == {"name": "Demo", "tasks": {"t1": "a", "t2": "b"}}
    assert decoded(room_view([], wire), wire) == {}


def a_welcome(recovered: bool, snapshot: Snapshot | None, card: Card | None = None) -> Welcome:
    return Welcome("s1", 1000, AT, recovered, snapshot, card, 15, 5000, ("x",))


@pytest.mark.parametrize("wire", WIRES)
def test_FRM5_a_welcome_has_all_its_keys_and_the_shared_part_makes_the_same(wire: Wire) -> None:
    comment = Comment("c1", "a", encoded({"id": "c1"}))
    snapshot = Snapshot(AT, (text_item("name", 1, "Demo"),), (Pulse("likes", encoded(1)),), (comment,))
    welcome = a_welcome(False, snapshot, Card(2, 3, encoded({"version": 2})))
    expected = {
        "type": "welcome",
        "protocol": 1,
        "features": ["x"],
        "session": "s1",
        "server_time_ms": 1000,
        "epoch": "e1",
        "offset": 7,
        "recovered": False,
        "room": {"name": "Demo"},
        "pulses": {"likes": 1},
        "comments": [{"id": "c1"}],
        "card": {"version": 2},
        "beat_s": 15,
        "reconnect_spread_ms": 5000,
    }
    assert decoded(welcome_of(welcome, wire), wire) == expected
    shared = welcome_room(snapshot, wire)
    assert decoded(welcome_of(welcome, wire, room=shared), wire) == expected
    card = wire.value({"version": 9})
    assert decoded(welcome_of(welcome, wire, card=card), wire) == {**expected, "card": {"version": 9}}


@pytest.mark.parametrize("wire", WIRES)
def test_FRM5_a_recovered_welcome_has_no_room_but_the_latest_pulses(wire: Wire) -> None:
    latest = Snapshot(Position("e1", 9), (text_item("name", 1, "Demo"),), (Pulse("likes", encoded(2)),), ())
    welcome = decoded(welcome_of(a_welcome(True, None), wire, latest=latest), wire)
    assert welcome["room"] is None
    assert welcome["recovered"] is True
    assert (welcome["epoch"], welcome["offset"]) == ("e1", 7)
    assert welcome["pulses"] == {"likes": 2}
    assert welcome["card"] is None
    assert decoded(welcome_of(a_welcome(True, None), wire), wire)["pulses"] == {}


MESSAGES: list[ClientMessage] = [
    Hello("demo", "viewer"),
    Hello("demo", "host", "token", True, Position("e1", 4), False),
    TimeAsk(12),
    TimeAsk(1.5),
    Act("r1", "comment", {"text": "嗨", "deep": [1, {"a": None}]}),
    Beat("n1", True, False, 7),
    Visible(False),
    Token("t"),
    Seen(("a", "b")),
]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("message", MESSAGES)
def test_MSG1_what_a_client_writes_the_server_reads(message: ClientMessage, wire: Wire) -> None:
    assert read_message(write_message(message, wire), wire) == message


@pytest.mark.parametrize("wire", WIRES)
def test_FRM4_a_client_reads_a_list_of_maps_and_nothing_else(wire: Wire) -> None:
    assert read_frames(wire.value([{"type": "void", "offset": 1}]), wire) == [{"type": "void", "offset": 1}]
    for other in ({"type": "void"}, [1], "text"):
        with pytest.raises(ValueError, match="list of maps"):
            read_frames(wire.value(other), wire)  # type: ignore[arg-type]


def test_FRM1_an_item_is_encoded_from_its_own_bytes_per_subprotocol() -> None:
    item = RoomItem("name", 1, encoded("é"))
    assert encode(Numbered(1, item, 0), JSON).decode() == '{"type":"room","offset":1,"patch":{"name":"é"}}'
