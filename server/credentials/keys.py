"""API keys of shop servers: made, stored as digests, and proven by bearer or by signature (PROTOCOL §2)."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from standardwebhooks.webhooks import Webhook

from server.clock import Clock
from server.errors import KeyInvalid, SignatureInvalid
from server.ledger.ports import KeyRecord, SourceRecord

SCOPES = frozenset({"events", "members", "tokens", "rooms", "rewards", "redemptions", "permits", "webhooks"})
TOLERANCE_MS = 5 * 60_000
_FRESH_MS = 900
"""A new or revoked key counts within one second (PROTOCOL §2), the read included."""
_HASTE_MS = 100
"""An unknown key id may be brand new: look at once, but made-up ids must not become a flood of reads."""


class Seal:
    """Keeps signing secrets unreadable at rest, under a key that follows from the token secret."""

    def __init__(self, token_secret: bytes) -> None:
        key = blake2b(token_secret, digest_size=32, person=b"lr-signing-keys").digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `SignatureInvalid` when it was sealed under another token secret."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as other:
            raise SignatureInvalid(
                "this signing key was made under another token secret; make a new one"
            ) from other

    def open_or_none(self, sealed: str) -> str | None:
        """Return what was sealed; None when it was under another token secret."""
        try:
            return self.open(sealed)
        except SignatureInvalid:
            return None


def new_bearer_key(
    name: str, scopes: Iterable[str], source: str | None, now_ms: int
) -> tuple[KeyRecord, str]:
    """Return the record to store and the secret to hand over once. No scope = all of them."""
    key_id = f"k{secrets.token_hex(6)}"
    secret = f"lrk_{key_id}_{secrets.token_urlsafe(32)}"
    return _record(key_id, name, _digest(secret), scopes, source, None, now_ms), secret


def new_signing_key(
    name: str, scopes: Iterable[str], source: str | None, seal: Seal, now_ms: int
) -> tuple[KeyRecord, str]:
    """Return the record to store and the ``whsec_…`` secret; requests name the record's id in `liveroom-key`."""
    key_id = f"k{secrets.token_hex(6)}"
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return _record(key_id, name, _digest(secret), scopes, source, seal.close(secret), now_ms), secret


class KeyStore(Protocol):
    """The part of `QueriesPort` that is needed here. Raises `LedgerUnavailable`."""

    async def keys(self) -> Sequence[KeyRecord]: ...
    async def sources(self) -> Sequence[SourceRecord]: ...


class ApiKeys:
    """The keys that count now. With SQL away nobody is let in on a guess: `LedgerUnavailable` is raised."""

    def __init__(self, store: KeyStore, seal: Seal, clock: Clock) -> None:
        self._store = store
        self._seal = seal
        self._clock = clock
        self._keys: dict[str, KeyRecord] = {}
        self._declared: dict[str, frozenset[str] | None] = {}
        self._read_ms = -_FRESH_MS
        self._reading = asyncio.Lock()

    async def bearer(self, secret: str) -> KeyRecord:
        """Return the key this secret is. Raises `KeyInvalid`."""
        parts = secret.split("_", 2)
        if len(parts) != 3 or parts[0] != "lrk":
            raise KeyInvalid("not an API key: it begins with lrk_")
        key = await self._standing(parts[1])
        if (
            key is None
            or key.signing_secret is not None
            or not hmac.compare_digest(key.digest, _digest(secret))
        ):
            raise KeyInvalid("no such API key, or it has been revoked")
        return key

    async def signed(self, headers: Mapping[str, str], body: bytes) -> KeyRecord:
        """Return the key that signed `body` in Standard Webhooks form. Raises `SignatureInvalid`."""
        message_id = headers.get("webhook-id", "")
        signatures = headers.get("webhook-signature", "")
        try:
            sent_s = int(headers.get("webhook-timestamp", ""))
            sent = datetime.fromtimestamp(sent_s, UTC)
        except (ValueError, OverflowError, OSError) as wrong:
            raise SignatureInvalid("webhook-timestamp must be Unix seconds") from wrong
        if not message_id or not signatures:
            raise SignatureInvalid("webhook-id and webhook-signature are needed")
        if abs(self._clock.now_ms() - sent_s * 1_000) > TOLERANCE_MS:
            raise SignatureInvalid("webhook-timestamp is more than 5 minutes away from our clock")
        key = await self._standing(headers.get("liveroom-key", ""))
        if key is None or key.signing_secret is None:
            raise SignatureInvalid("liveroom-key names no signing key, or it has been revoked")
        try:
            expected = Webhook(self._seal.open(key.signing_secret)).sign(message_id, sent, body.decode())
        except UnicodeDecodeError as wrong:
            raise SignatureInvalid("a signed body must be UTF-8") from wrong
        given = [one.encode() for one in signatures.split(" ")]
        if not any(hmac.compare_digest(expected.encode(), one) for one in given):
            raise SignatureInvalid("no signature fits the body")
        return key

    def can_prove(self, key: KeyRecord, source: str) -> frozenset[str] | None:
        """Return the event types that `source` is declared to prove, as of when `key` was looked at; None = all.

        A key without a source may speak for any, and for none beyond what that source can prove (X6).
        """
        return key.can if key.source == source else self._declared.get(source)

    async def _standing(self, key_id: str) -> KeyRecord | None:
        age_ms = self._clock.now_ms() - self._read_ms
        if age_ms >= _FRESH_MS or (key_id not in self._keys and age_ms >= _HASTE_MS):
            await self._read(self._read_ms)
        key = self._keys.get(key_id)
        return None if key is None or key.revoked_ms is not None else key

    async def _read(self, seen_ms: int) -> None:
        async with self._reading:
            if self._read_ms != seen_ms:
                return  # somebody read while we waited
            began_ms = self._clock.now_ms()
            keys, declared = await self._store.keys(), await self._store.sources()
            self._keys = {key.id: key for key in keys}
            self._declared = {source.name: source.can for source in declared}
            self._read_ms = began_ms


def _record(
    key_id: str,
    name: str,
    digest: str,
    scopes: Iterable[str],
    source: str | None,
    signing_secret: str | None,
    now_ms: int,
) -> KeyRecord:
    wanted = frozenset(scopes)
    unknown = wanted - SCOPES
    if unknown:
        raise ValueError(
            f"no such scope: {', '.join(sorted(unknown))}; there are {', '.join(sorted(SCOPES))}"
        )
    return KeyRecord(
        id=key_id,
        name=name,
        digest=digest,
        scopes=wanted or SCOPES,
        source=source,
        signing_secret=signing_secret,
        created_ms=now_ms,
        revoked_ms=None,
    )


def _digest(secret: str) -> str:
    # A plain fast hash is right here: the secret is 256 random bits, nothing to guess.
    return sha256(secret.encode()).hexdigest()
