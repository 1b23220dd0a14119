"""The same over TLS, where no byte may go past the transport."""

from __future__ import annotations

import datetime
import json
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from broadcaster.testing import text_item
from tests.wire.broadcaster.conftest import QUIET, LiveNode


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate of this test's own, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


async def test_HUB1_PRO4_over_tls_frames_arrive_whole_and_a_close_has_its_code(certificate: Path) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    theirs = ssl.create_default_context()
    theirs.check_hostname = False
    theirs.verify_mode = ssl.CERT_NONE
    async with LiveNode(QUIET, None, None, ours) as live:
        url = f"wss://127.0.0.1:{live.port}/v1/live"
        json_only = [Subprotocol("liveroom.v1.json")]
        async with connect(url, ssl=theirs, subprotocols=json_only, compression=None) as viewer:
            await viewer.send(json.dumps({"type": "hello", "room": "demo", "surface": "viewer"}))
            assert json.loads(await viewer.recv())[0]["type"] == "welcome"
            [connection] = live.node.live_connections()
            assert (connection.fast, connection.fd) == (False, -1)
            for rev in range(2, 12):
                await live.publish(text_item("name", rev, "x" * 20_000 + str(rev)))
            offsets: list[int] = []
            while len(offsets) < 10:
                offsets += [frame["offset"] for frame in json.loads(await viewer.recv())]
            assert offsets == list(range(1, 11))
            await viewer.send("nonsense")
            assert json.loads(await viewer.recv())[0]["type"] == "bye"
            with pytest.raises(ConnectionClosed) as closed:
                await viewer.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4500
