"""What clients send, read or refused."""

import json

import msgpack
import pytest
from hypothesis import given, strategies as st

from broadcaster import client_messages
from broadcaster.client_messages import MAX_SAFE_INTEGER, read_message
from broadcaster.errors import BadMessage
from broadcaster.frames import Act, Hello
from broadcaster.wire import JSON, MSGPACK, WIRES, Value, Wire

HELLO: dict[str, Value] = {"type": "hello", "room": "demo", "surface": "viewer"}
BEAT: dict[str, Value] = {"type": "beat", "nonce": "n", "playing": True, "visible": True, "card_version": 1}


def refused(message: object, wire: Wire = JSON) -> BadMessage:
    with pytest.raises(BadMessage) as caught:
        read_message(wire.value(message), wire)  # type: ignore[arg-type]
    return caught.value


def test_MSG1_an_absent_token_is_not_a_null_token() -> None:
    assert read_message(JSON.value(HELLO), JSON) == Hello("demo", "viewer", token_given=False)
    assert read_message(JSON.value({**HELLO, "token": None}), JSON) == Hello(
        "demo", "viewer", token_given=True
    )


WRONG: list[tuple[dict[str, object], str]] = [
    ({}, "type"),
    ({"type": 1}, "type"),
    ({"type": "shout"}, "type"),
    ({"type": "hello", "surface": "viewer"}, "room"),
    ({**HELLO, "room": ""}, "room"),
    ({**HELLO, "room": "x" * 65}, "room"),
    ({**HELLO, "room": "a b"}, "room"),
    ({**HELLO, "room": 5}, "room"),
    ({**HELLO, "surface": "tv"}, "surface"),
    ({**HELLO, "surface": ["viewer"]}, "surface"),
    ({**HELLO, "token": 5}, "token"),
    ({**HELLO, "token": ""}, "token"),
    ({**HELLO, "token": "x" * 9000}, "token"),
    ({**HELLO, "position": 5}, "position"),
    ({**HELLO, "position": {"epoch": "e"}}, "position.offset"),
    ({**HELLO, "position": {"epoch": "e", "offset": -1}}, "position.offset"),
    ({**HELLO, "position": {"epoch": "e", "offset": True}}, "position.offset"),
    ({**HELLO, "position": {"epoch": "e", "offset": 1, "more": 1}}, "position.more"),
    ({**HELLO, "visible": 1}, "visible"),
    ({**HELLO, "colour": "red"}, "colour"),
    ({"type": "time"}, "t0"),
    ({"type": "time", "t0": "now"}, "t0"),
    ({"type": "time", "t0": True}, "t0"),
    ({"type": "act", "ref": "", "name": "like", "data": {}}, "ref"),
    ({"type": "act", "ref": "x" * 65, "name": "like", "data": {}}, "ref"),
    ({"type": "act", "ref": "r", "name": "like", "data": []}, "data"),
    ({"type": "act", "ref": "r", "name": "like"}, "data"),
    ({**BEAT, "nonce": 1}, "nonce"),
    ({**BEAT, "playing": None}, "playing"),
    ({**BEAT, "card_version": -1}, "card_version"),
    ({"type": "visible", "on": "yes"}, "on"),
    ({"type": "token", "token": None}, "token"),
    ({"type": "seen", "ids": "abc"}, "ids"),
    ({"type": "seen", "ids": [1]}, "ids"),
    ({"type": "seen", "ids": ["a"] * 257}, "ids"),
]


@pytest.mark.parametrize("message, field", WRONG)
@pytest.mark.parametrize("wire", WIRES)
def test_MSG2_a_wrong_message_is_refused_and_the_field_named(
    message: dict[str, object], field: str, wire: Wire
) -> None:
    error = refused(message, wire)
    assert (error.field, error.code) == (field, 4500)
    assert str(error).startswith(field)


@pytest.mark.parametrize("message", [None, 5, "hello", [HELLO], True])
@pytest.mark.parametrize("wire", WIRES)
def test_MSG2_a_message_is_one_map(message: object, wire: Wire) -> None:
    assert refused(message, wire).expected == "a map"


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64 - 1])
@pytest.mark.parametrize("wire", WIRES)
def test_MSG3_integers_end_where_javascript_counts_wrong(number: int, wire: Wire) -> None:
    act = {"type": "act", "ref": "r", "name": "like", "data": {"count": number}}
    assert refused(act, wire).field == "data.count"
    act["data"] = {"count": MAX_SAFE_INTEGER}
    assert isinstance(read_message(wire.value(act), wire), Act)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 5000])
def test_MSG3_json_numbers_are_finite(text: str) -> None:
    with pytest.raises(BadMessage):
        read_message(f'{{"type":"time","t0":{text}}}'.encode(), JSON)


@pytest.mark.parametrize(
    "value", [b"bin", msgpack.ExtType(5, b"x"), msgpack.Timestamp(1, 2), float("nan"), float("inf")]
)
def test_MSG3_msgpack_knows_neither_bin_nor_ext_nor_nan(value: object) -> None:
    for message in ({"type": "time", "t0": value}, {**HELLO, "room": value}, value):
        with pytest.raises(BadMessage):
            read_message(msgpack.packb(message), MSGPACK)


