"""Gifts of points over HTTP: the shop's server gives them from one member to another, once per `ref` (P5, R2)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.refusing import applied
from server.api.shapes import Answer, Shape, SubjectText
from server.credentials.access import subject_of
from server.domain.commands import Origin
from server.domain.decide.gifts import gift_id
from server.domain.gift_commands import GivePoints
from server.ids import derived
from server.intake import Intake
from server.ledger.ports import QueriesPort

MOST_POINTS = 1_000_000
"""As of the act `give`; what may be given in a day says the rulebook."""


class PostGift(Shape):
    """Points of one member for another; never growth."""

    member: SubjectText
    """The giver."""
    to: SubjectText
    """Who receives them: a member that is known."""
    points: Annotated[int, Field(gt=0, le=MOST_POINTS)]
    ref: Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=64)]
    """The shop's own name for this gift: told again it is the same gift, told differently a conflict."""


class GiftAnswer(Answer):
    id: str
    member: str
    """Who gave …"""
    to: str
    """… and who received."""
    points: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Gifts:
    """The noun `gifts`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/gifts",
                "givePoints",
                "gifts",
                "Give points of one member to another, at once and once per `ref`.",
                Gate(scope="members"),
                self.give,
                bodies={JSON: PostGift},
                answer=GiftAnswer,
                status=201,
                refusals=(
                    Refusal(404, ("not_found",)),
                    Refusal(
                        409,
                        (
                            "bad_request",
                            "conflict",
                            "closed",
                            "giver_not_eligible",
                            "not_enough_points",
                            "limit_reached",
                        ),
                    ),
                ),
                idempotent_key=False,
            ),
        )

    async def give(self, call: Call) -> Response:
        body = call.body_as(PostGift)
        origin = _origin(call, body)
        giver, receiver = subject_of(body.member), subject_of(body.to)
        known = await self.queries.resolve([receiver])
        if receiver not in known:
            raise Problem(404, "not_found", "to: there is no such member; the act `give` can give by link")
        applied(await self.intake.submit(GivePoints(origin, giver, known[receiver], body.points)))
        gift = await self.queries.gift(gift_id(origin))
        if gift is None or gift.receiver is None:
            raise not_found("gift")
        shown = GiftAnswer(
            id=gift.id, member=gift.giver, to=gift.receiver, points=gift.points, at_ms=gift.at_ms
        )
        return answered(shown, 201)


def _origin(call: Call, body: PostGift) -> Origin:
    """Name the gift by its `ref`, within the caller's source, or within its key where that speaks for any.

    The digest is of what is given to whom, so that spaces in the body make no other gift of it.
    """
    said = f"{body.member}\n{body.to}\n{body.points}"
    return Origin(
        source="api",
        event=derived("gw", call.shop_source or call.who.actor, body.ref),
        content=sha256(said.encode()).hexdigest(),
        received_ms=call.received_ms,
        actor=call.who.actor,
    )
