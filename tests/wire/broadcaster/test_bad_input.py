"""What hostile or broken clients send, and what it costs: their own connection."""

from __future__ import annotations

import json
import logging
from functools import partial

import msgpack
import pytest

from tests.support.live import Viewer
from tests.wire.broadcaster.conftest import LiveNode
from tests.wire.broadcaster.raw import RawClient, frame

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
HELLO = {"type": "hello", "room": "demo", "surface": "viewer"}


def text(message: object) -> bytes:
    return frame(TEXT, json.dumps(message).encode())


JSON_INPUTS = {
    "binary on a json connection": (frame(BINARY, b"\x80"), 1003),
    "broken utf-8": (frame(TEXT, b'{"type":"\xff"}'), 1007),
    "no json": (frame(TEXT, b"hello"), 4500),
    "empty": (frame(TEXT, b""), 4500),
    "a list": (text([HELLO]), 4500),
    "an unknown key": (text({**HELLO, "colour": "red"}), 4500),
    "an unknown key in another script": (text({**HELLO, "颜色" * 30: "红"}), 4500),
    "an unknown type": (text({"type": "shout"}), 4500),
    "an act before the hello": (text({"type": "act", "ref": "r", "name": "like", "data": {}}), 4500),
    "NaN": (frame(TEXT, b'{"type":"time","t0":NaN}'), 4500),
    "depth": (frame(TEXT, b"[" * 30_000), 4500),
    "64 KiB and a byte": (frame(TEXT, b"x" * 65_537), 1009),
    "a huge announced length": (frame(TEXT, b"", length=2**40), 1009),
    "fragments that grow over 64 KiB": (
        frame(TEXT, b"x" * 40_000, fin=False) + frame(0, b"x" * 40_000),
        1009,
    ),
    "an unmasked frame": (frame(TEXT, b"{}", mask=False), 1002),
    "a reserved bit": (frame(TEXT, b"{}", rsv=0x40), 1002),
    "an unknown opcode": (frame(3, b""), 1002),
    "a continuation of nothing": (frame(0, b"x"), 1002),
    "a ping in pieces": (frame(PING, b"", fin=False), 1002),
    "a long ping": (frame(PING, b"x" * 126), 1002),
    "a close code that is none": (frame(CLOSE, b"\x00\x01"), 1002),
    "no such room": (text({**HELLO, "room": "nowhere"}), 4502),
    "a refused token": (text({**HELLO, "token": "bad"}), 4501),
}


@pytest.mark.parametrize("name", JSON_INPUTS)
async def test_R8_PRO4_bad_input_closes_its_own_connection_with_the_right_code(
    live: LiveNode, name: str
) -> None:
    data, code = JSON_INPUTS[name]
    async with live.viewer() as bystander:
        await bystander.hello("demo", "m1")
        async with RawClient(live.port) as raw:
            await raw.open()
            raw.send(data)
            assert await raw.close_code() == code
        done = await bystander.act("like")
        assert done["type"] == "done"
        await live.until(lambda: live.meter.counts["close", str(code)] == 1, "the close to be counted")


@pytest.mark.parametrize(
    "data, code",
    [
        (frame(TEXT, b"{}"), 1003),
        (frame(BINARY, msgpack.packb(b"bin")), 4500),
        (frame(BINARY, b"\xc1"), 4500),
        (frame(BINARY, b"\x81\xa4type\xa1\xff"), 1007),
        (frame(BINARY, b"\x91" * 60_000), 4500),
        (frame(BINARY, msgpack.packb({**HELLO, "x": msgpack.ExtType(1, b"")})), 4500),
        (frame(BINARY, msgpack.packb({1: 2})), 4500),
    ],
)
async def test_R8_PRO4_the_same_on_msgpack(live: LiveNode, data: bytes, code: int) -> None:
    async with RawClient(live.port) as raw:
        await raw.open("liveroom.v1.msgpack")
        raw.send(data)
        assert await raw.close_code() == code


async def test_PRO4_a_bad_message_is_explained_before_the_close(live: LiveNode) -> None:
    async with RawClient(live.port) as raw:
        await raw.open()
        raw.send(text({**HELLO, "room": ""}))
        (opcode, payload), (last, close) = await raw.frames()
        assert (opcode, last) == (TEXT, CLOSE)
        [bye] = json.loads(payload)
        assert (bye["type"], bye["code"], bye["retry_after_ms"]) == ("bye", 4500, 0)
        assert bye["reason"].startswith("room must be an id")
        assert close[2:].decode() == bye["reason"]


async def test_R8_PRO4_cut_off_in_the_middle_of_anything_nobody_else_notices(live: LiveNode) -> None:
    whole = text(HELLO)
    async with live.viewer() as bystander:
        await bystander.hello("demo", "m1")
        for size in range(0, len(whole), 7):
            async with RawClient(live.port) as raw:
                await raw.open()
                raw.send(whole[:size])
        await live.until(lambda: live.meter.counts["connections", ""] == 1, "all of them to be gone")
        assert (await bystander.act("like"))["type"] == "done"


