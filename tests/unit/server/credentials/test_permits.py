"""Permits as tokens: what they say, and what is none of ours."""

from dataclasses import replace
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import PyJWK

from server.credentials.permits import AUDIENCE, Permits, permit_key
from server.domain.gates import Permit
from server.errors import SettingWrong
from server.ids import GateId, MemberId, PermitId, RoomId, TierId
from server.settings import read
from tests.support.permits import signed

PERMIT = Permit(
    id=PermitId("pm_1"),
    gate=GateId("g1"),
    room=RoomId("r1"),
    member=MemberId("mei"),
    sku="sku-1",
    tier=TierId("black"),
    early=True,
    given_ms=1_700_000_000_000,
    expires_ms=1_700_000_060_000,
)


def permits() -> Permits:
    return Permits(Ed25519PrivateKey.from_private_bytes(b"k" * 32))


def test_L5_a_mall_can_check_a_permit_by_our_published_key_alone() -> None:
    ours = permits()
    [key] = ours.jwks()["keys"]
    token = signed(ours, PERMIT)
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    claims = jwt.decode(
        token,
        PyJWK(key).key,
        algorithms=["EdDSA"],
        audience=AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (claims["sub"], claims["sku"], claims["jti"]) == ("mei", "sku-1", "pm_1")
    assert claims["exp"] - claims["iat"] == 60


def test_L5_R2_the_same_permit_is_the_same_token() -> None:
    assert signed(permits(), PERMIT) == signed(permits(), PERMIT)


def test_L5_what_is_changed_or_signed_by_another_is_none_of_ours() -> None:
    token = signed(permits(), PERMIT)
    assert permits().read(token) is not None
    head, body, signature = token.split(".")
    other = signed(Permits(Ed25519PrivateKey.from_private_bytes(b"o" * 32)), PERMIT)
    other_body = signed(permits(), replace(PERMIT, sku="sku-2")).split(".")[1]
    for wrong in (
        other,
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        "x" * 5_000,
        "",
        jwt.encode({"jti": "pm_1", "sub": "mei", "sku": "sku-1", "aud": AUDIENCE}, "s" * 32, "HS256"),
    ):
        assert permits().read(wrong) is None, wrong


def test_L5_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = read({"data_dir": tmp_path})
    first, again = permit_key(settings), permit_key(settings)
    assert first.private_bytes_raw() == again.private_bytes_raw()
    assert (tmp_path / "permit.key").stat().st_mode & 0o777 == 0o600


def test_L5_R8_a_file_that_holds_no_such_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.pem").write_text("not a key")
    with pytest.raises(SettingWrong, match="permit-key-file"):
        permit_key(read({"data_dir": tmp_path, "permit_key_file": tmp_path / "wrong.pem"}))
