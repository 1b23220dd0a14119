"""RFC 6455 as the Autobahn suite asks for it, against an echo of our protocol class, for machines without the suite.

Sections in brackets are those of the suite. What it cannot know is left to `test_bad_input`: our limit of 64 KiB and our close codes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from broadcaster.client_messages import MAX_MESSAGE_BYTES
from tests.wire.broadcaster.conftest import PATIENCE_S
from tests.wire.broadcaster.echo import echo_server
from tests.wire.broadcaster.raw import RawClient, frame

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NORMAL = frame(CLOSE, b"\x03\xe8")
SAID = "Hellö-直播间-🎉".encode()


@pytest.fixture
async def echo() -> AsyncIterator[RawClient]:
    async with echo_server() as port, RawClient(port) as raw:
        await raw.open(None)
        yield raw


async def answers(
    raw: RawClient, sent: bytes, n: int = 1, byte_by_byte: bool = False
) -> list[tuple[int, bytes]]:
    """Send, in one piece or in single bytes; take `n` answers, close, and return all that came before the close's."""
    if byte_by_byte:
        for at in range(len(sent)):
            raw.send(sent[at : at + 1])
            await raw.writer.drain()
    else:
        raw.send(sent)
    said = await raw.frames(n)
    raw.send(NORMAL)
    *more, last = await raw.frames()
    assert last == (CLOSE, b"\x03\xe8"), "a close is answered with its own code"
    return said + more


@pytest.mark.parametrize("byte_by_byte", [False, True], ids=["whole", "in single bytes"])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 128])
async def test_PRO4_messages_of_every_length_come_back(
    echo: RawClient, opcode: int, size: int, byte_by_byte: bool
) -> None:
    """[1.1, 1.2] The edges of the three ways to write a length."""
    payload = b"*" * size
    assert await answers(echo, frame(opcode, payload), byte_by_byte=byte_by_byte) == [(opcode, payload)]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [65_535, MAX_MESSAGE_BYTES])
