"""Shows over HTTP: scheduled → live → ended, then replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered, answered_json
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM, ShowLine, show_line
from server.api.shapes import Answer, OurId, Shape, TierName, Title, UnixMs
from server.domain.commands import ScheduleShow, SetShowStatus
from server.ids import ShowId, derived
from server.intake import Intake
from server.ledger.ports import QueriesPort

_SHOW = {**ROOM, "show": TypeAdapter[str](OurId)}
_TAG = "shows"


class Offer(Shape):
    percent: Annotated[int, Field(ge=0, le=100)]
    text: Title


class PostShow(Shape):
    title: Title
    starts_ms: UnixMs | None = None
    """Absent = from now on."""
    offers: Annotated[dict[TierName, Offer], Field(max_length=10, default_factory=dict)]
    members_only: TierName | None = None


class PatchShow(Shape):
    status: Literal["live", "ended"]
    replay_url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=2_000)] | None = (
        None
    )


class ShowCreated(Answer):
    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Shows:
    """The noun `shows`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/rooms/{room}/shows",
                "scheduleShow",
                _TAG,
                "Plan a show of the room.",
                MANAGERS,
                self.schedule,
                ROOM,
                bodies={JSON: PostShow},
                answer=ShowCreated,
                status=201,
                refusals=(NOT_FOUND, Refusal(409, ("bad_request",))),
            ),
            Operation(
                "PATCH",
                "/v1/rooms/{room}/shows/{show}",
                "setShowStatus",
                _TAG,
                "Start or end a show; a room has at most one that is live.",
                MANAGERS,
                self.set_status,
                _SHOW,
                bodies={JSON: PatchShow},
                answer=ShowLine,
                refusals=(NOT_FOUND, Refusal(409, ("show_live", "closed"))),
            ),
        )

    async def schedule(self, call: Call) -> Response:
        body = call.body_as(PostShow)
        origin = call.origin(call.path["room"])
        show = ShowId(derived("s", origin.source, origin.event))
        command = ScheduleShow(
            origin,
            show,
            body.title,
            body.starts_ms,
            tuple((tier, offer.percent, offer.text) for tier, offer in body.offers.items()),
            body.members_only,
        )
        applied(await self.intake.submit(command))
        return answered(ShowCreated(id=show, status="scheduled"), 201)

    async def set_status(self, call: Call) -> Response:
        body = call.body_as(PatchShow)
        show_id = ShowId(call.path["show"])
        command = SetShowStatus(call.origin(call.path["room"]), show_id, body.status, body.replay_url)
        applied(await self.intake.submit(command))
        show = await self.queries.show(show_id)
        if show is None:
            raise not_found("show")
        return answered_json(show_line(show))
