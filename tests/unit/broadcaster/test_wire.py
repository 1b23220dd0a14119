"""How maps, lists and messages are put together in both subprotocols."""

import json

import msgpack
import pytest
from hypothesis import given, strategies as st

from broadcaster.wire import JSON, MSGPACK, WIRES, Value, Wire, encoded, seal, wire_of

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
maps = st.dictionaries(st.text(max_size=8), values, max_size=40)


def decoded(data: bytes, wire: Wire) -> object:
    return msgpack.unpackb(data) if wire is MSGPACK else json.loads(data)


@pytest.mark.parametrize("wire", WIRES)
@given(body=maps, extra=st.dictionaries(st.sampled_from(["type", "offset", "ref"]), scalars))
def test_FRM2_a_spliced_map_holds_both_its_own_entries_and_the_new_ones(
    wire: Wire, body: dict[str, Value], extra: dict[str, Value]
) -> None:
    body = {key: value for key, value in body.items() if key not in extra}
    spliced = wire.splice([(key, wire.value(value)) for key, value in extra.items()], wire.value(body))
    assert decoded(spliced, wire) == {**extra, **body}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("size", [0, 15, 16, 65535, 65536])
def test_FRM2_maps_and_lists_of_every_header_size_decode_to_what_was_put_in(wire: Wire, size: int) -> None:
    numbers = list(range(size))
    assert decoded(wire.list([wire.value(one) for one in numbers]), wire) == numbers
    entries = {f"k{one}": one for one in numbers}
    assert decoded(wire.map([(key, wire.value(one)) for key, one in entries.items()]), wire) == entries
    assert decoded(wire.splice([("more", wire.value(1))], wire.value(dict(entries))), wire) == {
        "more": 1,
        **entries,
    }


@pytest.mark.parametrize("wire", WIRES)
def test_FRM2_only_a_map_can_be_spliced(wire: Wire) -> None:
    for other in (wire.value([1]), wire.value("text"), b""):
        with pytest.raises(ValueError, match="map"):
            wire.splice([("a", wire.value(1))], other)


@pytest.mark.parametrize("wire", WIRES)
def test_FRM5_parts_made_apart_join_into_one_map(wire: Wire) -> None:
    left = wire.pairs((("a", wire.value(1)), ("b", wire.value("é"))))
    right = wire.pairs((("c", wire.value(None)),))
    assert decoded(wire.joined(3, (left, right)), wire) == {"a": 1, "b": "é", "c": None}


@pytest.mark.parametrize("wire, opcode", [(MSGPACK, 2), (JSON, 1)])
@pytest.mark.parametrize("length", [1, 124, 200, 70_000])
def test_FRM4_a_sealed_message_is_one_finished_unmasked_websocket_message(
    wire: Wire, opcode: int, length: int
) -> None:
    sealed = seal(wire, [wire.value("x" * length)])
    assert sealed[0] == 0x80 | opcode  # FIN, no RSV bits
    announced = sealed[1]
    assert announced < 128  # no mask
    header = 2 if announced < 126 else 4 if announced == 126 else 10
    if header > 2:
        announced = int.from_bytes(sealed[2:header], "big")
    assert len(sealed) == header + announced
    assert decoded(sealed[header:], wire) == ["x" * length]


def test_PRO2_no_subprotocol_means_json_and_an_unknown_one_means_nothing() -> None:
    assert wire_of(None) is JSON
    assert wire_of("liveroom.v1.msgpack") is MSGPACK
    assert wire_of("liveroom.v1.json") is JSON
    assert wire_of("liveroom.v2.cbor") is None


@given(values)
def test_FRM1_a_value_is_the_same_in_both_subprotocols(value: Value) -> None:
    both = encoded(value)
    assert decoded(both.msgpack, MSGPACK) == decoded(both.json, JSON) == value
