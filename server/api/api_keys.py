"""API keys and event sources as operators see them: who may speak, for what, and what that can prove (X6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import structlog
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.shapes import Answer, ForeignId, OurId, Shape, Title
from server.credentials.keys import Seal, new_bearer_key, new_signing_key
from server.domain.commands import OUR_SOURCES
from server.domain.proving import Capability, evidence_for
from server.domain.rulebook import Rulebook
from server.ledger.ports import KeyRecord, QueriesPort, SourceRecord

MOST_KEYS = 200
"""Keys that count at once: each process holds them all, and reads them every second."""
MOST_SOURCES = 1_000

_OPERATOR = Gate(operator=True)
_NOT_FOUND = Refusal(404, ("not_found",))
_NO_STORE = {"cache-control": "no-store"}
_TAG = "sources"
Scope = Literal["events", "members", "tokens", "rooms", "rewards", "redemptions", "permits", "webhooks"]
Capabilities = Annotated[tuple[Capability, ...], Field(max_length=32)]

_log = structlog.get_logger(__name__)


class PostKey(Shape):
    name: Title
    """What people call it."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=8)] | None = None
    """What it may do; absent = everything."""
    source: ForeignId | None = None
    """The only event source it may speak for; absent = any, with all capabilities."""
    signing: bool = False
    """For requests signed in Standard Webhooks form instead of a bearer key."""


class PutSource(Shape):
    capabilities: Capabilities | None
    """The event types it can prove; an event of another type is refused with `source_cannot_prove`. Null = all."""


class KeyAnswer(Answer):
    id: str
    name: str
    kind: Literal["bearer", "signing"]
    scopes: list[str]
    source: str | None
    created_ms: int
    revoked_ms: int | None


class NewKeyAnswer(KeyAnswer):
    secret: str
    """Shown this once."""


class KeysAnswer(Answer):
    keys: list[KeyAnswer]


class SourceAnswer(Answer):
    id: str
    capabilities: list[str] | None
    """Null = all."""
    keys: list[str]
    """The keys that speak for it now."""


class RuleProof(Answer):
    """One rule of the rulebook in force, and who can prove what it pays for."""

    rule: str
    events: list[str]
    """Any one of these proves it; empty = the server alone sees it."""
    server: bool
    """The server sees it itself, in its own rooms."""
    sources: list[str]
    """Sources with a key that can send one of the events."""
    any_source: bool
    """There is a key without a source, which may send them all."""
    works: bool
    """False: nobody can prove it, so the rule never pays."""


class SourcesAnswer(Answer):
    sources: list[SourceAnswer]
    rules: list[RuleProof]


