"""Broadcast widgets over HTTP: their secrets, and the tickets that a secret buys (PROTOCOL §2)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape, Title
from server.credentials.tickets import TicketOffice, new_secret
from server.hot.ports import Ask, Pacer
from server.ids import RoomId
from server.ledger.ports import QueriesPort
from server.ledger.widget_book import MOST_WIDGETS, Widget, WidgetBook

TICKETS_A_MINUTE = 60
"""Of one widget, and as many wrong ones: a source that reloads like mad still gets its own, a guesser gets nowhere."""
_TAG = "widgets"
_NO_STORE = {"cache-control": "no-store"}
_WIDGET = {**ROOM, "widget": TypeAdapter[str](OurId)}

Renewed = Callable[[str, int], Awaitable[None]]
"""Told of a widget and the generation below which its tickets and connections are worth nothing."""


class PostWidget(Shape):
    name: Title | None = None
    """What people call it, ``OBS 主画面``; absent = its id."""


class PostTicket(Shape):
    widget: OurId
    secret: Annotated[str, Field(min_length=1, max_length=256)]


class WidgetLine(Answer):
    id: str
    name: str
    made_ms: int
    secret_ms: int
    """When its secret was made."""


class NewWidget(WidgetLine):
    secret: str
    """Shown this once."""
    path: str
    """The overlay's page with both in its fragment; put the server's address before it."""


class WidgetsAnswer(Answer):
    widgets: list[WidgetLine]


class TicketAnswer(Answer):
    ticket: str
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Widgets:
    """The nouns `widgets` and `overlay-tickets`. An answer that holds a secret is never kept: no Idempotency-Key."""

    queries: QueriesPort
    book: WidgetBook
    office: TicketOffice
    pacer: Pacer
    renewed: Renewed

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms/{room}/widgets",
                "listWidgets",
                _TAG,
                "The room's broadcast sources, oldest first; never a secret.",
                MANAGERS,
                self.list_widgets,
                ROOM,
                answer=WidgetsAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/widgets",
                "createWidget",
                _TAG,
                "Make a broadcast source; the answer alone shows its secret.",
                MANAGERS,
                self.create,
                ROOM,
                bodies={JSON: PostWidget},
                answer=NewWidget,
                status=201,
                refusals=(NOT_FOUND, Refusal(409, ("limit_reached",))),
                idempotent_key=False,
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/widgets/{widget}/secret",
                "renewWidgetSecret",
                _TAG,
                "Another secret; tickets and overlays of the one before end at once.",
                MANAGERS,
                self.renew,
                _WIDGET,
                answer=NewWidget,
                refusals=(NOT_FOUND,),
                idempotent_key=False,
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/widgets/{widget}",
                "removeWidget",
                _TAG,
                "Take a broadcast source away; its tickets and overlays end at once.",
                MANAGERS,
                self.remove,
                _WIDGET,
                status=204,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/overlay-tickets",
                "buyOverlayTicket",
                _TAG,
                "One connection of a broadcast overlay, within a minute.",
                Gate(public=True),
                self.ticket,
                bodies={JSON: PostTicket},
                answer=TicketAnswer,
                refusals=(Refusal(401, ("secret_invalid",)), Refusal(429, ("rate_limited",))),
                idempotent_key=False,
                cross_origin=True,
            ),
        )

    async def list_widgets(self, call: Call) -> Response:
        room = await self._room(call)
        lines = [WidgetLine(**_shown(widget)) for widget in await self.book.of_room(room)]
        return answered(WidgetsAnswer(widgets=lines))

    async def create(self, call: Call) -> Response:
        room = await self._room(call)
        secret, digest = new_secret()
        widget_id = f"w{secrets.token_hex(6)}"
        name = call.body_as(PostWidget).name or widget_id
        widget = Widget(widget_id, room, name, digest, 1, call.received_ms, call.received_ms)
        if await self.book.make(widget, call.origin(room)) is None:
            raise Problem(
                409, "limit_reached", f"a room has at most {MOST_WIDGETS} widgets; remove one first"
            )
        return answered(_with_secret(widget, secret), 201, _NO_STORE)

    async def renew(self, call: Call) -> Response:
        room = RoomId(call.path["room"])
        secret, digest = new_secret()
        widget = await self.book.renew(room, call.path["widget"], digest, call.origin(room))
        if widget is None:
            raise not_found("widget in this room")
        await self.renewed(widget.id, widget.generation)
        return answered(_with_secret(widget, secret), headers=_NO_STORE)

    async def remove(self, call: Call) -> Response:
        room, widget = RoomId(call.path["room"]), call.path["widget"]
        if not await self.book.remove(room, widget, call.origin(room)):
            raise not_found("widget in this room")
        await self.renewed(widget, 2**53 - 1)
        return Response(status_code=204)

    async def ticket(self, call: Call) -> Response:
        body = call.body_as(PostTicket)
        widget = await self.office.proven(body.widget, body.secret)
        # Wrong ones are counted apart, or a stranger who knows the name could use up what is the owner's; and by the
        # name that was sent, so the answers say nothing of what there is.
        key = f"tickets:{body.widget}" if widget is not None else f"wrong-tickets:{body.widget}"
        [granted] = await self.pacer.take([Ask(key, TICKETS_A_MINUTE, 60_000)], call.received_ms)
        if not granted.n:
            wait_s = str(max(1, -(-granted.wait_ms // 1_000)))
            raise Problem(
                429, "rate_limited", "too many tickets were asked for; wait", headers={"retry-after": wait_s}
            )
        if widget is None:
            raise Problem(
                401, "secret_invalid", "no such widget, or its secret was replaced; copy the link anew"
            )
        ticket, expires_ms = await self.office.issue(widget)
        return answered(TicketAnswer(ticket=ticket, expires_ms=expires_ms), headers=_NO_STORE)

    async def _room(self, call: Call) -> RoomId:
        room = RoomId(call.path["room"])
        if await self.queries.room(room) is None:
            raise not_found("room")
        return room


def _shown(widget: Widget) -> dict[str, object]:
    return {
        "id": widget.id,
        "name": widget.name,
        "made_ms": widget.made_ms,
        "secret_ms": widget.secret_ms,
    }


def _with_secret(widget: Widget, secret: str) -> NewWidget:
    path = f"/overlay/{widget.room}#widget={widget.id}&secret={secret}"
    return NewWidget(**_shown(widget), secret=secret, path=path)
