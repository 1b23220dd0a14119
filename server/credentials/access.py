"""Who may what, by token (PROTOCOL §2): proven here for both doors, the live socket and HTTP.

API keys and signatures, which only HTTP knows, are in `server.credentials.keys`.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import jwt
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from server.credentials.jwks import Jwks
from server.domain.commands import ById, ByIdentity, Subject
from server.domain.unguarded import unguarded
from server.errors import TokenExpired, TokenInvalid
from server.ids import MemberId, is_foreign_id, is_our_id

AUDIENCE = "liveroom"
ROLES = ("viewer", "host", "operator")
MAX_TTL_S = 3_600
LEEWAY_S = 5
MAX_TOKEN_CHARS = 4_096
"""Ten times what our own tokens measure; longer ones are not looked at."""
_CACHED_MS = 60_000
"""A viewer whose line breaks shows the same token again, and RS256 costs 100 µs each time (DESIGN §4). One of ours is
read as fast as it would be found."""
_MAX_CACHED = 20_000


@unguarded
@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. `rooms` is ``("*",)`` for every room; `sub` takes both forms (`subject_of`)."""

    sub: str
    role: str
    rooms: tuple[str, ...]
    iat_ms: int
    exp_ms: int
    name: str | None = None

    def may_enter(self, room: str) -> bool:
        """Whether the token is meant for this room. Members-only rooms ask more than that."""
        return "*" in self.rooms or room in self.rooms


@lru_cache(maxsize=1_024)
def subject_of(text: str) -> Subject:
    """Read ``member:<id>``, ``<platform>:<openid>`` (split at the first colon) or a bare member id.

    Raises `ValueError` naming what is wrong. Remembered, because one request asks it twice and more.
    """
    head, colon, rest = text.partition(":")
    if not colon or head == "member":
        member = rest if colon else head
        if not is_our_id(member):
            raise ValueError("a member id is 1-64 of A-Z a-z 0-9 _ . : -")
        return ById(MemberId(member))
    if not is_our_id(head):
        raise ValueError("a platform is 1-64 of A-Z a-z 0-9 _ . -")
    if not is_foreign_id(rest):
        raise ValueError("an openid is 1-256 printable characters")
    return ByIdentity(head, rest)


