from loadtest.bench.floor_python import handshake_answer


def test_SWM1_the_handshake_is_that_of_the_rfc() -> None:
    request = (
        b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat, superchat\r\n\r\n"
    )
    answer = handshake_answer(request)
    assert answer is not None
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert b"Sec-WebSocket-Protocol: chat\r\n" in answer


def test_SWM1_a_request_without_key_gets_no_upgrade() -> None:
    assert handshake_answer(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") is None
