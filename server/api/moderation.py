"""Moderation over HTTP (L13): comments taken off the screens, members muted or banned, everywhere or in a room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape, SubjectText, UnixMs
from server.credentials.access import subject_of
from server.domain.commands import ById, Subject
from server.domain.moderation import BAN, MOST_REMOVED, RemoveComment, RestrictMember
from server.ids import AuthorTag, MemberId, RoomId
from server.intake import Intake
from server.ledger.ports import QueriesPort

_TAG = "moderation"
_ID = {"id": TypeAdapter[str](SubjectText)}
_COMMENT = {**ROOM, "comment": TypeAdapter[str](OurId)}
_AUTHOR = {**ROOM, "author": TypeAdapter[str](OurId)}
_WRITERS = Gate(scope="members", operator=True)
_REFUSED = Refusal(409, ("bad_request", "limit_reached"))


class PutRestriction(Shape):
    """A mute stops comments; a ban stops every act and the presence itself. Orders count all the same."""

    kind: Literal["mute", "ban"]
    until_ms: UnixMs
    remove_comments: bool | None = None
    """Whether the comments on the screens go, too; absent = with a ban."""


class RestrictionLine(Answer):
    room: str | None
    """null = in every room."""
    kind: str
    until_ms: int


class RestrictionsAnswer(Answer):
    restrictions: list[RestrictionLine]
    """What holds now."""


@dataclass(frozen=True, slots=True)
class Moderation:
    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "DELETE",
                "/v1/rooms/{room}/comments/{comment}",
                "removeComment",
                _TAG,
                "Take a comment off every screen of the room.",
                MANAGERS,
                self.remove_comment,
                _COMMENT,
                status=204,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "PUT",
                "/v1/rooms/{room}/restrictions/{author}",
                "restrictInRoom",
                _TAG,
                "Mute or ban whoever wrote under this tag, in this room.",
                MANAGERS,
                self.restrict_in_room,
                _AUTHOR,
                bodies={JSON: PutRestriction},
                status=204,
                refusals=(NOT_FOUND, _REFUSED),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/restrictions/{author}",
                "liftInRoom",
                _TAG,
                "Lift what holds for this author in this room.",
                MANAGERS,
                self.lift_in_room,
                _AUTHOR,
                status=204,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "GET",
                "/v1/members/{id:path}/restriction",
                "getRestrictions",
                _TAG,
                "What the member may not do now, everywhere and in rooms.",
                _WRITERS,
                self.shown,
                _ID,
                answer=RestrictionsAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "PUT",
                "/v1/members/{id:path}/restriction",
                "restrictMember",
                _TAG,
                "Mute or ban a member in every room.",
                _WRITERS,
                self.restrict,
                _ID,
                bodies={JSON: PutRestriction},
                answer=RestrictionsAnswer,
                refusals=(_REFUSED,),
            ),
            Operation(
                "DELETE",
                "/v1/members/{id:path}/restriction",
                "liftRestriction",
                _TAG,
                "Lift what holds in every room; what a room has set stays.",
                _WRITERS,
                self.lift,
                _ID,
                status=204,
                refusals=(NOT_FOUND,),
            ),
        )

    async def remove_comment(self, call: Call) -> Response:
        command = RemoveComment(call.origin(call.path["room"]), call.path["comment"])
        applied(await self.intake.submit(command))
        return Response(status_code=204)

    async def restrict_in_room(self, call: Call) -> Response:
        room = RoomId(call.path["room"])
        await self._submit(call, await self._author(call), room, (room,))
        return Response(status_code=204)

    async def lift_in_room(self, call: Call) -> Response:
        await self._submit(call, await self._author(call), RoomId(call.path["room"]), ())
        return Response(status_code=204)

    async def restrict(self, call: Call) -> Response:
        await self._submit(call, subject_of(call.path["id"]), None, await self._rooms())
        return await self.shown(call)

    async def lift(self, call: Call) -> Response:
        await self._member(call)  # nobody becomes a member by being forgiven
        await self._submit(call, subject_of(call.path["id"]), None, ())
        return Response(status_code=204)

    async def shown(self, call: Call) -> Response:
        member_id = await self._member(call)
        member = (await self.queries.members((member_id,), call.received_ms)).get(member_id)
        if member is None:
            raise not_found("member")
        lines = [
            RestrictionLine(room=one.room, kind=one.kind, until_ms=one.until_ms)
            for one in member.restrictions
            if one.until_ms > call.received_ms
        ]
        return answered(RestrictionsAnswer(restrictions=lines))

    async def _submit(
        self, call: Call, who: Subject, room: RoomId | None, removable: tuple[RoomId, ...]
    ) -> None:
        body = call.body if isinstance(call.body, PutRestriction) else None
        kind, until_ms, remove = None, 0, False
        tag = AuthorTag(call.path["author"]) if "author" in call.path else None
        if body is not None:
            kind, until_ms = body.kind, body.until_ms
            remove = body.kind == BAN if body.remove_comments is None else body.remove_comments
        command = RestrictMember(call.origin(room), who, kind, until_ms, removable if remove else (), tag)
        applied(await self.intake.submit(command))

    async def _rooms(self) -> tuple[RoomId, ...]:
        """Return the rooms whose screens may show comments, those on air first."""
        rooms = await self.queries.rooms()
        on_air = sorted(rooms, key=lambda room: room.show is None or room.show.status != "live")
        return tuple(room.id for room in on_air[:MOST_REMOVED])

    async def _author(self, call: Call) -> ById:
        member = await self.queries.author(AuthorTag(call.path["author"]))
        if member is None:
            raise not_found("author")
        return ById(member)

    async def _member(self, call: Call) -> MemberId:
        subject = subject_of(call.path["id"])
        found = (await self.queries.resolve((subject,))).get(subject)
        if found is None:
            raise not_found("member")
        return found
