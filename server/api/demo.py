"""Tokens for whoever opens the pages of `liveroom demo`; served by nothing else (PROTOCOL §3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import not_found
from server.api.shapes import OurId, Shape
from server.api.tokens import TokenAnswer
from server.credentials.access import Tokens
from server.errors import AccessRefused

DEMO_ROOM = "demo"


class PostDemoToken(Shape):
    room: OurId
    role: Literal["viewer", "host"] = "viewer"
    token: str | None = None
    """The token the browser has: it stays the same member. Absent, null or over = a new member."""


@dataclass(frozen=True, slots=True)
class DemoTokens:
    """The noun `demo`."""

    tokens: Tokens

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/demo/token",
                "demoToken",
                "demo",
                "A token for the demo room, for anybody: only `liveroom demo` serves it.",
                Gate(public=True),
                self.mint,
                bodies={JSON: PostDemoToken},
                answer=TokenAnswer,
                refusals=(Refusal(404, ("not_found",)),),
                idempotent_key=False,
            ),
        )

    async def mint(self, call: Call) -> Response:
        body = call.body_as(PostDemoToken)
        if body.room != DEMO_ROOM:
            raise not_found("demo room")
        sub = self._same_member(body, call.received_ms) or f"demo-{secrets.token_hex(8)}"
        token, expires_ms = self.tokens.mint(
            sub=sub, role=body.role, rooms=(DEMO_ROOM,), now_ms=call.received_ms
        )
        return answered(
            TokenAnswer(token=token, expires_ms=expires_ms), headers={"cache-control": "no-store"}
        )

    def _same_member(self, body: PostDemoToken, now_ms: int) -> str | None:
        """Whose token this is, if it is one of ours for this room and role; None = a new member."""
        if body.token is None:
            return None
        try:
            claims = self.tokens.verify(body.token, now_ms)
        except AccessRefused:
            return None
        known = claims.role == body.role and claims.rooms == (DEMO_ROOM,) and claims.sub.startswith("demo-")
        return claims.sub if known else None
