"""The OpenAPI 3.1 document, made of the very shapes that validate. Complete: every operation, status and code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from server.api.operation import Operation
from server.api.principals import Gate
from server.api.problems import MEDIA_TYPE
from server.api.shapes import Coded
from server.domain.room import Json

TITLE = "Liveroom"
VERSION = "1"
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")

_SCHEMES: dict[str, Json] = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`lrk_…`) of a shop server; its scopes are named per operation.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of a viewer, host or operator.",
    },
    "metricsToken": {"type": "http", "scheme": "bearer", "description": "`LIVEROOM_METRICS_TOKEN`"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks signature over the body, with `webhook-id`, `webhook-timestamp` (5 min) "
        "and `liveroom-key: <key id>`.",
    },
}
_PROBLEM: dict[str, Json] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: programs may branch on it."},
        "detail": {"type": "string"},
        "index": {"type": "integer", "description": "Of the first wrong element of a batch."},
        "tier": {"type": "string", "description": "The tier that would be let in."},
        "earliest_ms": {"type": "integer", "description": "When a rulebook may take force."},
        "problems": {
            "type": "array",
            "description": "Everything wrong with a rulebook.",
            "items": {
                "type": "object",
                "required": ["field", "line", "column", "code", "reason"],
                "properties": {
                    "field": {"type": "string"},
                    "line": {"type": "integer", "description": "In the body as it was sent, from 1."},
                    "column": {"type": "integer"},
                    "code": {"type": "string", "description": "Stable: programs may branch on it."},
                    "reason": {"type": "string"},
                },
            },
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "problem"],
                "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}

_READY_SCHEMA: Json = {
    "type": "object",
    "required": ["ready", "checks"],
    "properties": {
        "ready": {"type": "boolean"},
        "checks": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_HEALTH: dict[str, Json] = {
    "/livez": {
        "get": {
            "operationId": "live",
            "tags": ["health"],
            "summary": "The process runs; depends on nothing.",
            "security": [],
            "responses": {
                "200": {
                    "description": "It does.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["live"],
                                "properties": {"live": {"const": True}},
                            }
                        }
                    },
                }
            },
        }
    },
    "/readyz": {
        "get": {
            "operationId": "ready",
            "tags": ["health"],
            "summary": "SQL, Redis and the bus work.",
            "security": [],
            "responses": {
                "200": {
                    "description": "They do.",
                    "content": {"application/json": {"schema": _READY_SCHEMA}},
                },
                "503": {
                    "description": "`checks` says which does not.",
                    "content": {"application/json": {"schema": _READY_SCHEMA}},
                },
            },
        }
    },
    "/metrics": {
        "get": {
            "operationId": "metrics",
            "tags": ["health"],
            "summary": "Prometheus' text format, all workers summed; for the loopback, elsewhere by token.",
            "security": [{}, {"metricsToken": []}],
            "responses": {
                "200": {
                    "description": "The numbers.",
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
                "401": {
                    "description": "`sign_in`",
                    "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
                },
            },
        }
    },
}


def document(operations: Sequence[Operation]) -> str:
    """Return the document as JSON text."""
    shown = [operation for operation in operations if operation.in_document]
    refs, schemas = _schemas(shown)
    paths: dict[str, dict[str, Json]] = {}
    for operation in shown:
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, refs)
    whole: dict[str, Json] = {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": VERSION,
            "description": "Times are Unix milliseconds UTC, money integer minor units of the programme's currency. "
            "A request is judged in this order: 401, 403, 413, 415, 400, 422, then refusals by state.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {**paths, **_HEALTH},
        "components": {"schemas": {**schemas, "Problem": _PROBLEM}, "securitySchemes": dict(_SCHEMES)},
    }
    return json.dumps(whole, ensure_ascii=False)


def _schemas(
    operations: Iterable[Operation],
) -> tuple[Mapping[type[BaseModel], Json], dict[str, Json]]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for operation in operations:
        wanted += [(shape, "validation") for shape in operation.bodies.values()]
        if operation.answer is not None:
            wanted.append((operation.answer, "serialization"))
    found, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_REF)
    refs = {shape: ref for (shape, _mode), ref in found.items() if issubclass(shape, BaseModel)}
    return refs, definitions.get("$defs", {})


def _operation(operation: Operation, refs: Mapping[type[BaseModel], Json]) -> Json:
    shown: dict[str, Json] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": _security(operation.gate),
        "parameters": _parameters(operation),
        "responses": _responses(operation, refs),
    }
    if operation.gate.scope is not None:
        shown["description"] = f"API keys need the scope `{operation.gate.scope}`."
    if operation.bodies:
        content: dict[str, Json] = {
            content_type: {"schema": refs[shape]} for content_type, shape in operation.bodies.items()
        }
        shown["requestBody"] = {"required": True, "content": content}
    return shown


def _security(gate: Gate) -> Json:
    if gate.public:
        return []
    ways: list[Json] = []
    if gate.scope is not None:
        ways += [{"apiKey": []}, {"signature": []}]
    if gate.operator or gate.host_of is not None or gate.own is not None:
        ways.append({"token": []})
    return ways


def _parameters(operation: Operation) -> Json:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": operation.params[name].json_schema()}
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema()
        for name, shape in schema["properties"].items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": _given(shape)})
    if operation.takes_key:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same key and body give the first answer again, for at least 7 days.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    return parameters


def _given(shape: dict[str, Json]) -> Json:
    """The schema of a query value that is there: absence is not a null."""
    options = shape.get("anyOf")
    if isinstance(options, list):
        given = [option for option in options if option != {"type": "null"}]
        return given[0] if len(given) == 1 else {"anyOf": given}
    return shape


def _responses(operation: Operation, refs: Mapping[type[BaseModel], Json]) -> Json:
    content: dict[str, Json] = {}
    if operation.answer is not None:
        content[operation.answer_type] = {"schema": refs[operation.answer]}
    responses: dict[str, Json] = {str(operation.status): {"description": "Done.", "content": content}}
    for status, codes in sorted(_codes(operation).items()):
        responses[str(status)] = {
            "description": "`" + "` · `".join(codes) + "`",
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
        }
    if operation.cross_origin:
        responses["304"] = {"description": "What you have is the newest."}
    return responses


def _codes(operation: Operation) -> dict[int, list[str]]:
    gate = operation.gate
    codes: dict[int, list[str]] = {500: ["internal"], 503: ["unavailable"]}
    if not gate.public:
        codes[401] = ["sign_in", "key_invalid", "signature_invalid", "token_invalid", "token_expired"]
        codes[403] = ["scope_missing", "role_not_allowed"]
        if gate.host_of is not None:
            codes[403].append("room_not_allowed")
        if gate.own is not None:
            codes[403].append("not_yours")
    if operation.writes:
        codes[413] = ["body_too_large"]
        codes[400] = ["broken_json"]
    if operation.bodies:
        codes[415] = ["unsupported_media_type"]
    if operation.bodies or operation.params or operation.query is not None or operation.takes_key:
        codes[422] = ["wrong_shape"]
        for shape in operation.bodies.values():
            codes[422] += [code for code in _own_codes(shape) if code not in codes[422]]
    if operation.takes_key:
        codes[409] = ["key_reused", "in_progress"]
    for refusal in operation.refusals:
        known = codes.setdefault(refusal.status, [])
        known += [code for code in refusal.codes if code not in known]
    return codes


def _own_codes(shape: type[BaseModel]) -> Iterable[str]:
    return shape.CODES.values() if issubclass(shape, Coded) else ()
