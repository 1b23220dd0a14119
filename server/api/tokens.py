"""Tokens for viewers and hosts, asked for by the shop server. Nothing is stored: asking again gives another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, answered
from server.api.principals import Gate
from server.api.problems import Problem, WrongField
from server.api.shapes import Answer, MemberName, OurId, Shape, SubjectText
from server.credentials.access import MAX_TTL_S, Tokens


class PostToken(Shape):
    role: Literal["viewer", "host"]
    sub: SubjectText
    name: MemberName | None = None
    rooms: Annotated[tuple[OurId | Literal["*"], ...], Field(min_length=1, max_length=100)]
    ttl_s: Annotated[int, Field(ge=1, le=MAX_TTL_S)] = MAX_TTL_S


class TokenAnswer(Answer):
    token: str
    expires_ms: int


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """The noun `tokens`."""

    tokens: Tokens

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/tokens",
                "mintToken",
                "tokens",
                "A token for one viewer or host, at most one hour.",
                Gate(scope="tokens"),
                self.mint,
                bodies={JSON: PostToken},
                answer=TokenAnswer,
                idempotent_key=False,
            ),
        )

    async def mint(self, call: Call) -> Response:
        body = call.body_as(PostToken)
        try:
            token, expires_ms = self.tokens.mint(
                sub=body.sub,
                role=body.role,
                rooms=body.rooms,
                now_ms=call.received_ms,
                ttl_s=body.ttl_s,
                name=body.name,
            )
        except ValueError as wrong:  # the shape leaves one thing to find wrong: all together is too long
            field = WrongField("rooms", str(wrong))
            raise Problem(422, "wrong_shape", f"rooms: {wrong}", errors=(field,)) from wrong
        return answered(
            TokenAnswer(token=token, expires_ms=expires_ms), headers={"cache-control": "no-store"}
        )
