"""API keys of shop servers."""

import base64
import hmac
from hashlib import sha256

import pytest

from server.clock import ManualClock
from server.credentials.keys import SCOPES, ApiKeys, Seal, new_bearer_key, new_signing_key
from server.errors import KeyInvalid, SignatureInvalid
from server.ledger.errors import LedgerUnavailable
from server.ledger.ports import KeyRecord, SourceRecord

NOW = 1_700_000_000_000
SEAL = Seal(b"0" * 32)


class Store:
    """The part of the queries that keeps keys."""

    def __init__(self) -> None:
        self.kept: list[KeyRecord] = []
        self.declared: list[SourceRecord] = []
        self.reads = 0
        self.away = False

    async def keys(self) -> list[KeyRecord]:
        self.reads += 1
        if self.away:
            raise LedgerUnavailable("switched off")
        return list(self.kept)

    async def sources(self) -> list[SourceRecord]:
        return list(self.declared)


def ring(store: Store, clock: ManualClock) -> ApiKeys:
    return ApiKeys(store, SEAL, clock)


def test_KEY1_only_a_digest_is_kept() -> None:
    record, secret = new_bearer_key("shop", ("events",), "tmall", NOW)
    assert secret.startswith(f"lrk_{record.id}_")
    assert secret not in repr(record)
    assert record.digest == sha256(secret.encode()).hexdigest()
    assert (record.scopes, record.source, record.revoked_ms) == (frozenset({"events"}), "tmall", None)
    assert new_bearer_key("shop", (), None, NOW)[0].scopes == SCOPES
    with pytest.raises(ValueError, match="no such scope: nonsense"):
        new_bearer_key("shop", ("nonsense",), None, NOW)


async def test_KEY1_a_key_is_known_by_its_secret_and_by_nothing_near_it() -> None:
    store, clock = Store(), ManualClock(NOW)
    record, secret = new_bearer_key("shop", (), None, NOW)
    signing, _ = new_signing_key("signs", (), None, SEAL, NOW)
    store.kept = [record, signing]
    keys = ring(store, clock)
    assert await keys.bearer(secret) == record
    for wrong in (
        secret[:-1],
        secret + "x",
        f"lrk_{record.id}_x",
        "lrk_x_y",
        "lrk_",
        "xyz",
        f"lrk_{signing.id}_x",
    ):
        with pytest.raises(KeyInvalid):
            await keys.bearer(wrong)


async def test_KEY2_new_and_revoked_keys_count_within_a_second() -> None:
    store, clock = Store(), ManualClock(NOW)
    keys = ring(store, clock)
    record, secret = new_bearer_key("shop", (), None, NOW)
    with pytest.raises(KeyInvalid):
        await keys.bearer(secret)
    store.kept = [record]
    clock.advance(100)
    assert await keys.bearer(secret) == record
    store.kept = [KeyRecord(**{**_fields(record), "revoked_ms": NOW})]  # type: ignore[arg-type]
    clock.advance(1_000)
    with pytest.raises(KeyInvalid):
        await keys.bearer(secret)


async def test_KEY2_made_up_keys_do_not_become_a_flood_of_reads() -> None:
    store, clock = Store(), ManualClock(NOW)
    keys = ring(store, clock)
    for n in range(50):
        with pytest.raises(KeyInvalid):
            await keys.bearer(f"lrk_k{n}_x")
    assert store.reads == 1
    clock.advance(100)
    with pytest.raises(KeyInvalid):
        await keys.bearer("lrk_k_x")
    assert store.reads == 2


async def test_KEY2_with_the_ledger_away_nobody_is_let_in_on_a_guess() -> None:
    store, clock = Store(), ManualClock(NOW)
    record, secret = new_bearer_key("shop", (), None, NOW)
    store.kept = [record]
    keys = ring(store, clock)
    await keys.bearer(secret)
    store.away = True
    clock.advance(1_000)
    with pytest.raises(LedgerUnavailable):
        await keys.bearer(secret)


def _fields(record: KeyRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in KeyRecord.__slots__}


def headers(key_id: str, secret: str, body: bytes, *, sent_s: int = NOW // 1_000) -> dict[str, str]:
    """Standard Webhooks, worked out by hand from its specification."""
    signed = f"msg_1.{sent_s}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(sent_s),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        "liveroom-key": key_id,
    }


async def test_KEY3_a_signature_proves_its_body_for_five_minutes() -> None:
    store, clock = Store(), ManualClock(NOW)
    record, secret = new_signing_key("signs", ("events",), None, SEAL, NOW)
    store.kept = [record]
    keys = ring(store, clock)
    body = '{"名":"小美"}'.encode()
    good = headers(record.id, secret, body)
    assert await keys.signed(good, body) == record
    several = {**good, "webhook-signature": "v1,AAAA v2,xyz " + good["webhook-signature"]}
    assert await keys.signed(several, body) == record
    clock.advance(300_000)
    assert await keys.signed(good, body) == record
    clock.advance(1)
    with pytest.raises(SignatureInvalid, match="5 minutes"):
        await keys.signed(good, body)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "9" * 30},
        {"webhook-timestamp": str(NOW // 1_000 + 301)},
        {"webhook-timestamp": str(NOW // 1_000 + 1)},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,!!!"},
        {"webhook-signature": "ü"},
        {"liveroom-key": ""},
        {"liveroom-key": "unknown"},
    ],
    ids=str,
)
async def test_KEY3_whatever_else_is_sent_proves_nothing(change: dict[str, str]) -> None:
    store, clock = Store(), ManualClock(NOW)
    record, secret = new_signing_key("signs", (), None, SEAL, NOW)
    store.kept = [record]
    with pytest.raises(SignatureInvalid):
        await ring(store, clock).signed({**headers(record.id, secret, b"{}"), **change}, b"{}")


async def test_KEY3_another_body_or_a_bearer_key_does_not_pass() -> None:
    store, clock = Store(), ManualClock(NOW)
    record, secret = new_signing_key("signs", (), None, SEAL, NOW)
    bearer, _ = new_bearer_key("shop", (), None, NOW)
    store.kept = [record, bearer]
    keys = ring(store, clock)
    for body in (b"{} ", b"\xff"):
        with pytest.raises(SignatureInvalid):
            await keys.signed(headers(record.id, secret, b"{}"), body)
    with pytest.raises(SignatureInvalid, match="no signing key"):
        await keys.signed(headers(bearer.id, secret, b"{}"), b"{}")


async def test_KEY4_a_signing_secret_is_unreadable_at_rest() -> None:
    store, clock = Store(), ManualClock(NOW)
    record, secret = new_signing_key("signs", (), None, SEAL, NOW)
    assert secret not in repr(record)
    assert secret.removeprefix("whsec_") not in (record.signing_secret or "")
    assert SEAL.open(record.signing_secret or "") == secret
    store.kept = [record]
    elsewhere = ApiKeys(store, Seal(b"1" * 32), clock)
    with pytest.raises(SignatureInvalid, match="another token secret"):
        await elsewhere.signed(headers(record.id, secret, b"{}"), b"{}")
