"""Permits as tokens, from what the ledger keeps of them."""

from __future__ import annotations

from server.credentials.permits import Permits
from server.domain.gates import Permit


def signed(by: Permits, permit: Permit) -> str:
    return by.signed(
        permit.id,
        member=permit.member,
        sku=permit.sku,
        room=permit.room,
        given_ms=permit.given_ms,
        expires_ms=permit.expires_ms,
    )