async def test_SES4_R8_a_thousand_messages_a_second_end_in_4004_and_touch_nobody_else(live: LiveNode) -> None:
    async with live.viewer() as bystander, live.viewer("json") as flood:
        await bystander.hello("demo", "m1")
        await flood.hello("demo", "m2")
        for second in range(8):
            for n in range(200):
                await flood.send({"type": "act", "ref": f"{second}.{n}", "name": "like", "data": {}})
            answers = 200 * (second + 1)
            await live.until(partial(answered_or_closed, live, flood, answers), "answers")
            if flood.closed_with is not None:
                break
            live.clock.ahead_ms += 1_000
        assert await flood.closed() == 4004
        refused = [frame for frame in flood.frames if frame["type"] == "refused"]
        assert all(frame["code"] == "rate_limited" and frame["retry_after_ms"] > 0 for frame in refused)
        assert (await bystander.act("like"))["type"] == "done"


def answered_or_closed(live: LiveNode, viewer: Viewer, answers: int) -> bool:
    return live.meter.counts["delivered", "personal"] >= answers or viewer.closed_with is not None


FLOODS = {
    "empty fragments": frame(TEXT, b"{", fin=False) + frame(CONT, b"", fin=False) * 40_000,
    "small fragments": frame(TEXT, b"{", fin=False) + frame(CONT, b" ", fin=False) * 40_000,
    "pings between fragments": frame(TEXT, b"{", fin=False)
    + (frame(PING, b"x") + frame(CONT, b" ", fin=False)) * 20_000,
    "pings": frame(PING, b"x" * 125) * 10_000,
    "pongs nobody asked for": frame(PONG, b"") * 40_000,
}


@pytest.mark.parametrize("name", FLOODS)
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "greeting"])
async def test_SES11_R8_a_flood_of_frames_that_end_no_message_is_4004_and_touches_nobody_else(
    live: LiveNode, name: str, joined: bool
) -> None:
    async with live.viewer() as bystander:
        await bystander.hello("demo", "m1")
        async with RawClient(live.port) as raw:
            await raw.open()
            if joined:
                raw.send(text(HELLO))
                assert (await raw.frames(1))[0][0] == TEXT
            raw.send(FLOODS[name])
            assert await raw.close_code() == 4004
        assert (await bystander.act("like"))["type"] == "done"
        await live.until(lambda: live.meter.counts["close", "4004"] == 1, "the close to be counted")


async def test_SES11_a_large_message_in_small_pieces_with_pings_between_them_is_a_message(
    live: LiveNode,
) -> None:
    whole = json.dumps(HELLO).encode().ljust(60_000)
    parts = [whole[at : at + 64] for at in range(0, len(whole), 64)]
    async with RawClient(live.port) as raw:
        await raw.open()
        for n, part in enumerate(parts):
            raw.send(frame(CONT if n else TEXT, part, fin=n == len(parts) - 1))
            if n % 100 == 50:
                raw.send(frame(PING, b"%d" % n))
        found = await raw.frames(10)
        assert [opcode for opcode, _ in found] == [PONG] * 9 + [TEXT]
        assert json.loads(found[-1][1])[0]["type"] == "welcome"


async def test_SES4_R8_ten_thousand_messages_at_once_end_before_five_seconds(live: LiveNode) -> None:
    async with live.viewer() as bystander, RawClient(live.port) as raw:
        await bystander.hello("demo", "m1")
        await raw.open()
        raw.send(text(HELLO))
        assert (await raw.frames(1))[0][0] == TEXT
        raw.send(text({"type": "visible", "on": True}) * 10_000)
        assert await raw.close_code() == 4004
        assert (await bystander.act("like"))["type"] == "done"
        assert live.clock.ahead_ms == 0


async def test_SES1_silence_ends_after_five_seconds_and_a_lingering_socket_is_cut(live: LiveNode) -> None:
    async with RawClient(live.port) as raw:
        await raw.open()
        live.turn_clock(4_000)
        assert live.meter.counts["close", "4500"] == 0
        live.turn_clock(1_300)
        assert await raw.close_code() == 4500
        live.turn_clock(1_300)
        await live.until(lambda: live.meter.counts["connections", ""] == 0, "the cut")


async def test_SES9_who_answers_no_ping_is_let_go(live: LiveNode) -> None:
    async with RawClient(live.port) as raw:
        await raw.open()
        raw.send(text(HELLO))
        await live.until(lambda: live.meter.counts["join", "joined"] == 1, "the join")
        live.turn_clock(41_000)
        live.turn_clock(21_000)
        frames = await raw.frames()
        assert (PING, b"") in frames
        assert int.from_bytes(frames[-1][1][:2], "big") == 4002


async def test_SES9_a_ping_of_the_client_is_answered_and_its_pong_keeps_it_alive(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo")
        await (await viewer.socket.ping())
        live.turn_clock(41_000)
        received = viewer.socket.protocol
        await live.until(lambda: live.node.live_connections()[0].session_state._ping_ms == 0, "the pong")
        assert received.state.name == "OPEN"


async def test_PRO11_no_token_is_ever_logged(live: LiveNode, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with live.viewer("json") as viewer:
        await viewer.hello("demo", "m-secret-token")
        await viewer.send({"type": "token", "token": "bad-secret-token"})
        assert await viewer.closed() == 4501
    async with RawClient(live.port) as raw:
        await raw.open()
        raw.send(frame(TEXT, b'{"type":"hello","token":"secret-token","room":5}'))
        assert await raw.close_code() == 4500
    ours = [record for record in caplog.records if not record.name.startswith("websockets.client")]
    assert "secret-token" not in "".join(record.getMessage() for record in ours)
