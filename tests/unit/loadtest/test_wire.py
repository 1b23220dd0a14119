import json

import msgpack
import pytest

from loadtest.errors import ContractBroken
from loadtest.wire import JSON, MSGPACK, Frame, flag, integer, read_frames, submap, text, write_message

FRAMES = [{"type": "void", "offset": 7}, {"type": "pulse", "key": "online", "value": 3}]


def test_CRD8_both_subprotocols_read_to_the_same_frames() -> None:
    assert read_frames(json.dumps(FRAMES)) == read_frames(msgpack.packb(FRAMES)) == FRAMES


@pytest.mark.parametrize(
    "data",
    ["{}", "[1]", "not json", b"\xc1", b"\x81\xa1a\x01", "[[]]", b"\x91", json.dumps({"type": "void"})],
)
def test_CRD8_anything_but_a_list_of_maps_is_outside_the_contract(data: bytes | str) -> None:
    with pytest.raises(ContractBroken):
        read_frames(data)


def test_CRD8_a_wrong_shape_names_the_key() -> None:
    frame: Frame = {"type": "room", "offset": True, "id": 3, "patch": [], "recovered": 1}
    with pytest.raises(ContractBroken, match=r"room\.offset must be an integer, got True"):
        integer(frame, "offset")
    with pytest.raises(ContractBroken, match=r"room\.id must be a string"):
        text(frame, "id")
    with pytest.raises(ContractBroken, match=r"room\.patch must be a map"):
        submap(frame, "patch")
    with pytest.raises(ContractBroken, match=r"room\.recovered must be true or false"):
        flag(frame, "recovered")
    with pytest.raises(ContractBroken, match=r"room\.name must be a string, got None"):
        text(frame, "name")


def test_CRD8_messages_are_text_in_json_and_binary_in_msgpack() -> None:
    message: Frame = {"type": "time", "t0": 1.5}
    assert write_message(message, JSON) == '{"type":"time","t0":1.5}'
    assert write_message(message, MSGPACK) == msgpack.packb(message)
