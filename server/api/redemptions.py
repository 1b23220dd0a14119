"""Redemptions over HTTP: points that pay into an order of the shop (P1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.shapes import Answer, ForeignId, OurId, Shape, SubjectText
from server.credentials.access import subject_of
from server.domain.commands import ById, CapturePoints, HoldPoints, ReleasePoints
from server.domain.decide.redemptions import redemption_id
from server.domain.money import MAX_AMOUNT
from server.domain.state import Redemption
from server.ids import OrderId, RedemptionId
from server.intake import Intake
from server.ledger.ports import QueriesPort

_SHOP = Gate(scope="redemptions")
_ID = {"id": TypeAdapter[str](OurId)}
_NOT_FOUND = Refusal(404, ("not_found",))
_TAG = "redemptions"
Points = Annotated[int, Field(gt=0, le=MAX_AMOUNT)]


class PostRedemption(Shape):
    """Hold points for an order, for as long as paying it may take."""

    member: SubjectText
    points: Points
    order: ForeignId


class PostRelease(Shape):
    points: Points | None = None
    """Of a captured redemption so many; absent = all that is left. A hold is let go whole."""


class NoBody(Shape):
    pass


class RedemptionAnswer(Answer):
    id: str
    member: str
    order: str
    points: int
    state: Literal["held", "captured", "released"]
    discount: int
    """Minor units off the order."""
    returned: int
    """Of captured points, so many came back."""
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Redemptions:
    """The noun `redemptions`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/redemptions",
                "holdPoints",
                _TAG,
                "Hold points for an order; captured or released within 15 minutes, or let go by themselves.",
                _SHOP,
                self.hold,
                bodies={JSON: PostRedemption},
                answer=RedemptionAnswer,
                status=201,
                refusals=(
                    Refusal(
                        409,
                        (
                            "not_enough_points",
                            "hold_open",
                            "order_redeemed",
                            "order_of_another",
                            "bad_request",
                        ),
                    ),
                ),
            ),
            Operation(
                "POST",
                "/v1/redemptions/{id}/capture",
                "capturePoints",
                _TAG,
                "The order took the points.",
                _SHOP,
                self.capture,
                _ID,
                bodies={JSON: NoBody},
                answer=RedemptionAnswer,
                refusals=(
                    _NOT_FOUND,
                    Refusal(409, ("already_captured", "already_released")),
                    Refusal(410, ("hold_expired",)),
                ),
            ),
            Operation(
                "POST",
                "/v1/redemptions/{id}/release",
                "releasePoints",
                _TAG,
                "Let go of a hold, or give points of a captured redemption back.",
                _SHOP,
                self.release,
                _ID,
                bodies={JSON: PostRelease},
                answer=RedemptionAnswer,
                refusals=(
                    _NOT_FOUND,
                    Refusal(409, ("already_released", "release_exceeds", "bad_request")),
                ),
            ),
        )

    async def hold(self, call: Call) -> Response:
        body = call.body_as(PostRedemption)
        origin = call.origin()
        command = HoldPoints(origin, subject_of(body.member), OrderId(body.order), body.points)
        applied(await self.intake.submit(command))
        return await self._shown(redemption_id(origin.source, origin.event), 201)

    async def capture(self, call: Call) -> Response:
        known = await self._known(call)
        applied(await self.intake.submit(CapturePoints(call.origin(), ById(known.member), known.id)))
        return await self._shown(known.id)

    async def release(self, call: Call) -> Response:
        points = call.body_as(PostRelease).points
        known = await self._known(call)
        applied(await self.intake.submit(ReleasePoints(call.origin(), ById(known.member), known.id, points)))
        return await self._shown(known.id)

    async def _known(self, call: Call) -> Redemption:
        found = await self.queries.redemption(RedemptionId(call.path["id"]))
        if found is None:
            raise not_found("redemption")
        return found

    async def _shown(self, redemption: RedemptionId, status: int = 200) -> Response:
        found = await self.queries.redemption(redemption)
        if found is None:
            raise not_found("redemption")
        shown = RedemptionAnswer(
            id=found.id,
            member=found.member,
            order=found.order,
            points=found.points,
            state=found.state,
            discount=found.discount,
            returned=found.returned,
            expires_ms=found.expires_ms,
        )
        return answered(shown, status)
