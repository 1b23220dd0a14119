"""The product a room shows, over HTTP (B7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, answered_json
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, ForeignId, Shape, Title
from server.domain.commands import ClearSpotlight, PutSpotlight as PutSpotlightCommand
from server.domain.money import MAX_AMOUNT
from server.domain.state import Spotlight
from server.ids import RoomId
from server.intake import Intake
from server.ledger.ports import QueriesPort

ITEM = "spotlight"
_TAG = "rooms"
Price = Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="minor units")]
ImageUrl = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=2_000)]


class PutSpotlight(Shape):
    sku: ForeignId
    title: Title
    price: Price
    """The live price, everybody's."""
    image: ImageUrl | None = None


class SpotlightAnswer(Answer):
    sku: str
    title: str
    price: int
    member_prices: dict[str, int]
    """What each tier pays, by tier id: its own price or the live show's offer, the better."""
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Spotlights:
    """The noun `spotlight`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "PUT",
                "/v1/rooms/{room}/spotlight",
                "putSpotlight",
                _TAG,
                "Show a product in the room, with what each tier pays for it.",
                MANAGERS,
                self.put,
                ROOM,
                bodies={JSON: PutSpotlight},
                answer=SpotlightAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/spotlight",
                "clearSpotlight",
                _TAG,
                "Show no product.",
                MANAGERS,
                self.clear,
                ROOM,
                status=204,
                refusals=(NOT_FOUND,),
            ),
        )

    async def put(self, call: Call) -> Response:
        body = call.body_as(PutSpotlight)
        shown = Spotlight(body.sku, body.title, body.price, body.image)
        applied(await self.intake.submit(PutSpotlightCommand(call.origin(call.path["room"]), shown)))
        items = await self.queries.room_items(RoomId(call.path["room"]))
        for item in items or ():
            if item.key == ITEM and item.value is not None:
                return answered_json(item.value)
        raise not_found(ITEM)  # somebody else has taken it away again

    async def clear(self, call: Call) -> Response:
        applied(await self.intake.submit(ClearSpotlight(call.origin(call.path["room"]))))
        return Response(status_code=204)
