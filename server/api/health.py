"""Is the process alive, can it do its work, and what does it count (PROTOCOL §2, last line)."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.api.operation import answered_json
from server.api.problems import Problem
from server.domain.room import Json
from server.metrics import Metrics

CHECK_S = 2.0
"""A check that hangs counts as failed: whoever asks has a deadline too."""
_FORWARDED = frozenset(
    """forwarded via x-real-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip fastly-client-ip
    x-original-forwarded-for x-envoy-external-address""".split()
)
"""Together with whatever begins with ``x-forwarded-``: what proxies add, each kind some of it."""

Check = Callable[[], Awaitable[None]]
"""Raises when what it is named after cannot be used now."""


@dataclass(frozen=True, slots=True)
class Health:
    """The three routes that ask for nobody's key. `/livez` depends on nothing (R11)."""

    checks: Mapping[str, Check]
    metrics: Metrics
    metrics_token: str | None
    draining: Callable[[], bool]

    def routes(self) -> list[Route]:
        return [
            Route("/livez", self.livez, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.exposition, methods=["GET"]),
        ]

    async def livez(self, _request: Request) -> Response:
        return answered_json({"live": True}, headers={"cache-control": "no-store"})

    async def readyz(self, _request: Request) -> Response:
        """200 when every check holds; else 503 with what is wrong."""
        found = dict(zip(self.checks, await asyncio.gather(*map(_judge, self.checks.values())), strict=True))
        if self.draining():
            found["draining"] = "this process is going away"
        ready = all(one == "ok" for one in found.values())
        checks: Json = dict(found)
        return answered_json(
            {"ready": ready, "checks": checks}, 200 if ready else 503, headers={"cache-control": "no-store"}
        )

    async def exposition(self, request: Request) -> Response:
        if not self._may_read(request):
            refused = Problem(
                401,
                "sign_in",
                "from elsewhere than the loopback send Authorization: Bearer <LIVEROOM_METRICS_TOKEN>",
                headers={"www-authenticate": 'Bearer realm="liveroom-metrics"'},
            )
            return refused.response()
        text = await asyncio.to_thread(self.metrics.exposition)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    def _may_read(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if self.metrics_token is not None and scheme.lower() == "bearer":
            return hmac.compare_digest(given.strip().encode(), self.metrics_token.encode())
        # A proxy on this machine would make everybody look like the loopback.
        if any(map(_forwards, request.headers)) or request.client is None:
            return False
        try:
            return ip_address(request.client.host).is_loopback
        except ValueError:
            return False


def _forwards(header: str) -> bool:
    return header in _FORWARDED or header.startswith("x-forwarded-")


async def _judge(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_S):
            await check()
    except TimeoutError:
        return "no answer in time"
    except Exception as problem:
        # Whatever it is, it is the answer; only its kind, as the text may hold addresses.
        return type(problem).__name__
    return "ok"