def test_MSG3_map_keys_are_strings() -> None:
    with pytest.raises(BadMessage):
        read_message(msgpack.packb({1: "hello"}), MSGPACK)
    with pytest.raises(BadMessage):
        read_message(msgpack.packb({b"type": "hello"}), MSGPACK)


def test_MSG3_half_a_character_is_no_text() -> None:
    error = refused_bytes(b'{"type":"act","ref":"r","name":"comment","data":{"text":"\\ud83d"}}', JSON)
    assert error.field == "data.text"
    with pytest.raises(BadMessage):
        read_message(b'{"type":"act","ref":"r","name":"comment","data":{"\\udc00":1}}', JSON)


@pytest.mark.parametrize("wire", WIRES)
def test_MSG3_eight_levels_are_enough(wire: Wire) -> None:
    def nested(levels: int) -> Value:
        value: Value = 1
        for _ in range(levels):
            value = {"a": value}
        return value

    act = {"type": "act", "ref": "r", "name": "x", "data": nested(7)}
    assert isinstance(read_message(wire.value(act), wire), Act)
    act["data"] = nested(8)
    assert "8 levels" in str(refused(act, wire))


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_MSG4_bottomless_json_is_a_bad_message_and_no_crash(opening: bytes) -> None:
    assert refused_bytes(opening * 10_000, JSON).code == 4500


def test_MSG4_bottomless_msgpack_is_a_bad_message_and_no_crash() -> None:
    assert refused_bytes(b"\x91" * 60_000, MSGPACK).code == 4500


def refused_bytes(payload: bytes, wire: Wire) -> BadMessage:
    with pytest.raises(BadMessage) as caught:
        read_message(payload, wire)
    return caught.value


def test_MSG4_broken_utf8_has_a_code_of_its_own() -> None:
    assert refused_bytes(b'{"type":"\xff"}', JSON).code == 1007
    assert refused_bytes(b"\x81\xa4type\xa1\xff", MSGPACK).code == 1007
    assert refused_bytes(b"{", JSON).code == 4500
    assert refused_bytes(b"\xc1", MSGPACK).code == 4500
    assert refused_bytes(b"", MSGPACK).code == 4500
    assert refused_bytes(msgpack.packb(HELLO) + b"\x00", MSGPACK).code == 4500


def outcome(payload: bytes, wire: Wire) -> int:
    """0 = read, else the close code. Anything else that is raised fails the test."""
    try:
        read_message(payload, wire)
    except BadMessage as error:
        return error.code
    return 0


@pytest.mark.parametrize("wire", WIRES)
@given(payload=st.binary(max_size=200))
def test_MSG4_R8_no_bytes_raise_anything_but_a_bad_message(wire: Wire, payload: bytes) -> None:
    assert outcome(payload, wire) in (0, 4500, 1007)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(["hello", "act", "beat", "time", "seen", "visible", "token"]),
    st.dictionaries(
        st.sampled_from(
            ["room", "surface", "ref", "name", "data", "ids", "t0", "on", "token", "nonce", "position"]
        ),
        json_values,
    ),
)
def test_MSG4_R8_no_map_raises_anything_but_a_bad_message(kind: str, fields: dict[str, object]) -> None:
    payload = json.dumps({"type": kind, **fields}).encode("utf-8", "replace")
    assert outcome(payload, JSON) in (0, 4500, 1007)


@pytest.mark.parametrize("wire", WIRES)
def test_MSG5_unknown_keys_of_an_act_are_left_to_the_application(wire: Wire) -> None:
    act = {"type": "act", "ref": "r", "name": "like", "data": {"count": 1, "surprise": [1, None]}}
    assert read_message(wire.value(act), wire) == Act("r", "like", {"count": 1, "surprise": [1, None]})  # type: ignore[arg-type]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "nonce": st.text(max_size=70) | json_values,
            "playing": st.booleans() | json_values,
            "visible": st.booleans() | json_values,
            "card_version": st.integers() | json_values,
            "more": json_values,
        },
    )
)
def test_MSG2_MSG3_a_beat_is_read_the_quick_way_only_if_the_other_way_reads_the_same(
    fields: dict[str, object],
) -> None:
    beat = {**BEAT, **fields}
    quick = client_messages._plain_beat(beat)
    if quick is not None:
        client_messages._check(beat, "", 8)
        assert client_messages._beat(beat) == quick
    else:
        assert fields, "an ordinary beat goes the quick way"


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "room": st.text(max_size=66) | json_values,
            "surface": st.sampled_from(["viewer", "host", "tv"]) | json_values,
            "token": st.text(max_size=70) | st.none() | json_values,
            "position": st.none() | json_values,
            "visible": st.booleans() | json_values,
            "more": json_values,
        },
    )
)
def test_MSG1_MSG2_a_hello_is_read_the_quick_way_only_if_the_other_way_reads_the_same(
    fields: dict[str, object],
) -> None:
    hello = {**HELLO, **fields}
    quick = client_messages._plain_hello(hello)
    if quick is not None:
        client_messages._check(hello, "", 8)
        assert client_messages._hello(hello) == quick
    else:
        assert fields, "an ordinary hello goes the quick way"
