"""What hostile, broken and sleeping clients cost a whole server: their own connection (R7, R8)."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import statistics
import time
from functools import partial

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.live import Viewer
from tests.support.shop import Shop
from tests.support.site import Site
from tests.support.site_fixtures import mei, room, shop, site
from tests.support.workers import metric, workers
from tests.wire.broadcaster.raw import HANDSHAKE, RawClient, frame

__all__ = ["mei", "room", "shop", "site"]

SEED = 20261121
TEXT, BINARY, CONTINUATION = 1, 2, 0
SLEEPERS = 8
MOST_BYTES = 512 * 1024  # R7, kernel buffers and all
NAMES = ("<script>alert(1)</script>", "‮gnp.exe", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞a̴̡̝l̸g̷o", "🎀" * 60, "👨‍👩‍👧‍👦" * 20, "ㅤ​", "a\u0000b")


async def latency_of(viewer: Viewer) -> float:
    """One clock exchange, in seconds."""
    began = time.monotonic()
    await viewer.send({"type": "time", "t0": 0})
    await viewer.next("time")
    return time.monotonic() - began


async def test_R8_random_bytes_cost_their_own_connection_and_are_counted(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    closes = await metric(shop.http, "liveroom_closes_total")
    refused = await metric(shop.http, "liveroom_bad_input_total")
    async with Viewer(site.url) as bystander:
        await bystander.hello(room, await shop.token(mei, rooms=[room], name="小美"))
        port = site.process.port
        codes = []
        for number in range(60):
            async with RawClient(port) as raw:
                if number % 3 == 0:  # not even HTTP
                    raw.send(chance.randbytes(chance.randrange(1, 5_000)) + b"\r\n\r\n")
                    async with asyncio.timeout(60):
                        assert b" 101 " not in await raw.reader.read()
                    continue
                await raw.open(chance.choice(["liveroom.v1.json", "liveroom.v1.msgpack"]))
                garbage = chance.randbytes(chance.randrange(1, 3_000))
                if number % 3 == 1:  # after the handshake anything at all
                    raw.send(garbage)
                    raw.send(frame(8, b""))
                else:  # well framed, in pieces, and nonsense
                    kind = chance.choice([TEXT, BINARY])
                    half = len(garbage) // 2
                    raw.send(frame(kind, garbage[:half], fin=False))
                    raw.send(frame(CONTINUATION, garbage[half:]))
                    codes.append(await raw.close_code())
        assert set(codes) <= {1003, 1007, 4500}, codes
        assert len(codes) == 20
        assert (await bystander.act("share", channel="link"))["type"] == "done"
        assert bystander.closed_with is None
        assert await metric(shop.http, "liveroom_closes_total") >= closes + 20
        assert await metric(shop.http, "liveroom_bad_input_total") > refused, "what is no HTTP is counted too"


async def test_R8_each_kind_of_wrong_message_has_its_code_and_its_count(
    site: Site, shop: Shop, room: str
) -> None:
    hello = {"type": "hello", "room": room, "surface": "viewer"}
    wrong = [
        ("liveroom.v1.json", frame(BINARY, b"\x80"), 1003),
        ("liveroom.v1.msgpack", frame(TEXT, b"{}"), 1003),
        ("liveroom.v1.json", frame(TEXT, b'{"type":"\xff"}'), 1007),
        ("liveroom.v1.json", frame(TEXT, b"x" * 65_537), 1009),
        ("liveroom.v1.json", frame(TEXT, b"{}", mask=False), 1002),
        ("liveroom.v1.json", frame(TEXT, json.dumps({**hello, "colour": "red"}).encode()), 4500),
        ("liveroom.v1.json", frame(TEXT, json.dumps({**hello, "room": "nowhere"}).encode()), 4502),
    ]
    for subprotocol, data, code in wrong:
        before = await metric(shop.http, "liveroom_closes_total", code=str(code))
        async with RawClient(site.process.port) as raw:
            await raw.open(subprotocol)
            raw.send(data)
            assert await raw.close_code() == code
        until = time.monotonic() + 30
        while await metric(shop.http, "liveroom_closes_total", code=str(code)) == before:
            assert time.monotonic() < until, f"{code} is not counted"


@pytest.mark.alone
async def test_R8_a_thousand_messages_a_second_end_in_4004_and_delay_nobody(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    """Most of the bystander's waits are judged, not the longest: that one is the machine's."""
    async with Viewer(site.url) as bystander, Viewer(site.url, codec="json", patience_s=60) as flood:
        await bystander.hello(room)
        await flood.hello(room, await shop.token(mei, rooms=[room], name="小美"))
        began = time.monotonic()
        waits: list[float] = []
        number = 0
        while flood.closed_with is None:
            assert time.monotonic() - began < 60, "a flood goes on for ever"
            for _ in range(100):
                number += 1
                act = {"type": "act", "ref": f"f{number}", "name": "like", "data": {"count": 1}}
                try:
                    await flood.send(act)
                except ConnectionClosed:
                    break  # the code is looked at below
            waits.append(await latency_of(bystander))
            await asyncio.sleep(max(0.0, began + number / 1_000 - time.monotonic()))
        assert await flood.closed() == 4004
        assert statistics.median(waits) < 0.5
        limited = [answer for answer in flood.frames if answer.get("code") == "rate_limited"]
        assert limited
        assert all(answer["retry_after_ms"] > 0 for answer in limited)
    assert (await shop.card(mei))["points"] <= 10, "a flood of likes earns what ten likes earn (E8)"


async def test_R8_names_and_comments_of_any_kind_do_no_harm(site: Site, shop: Shop, room: str) -> None:
    async with Viewer(site.url) as msgpack_viewer, Viewer(site.url, codec="json") as json_viewer:
        for viewer in (msgpack_viewer, json_viewer):
            await viewer.hello(room)
        for number, name in enumerate(NAMES):
            who = f"member:{site.fresh('odd')}"
            async with Viewer(site.url) as odd:
                token = await shop.token(who, rooms=[room], name=name)
                welcome = await odd.hello(room, token)
                assert len(welcome["card"]["name"]) <= 12 * len("👨‍👩‍👧‍👦")
                assert not set(welcome["card"]["name"]) & set("‮\u0000​")
                done = await odd.act("comment", text=f"{name} 第{number}号说的话")
                assert done["type"] == "done", done
            [receipt] = await shop.post_events(shop.order(who, 300, order=site.fresh("o"), room=room))
            assert receipt["outcome"] == "applied"
        for viewer in (msgpack_viewer, json_viewer):
            await viewer.until(partial(_all_shown, viewer), "all of them shown")
        shown = json.dumps([msgpack_viewer.frames, json_viewer.frames], ensure_ascii=False)
        assert "‮" not in shown
        assert "\\u0000" not in shown


def _all_shown(viewer: Viewer) -> bool:
    named = sum(moment["params"]["count"] for moment in viewer.moments())
    said = sum(frame["type"] == "comment" for frame in viewer.frames)
    return bool(named == said == len(NAMES))


class Sleeper:
    """A viewer that says hello and never reads, with as small a window as the system lets it have."""

    def __init__(self, port: int, room: str) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        lines = [f"{name}: {value}" for name, value in HANDSHAKE.items()]
        head = "\r\n".join(["GET /v1/live HTTP/1.1", *lines, "Sec-WebSocket-Protocol: liveroom.v1.json"])
        self.socket.sendall(head.encode() + b"\r\n\r\n")
        assert self.socket.recv(1024).startswith(b"HTTP/1.1 101")
        hello = json.dumps({"type": "hello", "room": room, "surface": "viewer"})
        self.socket.sendall(frame(TEXT, hello.encode()))

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port


def kernel_bytes(server_port: int, clients: set[int]) -> int:
    """What waits in the kernel to be sent to these client ports (the send queues of /proc/net/tcp)."""
    total = 0
    with open("/proc/net/tcp") as table:
        for line in table.read().splitlines()[1:]:
            columns = line.split()
            local, remote = (int(columns[n].split(":")[1], 16) for n in (1, 2))
            if local == server_port and remote in clients:
                total += int(columns[4].split(":")[0], 16)
    return total


@pytest.mark.alone
async def test_R7_viewers_that_never_read_cost_little_and_delay_nobody(
    site: Site, shop: Shop, room: str
) -> None:
    """Nine in ten of the reader's waits are judged, not the longest: that one is the machine's."""
    [worker] = [psutil.Process(one.pid) for one in workers(site.process)]
    theme = {f"--property-{n}": "x" * 200 for n in range(50)}  # the largest item a room has: 10 KB a frame
    async with Viewer(site.url) as reader:
        await reader.hello(room)

        async def talk(frames: int) -> list[float]:
            waits = []
            for number in range(frames):
                body = {"theme": {**theme, "--round": f"{time.monotonic_ns()}-{number}"}}
                body["theme"].pop("--property-0")
                answer = await shop.http.patch(f"/v1/rooms/{room}", json=body)
                assert answer.status_code == 200, answer.text
                began = time.monotonic()
                await reader.next("room")
                waits.append(time.monotonic() - began)
            return waits

        await talk(40)  # the server's own caches are warm
        before = worker.memory_info().rss
        sleepers = [Sleeper(site.process.port, room) for _ in range(SLEEPERS)]
        ports = {sleeper.port for sleeper in sleepers}
        most = 0
        waits: list[float] = []
        began = time.monotonic()
        while time.monotonic() - began < 6:
            waits += await talk(10)
            grown = worker.memory_info().rss - before + kernel_bytes(site.process.port, ports)
            most = max(most, grown)
        print(
            f"{most / SLEEPERS / 1024:.0f} KiB for each of {SLEEPERS} sleepers; reader waited {max(waits):.3f} s"
        )
        assert most < SLEEPERS * MOST_BYTES
        assert sorted(waits)[len(waits) * 9 // 10] < 0.5
        until = time.monotonic() + 75
        while await metric(shop.http, "liveroom_closes_total", code="4001") < SLEEPERS:
            assert time.monotonic() < until, "they are let go after ten seconds of lagging"
            await talk(2)
            await asyncio.sleep(0.2)
        assert reader.closed_with is None
        for sleeper in sleepers:
            sleeper.socket.close()
