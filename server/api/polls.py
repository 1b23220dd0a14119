"""Polls, the pinned line and notices over HTTP (L8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape, Title
from server.domain.commands import ClosePoll, OpenPoll, Pin, PostNotice, RemovePoll
from server.domain.polls import LONGEST_S, MOST_OPTIONS, counter
from server.ids import PollId, RoomId, derived
from server.intake import Intake
from server.ledger.ports import QueriesPort
from server.text.cleaning import cleaned, graphemes

MAX_LINE = 120
"""Graphemes of a line on the screen."""

_POLL = {**ROOM, "poll": TypeAdapter[str](OurId)}
_TAG = "polls"


def _line(text: str) -> str:
    shown = cleaned(text)
    if not shown:
        raise ValueError("holds nothing that can be seen")
    if len(graphemes(shown)) > MAX_LINE:
        raise ValueError(f"must be at most {MAX_LINE} graphemes")
    return shown


Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=480),
    AfterValidator(_line),
    Field(description=f"at most {MAX_LINE} graphemes; what cannot be seen is taken out"),
]


class PostPoll(Shape):
    question: Title
    options: Annotated[list[Title], Field(min_length=2, max_length=MOST_OPTIONS)]
    seconds: Annotated[int, Field(ge=10, le=LONGEST_S)]


class PatchPoll(Shape):
    action: Literal["close"]


class PutPinned(Shape):
    text: Line


class PostNoticeBody(Shape):
    text: Line
    rank: Annotated[int, Field(ge=1, le=3)] = 1


class OptionLine(Answer):
    id: str
    text: str
    votes: int


class PollAnswer(Answer):
    id: str
    question: str
    options: list[OptionLine]
    ends_ms: int
    state: str


class NoticeAnswer(Answer):
    id: str


@dataclass(frozen=True, slots=True)
class Polls:
    """The nouns `polls`, `pinned` and `notices`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/rooms/{room}/polls",
                "openPoll",
                _TAG,
                "Ask the room a question while its show is live.",
                MANAGERS,
                self.open,
                ROOM,
                bodies={JSON: PostPoll},
                answer=PollAnswer,
                status=201,
                refusals=(NOT_FOUND, Refusal(409, ("off_air", "limit_reached", "bad_request"))),
            ),
            Operation(
                "GET",
                "/v1/rooms/{room}/polls/{poll}",
                "getPoll",
                _TAG,
                "One poll of the room's screen, with its votes.",
                MANAGERS,
                self.get,
                _POLL,
                answer=PollAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "PATCH",
                "/v1/rooms/{room}/polls/{poll}",
                "closePoll",
                _TAG,
                "Take no more votes; the result stays on the screen.",
                MANAGERS,
                self.close,
                _POLL,
                bodies={JSON: PatchPoll},
                answer=PollAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/polls/{poll}",
                "removePoll",
                _TAG,
                "Take a poll off the screen.",
                MANAGERS,
                self.remove,
                _POLL,
                status=204,
            ),
            Operation(
                "PUT",
                "/v1/rooms/{room}/pinned",
                "putPinned",
                _TAG,
                "Pin a line in the room, in place of the one before.",
                MANAGERS,
                self.pin,
                ROOM,
                bodies={JSON: PutPinned},
                status=204,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/pinned",
                "clearPinned",
                _TAG,
                "Pin nothing.",
                MANAGERS,
                self.unpin,
                ROOM,
                status=204,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/notices",
                "postNotice",
                _TAG,
                "Say something to everybody in the room, once.",
                MANAGERS,
                self.notice,
                ROOM,
                bodies={JSON: PostNoticeBody},
                answer=NoticeAnswer,
                status=201,
                refusals=(NOT_FOUND,),
            ),
        )

    async def open(self, call: Call) -> Response:
        body = call.body_as(PostPoll)
        origin = call.origin(call.path["room"])
        poll = PollId(derived("pl", origin.source, origin.event))
        command = OpenPoll(origin, poll, body.question, tuple(body.options), body.seconds)
        applied(await self.intake.submit(command))
        return await self._shown(call.path["room"], poll, 201)

    async def get(self, call: Call) -> Response:
        return await self._shown(call.path["room"], PollId(call.path["poll"]))

    async def close(self, call: Call) -> Response:
        poll = PollId(call.path["poll"])
        applied(await self.intake.submit(ClosePoll(call.origin(call.path["room"]), poll)))
        return await self._shown(call.path["room"], poll)

    async def remove(self, call: Call) -> Response:
        command = RemovePoll(call.origin(call.path["room"]), PollId(call.path["poll"]))
        applied(await self.intake.submit(command))
        return Response(status_code=204)

    async def pin(self, call: Call) -> Response:
        applied(await self.intake.submit(Pin(call.origin(call.path["room"]), call.body_as(PutPinned).text)))
        return Response(status_code=204)

    async def unpin(self, call: Call) -> Response:
        applied(await self.intake.submit(Pin(call.origin(call.path["room"]), None)))
        return Response(status_code=204)

    async def notice(self, call: Call) -> Response:
        body = call.body_as(PostNoticeBody)
        origin = call.origin(call.path["room"])
        applied(await self.intake.submit(PostNotice(origin, body.text, body.rank)))
        return answered(NoticeAnswer(id=derived("mo", origin.source, origin.event)), 201)

    async def _shown(self, room_id: str, poll_id: PollId, status: int = 200) -> Response:
        room = await self.queries.room(RoomId(room_id))
        for poll in room.polls if room is not None else ():
            if poll.id == poll_id:
                counted = await self.queries.spent([counter(poll.id, option) for option, _ in poll.options])
                options = [
                    OptionLine(id=option, text=text, votes=counted.get(counter(poll.id, option), 0))
                    for option, text in poll.options
                ]
                answer = PollAnswer(
                    id=poll.id,
                    question=poll.question,
                    options=options,
                    ends_ms=poll.ends_ms,
                    state=poll.state,
                )
                return answered(answer, status)
        raise not_found("poll")
