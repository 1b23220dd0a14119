"""The host's prompter over HTTP (口播提词, L9): what may be said now, and that it was said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.problems import Problem, not_found
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape
from server.domain.attending import Here, present_of
from server.domain.days import Calendar
from server.domain.decide.tasks import budget_name
from server.domain.polls import counter
from server.domain.prompt_lines import lines_of
from server.domain.prompting import DrawSeen, Line, Said, Scene, times_said, with_said
from server.domain.room import Json
from server.domain.rulebook import Rulebook
from server.domain.state import Room
from server.ids import DrawId, RoomId, ShowId
from server.ledger.ports import QueriesPort
from server.ledger.prompt_book import PromptsPort
from server.text.catalogue import Text
from server.text.prompts import prompts

Attending = Callable[[RoomId], Awaitable[Sequence[Here]]]
"""Of whom in the room there is something to say, on all nodes."""

_LINE = {**ROOM, "key": TypeAdapter[str](OurId)}
_TAG = "prompter"


class PutSaid(Shape):
    stage: OurId | None = None
    """The `stage` of the line that was read; absent = that of now."""


class PromptLine(Answer):
    key: str
    """The same as long as the line speaks of the same thing."""
    kind: str
    """task · first_n · gate · draw · poll · level_up · near · spotlight · birthday · offer · member_day"""
    rank: int
    """0 = within this minute · 1 = within minutes · 2 = runs · 3 = true all evening"""
    stage: str
    """Another one = there is something new to say of the same thing."""
    text: dict[str, str]
    """By language: `zh-CN`, `en`. One glance long."""
    since_ms: int | None = None
    """When what it speaks of began, if that is known."""
    fresh_until_ms: int
    """From then on it is another sentence, or none: ask again."""
    said_ms: int | None
    """When it was said; null = it is still to be said."""


class PromptsAnswer(Answer):
    lines: list[PromptLine]
    """Those to be said, the newest useful first; behind them the last ones that were said."""
    said: dict[str, int]
    """How many lines of each kind were said in this show."""
    as_of_ms: int


@dataclass(frozen=True, slots=True)
class Prompter:
    """The noun `prompter`."""

    queries: QueriesPort
    prompts: PromptsPort
    attending: Attending
    rulebook_at: Callable[[int], Rulebook]
    calendar: Calendar

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms/{room}/prompter",
                "listPrompts",
                _TAG,
                "What the host may say now, the newest useful first.",
                MANAGERS,
                self.list_prompts,
                ROOM,
                answer=PromptsAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/prompter/{key}/said",
                "sayPrompt",
                _TAG,
                "The line was said: it goes, until there is something new to say of the same thing.",
                MANAGERS,
                self.say,
                _LINE,
                bodies={JSON: PutSaid},
                answer=PromptLine,
                refusals=(NOT_FOUND, Refusal(409, ("limit_reached",))),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/prompter/{key}/said",
                "unsayPrompt",
                _TAG,
                "It was not said after all; for a minute after the press.",
                MANAGERS,
                self.unsay,
                _LINE,
                status=204,
                refusals=(NOT_FOUND,),
            ),
        )

    async def list_prompts(self, call: Call) -> Response:
        room = await self._room(call)
        said = await self._said(room)
        now_ms = call.received_ms
        shown = with_said(await self._lines(room, now_ms), said)
        return answered(
            PromptsAnswer(
                lines=[_line(line, text) for line, text in prompts(shown)],
                said=dict(times_said(said)),
                as_of_ms=now_ms,
            )
        )

    async def say(self, call: Call) -> Response:
        room = await self._room(call)
        line = next(
            (one for one in await self._lines(room, call.received_ms) if one.key == call.path["key"]), None
        )
        if line is None or room.show is None:
            raise not_found("line; it has nothing to speak of any more")
        stage = call.body_as(PutSaid).stage or line.stage
        who = call.who.actor
        saying = Said(line.key, stage, line.kind, call.received_ms, who)
        said = await self.prompts.say(room.show.id, saying, call.origin(room.id))
        if said is None:
            raise Problem(
                409, "limit_reached", "so many lines were said in this show that no more are counted"
            )
        [done] = with_said([line], [said]) if stage == line.stage else [line]
        [(_, text)] = prompts([done])
        return answered(_line(done, text))

    async def unsay(self, call: Call) -> Response:
        room = await self._room(call)
        show = room.show.id if room.show is not None else ShowId("")
        if not await self.prompts.take_back(show, call.path["key"], call.origin(room.id)):
            raise not_found("line that was said within the last minute")
        return Response(status_code=204)

    async def _room(self, call: Call) -> Room:
        room = await self.queries.room(RoomId(call.path["room"]))
        if room is None:
            raise not_found("room")
        return room

    async def _said(self, room: Room) -> Sequence[Said]:
        return () if room.show is None else await self.prompts.said(room.show.id)

    async def _lines(self, room: Room, now_ms: int) -> Sequence[Line]:
        rulebook = self.rulebook_at(now_ms)
        scene = Scene(room)
        if room.show is not None and room.show.status == "live":
            scene = await self._scene(room, rulebook, now_ms)
        return lines_of(scene, rulebook, self.calendar, now_ms)

    async def _scene(self, room: Room, rulebook: Rulebook, now_ms: int) -> Scene:
        names = [budget_name(task.id) for task in room.tasks]
        names += [counter(poll.id, option) for poll in room.polls for option, _ in poll.options]
        taken = await self.queries.campaigns(room.id) if room.first_n else ()
        stands = [await self.queries.gate(gate.id) for gate in room.gates]
        return Scene(
            room,
            draws_of({item.key: item.value for item in await self.queries.room_items(room.id) or ()}),
            await self.queries.spent(names) if names else {},
            {stand.campaign.id: stand.taken for stand in taken},
            {stand.gate.id: stand.left for stand in stands if stand is not None},
            present_of(await self.attending(room.id), rulebook, now_ms),
        )


def draws_of(items: dict[str, Json]) -> tuple[DrawSeen, ...]:
    """Return the draws of the room's view, as everybody sees them; one of another shape is as good as absent."""
    seen: list[DrawSeen] = []
    for key, item in items.items():
        if not key.startswith("draws/") or not isinstance(item, dict):
            continue
        title, state, opened, ends = (item.get(name) for name in ("title", "state", "order", "ends_ms"))
        won = item.get("winners")
        names = [one.get("name") for one in won if isinstance(one, dict)] if isinstance(won, list) else []
        if (
            isinstance(title, str)
            and isinstance(state, str)
            and isinstance(opened, int)
            and isinstance(ends, int)
        ):
            winners = tuple(name for name in names if isinstance(name, str))
            seen.append(DrawSeen(DrawId(key.removeprefix("draws/")), title, state, opened, ends, winners))
    return tuple(seen)


def _line(line: Line, text: Text) -> PromptLine:
    answer = PromptLine(
        key=line.key,
        kind=line.kind,
        rank=line.rank,
        stage=line.stage,
        text=dict(text),
        fresh_until_ms=line.fresh_until_ms,
        said_ms=line.said_ms,
    )
    return answer if not line.since_ms else answer.model_copy(update={"since_ms": line.since_ms})
