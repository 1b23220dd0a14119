"""Rooms over HTTP: which there are, what they are called, how they behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered_json
from server.api.principals import Gate
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.shapes import Answer, OurId, Shape, TierName, Title
from server.domain.commands import PutRoom as PutRoomCommand, SetRoom
from server.domain.room import Json
from server.domain.state import Room, Show
from server.ids import RoomId
from server.intake import Intake
from server.ledger.ports import QueriesPort

ROOM = {"room": TypeAdapter[str](OurId)}
MANAGERS = Gate(scope="rooms", operator=True, host_of="room")
NOT_FOUND = Refusal(404, ("not_found",))
_TAG = "rooms"


class PutRoom(Shape):
    name: Title
    members_only: TierName | None = None
    """The lowest tier that may enter; null = everybody."""


class PatchRoom(Shape):
    """What is absent stays."""

    slow_s: Annotated[int, Field(ge=0, le=3_600)] | None = None
    writers: Literal["all", "members"] | None = None
    theme: (
        Annotated[
            dict[
                Annotated[str, StringConstraints(pattern=r"^--[a-z][a-z0-9-]{0,62}$")],
                Annotated[str, StringConstraints(max_length=200)],
            ],
            Field(max_length=50),
        ]
        | None
    ) = None
    """The whole theme anew: custom property → value."""


class ShowLine(Answer):
    id: str
    status: str
    title: str
    starts_ms: int | None = None
    replay_url: str | None = None


class RoomLine(Answer):
    """A members-only room shows only `id`, `name` and `members_only`."""

    id: str
    name: str
    members_only: str | None = None
    show: ShowLine | None = None


class RoomsAnswer(Answer):
    rooms: list[RoomLine]


class RoomAnswer(RoomLine):
    writers: str
    slow_s: int
    theme: dict[str, str]


@dataclass(frozen=True, slots=True)
class Rooms:
    """The noun `rooms`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms",
                "listRooms",
                _TAG,
                "All rooms, with what is on.",
                Gate(public=True),
                self.list_rooms,
                answer=RoomsAnswer,
            ),
            Operation(
                "GET",
                "/v1/rooms/{room}",
                "getRoom",
                _TAG,
                "One room and how it behaves.",
                MANAGERS,
                self.get_room,
                ROOM,
                answer=RoomAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "PUT",
                "/v1/rooms/{room}",
                "putRoom",
                _TAG,
                "Make the room, or change its name and who may enter.",
                MANAGERS,
                self.put_room,
                ROOM,
                bodies={JSON: PutRoom},
                answer=RoomAnswer,
                refusals=(Refusal(409, ("bad_request",)),),
            ),
            Operation(
                "PATCH",
                "/v1/rooms/{room}",
                "patchRoom",
                _TAG,
                "Change how the room behaves.",
                MANAGERS,
                self.patch_room,
                ROOM,
                bodies={JSON: PatchRoom},
                answer=RoomAnswer,
                refusals=(NOT_FOUND,),
            ),
        )

    async def list_rooms(self, _call: Call) -> Response:
        return answered_json({"rooms": [_line(room) for room in await self.queries.rooms()]})

    async def get_room(self, call: Call) -> Response:
        return await self._shown(call)

    async def put_room(self, call: Call) -> Response:
        body = call.body_as(PutRoom)
        command = PutRoomCommand(call.origin(call.path["room"]), body.name, body.members_only)
        applied(await self.intake.submit(command))
        return await self._shown(call)

    async def patch_room(self, call: Call) -> Response:
        body = call.body_as(PatchRoom)
        theme = None if body.theme is None else tuple(body.theme.items())
        command = SetRoom(call.origin(call.path["room"]), body.slow_s, body.writers, theme)
        applied(await self.intake.submit(command))
        return await self._shown(call)

    async def _shown(self, call: Call) -> Response:
        room = await self.queries.room(RoomId(call.path["room"]))
        if room is None:
            raise not_found("room")
        theme: dict[str, Json] = dict(room.theme)
        shown = {**_whole(room), "writers": room.writers, "slow_s": room.slow_s, "theme": theme}
        return answered_json(shown)


def tier_to_enter(room: Room) -> str | None:
    """Return a tier without which the room cannot be seen now; None = it is public (L6).

    A members-only show closes its room while it is live.
    """
    show = room.show
    return room.members_only or (show.members_only if show is not None and show.status == "live" else None)


def _line(room: Room) -> Json:
    """What everybody may know of a room."""
    closed = tier_to_enter(room)
    if closed is not None:
        return {"id": room.id, "name": room.name, "members_only": closed}
    return dict(_whole(room))


def _whole(room: Room) -> Mapping[str, Json]:
    line: dict[str, Json] = {"id": room.id, "name": room.name}
    if room.members_only is not None:
        line["members_only"] = room.members_only
    if room.show is not None:
        line["show"] = show_line(room.show)
    return line


def show_line(show: Show) -> Json:
    line: dict[str, Json] = {"id": show.id, "status": show.status, "title": show.title}
    if show.starts_ms is not None:
        line["starts_ms"] = show.starts_ms
    if show.replay_url is not None:
        line["replay_url"] = show.replay_url
    return line
