"""One attempt at a real receiver that fails, hangs, redirects, lies or is somebody else."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.clock import SystemClock
from server.webhooks import sending
from server.webhooks.errors import NameNotFound
from server.webhooks.sending import MOST_ANSWER, Attempt, Sender
from server.webhooks.signing import new_secret, signed_headers
from tests.support.receiver import OK, Got, Receiver, status

BODY = '{"type":"x","data":{"name":"小美"}}'
SECRET = new_secret()


def headers() -> dict[str, str]:
    return signed_headers("msg_1", BODY, (SECRET,), SystemClock().now_ms())


async def leads_home(_host: str, _port: int) -> tuple[str, ...]:
    """A resolver for which every name is this machine."""
    return ("127.0.0.1",)


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    made = Sender(leads_home, ssl.create_default_context(), allow_private=True)
    yield made
    await made.close()


async def hangs(_got: Got) -> bytes:
    await asyncio.Event().wait()
    return b""


async def test_HOK4_a_receiver_verifies_what_it_gets(sender: Sender) -> None:
    async with Receiver() as receiver:
        url = f"http://shop.example:{receiver.port}/hooks?shop=1"
        assert await sender.send(url, headers(), BODY) == Attempt(204, None)
        [got] = receiver.got
        assert got.verified(SECRET)["data"]["name"] == "小美"
        assert got.path == "/hooks?shop=1"
        assert got.headers["host"] == f"shop.example:{receiver.port}"
        assert got.headers["content-type"] == "application/json"
        assert await sender.send(url, headers(), BODY) == Attempt(204, None)
        assert receiver.connections == 1, "the connection is kept"


@pytest.mark.parametrize(
    "answer, expected",
    [
        (status(200), Attempt(200, None)),
        (status(500), Attempt(500, "http_500")),
        (status(404), Attempt(404, "http_404")),
        (status(410), Attempt(410, "http_410")),
        (status(503, "retry-after: 120\r\n"), Attempt(503, "http_503", 120_000)),
        (status(429, "retry-after: 99999999999999\r\n"), Attempt(429, "http_429")),
        (status(503, "retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n"), Attempt(503, "http_503")),
        (b"", Attempt(None, "answer_broken")),
        (b"nonsense\r\n\r\n", Attempt(None, "answer_broken")),
        (b"HTTP/1.1 200 x\r\ncontent-length: 900\r\n\r\nshort", Attempt(None, "timeout")),
    ],
)
async def test_HOK8_every_answer_becomes_a_status_or_an_error(
    sender: Sender, answer: bytes, expected: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    if expected.error == "timeout":
        monkeypatch.setattr(sending, "TOTAL_S", 0.3)
    async with Receiver(answer) as receiver:
        assert await sender.send(receiver.url, headers(), BODY) == expected


async def test_HOK8_a_redirect_is_not_followed(sender: Sender) -> None:
    async with Receiver() as inside:
        async with Receiver(status(307, f"location: {inside.url}\r\n")) as receiver:
            assert await sender.send(receiver.url, headers(), BODY) == Attempt(307, "redirect")
        assert inside.got == []


async def test_HOK8_a_receiver_that_hangs_costs_the_time_limit(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (sending.CONNECT_S, sending.TOTAL_S) == (5.0, 10.0)
    monkeypatch.setattr(sending, "TOTAL_S", 0.2)
    async with Receiver(hangs) as receiver:
        assert await sender.send(receiver.url, headers(), BODY) == Attempt(None, "timeout")


async def test_HOK8_of_an_answer_without_end_only_64_kib_are_read(sender: Sender) -> None:
    taken = 0
    ended = asyncio.Event()

    async def pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
                await writer.drain()
                taken += 0x2000
        except ConnectionError:
            ended.set()
        finally:
            writer.close()

    server = await asyncio.start_server(pours, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await sender.send(f"http://127.0.0.1:{port}/", headers(), BODY) == Attempt(200, None)
    async with asyncio.timeout(60):
        await ended.wait()
    assert taken + (1 << 24) >= MOST_ANSWER, "what the kernel buffers beside it is not ours to limit"
    server.close()
    await server.wait_closed()


async def test_HOK8_nobody_listening_is_said_so(sender: Sender) -> None:
    async with Receiver() as receiver:
        url = receiver.url
    assert await sender.send(url, headers(), BODY) == Attempt(None, "connect_failed")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "10.1.2.3", "fe80::1%lo"]
)
async def test_HOK7_a_name_that_leads_into_our_network_is_not_sent_to(address: str) -> None:
    asked: list[str] = []

    async def rebinds(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("8.8.8.8", address)

    sender = Sender(rebinds, ssl.create_default_context(), allow_private=False)
    async with Receiver() as receiver:
        sent = await sender.send(f"https://evil.example:{receiver.port}/", headers(), BODY)
        assert sent == Attempt(None, "address_private")
        assert receiver.connections == 0
    assert asked == ["evil.example"]
    await sender.close()


async def test_HOK7_the_connection_goes_to_the_address_that_was_judged() -> None:
    """A name that changes its mind between the judging and the connecting is not asked again."""
    answers = iter([("127.0.0.1",)])

    async def once(_host: str, _port: int) -> tuple[str, ...]:
        return next(answers)  # a second question would end the test

    sender = Sender(once, ssl.create_default_context(), allow_private=True)
    async with Receiver() as receiver:
        url = f"http://no-such-name.invalid:{receiver.port}/"
        assert await sender.send(url, headers(), BODY) == Attempt(204, None)
    await sender.close()


@pytest.mark.parametrize("url", ["http://shop.example/", "https://127.0.0.1/", "https://[::1]/"])
async def test_HOK7_what_was_allowed_when_it_was_typed_in_is_judged_again_when_sent(url: str) -> None:
    sender = Sender(leads_home, ssl.create_default_context(), allow_private=False)
    sent = await sender.send(url, headers(), BODY)
    assert sent.status is None
    assert sent.error in {"https_only", "address_private"}
    await sender.close()


async def test_HOK8_a_name_nobody_knows_and_a_second_address_that_answers() -> None:
    async def nobody(host: str, _port: int) -> tuple[str, ...]:
        raise NameNotFound(host)

    async def two(_host: str, _port: int) -> tuple[str, ...]:
        return ("::1", "127.0.0.1")

    lost = Sender(nobody, ssl.create_default_context(), allow_private=True)
    found = Sender(two, ssl.create_default_context(), allow_private=True)
    async with Receiver() as receiver:
        url = f"http://shop.example:{receiver.port}/"
        assert await lost.send(url, headers(), BODY) == Attempt(None, "name_not_found")
        assert await found.send(url, headers(), BODY) == Attempt(204, None)
        assert len(receiver.got) == 1
    await lost.close()
    await found.close()


@pytest.fixture
def certified(tmp_path: Path) -> Callable[[str], tuple[ssl.SSLContext, ssl.SSLContext]]:
    """Makes a certificate for a name; gives the receiver's side and a side that trusts it."""

    def made(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.9"))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = certificate.public_bytes(serialization.Encoding.PEM)
        (tmp_path / "receiver.pem").write_bytes(private + public)
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        theirs.load_cert_chain(tmp_path / "receiver.pem")
        return theirs, ssl.create_default_context(cadata=public.decode())

    return made


async def test_HOK8_over_tls_the_certificate_must_be_of_the_name_and_not_of_the_address(
    certified: Callable[[str], tuple[ssl.SSLContext, ssl.SSLContext]],
) -> None:
    theirs, ours = certified("shop.example")
    sender = Sender(leads_home, ours, allow_private=True)
    stranger = Sender(leads_home, ssl.create_default_context(), allow_private=True)
    async with Receiver(OK, theirs) as receiver:
        right = f"https://shop.example:{receiver.port}/"
        assert await sender.send(right, headers(), BODY) == Attempt(204, None)
        wrong = f"https://other.example:{receiver.port}/"
        other = Sender(leads_home, ours, allow_private=True)
        assert await other.send(wrong, headers(), BODY) == Attempt(None, "tls_failed")
        assert await stranger.send(right, headers(), BODY) == Attempt(None, "tls_failed")
        assert len(receiver.got) == 1
        await other.close()
    await sender.close()
    await stranger.close()
