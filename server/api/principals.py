"""Who asks over HTTP, how they prove it (401), and whether a route is for them (403). PROTOCOL §2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from server.api.problems import Problem
from server.clock import Clock
from server.credentials.access import Claims, Tokens, subject_of
from server.credentials.keys import ApiKeys
from server.errors import AccessRefused, KeyInvalid, SignatureInvalid, TokenExpired, TokenInvalid
from server.ledger.ports import KeyRecord

CHALLENGE = {"www-authenticate": 'Bearer realm="liveroom"'}


@dataclass(frozen=True, slots=True)
class ShopServer:
    """Proven by an API key or by a signature made with one."""

    key: KeyRecord
    keys: ApiKeys

    @property
    def actor(self) -> str:
        return f"key:{self.key.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """Proven by a token: viewer, host or operator."""

    claims: Claims

    @property
    def actor(self) -> str:
        return f"{self.claims.role}:{self.claims.sub}"


@dataclass(frozen=True, slots=True)
class Nobody:
    """A public route does not ask."""

    actor: str = "anonymous"


Principal = ShopServer | Person | Nobody


@dataclass(frozen=True, slots=True)
class Gate:
    """Whom a route is for. None and False = not for these."""

    public: bool = False
    scope: str | None = None
    """Shop servers whose key has this scope."""
    operator: bool = False
    host_of: str | None = None
    """Hosts whose token names the room in this path parameter."""
    own: str | None = None
    """Viewers whose `sub` stands in this path parameter."""

    def admit(self, who: Principal, path: Mapping[str, str]) -> None:
        """Raise the 403 unless `who` may use the route with these path parameters."""
        match who:
            case Nobody():
                if not self.public:
                    raise AssertionError("a private route was asked without proof")
            case ShopServer(key):
                if self.scope is None or self.scope not in key.scopes:
                    raise Problem(
                        403, "scope_missing", f"this key lacks the scope {self.scope or 'for this route'}"
                    )
            case Person(claims):
                self._admit_person(claims, path)
            case _:
                assert_never(who)

    def _admit_person(self, claims: Claims, path: Mapping[str, str]) -> None:
        match claims.role:
            case "operator" if self.operator:
                return
            case "host" if self.host_of is not None:
                if not claims.may_enter(path.get(self.host_of, "")):
                    raise Problem(403, "room_not_allowed", "this token is not for that room")
            case "viewer" if self.own is not None:
                if not _same_subject(claims.sub, path[self.own]):
                    raise Problem(403, "not_yours", "a viewer's token is for its own member alone")
            case _:
                raise Problem(403, "role_not_allowed", f"the role {claims.role} may not do this")


@dataclass(frozen=True, slots=True)
class Proof:
    """Finds out who asks."""

    tokens: Tokens
    keys: ApiKeys
    clock: Clock

    @staticmethod
    def needs_body(headers: Mapping[str, str]) -> bool:
        """Whether the proof covers the body, so that it must be read first."""
        return "authorization" not in headers and "webhook-signature" in headers

    async def of(self, headers: Mapping[str, str], body: bytes) -> Principal:
        """Return who asks; `body` matters only if `needs_body`. Raises the 401 as a `Problem`."""
        try:
            if self.needs_body(headers):
                return ShopServer(await self.keys.signed(headers, body), self.keys)
            scheme, _, credential = headers.get("authorization", "").partition(" ")
            credential = credential.strip()
            if scheme.lower() != "bearer" or not credential:
                raise Problem(
                    401, "sign_in", "send Authorization: Bearer <api key or token>", headers=CHALLENGE
                )
            if credential.startswith("lrk_"):
                return ShopServer(await self.keys.bearer(credential), self.keys)
            return Person(self.tokens.verify(credential, self.clock.now_ms()))
        except AccessRefused as refused:
            raise Problem(401, _code(refused), str(refused), headers=CHALLENGE) from refused


def _code(refused: AccessRefused) -> str:
    match refused:
        case TokenExpired():
            return "token_expired"
        case TokenInvalid():
            return "token_invalid"
        case KeyInvalid():
            return "key_invalid"
        case SignatureInvalid():
            return "signature_invalid"
        case _:
            return "sign_in"


def _same_subject(sub: str, asked: str) -> bool:
    """Whether both name the same, in whatever form: ``member:wx:x`` is a member's id, ``wx:x`` an identity."""
    try:
        return subject_of(sub) == subject_of(asked)
    except ValueError:
        return False  # nobody's; the path is looked at only after the gate