@dataclass(frozen=True, slots=True)
class ApiKeyDesk:
    """The nouns `api-keys` and `sources`. An answer that holds a secret is never kept: no Idempotency-Key."""

    queries: QueriesPort
    seal: Seal
    rulebook_at: Callable[[int], Rulebook]

    def operations(self) -> tuple[Operation, ...]:
        key = {"key": TypeAdapter[str](OurId)}
        source = {"source": TypeAdapter[str](ForeignId)}
        return (
            Operation(
                "GET",
                "/v1/api-keys",
                "listApiKeys",
                _TAG,
                "Every key, revoked ones too, oldest first; never a secret.",
                _OPERATOR,
                self.list_keys,
                answer=KeysAnswer,
            ),
            Operation(
                "POST",
                "/v1/api-keys",
                "createApiKey",
                _TAG,
                "Make a key; the answer alone shows its secret. It counts within a second.",
                _OPERATOR,
                self.create_key,
                bodies={JSON: PostKey},
                answer=NewKeyAnswer,
                status=201,
                refusals=(Refusal(409, ("limit_reached", "source_reserved")),),
                idempotent_key=False,
            ),
            Operation(
                "DELETE",
                "/v1/api-keys/{key}",
                "revokeApiKey",
                _TAG,
                "Make a key worthless within a second.",
                _OPERATOR,
                self.revoke_key,
                key,
                status=204,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "GET",
                "/v1/sources",
                "listSources",
                _TAG,
                "Every source with what it can prove, and of every rule in force whether anybody can prove it.",
                _OPERATOR,
                self.list_sources,
                answer=SourcesAnswer,
            ),
            Operation(
                "GET",
                "/v1/sources/{source:path}",
                "getSource",
                _TAG,
                "What one source can prove.",
                _OPERATOR,
                self.get_source,
                source,
                answer=SourceAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "PUT",
                "/v1/sources/{source:path}",
                "putSource",
                _TAG,
                "Declare what a source can prove; it counts within a second.",
                _OPERATOR,
                self.put_source,
                source,
                bodies={JSON: PutSource},
                answer=SourceAnswer,
                refusals=(Refusal(409, ("limit_reached", "source_reserved")),),
            ),
        )

    async def list_keys(self, _call: Call) -> Response:
        return answered(KeysAnswer(keys=[KeyAnswer(**_shown(key)) for key in await self.queries.keys()]))

    async def create_key(self, call: Call) -> Response:
        body = call.body_as(PostKey)
        _check_reserved(body.source)
        if sum(key.revoked_ms is None for key in await self.queries.keys()) >= MOST_KEYS:
            raise Problem(409, "limit_reached", f"there are {MOST_KEYS} keys already; revoke one")
        scopes = body.scopes or ()
        if body.signing:
            key, secret = new_signing_key(body.name, scopes, body.source, self.seal, call.received_ms)
        else:
            key, secret = new_bearer_key(body.name, scopes, body.source, call.received_ms)
        await self.queries.add_key(key, call.origin())
        _log.info("api_key.created", key=key.id, source=key.source, actor=call.who.actor)
        return answered(NewKeyAnswer(**_shown(key), secret=secret), 201, _NO_STORE)

    async def revoke_key(self, call: Call) -> Response:
        if not await self.queries.revoke_key(call.path["key"], call.received_ms, call.origin()):
            raise not_found("key that counts")
        _log.info("api_key.revoked", key=call.path["key"], actor=call.who.actor)
        return Response(status_code=204)

    async def list_sources(self, call: Call) -> Response:
        sources = await self._sources()
        speaking = [key for key in await self.queries.keys() if _speaks(key)]
        rules = [
            _proof(one.rule, one.types, one.ours, speaking)
            for one in evidence_for(self.rulebook_at(call.received_ms))
        ]
        return answered(SourcesAnswer(sources=list(sources.values()), rules=rules))

    async def get_source(self, call: Call) -> Response:
        found = (await self._sources()).get(call.path["source"])
        if found is None:
            raise not_found("source")
        return answered(found)

    async def put_source(self, call: Call) -> Response:
        name, can = call.path["source"], call.body_as(PutSource).capabilities
        _check_reserved(name)
        known = await self.queries.sources()
        if len(known) >= MOST_SOURCES and all(source.name != name for source in known):
            raise Problem(409, "limit_reached", f"there are {MOST_SOURCES} declared sources already")
        declared = None if can is None else frozenset[str](can)
        record = SourceRecord(name, declared, call.received_ms, call.who.actor)
        await self.queries.put_source(record, call.origin())
        _log.info("source.declared", source=name, actor=call.who.actor)
        return await self.get_source(call)

    async def _sources(self) -> dict[str, SourceAnswer]:
        """Return every source that is declared or that a standing key speaks for, by name."""
        speaking = [key for key in await self.queries.keys() if _speaks(key) and key.source is not None]
        can = {key.source or "": key.can for key in speaking}
        can |= {source.name: source.can for source in await self.queries.sources()}
        return {
            name: SourceAnswer(
                id=name,
                capabilities=None if proves is None else sorted(proves),
                keys=[key.id for key in speaking if key.source == name],
            )
            for name, proves in sorted(can.items())
        }


def _speaks(key: KeyRecord) -> bool:
    """Whether events may be sent with this key."""
    return key.revoked_ms is None and "events" in key.scopes


def _proof(rule: str, types: tuple[str, ...], ours: bool, speaking: list[KeyRecord]) -> RuleProof:
    able = {
        key.source
        for key in speaking
        if types and (key.source is None or key.can is None or not key.can.isdisjoint(types))
    }
    return RuleProof(
        rule=rule,
        events=list(types),
        server=ours,
        sources=sorted(source for source in able if source is not None),
        any_source=None in able,
        works=ours or bool(able),
    )


def _check_reserved(source: str | None) -> None:
    if source in OUR_SOURCES:
        raise Problem(409, "source_reserved", f"{source} is the server's own; name the source otherwise")


def _shown(key: KeyRecord) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "kind": "bearer" if key.signing_secret is None else "signing",
        "scopes": sorted(key.scopes),
        "source": key.source,
        "created_ms": key.created_ms,
        "revoked_ms": key.revoked_ms,
    }
