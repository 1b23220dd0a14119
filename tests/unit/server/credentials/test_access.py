"""Who may what, by token."""

import base64
import json
from collections.abc import Callable, Mapping

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.credentials.access import Claims, Tokens, subject_of
from server.credentials.jwks import Jwks
from server.domain.commands import ById, ByIdentity
from server.errors import TokenExpired, TokenInvalid
from server.ids import MemberId

NOW_S = 1_700_000_000
NOW = NOW_S * 1_000
SECRET = b"0123456789abcdef0123456789abcdef"
Payload = dict[str, object]


def payload(**changes: object) -> Payload:
    whole: Payload = {
        "sub": "m1",
        "role": "viewer",
        "rooms": ["demo"],
        "iat": NOW_S,
        "exp": NOW_S + 600,
        "aud": "liveroom",
    }
    whole.update(changes)
    return {name: value for name, value in whole.items() if value is not ...}


def signed(claims: Mapping[str, object], secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(dict(claims), secret, algorithm=algorithm)


def test_ACC1_a_minted_token_says_what_was_asked() -> None:
    tokens = Tokens(SECRET, issuer="shop")
    text, expires_ms = tokens.mint(
        sub="douyin:o-1", role="host", rooms=("demo", "b"), now_ms=NOW, ttl_s=60, name="小美"
    )
    assert tokens.verify(text, NOW) == Claims("douyin:o-1", "host", ("demo", "b"), NOW, NOW + 60_000, "小美")
    assert expires_ms == NOW + 60_000


@pytest.mark.parametrize(
    "claims",
    [
        *(payload(**{name: ...}) for name in ("sub", "role", "rooms", "iat", "exp", "aud")),
        payload(aud="another"),
        payload(role="admin"),
        payload(rooms=[]),
        payload(rooms="demo"),
        payload(rooms=["demo"] * 101),
        payload(sub=""),
        payload(sub="bad id"),
        payload(sub="x" * 65),
        payload(exp=NOW_S + 3_601),
        payload(exp=NOW_S),
        payload(exp=str(NOW_S + 60)),
        payload(iat=NOW_S + 6, exp=NOW_S + 66),
        payload(nbf=NOW_S + 6),
        payload(name="x" * 257),
        payload(name=7),
    ],
    ids=lambda claims: json.dumps(claims)[:60],
)
def test_ACC1_a_token_that_lacks_or_overstates_something_does_not_count(claims: Payload) -> None:
    with pytest.raises(TokenInvalid):
        Tokens(SECRET).verify(signed(claims), NOW)


def mangled(text: str, part: int, change: str) -> str:
    parts = text.split(".")
    parts[part] += change
    return ".".join(parts)


SAYINGS = [
    payload(),
    payload(name="小美", nbf=NOW_S, jti="j", extra=[1]),
    payload(aud=["liveroom", "else"]),
    payload(aud=["else"]),
    payload(aud=7),
    payload(aud=None),
    payload(iss="shop"),
    payload(jti=7),
    payload(sub=7),
    payload(sub="a b"),
    payload(exp=True),
    payload(exp=1.5),
    payload(exp=NOW_S + 10**30),
    payload(nbf="soon"),
    payload(name="\ud800"),
    payload(rooms=[1]),
    payload(role=None),
]


@pytest.mark.parametrize("claims", SAYINGS, ids=lambda claims: json.dumps(claims)[:90])
@pytest.mark.parametrize("issuer", [None, "shop"])
def test_ACC1_ACC3_the_header_we_mint_and_any_other_spelling_of_it_are_judged_alike(
    claims: Payload, issuer: str | None
) -> None:
    """The first is read by us, the second by the library: nobody may get in by one who would not by the other."""
    quick = jwt.encode(claims, SECRET, algorithm="HS256")
    slow = jwt.encode(claims, SECRET, algorithm="HS256", headers={"by": "another library"})
    assert verdict(quick, issuer) == verdict(slow, issuer)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: mangled(text, 2, "A"),
        lambda text: mangled(text, 2, "="),
        lambda text: mangled(text, 1, "A"),
        lambda text: mangled(text, 1, "."),
        lambda text: mangled(text, 0, "A"),
        lambda text: mangled(text, 0, "="),
        lambda text: text + ".",
        lambda text: "." + text,
        lambda text: text[:-1],
        lambda text: text.rpartition(".")[0] + ".",
        lambda text: text.upper(),
        lambda text: text + " ",
        lambda text: text + "\u00e9",
    ],
)
def test_ACC3_a_changed_token_does_not_count(change: Callable[[str], str]) -> None:
    text = signed(payload())
    assert verdict(text, None) == Claims("m1", "viewer", ("demo",), NOW, NOW + 600_000)
    changed = change(text)
    if changed == mangled(text, 2, "="):
        return  # the same signature, padded: the library takes it
    with pytest.raises(TokenInvalid):
        Tokens(SECRET).verify(changed, NOW)


def verdict(text: str, issuer: str | None) -> Claims | str:
    try:
        return Tokens(SECRET, issuer=issuer).verify(text, NOW)
    except TokenInvalid as refused:
        return str(refused)


def test_ACC1_the_issuer_counts_when_one_is_configured() -> None:
    tokens = Tokens(SECRET, issuer="shop")
    assert tokens.verify(signed(payload(iss="shop")), NOW).sub == "m1"
    for other in (payload(), payload(iss="other")):
        with pytest.raises(TokenInvalid):
            tokens.verify(signed(other), NOW)


DEEP = base64.urlsafe_b64encode(b"[" * 1_400).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "ü.ü.ü", "\ud800", "x" * 5_000, "..", "eyJ.eyJ.", f"{DEEP}.{DEEP}.AA"]
)
def test_ACC1_what_is_no_token_is_invalid_and_nothing_worse(text: str) -> None:
    with pytest.raises(TokenInvalid):
        Tokens(SECRET).verify(text, NOW)


