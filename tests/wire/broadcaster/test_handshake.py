"""Who is let in, and how the others are told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol

from broadcaster.handshake import Opening, open_live, read_request
from tests.wire.broadcaster.conftest import QUIET, LiveNode
from tests.wire.broadcaster.raw import HANDSHAKE, RawClient


@pytest.mark.parametrize(
    "headers, status",
    [
        ({}, 101),
        ({"Connection": "keep-alive, Upgrade"}, 101),
        ({"Upgrade": "WebSocket"}, 101),
        ({"Sec-WebSocket-Version": "12"}, 426),
        ({"Sec-WebSocket-Version": None}, 426),
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": "AAAA"}, 400),
        ({"Sec-WebSocket-Protocol": "liveroom.v2.cbor"}, 400),
        ({"Sec-WebSocket-Protocol": "liveroom.v2.cbor, liveroom.v1.json"}, 101),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://shop.example"}, 101),
        ({"Origin": "http://127.0.0.1"}, 101),
    ],
)
async def test_PRO1_PRO2_R10_the_handshake_is_answered_as_the_contract_says(
    live: LiveNode, headers: dict[str, str | None], status: int
) -> None:
    async with RawClient(live.port) as raw:
        assert await raw.request(headers=headers) == status
        if status != 101:
            assert raw.body
            assert raw.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/v1/live/", "/v1/live/x", "/ws", "/", "/v1/live%20", "/v2/live"])
async def test_PRO1_no_other_path_is_a_socket(live: LiveNode, path: str) -> None:
    async with RawClient(live.port) as raw:
        assert await raw.request(path) == 404


async def test_PRO1_a_query_changes_nothing_and_a_post_is_no_handshake(live: LiveNode) -> None:
    async with RawClient(live.port) as raw:
        assert await raw.request("/v1/live?x=1") == 101
    async with RawClient(live.port) as raw:
        assert await raw.request(method="POST") == 405


@pytest.mark.parametrize(
    "offered, chosen",
    [
        (None, None),
        ("liveroom.v1.json", "liveroom.v1.json"),
        ("liveroom.v1.msgpack", "liveroom.v1.msgpack"),
        ("x, liveroom.v1.msgpack,liveroom.v1.json", "liveroom.v1.msgpack"),
    ],
)
async def test_PRO2_the_clients_first_known_subprotocol_is_chosen(
    live: LiveNode, offered: str | None, chosen: str | None
) -> None:
    async with RawClient(live.port) as raw:
        await raw.open(offered)
        assert raw.headers.get("sec-websocket-protocol") == chosen
        assert "sec-websocket-extensions" not in raw.headers
        assert raw.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, section 1.3


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Upgrade": "h2c"},
        {"Upgrade": None},
        {"Connection": "close"},
        {"Connection": None},
        {"Sec-WebSocket-Version": "8"},
        {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAA"},
        {"Sec-WebSocket-Key": "!!!!"},
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==x"},
    ],
)
def test_PRO1_our_short_handshake_judges_as_the_library_does(change: dict[str, str | None]) -> None:
    headers = {name: value for name, value in {**HANDSHAKE, **change}.items() if value is not None}
    text = (
        "GET /v1/live HTTP/1.1\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        + "\r\n"
    )
    library = ServerProtocol()
    library.receive_data(text.encode())
    [request] = library.events_received()
    assert isinstance(request, Request)
    theirs = library.accept(request)
    ours = open_live(read_request(text.encode()))
    assert isinstance(ours, Opening) == (theirs.status_code == 101)
    if isinstance(ours, Opening):
        assert f"Sec-WebSocket-Accept: {theirs.headers['Sec-WebSocket-Accept']}".encode() in ours.response


async def test_PRO3_over_the_soft_limit_a_viewer_is_told_to_come_back_over_the_hard_limit_it_is_not_let_in() -> (
    None
):
    async with (
        LiveNode(replace(QUIET, soft_limit=1, hard_limit=2), None, None) as live,
        live.viewer() as first,
    ):
        await first.hello("demo")
        async with live.viewer() as second:
            assert await second.closed() == 4004
            bye = await second.next("bye")
            assert bye["code"] == 4004
            assert 0 <= bye["retry_after_ms"] <= 100
        async with RawClient(live.port) as lingers:
            await lingers.open()  # told 4004, and counts until it has closed
            async with RawClient(live.port) as raw:
                assert await raw.request() == 503
                assert int(raw.headers["retry-after"]) >= 1
        await first.act("like")


async def test_PRO3_who_knocks_while_draining_is_sent_elsewhere(live: LiveNode) -> None:
    await live.node.drain(within_s=1)
    async with RawClient(live.port) as raw:
        assert await raw.request() == 503
        assert "retry-after" in raw.headers
    assert not live.node.is_ready
