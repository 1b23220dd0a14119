"""Runs one operation, judging a request in the order of PROTOCOL §2: 401, 403, 413, 415, 400, 422, refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message

import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from broadcaster.errors import BusUnavailable
from server.api.auditing import RefusedPresses
from server.api.idempotency import Unfreed, digest_of, key_of, once
from server.api.operation import Call, Operation, T
from server.api.principals import Nobody, Principal, Proof, ShopServer
from server.api.problems import Problem, WrongField, unavailable
from server.api.shapes import Coded, ToldTwice, Verbatim
from server.clock import Clock
from server.domain.room import Json
from server.errors import Unavailable
from server.ledger.errors import LedgerUnavailable
from server.ledger.ports import QueriesPort
from server.metrics import Metrics

MAX_BODY = 2 * 1024 * 1024
_MAX_ERRORS = 20
"""A thousand broken events need not be answered by a thousand sentences."""
_TOO_LARGE = Problem(413, "body_too_large", f"a body has at most {MAX_BODY} bytes; send smaller batches")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Front:
    """What every operation needs before its handler."""

    proof: Proof
    queries: QueriesPort
    clock: Clock
    metrics: Metrics
    presses: RefusedPresses
    unfreed: Unfreed = field(default_factory=Unfreed)

    async def answer(self, operation: Operation, request: Request) -> Response:
        """Answer the request; whatever happens becomes a response and is counted."""
        try:
            response = await self._answer(operation, request)
        except Problem as problem:
            response = problem.response()
            if problem.status in (400, 413, 415, 422):
                self.metrics.bad_input(problem.code)
        except LedgerUnavailable:
            response = unavailable("the ledger").response()
        except BusUnavailable:
            response = unavailable("the room store").response()
        except Unavailable as away:
            response = unavailable(away.what, away.retry_after_ms).response()
        except ClientDisconnect:
            response = Response(status_code=400)  # nobody is there to read it
        except Exception as fault:
            _log.error("api.fault", operation=operation.name, exc_info=fault)
            response = Problem(500, "internal", "this is a fault of ours; it has been logged").response()
        self.metrics.answer(operation.path, response.status_code)
        return response

    async def _answer(self, operation: Operation, request: Request) -> Response:
        received_ms = self.clock.now_ms()
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = {name: str(value) for name, value in request.path_params.items()}
        raw: bytes | None = None
        who: Principal = Nobody()
        if not operation.gate.public:
            # A signature covers the body, which then must be read before anything is known of the sender.
            if self.proof.needs_body(headers):
                raw = await _read(request)
            who = await self.proof.of(headers, raw or b"")
            if isinstance(who, ShopServer):
                self.metrics.key_used(who.key.id)
            try:
                operation.gate.admit(who, path)
            except Problem as problem:
                await self.presses.unwelcome(operation, who, path, problem.status, problem.code, received_ms)
                raise
        if operation.writes and raw is None:
            raw = await _read(request)
        raw = raw or b""
        body: object = None
        if operation.bodies:
            _refuse_coded(request.headers)
            body = _parse(_shape_for(operation, headers), raw)
        for name, shape in operation.params.items():
            path[name] = _check(shape, path[name], f"path.{name}")
        query = None
        if operation.query is not None:
            query = _check(TypeAdapter(operation.query), dict(request.query_params), "query", strict=False)
        key = key_of(headers.get("idempotency-key")) if operation.takes_key else None
        call = Call(who, path, query, body, raw, headers, received_ms, key)
        if key is None:
            return await self._handled(operation, call)
        return await once(
            self.queries,
            self.unfreed,
            owner=who.actor,
            key=key,
            digest=digest_of(request.method, request.url.path, raw),
            now_ms=received_ms,
            run=lambda: self._handled(operation, call),
        )

    async def _handled(self, operation: Operation, call: Call) -> Response:
        """Run the handler; a press that it refuses is noted, once however often the same write comes again."""
        try:
            return await operation.handler(call)
        except Problem as problem:
            await self.presses.refused(operation, call, problem.status, problem.code)
            raise


async def _read(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MAX_BODY:
        raise _TOO_LARGE
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise _TOO_LARGE
    return bytes(body)


def _refuse_coded(headers: Headers) -> None:
    """Refuse a body that would have to be unpacked, or read in other characters, before it is JSON."""
    codings = {coding.strip().lower() for coding in ",".join(headers.getlist("content-encoding")).split(",")}
    if not codings <= {"", "identity"}:
        detail = "Content-Encoding is not supported: send the body plain, without that header"
        raise Problem(415, "unsupported_media_type", detail, headers={"accept-encoding": "identity"})
    charset = charset_of(headers.get("content-type", ""))
    if charset not in (None, "utf-8", "utf8", "us-ascii"):
        detail = f"charset {charset!r:.40} is not supported: JSON is sent as UTF-8 (RFC 8259)"
        raise Problem(415, "unsupported_media_type", detail)


def charset_of(content_type: str) -> str | None:
    """Return the charset that a content type names, in small letters; None = it names none."""
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    try:
        named = message.get_param("charset")
    except (TypeError, ValueError):  # the parts that RFC 2231 lets a value be sent in, in a mess
        return "in parts"
    return None if named is None else str(named[2] if isinstance(named, tuple) else named).strip().lower()


def _shape_for(operation: Operation, headers: Mapping[str, str]) -> type[BaseModel]:
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    shape = operation.bodies.get(given)
    if shape is None:
        raise Problem(415, "unsupported_media_type", f"send the body as {' or '.join(operation.bodies)}")
    return shape


def _parse(shape: type[BaseModel], raw: bytes) -> BaseModel:
    if issubclass(shape, Verbatim):
        return shape.model_construct({})
    try:
        body = shape.model_validate_json(raw)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Problem(400, "broken_json", f"the body is not JSON: {first['msg']}") from None
        raise wrong_shape(wrong, "", shape) from None
    if not issubclass(shape, ToldTwice):
        _refuse_said_twice(raw)
    return body


def _refuse_said_twice(raw: bytes) -> None:
    """Refuse a body in which one object says a key twice: the sender and we might mean different ones (RFC 7493, 2.3)."""

    def unique(pairs: list[tuple[str, object]]) -> None:
        if len(pairs) > len({key for key, _ in pairs}):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise Problem(400, "broken_json", f"{twice!r:.80}: said twice in one object; say it once")

    # Numbers are of no interest here: `len` is the cheapest reader there is for them.
    json.loads(raw, object_pairs_hook=unique, parse_int=len, parse_float=len)


def _check(shape: TypeAdapter[T], value: object, where: str, *, strict: bool | None = None) -> T:
    try:
        return shape.validate_python(value, strict=strict)
    except ValidationError as wrong:
        raise wrong_shape(wrong, where) from None


def wrong_shape(wrong: ValidationError, where: str, shape: type[BaseModel] = BaseModel) -> Problem:
    """Return the 422 for a body, query or path that has the wrong shape, each field named.

    In a batch `index` says which element was the first wrong one.
    """
    found = wrong.errors(include_url=False, include_input=False)[:_MAX_ERRORS]
    tags = shape.TAGS if issubclass(shape, Coded) else frozenset[str]()
    errors = [
        WrongField(
            ".".join((where,) * bool(where) + tuple(str(part) for part in one["loc"] if part not in tags)),
            one["msg"].removeprefix("Value error, "),
        )
        for one in found
    ]
    code, at = "wrong_shape", found[0]["loc"]
    if issubclass(shape, Coded) and len(at) <= 1:
        code = shape.CODES.get(found[0]["type"], code)
    first = errors[0]
    extra: dict[str, Json] = {"index": at[0]} if at and isinstance(at[0], int) else {}
    return Problem(422, code, f"{first.field or 'the body'}: {first.problem}", errors=errors, extra=extra)