def test_ACC3_an_unsigned_or_foreign_signature_does_not_count() -> None:
    unsigned = jwt.encode(payload(), "", algorithm="none")
    with pytest.raises(TokenInvalid):
        Tokens(SECRET).verify(unsigned, NOW)
    for text in (signed(payload(), b"f" * 32), signed(payload(), SECRET * 2, "HS512")):
        with pytest.raises(TokenInvalid):
            Tokens(SECRET).verify(text, NOW)


def test_ACC1_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"short")


def test_ACC3_a_public_key_is_no_secret() -> None:
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="secret"):
        Tokens(public)


def test_ACC2_a_token_counts_until_five_seconds_after_its_end_also_from_the_cache() -> None:
    tokens = Tokens(SECRET)
    text = signed(payload())
    end = NOW + 600_000
    assert tokens.verify(text, end + 4_999).sub == "m1"
    with pytest.raises(TokenExpired):
        tokens.verify(text, end + 5_000)
    with pytest.raises(TokenExpired):
        Tokens(SECRET).verify(text, end + 5_000)
    assert Tokens(SECRET).verify(text, NOW - 5_000).sub == "m1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "admin"},
        {"ttl_s": 0},
        {"ttl_s": 3_601},
        {"rooms": ()},
        {"sub": "a b"},
        {"sub": "x" * 65},
        {"rooms": ("r" * 64,) * 100},
    ],
    ids=str,
)
def test_ACC1_what_would_not_verify_is_not_minted(wrong: dict[str, object]) -> None:
    asked: dict[str, object] = {"sub": "m1", "role": "viewer", "rooms": ("demo",), "now_ms": NOW, **wrong}
    with pytest.raises(ValueError, match=r"."):
        Tokens(SECRET).mint(**asked)  # type: ignore[arg-type]


def test_X1_a_subject_takes_three_forms() -> None:
    assert subject_of("m1") == subject_of("member:m1") == ById(MemberId("m1"))
    assert subject_of("douyin:o:1 /é") == ByIdentity("douyin", "o:1 /é")
    for wrong in (
        "",
        ":",
        "douyin:",
        ":x",
        "a b",
        "member:",
        "member:a b",
        "dou yin:x",
        "d:\x00",
        "d:" + "x" * 257,
    ):
        with pytest.raises(ValueError, match="is 1-"):
            subject_of(wrong)


# --- another issuer's keys ------------------------------------------------------------------------

RSA = rsa.generate_private_key(65_537, 2_048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def key_set() -> str:
    keys = [
        {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key())), "kid": "rsa", "alg": "RS256"},
        {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC.public_key())), "kid": "ec", "alg": "ES256"},
        {**json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(ED.public_key())), "kid": "ed", "alg": "EdDSA"},
        {"kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "kid": "hmac", "alg": "HS256"},
        {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key())), "kid": "big", "alg": "RS512"},
    ]
    return json.dumps({"keys": keys})


class Issuer:
    """What the address of the key set answers."""

    def __init__(self) -> None:
        self.body = key_set()
        self.status = 200

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))

    def _answer(self, _request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(self.status, text=self.body)


async def fetched(issuer: Issuer) -> Jwks:
    keys = Jwks("https://issuer.example/jwks", issuer.client())
    await keys.fetch()
    return keys


@pytest.mark.parametrize(
    "kid, key, algorithm", [("rsa", RSA, "RS256"), ("ec", EC, "ES256"), ("ed", ED, "EdDSA")]
)
async def test_ACC3_published_keys_verify_what_they_are_for(
    kid: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, algorithm: str
) -> None:
    keys = await fetched(Issuer())
    tokens = Tokens(SECRET, jwks=keys)
    text = jwt.encode(payload(), key, algorithm=algorithm, headers={"kid": kid})
    assert tokens.verify(text, NOW).sub == "m1"
    assert tokens.verify(signed(payload()), NOW).sub == "m1", "our own tokens count beside them"
    await keys.close()


async def test_ACC3_a_public_key_never_passes_for_a_secret_and_none_for_another_algorithm() -> None:
    keys = await fetched(Issuer())
    tokens = Tokens(SECRET, jwks=keys)
    forged = [
        jwt.encode(payload(), SECRET, algorithm="HS256", headers={"kid": "rsa"}),
        jwt.encode(
            payload(), b"0123456789abcdef0123456789abcdef", algorithm="HS256", headers={"kid": "hmac"}
        ),
        jwt.encode(payload(), RSA, algorithm="RS512", headers={"kid": "rsa"}),
        jwt.encode(payload(), RSA, algorithm="RS512", headers={"kid": "big"}),
        jwt.encode(payload(), RSA, algorithm="RS256", headers={"kid": "ec"}),
        jwt.encode(payload(), RSA, algorithm="RS256", headers={"kid": "unknown"}),
        jwt.encode(payload(), RSA, algorithm="RS256"),
    ]
    for text in forged:
        with pytest.raises(TokenInvalid):
            tokens.verify(text, NOW)
    await keys.close()


async def test_ACC4_while_the_issuer_is_away_or_talks_nonsense_the_known_keys_count() -> None:
    issuer = Issuer()
    keys = await fetched(issuer)
    for status, body in (
        (503, "{}"),
        (200, "[]"),
        (200, "not json"),
        (200, '{"keys": 7}'),
        (200, " " * 300_000),
    ):
        issuer.status, issuer.body = status, body
        with pytest.raises((httpx2.HTTPError, ValueError)):
            await keys.fetch()
    assert keys.key("rsa") is not None
    await keys.close()
