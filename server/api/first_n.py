"""First-N campaigns over HTTP: "前50名下单再送200积分" (L4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape, Title
from server.domain.commands import CloseFirstN, OpenFirstN
from server.ids import FirstNId, RoomId, derived
from server.intake import Intake
from server.ledger.ports import CampaignStand, QueriesPort

_CAMPAIGN: Mapping[str, TypeAdapter[str]] = {**ROOM, "campaign": TypeAdapter[str](OurId)}
_CLOSED = Refusal(409, ("closed",))
_TAG = "first-n"


class PostFirstN(Shape):
    """The first `n` members who order in the live room get `points` on top. May cost n × points at most."""

    title: Title
    n: Annotated[int, Field(ge=1, le=100_000)]
    points: Annotated[int, Field(ge=1, le=1_000_000)]


class PatchFirstN(Shape):
    action: Literal["close"]


class FirstNAnswer(Answer):
    id: str
    title: str
    n: int
    points: int
    taken: int
    state: Literal["open", "full", "closed"]


class FirstNsAnswer(Answer):
    first_n: list[FirstNAnswer]
    """Newest first, at most 100."""


@dataclass(frozen=True, slots=True)
class FirstNs:
    """The noun `first-n`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms/{room}/first-n",
                "listFirstN",
                _TAG,
                "The room's campaigns and how many places are taken.",
                MANAGERS,
                self.list,
                ROOM,
                answer=FirstNsAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/first-n",
                "openFirstN",
                _TAG,
                "Give points on top to the first members who order while the show is live.",
                MANAGERS,
                self.open,
                ROOM,
                bodies={JSON: PostFirstN},
                answer=FirstNAnswer,
                status=201,
                refusals=(NOT_FOUND, Refusal(409, ("limit_reached", "bad_request"))),
            ),
            Operation(
                "PATCH",
                "/v1/rooms/{room}/first-n/{campaign}",
                "patchFirstN",
                _TAG,
                "Close a campaign; whoever has a place keeps it.",
                MANAGERS,
                self.patch,
                _CAMPAIGN,
                bodies={JSON: PatchFirstN},
                answer=FirstNAnswer,
                refusals=(NOT_FOUND, _CLOSED),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/first-n/{campaign}",
                "closeFirstN",
                _TAG,
                "The same without a body.",
                MANAGERS,
                self.patch,
                _CAMPAIGN,
                answer=FirstNAnswer,
                refusals=(NOT_FOUND, _CLOSED),
            ),
        )

    async def list(self, call: Call) -> Response:
        room = RoomId(call.path["room"])
        if await self.queries.room(room) is None:
            raise not_found("room")
        shown = [_shown(stand) for stand in await self.queries.campaigns(room)]
        return answered(FirstNsAnswer(first_n=shown))

    async def open(self, call: Call) -> Response:
        body = call.body_as(PostFirstN)
        origin = call.origin(call.path["room"])
        campaign = FirstNId(derived("fn", origin.source, origin.event))
        applied(await self.intake.submit(OpenFirstN(origin, campaign, body.title, body.n, body.points)))
        return answered(_shown(await self._known(call, campaign)), 201)

    async def patch(self, call: Call) -> Response:
        campaign = FirstNId(call.path["campaign"])
        await self._known(call, campaign)
        applied(await self.intake.submit(CloseFirstN(call.origin(call.path["room"]), campaign)))
        return answered(_shown(await self._known(call, campaign)))

    async def _known(self, call: Call, campaign: FirstNId) -> CampaignStand:
        for stand in await self.queries.campaigns(RoomId(call.path["room"])):
            if stand.campaign.id == campaign:
                return stand
        raise not_found("campaign")


def _shown(stand: CampaignStand) -> FirstNAnswer:
    campaign = stand.campaign
    return FirstNAnswer(
        id=campaign.id,
        title=campaign.title,
        n=campaign.n,
        points=campaign.points,
        taken=stand.taken,
        state="closed" if stand.closed_ms is not None else "full" if campaign.full else "open",
    )
