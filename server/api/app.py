"""The HTTP side as one ASGI application: operations by path, health, the document, and what else is mounted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from server.api.cross_origin import leave, preflight
from server.api.openapi import document
from server.api.operation import JSON, Operation
from server.api.problems import Problem
from server.api.serving import Front

Endpoint = Callable[[Request], Awaitable[Response]]


def build(
    operations: Sequence[Operation],
    front: Front,
    *,
    origins: Collection[str] = (),
    others: Sequence[BaseRoute] = (),
) -> ASGIApp:
    """Return the application. `others` (health, pages) come after the operations."""
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for operation in operations:
        by_path[operation.path][operation.method] = operation
    routes: list[BaseRoute] = [
        Route(path, _endpoint(methods, front, origins), methods=_methods(methods))
        for path, methods in by_path.items()
    ]
    routes.append(Route("/openapi.json", _document_endpoint(operations), methods=["GET"]))
    routes.append(Route("/v1/live", _live_is_a_socket, methods=["GET"]))
    application = Starlette(
        routes=[*routes, *others],
        exception_handlers={HTTPException: _not_routed, Exception: _fault},
    )
    # A redirect would name the scheme and host we see, behind a proxy not the caller's; the key would follow it.
    application.router.redirect_slashes = False
    return application


def _methods(operations: dict[str, Operation]) -> list[str]:
    crossing = any(operation.cross_origin for operation in operations.values())
    return [*operations, "OPTIONS"] if crossing else [*operations]


def _endpoint(operations: dict[str, Operation], front: Front, origins: Collection[str]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=dict(preflight(origin, origins)))
        operation = operations["GET" if request.method == "HEAD" else request.method]
        response = await front.answer(operation, request)
        if operation.cross_origin:
            response.headers.update(leave(origin, origins))
        return response

    return endpoint


def _document_endpoint(operations: Sequence[Operation]) -> Endpoint:
    text = cache(lambda: document(operations))  # hardly anybody asks, and making it takes as long as a start

    async def endpoint(_request: Request) -> Response:
        return Response(await asyncio.to_thread(text), media_type=JSON, headers={"cache-control": "no-cache"})

    return endpoint


async def _live_is_a_socket(request: Request) -> Response:
    """Somebody came without an upgrade. Those with one get here only where nobody serves viewers."""
    if request.headers.get("upgrade", "").lower() == "websocket":
        return Problem(404, "not_found", "this process was started without the role gateway").response()
    detail = "this address speaks WebSocket; open it with wss:// (ws:// at home) and say hello"
    return Problem(426, "websocket_only", detail, headers={"upgrade": "websocket"}).response()


async def _not_routed(_request: Request, refused: Exception) -> Response:
    if not isinstance(refused, HTTPException):
        raise refused
    code = {404: "not_found", 405: "method_not_allowed"}.get(refused.status_code, "refused")
    allowed = (refused.headers or {}).get("Allow", "")
    detail = {
        404: "there is nothing at this address",
        405: f"this address does not take that method; it takes {', '.join(sorted(allowed.split(', ')))}",
    }
    return Problem(
        refused.status_code,
        code,
        detail.get(refused.status_code, refused.detail),
        headers=dict(refused.headers or {}),
    ).response()


async def _fault(_request: Request, _fault: Exception) -> Response:
    return Problem(500, "internal", "this is a fault of ours; it has been logged").response()
