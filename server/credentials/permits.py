"""Purchase permits as the mall sees them: signed, bound to member and SKU, gone in a minute (L5).

A permit is a JWT (RFC 7519) signed with EdDSA (RFC 8037), so that a mall may check it by our JWKS before it asks us;
that it is used once only we can say. The signature proves what was given; the ledger decides whether it still holds.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.domain.gates import PERMIT_MS, GateStand
from server.errors import SettingWrong
from server.ids import GateId, MemberId, PermitId, RoomId
from server.settings import Settings, made_once

AUDIENCE = "liveroom-permit"
ALGORITHM = "EdDSA"
MAX_CHARS = 2_048
MOST_GATES = 1_000
"""Of which a process remembers what they sell."""


class Truth(Protocol):
    """The part of the ledger's reads that is asked here."""

    async def gate(self, gate: GateId) -> GateStand | None: ...


class Seals(Protocol):
    """`server.credentials.keys.Seal`."""

    def open(self, sealed: str) -> str: ...


@dataclass(frozen=True, slots=True)
class PermitClaims:
    """What a permit with a good signature says."""

    permit: PermitId
    member: str
    sku: str
    room: str


class Permits:
    """Signs permits, and reads those it has signed."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        raw = self._public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self._x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        self._kid = blake2b(raw, digest_size=8).hexdigest()

    def signed(
        self,
        permit: PermitId,
        *,
        member: MemberId,
        sku: str,
        room: RoomId,
        given_ms: int,
        expires_ms: int,
    ) -> str:
        """Return the permit as a token. The same permit gives the same token: Ed25519 has no random part."""
        claims = {
            "jti": permit,
            "sub": member,
            "sku": sku,
            "room": room,
            "aud": AUDIENCE,
            "iat": given_ms // 1_000,
            "exp": -(-expires_ms // 1_000),
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid})

    def read(self, token: str) -> PermitClaims | None:
        """Return what a token of ours says; None when it is none. Whether its time is over is the ledger's to say."""
        if len(token) > MAX_CHARS:
            return None
        try:
            claims = jwt.decode(
                token,
                self._public,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={
                    "require": ["jti", "sub", "sku", "room", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
            said = (claims["jti"], claims["sub"], claims["sku"], claims["room"])
        except jwt.InvalidTokenError:
            return None
        if not all(isinstance(one, str) for one in said):
            return None
        return PermitClaims(PermitId(said[0]), *said[1:])

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public key as a JWK set (RFC 7517, RFC 8037)."""
        key = {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": self._x,
            "kid": self._kid,
            "alg": ALGORITHM,
            "use": "sig",
        }
        return {"keys": [key]}


@dataclass(frozen=True, slots=True)
class _Sold:
    """What never changes of a gate."""

    room: RoomId
    sku: str
    link: str


class Gatekeeper:
    """Hands over what a permit is worth: the token, and the link that stayed here until now (L5).

    A full room asks within a second: a gate is read once, and a permit is signed from its receipt.
    """

    def __init__(self, truth: Truth, permits: Permits, seal: Seals) -> None:
        self._truth = truth
        self._permits = permits
        self._seal = seal
        self._gates: OrderedDict[GateId, _Sold] = OrderedDict()

    async def handed(
        self, permit: PermitId, gate: GateId, member: MemberId, expires_ms: int
    ) -> dict[str, str | int] | None:
        """Return `done.result` of the act that was given this permit; None when there is no such gate.

        The caller has the ledger's receipt for it. Raises `LedgerUnavailable`.
        """
        sold = self._gates.get(gate) or await self._read(gate)
        if sold is None:
            return None
        given_ms = expires_ms - PERMIT_MS
        return {
            "permit": self._permits.signed(
                permit, member=member, sku=sold.sku, room=sold.room, given_ms=given_ms, expires_ms=expires_ms
            ),
            "link": sold.link,
            "sku": sold.sku,
            "expires_ms": expires_ms,
        }

    async def _read(self, gate: GateId) -> _Sold | None:
        stand = await self._truth.gate(gate)
        if stand is None:
            return None
        sold = _Sold(stand.gate.room, stand.gate.sku, self._seal.open(stand.link))
        self._gates[gate] = sold
        while len(self._gates) > MOST_GATES:
            self._gates.popitem(last=False)
        return sold


def permit_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key that signs permits; a first call makes it in the data dir, readable by its owner alone.

    Raises `SettingWrong` when the named file holds no Ed25519 private key in PEM.
    """
    path = settings.permit_key_file
    if path is None:
        path = settings.data_dir / "permit.key"
        made_once(path, _new_key)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise SettingWrong("--permit-key-file", f"{path}: {problem}") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingWrong("--permit-key-file", f"{path} must hold an Ed25519 private key (PEM, PKCS 8)")
    return key


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