@pytest.mark.parametrize("pieces", [1, 66])
async def test_PRO4_the_largest_messages_come_back_whole(
    echo: RawClient, opcode: int, size: int, pieces: int
) -> None:
    """[1.1.6-8, 9.3] In one frame, and in fragments."""
    payload = b"*" * size
    step = -(-size // pieces)
    parts = [payload[at : at + step] for at in range(0, size, step)]
    sent = b"".join(
        frame(CONT if n else opcode, part, fin=n == len(parts) - 1) for n, part in enumerate(parts)
    )
    assert await answers(echo, sent) == [(opcode, payload)]


@pytest.mark.parametrize("byte_by_byte", [False, True], ids=["whole", "in single bytes"])
@pytest.mark.parametrize("payload", [b"", b"Hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125])
async def test_PRO4_a_ping_is_answered_with_its_own_payload(
    echo: RawClient, payload: bytes, byte_by_byte: bool
) -> None:
    """[2.1-4, 2.6]"""
    assert await answers(echo, frame(PING, payload), byte_by_byte=byte_by_byte) == [(PONG, payload)]


async def test_PRO4_unasked_pongs_are_ignored_and_ten_pings_answered_in_order(echo: RawClient) -> None:
    """[2.7-2.11]"""
    pings = [frame(PING, f"payload-{n}".encode()) for n in range(10)]
    sent = frame(PONG, b"") + frame(PONG, b"unsolicited") + b"".join(pings)
    assert await answers(echo, sent, 10) == [(PONG, f"payload-{n}".encode()) for n in range(10)]


@pytest.mark.parametrize("rsv", [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70])
@pytest.mark.parametrize("opcode", [TEXT, PING])
async def test_PRO4_reserved_bits_fail_after_what_was_right_has_come_back(
    echo: RawClient, rsv: int, opcode: int
) -> None:
    """[3.1-3.7]"""
    echo.send(frame(TEXT, b"right"))
    [first] = await echo.frames(1)
    echo.send(frame(opcode, b"wrong", rsv=rsv) + frame(PING, b"too late"))
    [(last, payload)] = await echo.frames()
    assert first == (TEXT, b"right")
    assert (last, payload[:2]) == (CLOSE, (1002).to_bytes(2, "big"))


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
async def test_PRO4_reserved_opcodes_fail(echo: RawClient, opcode: int) -> None:
    """[4.1, 4.2]"""
    echo.send(frame(TEXT, b"right"))
    [first] = await echo.frames(1)
    echo.send(frame(opcode, b"x") + frame(PING, b""))
    [(last, payload)] = await echo.frames()
    assert (first, last, payload[:2]) == ((TEXT, b"right"), CLOSE, (1002).to_bytes(2, "big"))


async def test_PRO4_control_frames_come_between_fragments_and_are_answered_first(echo: RawClient) -> None:
    """[5.3-5.8, 5.19, 5.20] Twice, to see that nothing is left over from the first message."""
    pieces = [
        frame(TEXT, b"one ", fin=False),
        frame(PING, b"p1"),
        frame(CONT, b"", fin=False),
        frame(PING, b"p2"),
        frame(CONT, b"two"),
    ]
    for _ in range(2):
        echo.send(b"".join(pieces))
        assert await echo.frames(3) == [(PONG, b"p1"), (PONG, b"p2"), (TEXT, b"one two")]


@pytest.mark.parametrize(
    "sent",
    [
        frame(PING, b"x", fin=False) + frame(CONT, b""),
        frame(PONG, b"x", fin=False) + frame(CONT, b""),
        frame(CLOSE, b"\x03\xe8", fin=False),
        frame(CONT, b"of nothing"),
        frame(CONT, b"of nothing", fin=False) + frame(TEXT, b"x"),
        frame(TEXT, b"unfinished", fin=False) + frame(TEXT, b"another"),
        frame(TEXT, b"unfinished", fin=False) + frame(BINARY, b"another", fin=False),
        frame(TEXT, b"a", fin=False) + frame(CONT, b"b") + frame(CONT, b"too much"),
        frame(PING, b"x" * 126),
        frame(CLOSE, b"\x03\xe8" + b"x" * 124),
        frame(TEXT, b"bare", mask=False),
    ],
)
async def test_PRO4_broken_framing_is_1002(echo: RawClient, sent: bytes) -> None:
    """[2.5, 5.1, 5.2, 5.9-5.18, 7.3.6]"""
    echo.send(sent)
    assert await echo.close_code() == 1002


GOOD_TEXT = [
    "κόσμε",
    "\u0000",
    "\u0080ࠀ",
    "𐀀",
    "\u007f\u07ff\uffff\U0010ffff",
    "\ud7ff\ue000\ufffd",
    "\ufffe",
    SAID.decode(),
]
BAD_TEXT = {
    "cut off": b"\xce\xba\xe1\xbd",
    "a lone continuation": b"\x80",
    "64 continuations": bytes(range(0x80, 0xC0)),
    "impossible bytes": b"\xfe\xfe\xff\xff",
    "an overlong slash": b"\xc0\xaf",
    "an overlong NUL": b"\xf0\x80\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "cut off in the middle": b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
}


@pytest.mark.parametrize("text", GOOD_TEXT)
async def test_PRO4_good_utf8_comes_back_also_cut_within_a_character(echo: RawClient, text: str) -> None:
    """[6.1, 6.2, 6.5-6.11, 6.22]"""
    payload = text.encode()
    single = [frame(CONT if n else TEXT, payload[n : n + 1], fin=False) for n in range(len(payload))]
    sent = frame(TEXT, payload) + b"".join(single) + frame(CONT, b"")
    assert await answers(echo, sent, 2) == [(TEXT, payload)] * 2


@pytest.mark.parametrize("name", BAD_TEXT)
@pytest.mark.parametrize("fragmented", [False, True], ids=["whole", "fragmented"])
async def test_PRO4_bad_utf8_is_1007(echo: RawClient, name: str, fragmented: bool) -> None:
    """[6.3, 6.4, 6.12-6.21] At the end of the message at the latest."""
    payload = BAD_TEXT[name]
    if fragmented:
        echo.send(frame(TEXT, payload[:1], fin=False) + frame(CONT, payload[1:]))
    else:
        echo.send(frame(TEXT, payload))
    assert await echo.close_code() == 1007


async def test_PRO4_binary_may_hold_what_is_no_utf8(echo: RawClient) -> None:
    payload = b"".join(BAD_TEXT.values())
    assert await answers(echo, frame(BINARY, payload)) == [(BINARY, payload)]


@pytest.mark.parametrize(
    "payload, code",
    [
        *((code.to_bytes(2, "big"), code) for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011)),
        *((code.to_bytes(2, "big"), code) for code in (3000, 3999, 4000, 4999)),
        (b"\x03\xe8" + SAID, 1000),
        (b"\x03\xe8" + b"x" * 123, 1000),
        *((code.to_bytes(2, "big"), 1002) for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)),
        *((code.to_bytes(2, "big"), 1002) for code in (5000, 65535)),
        (b"\x03", 1002),
        (b"\x03\xe8\xce\xba\xe1\xbd", 1007),
    ],
)
async def test_PRO4_closes_are_answered_with_the_right_code(
    echo: RawClient, payload: bytes, code: int
) -> None:
    """[7.3, 7.5, 7.7, 7.9]"""
    echo.send(frame(CLOSE, payload))
    assert await echo.close_code() == code


async def test_PRO4_a_close_without_a_code_is_answered_and_the_socket_ends(echo: RawClient) -> None:
    """[7.3.1, 7.1.1] An empty close gets a close; then the server says no more."""
    echo.send(frame(CLOSE, b""))
    assert await echo.frames() == [(CLOSE, b"")]
    async with asyncio.timeout(PATIENCE_S):
        assert await echo.reader.read() == b""


@pytest.mark.parametrize("after", [frame(TEXT, b"late"), frame(PING, b"late"), NORMAL])
async def test_PRO4_nothing_is_answered_after_a_close(echo: RawClient, after: bytes) -> None:
    """[7.1.2-7.1.5]"""
    echo.send(NORMAL + after)
    assert await echo.frames() == [(CLOSE, b"\x03\xe8")]
    async with asyncio.timeout(PATIENCE_S):
        assert await echo.reader.read() == b""


async def test_PRO4_a_close_in_the_middle_of_a_message_ends_it_unsaid(echo: RawClient) -> None:
    """[7.1.5] The one case of the suite we fail: `websockets` calls it broken framing, the suite wants 1000 back."""
    echo.send(frame(TEXT, b"half", fin=False) + NORMAL + frame(CONT, b"other half"))
    [(opcode, payload)] = await echo.frames()
    assert (opcode, payload[:2]) == (CLOSE, (1002).to_bytes(2, "big"))
