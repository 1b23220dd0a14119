"""Signatures that the library of Standard Webhooks verifies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from server.clock import SystemClock
from server.credentials.keys import Seal
from server.errors import SignatureInvalid
from server.ledger.hooks import Endpoint
from server.webhooks.signing import ROTATION_MS, new_secret, secrets_of, signed_headers

NOW = 1_760_000_000_000
BODY = '{"type":"tier.upgraded","data":{"name":"小美"}}'
SEAL = Seal(b"a secret of thirty-two bytes or more")


def an_endpoint(secret: str, old: str | None = None, until_ms: int | None = None) -> Endpoint:
    sealed = None if old is None else SEAL.close(old)
    return Endpoint(
        "we_1", "https://x", frozenset(), "", SEAL.close(secret), sealed, until_ms, NOW, None, None
    )


def test_HOK4_the_library_verifies_what_we_sign() -> None:
    secret = new_secret()
    headers = signed_headers("msg_1", BODY, (secret,), SystemClock().now_ms())
    assert headers["webhook-id"] == "msg_1"
    assert Webhook(secret).verify(BODY, headers)["type"] == "tier.upgraded"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace("小美", "大美"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_HOK4_while_a_secret_is_rotated_both_verify() -> None:
    old, new = new_secret(), new_secret()
    headers = signed_headers("msg_1", BODY, (new, old), SystemClock().now_ms())
    first, second = headers["webhook-signature"].split(" ")
    assert first != second
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)


def test_HOK4_the_old_secret_signs_for_a_day_and_not_longer() -> None:
    old, new = new_secret(), new_secret()
    endpoint = an_endpoint(new, old, NOW + ROTATION_MS)
    assert secrets_of(endpoint, SEAL, NOW + ROTATION_MS - 1) == (new, old)
    assert secrets_of(endpoint, SEAL, NOW + ROTATION_MS) == (new,)
    assert secrets_of(an_endpoint(new), SEAL, NOW) == (new,)


def test_HOK11_a_secret_is_sealed_and_hides_in_repr() -> None:
    secret = new_secret()
    endpoint = an_endpoint(secret, secret, NOW + 1)
    assert secret not in endpoint.secret
    assert secret.removeprefix("whsec_") not in repr(replace(endpoint, id="we_2"))
    assert endpoint.secret not in repr(endpoint)
    with pytest.raises(SignatureInvalid):
        secrets_of(endpoint, Seal(b"another secret of thirty-two bytes"), NOW)


def test_HOK4_no_two_secrets_are_alike() -> None:
    assert len({new_secret() for _ in range(50)}) == 50
