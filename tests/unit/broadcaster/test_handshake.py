"""Which opening requests are read without an HTTP server: those nothing is odd about, and they are read the same."""

import pytest

from broadcaster.handshake import open_live, plain_opening, read_request, upgrade_of

PLAIN = (
    b"GET /v1/live HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Cookie: a=\xe4\r\nX-Empty:\r\n\r\n"
)


@pytest.mark.parametrize(
    "data", [PLAIN, PLAIN.replace(b"/live", b"/live?x=1&y=%20"), PLAIN.replace(b"websocket", b"WebSocket")]
)
def test_GRD4_a_plain_request_for_the_live_socket_is_read_as_it_stands(data: bytes) -> None:
    request = read_request(data)
    assert plain_opening(data) == (upgrade_of(request), open_live(request))
    assert (request.method, request.path) == ("GET", "/v1/live")
    assert request.one("sec-websocket-version") == "13"
    assert request.one("x-empty") == ""


def test_GRD4_what_one_browser_asked_is_known_of_the_next_but_for_its_key() -> None:
    other = PLAIN.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"AAAAAAAAAAAAAAAAAAAAAA==")
    openings = [plain_opening(data) for data in (PLAIN, other, PLAIN)]
    assert openings[0] == openings[2] != openings[1]
    assert openings[1] == (upgrade_of(read_request(other)), open_live(read_request(other)))


@pytest.mark.parametrize("offered", ["liveroom.v1.msgpack", "liveroom.v1.json", "chat, liveroom.v1.json"])
def test_GRD4_an_offered_subprotocol_is_answered_as_by_the_long_way(offered: str) -> None:
    data = PLAIN.replace(b"X-Empty:", f"Sec-WebSocket-Protocol: {offered}".encode())
    request = read_request(data)
    assert plain_opening(data) == (upgrade_of(request), open_live(request))


@pytest.mark.parametrize(
    "old, new",
    [
        (b"GET ", b"POST "),
        (b"GET ", b"get "),
        (b"/v1/live", b"/v1/rooms"),
        (b"/v1/live", b"/v1/live/"),
        (b"/v1/live", b"/v1/liv%65"),
        (b"/v1/live", b"/v1/live?a b"),
        (b"/v1/live", b"http://shop.example/v1/live"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Upgrade: websocket", b"Upgrade: h2c"),
        (b"Upgrade: websocket\r\n", b""),
        (b"keep-alive, Upgrade", b"keep-alive"),
        (b"Host: shop.example", b"Host : shop.example"),
        (b"Host: shop.example", b"Host: shop.example\r\n  folded"),
        (b"Host: shop.example\r\n", b"Host: shop.example\n"),
        (b"Cookie: a", b"Cookie: \x00"),
        (b"Cookie: a", b"no colon"),
        (b"X-Empty:", b"Content-Length: 5"),
        (b"X-Empty:", b"Transfer-Encoding: chunked"),
        (b"X-Empty:", b"Expect: 100-continue"),
        (b"X-Empty:", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        (b"X-Empty:", b"Sec-WebSocket-Key: "),
        (b"X-Empty:", b"Sec-WebSocket-Protocol: chat"),
        (b"X-Empty:", b"Origin: https://a.example\r\nOrigin: https://b.example"),
        (b"Version: 13", b"Version: 12"),
        (b"ZQ==", b"ZR=="),
        (b"ZQ==", b"ZQ="),
        (b"ZQ==", b"ZQ==, x"),
        (b"\r\n\r\n", b"\r\n"),
        (b"\r\n\r\n", b"\r\n\r\nand more"),
    ],
)
def test_GRD4_whatever_differs_in_the_least_is_left_to_the_http_server(old: bytes, new: bytes) -> None:
    assert old in PLAIN
    assert plain_opening(PLAIN.replace(old, new)) is None


def test_GRD4_no_beginning_of_a_request_is_taken_for_a_whole_one() -> None:
    assert not any(plain_opening(PLAIN[:end]) for end in range(len(PLAIN)))


def test_GRD4_a_key_behind_the_headers_is_none_of_theirs() -> None:
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    assert plain_opening(PLAIN.replace(key, b"") + key) is None
    assert plain_opening(PLAIN.replace(key, b"") + key + b"\r\n") is None