class _Payload(BaseModel):
    """The claims as they arrive; others than these are of no interest to us."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sub: StrictStr = Field(min_length=1, max_length=321)
    role: StrictStr
    rooms: list[StrictStr] = Field(min_length=1, max_length=100)
    iat: StrictInt
    exp: StrictInt
    nbf: StrictInt | None = None
    name: StrictStr | None = Field(default=None, max_length=256)


class _OurPayload(_Payload):
    """With the claims that the library judges, in the one form that ours have."""

    aud: StrictStr
    iss: StrictStr | None = None
    jti: StrictStr | None = None


class Tokens:
    """Verifies tokens and mints our own.

    Our own are HS256 under `secret` (at least 32 bytes); with `jwks` those of another issuer count too. Which key a
    token names decides the one algorithm it may use: a public key can never pass as an HMAC secret. With `issuer`
    given every token must carry it, and ours do.
    """

    def __init__(self, secret: bytes, *, issuer: str | None = None, jwks: Jwks | None = None) -> None:
        if len(secret) < 32:
            raise ValueError("the token secret must have at least 32 bytes")
        self._secret = secret
        self._keyed = hmac.new(secret, digestmod="sha256")
        self._issuer = issuer
        self._jwks = jwks
        try:
            self._header = jwt.encode({}, secret, algorithm="HS256").partition(".")[0]
        except jwt.InvalidKeyError as refused:  # a public key: everybody who knows it could sign
            raise ValueError(f"the token secret is none: {refused}") from refused
        self._verified: OrderedDict[bytes, tuple[Claims, int]] = OrderedDict()

    def verify(self, token: str, now_ms: int) -> Claims:
        """Return what the token says at `now_ms`. Raises `TokenExpired` or `TokenInvalid`; never blocks."""
        ours = self._ours(token)
        claims = self._held_or_decoded(token, now_ms) if ours is None else _claims(ours, now_ms)
        if now_ms >= claims.exp_ms + LEEWAY_S * 1_000:
            raise TokenExpired("the token has expired")
        return claims

    def mint(
        self,
        *,
        sub: str,
        role: str,
        rooms: Sequence[str],
        now_ms: int,
        ttl_s: int = MAX_TTL_S,
        name: str | None = None,
    ) -> tuple[str, int]:
        """Return a token of ours and when it expires, Unix ms. Raises `ValueError` for what `verify` would refuse."""
        if role not in ROLES:
            raise ValueError(f"role must be one of {', '.join(ROLES)}")
        if not 1 <= ttl_s <= MAX_TTL_S:
            raise ValueError(f"ttl must be 1-{MAX_TTL_S} seconds")
        if not rooms:
            raise ValueError("rooms must name at least one room, or *")
        subject_of(sub)
        iat = now_ms // 1_000
        payload: dict[str, str | int | list[str]] = {
            "sub": sub,
            "role": role,
            "rooms": list(rooms),
            "iat": iat,
            "exp": iat + ttl_s,
            "aud": AUDIENCE,
        }
        if name is not None:
            payload["name"] = name
        if self._issuer is not None:
            payload["iss"] = self._issuer
        token = jwt.encode(payload, self._secret, algorithm="HS256")
        if len(token) > MAX_TOKEN_CHARS:
            raise ValueError(
                f"rooms and name make a token of over {MAX_TOKEN_CHARS} characters; name fewer rooms"
            )
        return token, (iat + ttl_s) * 1_000

    def _held_or_decoded(self, token: str, now_ms: int) -> Claims:
        digest = blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        held = self._verified.get(digest)
        if held is not None and now_ms < held[1]:
            return held[0]
        claims = _claims(self._decode(token), now_ms)
        self._verified.pop(digest, None)
        self._verified[digest] = (claims, now_ms + _CACHED_MS)
        if len(self._verified) > _MAX_CACHED:
            self._verified.popitem(last=False)
        return claims

    def _ours(self, token: str) -> _Payload | None:
        """Return what a token says that is as we mint them; None = something is different, the library shall judge.

        Most viewers show such a token, and reading it like this costs a sixth of what the library takes (decision
        0021). Only ever accepts: every refusal is the library's.
        """
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        if header != self._header or len(token) > MAX_TOKEN_CHARS or "." in payload or not token.isascii():
            return None
        mac = urlsafe_b64encode(self._mac(signed.encode())).rstrip(b"=")
        if not hmac.compare_digest(mac, signature.encode()):
            return None
        try:
            says = _OurPayload.model_validate_json(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            subject_of(says.sub)
        except ValueError:
            return None
        return says if says.aud == AUDIENCE and self._issuer in (None, says.iss) else None

    def _mac(self, signed: bytes) -> bytes:
        """Return the HS256 signature; the secret is worked into it once, not for every token."""
        mac = self._keyed.copy()
        mac.update(signed)
        return mac.digest()

    def _decode(self, token: str) -> _Payload:
        if len(token) > MAX_TOKEN_CHARS:
            raise TokenInvalid("the token is too long")
        try:
            key, algorithm = self._key_for(token)
            payload = _Payload.model_validate(
                jwt.decode(
                    token,
                    key,
                    algorithms=[algorithm],
                    audience=AUDIENCE,
                    issuer=self._issuer,
                    options={
                        "require": ["sub", "role", "rooms", "iat", "exp", "aud"],
                        "enforce_minimum_key_length": True,
                        # Times are judged below, by the clock handed in.
                        "verify_exp": False,
                        "verify_iat": False,
                        "verify_nbf": False,
                    },
                )
            )
            subject_of(payload.sub)
        except jwt.PyJWTError as refused:
            raise TokenInvalid(f"the token is not valid: {refused}") from refused
        except ValidationError as refused:
            claim = ".".join(str(part) for part in refused.errors()[0]["loc"])
            raise TokenInvalid(f"the token's claim {claim} is not valid") from refused
        except RecursionError as refused:
            raise TokenInvalid("the token is not valid: nested too deeply") from refused
        except ValueError as refused:  # subject_of, or bytes that are no text at all
            raise TokenInvalid(f"the token's claim sub is not valid: {refused}") from refused
        return payload

    def _key_for(self, token: str) -> tuple[bytes | jwt.PyJWK, str]:
        if self._jwks is not None:
            key_id = jwt.get_unverified_header(token).get("kid")
            if key_id is not None:
                key = self._jwks.key(key_id) if isinstance(key_id, str) else None
                if key is None:
                    raise TokenInvalid("the token names a key that its issuer does not publish")
                return key, key.algorithm_name
        return self._secret, "HS256"


def _claims(payload: _Payload, now_ms: int) -> Claims:
    if payload.role not in ROLES:
        raise TokenInvalid(f"the token's role must be one of {', '.join(ROLES)}")
    if not 0 < payload.exp - payload.iat <= MAX_TTL_S:
        raise TokenInvalid(f"a token lives at most {MAX_TTL_S} s: exp - iat is {payload.exp - payload.iat}")
    if max(payload.iat, payload.nbf or 0) * 1_000 > now_ms + LEEWAY_S * 1_000:
        raise TokenInvalid("the token is from the future: look at the issuer's clock")
    return Claims(
        sub=payload.sub,
        role=payload.role,
        rooms=tuple(payload.rooms),
        iat_ms=payload.iat * 1_000,
        exp_ms=payload.exp * 1_000,
        name=payload.name,
    )
