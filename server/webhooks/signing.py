"""Standard Webhooks signatures, with two secrets while one is being rotated."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from standardwebhooks.webhooks import Webhook

from server.ledger.hooks import Endpoint

ROTATION_MS = 24 * 3_600_000
"""How long the secret before the last rotation signs, too."""


class Seal(Protocol):
    """Keeps secrets unreadable at rest."""

    def close(self, secret: str) -> str: ...

    def open(self, sealed: str) -> str:
        """Raises `server.errors.SignatureInvalid` when it was sealed under another token secret."""
        ...


def new_secret() -> str:
    """Return a ``whsec_…`` secret of 256 random bits."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def secrets_of(endpoint: Endpoint, seal: Seal, now_ms: int) -> tuple[str, ...]:
    """Return the secrets that sign now, the newest first. Raises `SignatureInvalid`."""
    sealed = [endpoint.secret]
    if endpoint.old_secret is not None and now_ms < (endpoint.old_until_ms or 0):
        sealed.append(endpoint.old_secret)
    return tuple(seal.open(one) for one in sealed)


def signed_headers(message: str, body: str, signing: Sequence[str], now_ms: int) -> dict[str, str]:
    """Return the three headers by which a receiver knows that the message is ours and is fresh."""
    at = datetime.fromtimestamp(now_ms // 1_000, UTC)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(now_ms // 1_000),
        "webhook-signature": " ".join(Webhook(secret).sign(message, at, body) for secret in signing),
    }
