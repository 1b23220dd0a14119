"""What is read without the WebSocket layer is what that would have read, and nothing else is."""

import random

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from broadcaster.client_messages import MAX_MESSAGE_BYTES
from broadcaster.whole_frame import BINARY, TEXT, whole_message

KINDS = ((Opcode.TEXT, TEXT), (Opcode.BINARY, BINARY))


def sent(payload: bytes, opcode: Opcode = Opcode.BINARY, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=True)


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 127, 300, 65_535])
def test_PRO4_a_whole_message_is_read_as_the_layer_reads_it(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    for opcode, first in KINDS:
        data = sent(payload, opcode)
        layer = ServerProtocol(state=State.OPEN, max_size=MAX_MESSAGE_BYTES)
        layer.receive_data(data)
        (frame,) = layer.events_received()
        assert isinstance(frame, Frame)
        assert whole_message(data, first) == bytes(frame.data) == payload


# Masks are drawn anew in each process, so the cases need names of their own: two processes must find the same tests.
ELSE = {
    "nothing": b"",
    "half a frame": sent(b"half of it")[:-1],
    "two frames": sent(b"a") + sent(b"b"),
    "a frame and a byte": sent(b"a") + b"\x82",
    "a fragment": sent(b"first part", fin=False),
    "the other kind": sent(b"other kind", Opcode.TEXT),
    "too long": sent(b"x" * 65_536),
    "a ping": sent(b"", Opcode.PING),
    "a close": sent(b"\x03\xe8", Opcode.CLOSE),
    "no mask": Frame(Opcode.BINARY, b"not masked").serialize(mask=False),
    "a reserved bit": b"\xc2" + sent(b"a reserved bit")[1:],
}


@pytest.mark.parametrize("data", ELSE.values(), ids=ELSE)
def test_PRO4_whatever_else_comes_is_left_to_the_layer(data: bytes) -> None:
    assert whole_message(data, BINARY) is None


def test_PRO4_no_bytes_are_read_differently_from_the_layer() -> None:
    luck = random.Random(68)
    for _ in range(3_000):
        data = bytearray(sent(luck.randbytes(luck.choice((0, 3, 125, 126, 200)))))
        if luck.random() < 0.7:
            data[luck.randrange(min(len(data), 4))] ^= 1 << luck.randrange(8)
        if luck.random() < 0.3:
            del data[luck.randrange(len(data)) :]
        read = whole_message(bytes(data), BINARY)
        if read is None:
            continue
        layer = ServerProtocol(state=State.OPEN, max_size=MAX_MESSAGE_BYTES)
        layer.receive_data(bytes(data))
        assert [bytes(one.data) for one in layer.events_received() if isinstance(one, Frame)] == [read]
        assert layer.parser_exc is None
