"""Which opening requests are read without an HTTP server: those nothing is odd about, and they are read the same."""

import pytest

from broadcaster.handshake import plain_request, read_request

PLAIN = (
    b"GET /v1/live HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Cookie: a=\xe4\r\nX-Empty:\r\n\r\n"
)


@pytest.mark.parametrize(
    "data", [PLAIN, PLAIN.replace(b"/live", b"/live?x=1&y=%20"), PLAIN.replace(b"websocket", b"WebSocket")]
)
def test_GRD4_a_plain_request_for_the_live_socket_is_read_as_it_stands(data: bytes) -> None:
    request = plain_request(data)
    assert request == read_request(data)
    assert request is not None
    assert (request.method, request.path) == ("GET", "/v1/live")
    assert request.one("sec-websocket-version") == "13"
    assert request.one("x-empty") == ""


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
        (b"\r\n\r\n", b"\r\n"),
        (b"\r\n\r\n", b"\r\n\r\nand more"),
    ],
)
def test_GRD4_whatever_differs_in_the_least_is_left_to_the_http_server(old: bytes, new: bytes) -> None:
    assert plain_request(PLAIN.replace(old, new)) is None


def test_GRD4_no_beginning_of_a_request_is_taken_for_a_whole_one() -> None:
    assert not any(plain_request(PLAIN[:end]) for end in range(len(PLAIN)))
