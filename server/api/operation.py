"""One operation of the API as data: route, gate, shapes and handler. The routes and the OpenAPI document are both made of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from server.api.principals import Gate, Nobody, Principal, ShopServer
from server.domain.commands import Origin
from server.ids import RoomId, derived

JSON = "application/json"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has passed its gate and has the right shape."""

    who: Principal
    path: Mapping[str, str]
    query: BaseModel | None
    body: object
    raw: bytes
    headers: Mapping[str, str]
    received_ms: int
    key: str | None
    """The Idempotency-Key, if one was sent."""

    def body_as(self, shape: type[T]) -> T:
        """Return the body, which the operation declared to be `shape`."""
        if not isinstance(self.body, shape):
            raise TypeError(f"the operation declares no body of {shape.__name__}")
        return self.body

    def query_as(self, shape: type[T]) -> T:
        if not isinstance(self.query, shape):
            raise TypeError(f"the operation declares no query of {shape.__name__}")
        return self.query

    def origin(self, room: str | None = None) -> Origin:
        """Return where a write by this call comes from.

        With an Idempotency-Key the same key names the same event, so that a write whose answer got lost in a
        crash still happens once (R2).
        """
        cause = secrets.token_hex(16) if self.key is None else self.key
        return Origin(
            source="api",
            event=derived("w", self.who.actor, cause),
            content=sha256(self.raw).hexdigest(),
            received_ms=self.received_ms,
            room=None if room is None else RoomId(room),
            actor=self.who.actor,
        )

    @property
    def shop_source(self) -> str | None:
        """The only event source this caller may speak for; None = any."""
        return self.who.key.source if isinstance(self.who, ShopServer) else None

    def shop_can(self, source: str) -> frozenset[str] | None:
        """Return the event types that a source of the caller can prove (X6); None = all."""
        return self.who.keys.can_prove(self.who.key, source) if isinstance(self.who, ShopServer) else None

    @property
    def anonymous(self) -> bool:
        return isinstance(self.who, Nobody)


def answered(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer; a key that was not set is absent, one that was set to None is null."""
    return Response(body.model_dump_json(exclude_unset=True), status, dict(headers or {}), media_type=JSON)


def answered_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, dict(headers or {}), media_type=JSON)


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way an operation says no, for the document."""

    status: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    """With ``{name}`` for parameters; their shapes are in `params`."""
    name: str
    """The operationId."""
    tag: str
    summary: str
    gate: Gate
    handler: Handler
    params: Mapping[str, TypeAdapter[str]] = field(default_factory=dict)
    query: type[BaseModel] | None = None
    bodies: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    """Content type → shape; empty = takes no body."""
    answer: type[BaseModel] | None = None
    status: int = 200
    answer_type: str = JSON
    refusals: tuple[Refusal, ...] = ()
    idempotent_key: bool = True
    """Whether a write takes an Idempotency-Key."""
    cross_origin: bool = False
    """Whether pages of `--origins` may call it."""
    in_document: bool = True
    changes: bool = True
    """Of one that is no GET: whether it changes anything, so that a host's press of it stands in the audit."""

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def takes_key(self) -> bool:
        return self.writes and self.idempotent_key
