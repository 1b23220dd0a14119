"""Shout-outs in the host's hand (L2): what waits, what was shown, which overlays paint it; pause, skip, clear, mute, limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from server.announcing.shout_log import Shown, Waiting, shelf_of, shown_of, waiting_board_of, waiting_of
from server.announcing.shout_queue import OverlaySeen, alarm_of, overlays_board_of, overlays_of
from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.problems import Problem, not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape, TierName
from server.domain.rulebook import Rulebook
from server.domain.shout_control import Action, ControlShoutouts
from server.domain.state import Room
from server.hot.errors import HotUnavailable
from server.hot.ports import Ask, Hot, Pacer
from server.ids import AuthorTag, RoomId, TierId
from server.intake import Intake
from server.ledger.errors import LedgerUnavailable
from server.ledger.ports import QueriesPort
from server.ledger.widget_book import WidgetBook

PRESSES_A_MINUTE = 120
"""Of a room: two hosts with nervous thumbs."""
SHOWS_A_MINUTE = 20
"""Of these, what puts something on the screens: replays and tests."""
MOST_LISTED = 30
_TAG = "shout-outs"


class PostQueue(Shape):
    """One press. What an action does not need is ignored."""

    action: Action
    rev: Annotated[int, Field(ge=0)] | None = None
    """The `rev` that was seen; another one stands = 409 `conflict`. Absent = whatever stands."""
    id: OurId | None = None
    """skip: which one; replay: which one, absent = the newest."""
    author: OurId | None = None
    """mute, unmute: whose, by the tag of public frames."""
    from_tier: TierName | None = None
    """limit: the lowest tier shown, null = as ruled; test: the tier it pretends."""
    per_minute: Annotated[int, Field(ge=1, le=60)] | None = None
    """limit: null = as ruled."""


class LimitLine(Answer):
    from_tier: str
    per_minute: int


class MutedLine(Answer):
    author: str
    name: str


class WaitingLine(Answer):
    name: str
    tier: str
    count: int
    at_ms: int
    is_test: bool


class WaitingAnswer(Answer):
    count: int
    """Members."""
    next: list[WaitingLine]
    """The longest waiting first, folded by tier as they would be shown."""


class ShownLine(Answer):
    id: str
    kind: str
    name: str
    """Empty: nobody is named."""
    author: str | None
    text: dict[str, str]
    at_ms: int
    is_test: bool
    gone: bool
    """It was taken back."""


class OverlayLine(Answer):
    widget: str
    name: str
    connected_ms: int
    rendered_ms: int | None
    """When it last painted something; null = not since it connected."""
    visible: bool
    """OBS shows the source."""


class QueueAnswer(Answer):
    rev: int
    paused: bool
    limit: LimitLine
    """What counts: the stricter of the rulebook and the host."""
    rule: LimitLine
    """What the rulebook says."""
    muted: list[MutedLine]
    waiting: WaitingAnswer
    shown: list[ShownLine]
    """Of the last ten minutes, newest first."""
    overlays: list[OverlayLine]
    """Connected now, by widgets, on all nodes."""
    alarm: Literal["no_overlay", "hidden", "not_rendering"] | None
    now_ms: int
    unseen: bool = False
    """Only after a press, true: it counts, but Redis (or the ledger, since) is away. What waits, was shown and is connected stands empty,
    not known; screens follow when it is back."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The noun `queue` of a room."""

    queries: QueriesPort
    intake: Intake
    widgets: WidgetBook
    hot: Hot
    pacer: Pacer
    """The same one for every press: with Redis away it counts in this process."""
    rulebook_at: Callable[[int], Rulebook]

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms/{room}/queue",
                "getQueue",
                _TAG,
                "What waits, what was shown of late, and which overlays paint it.",
                MANAGERS,
                self.get,
                ROOM,
                answer=QueueAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/queue",
                "pressQueue",
                _TAG,
                "Pause, resume, skip, clear, mute, limit, replay or test; it holds on all screens at once.",
                MANAGERS,
                self.press,
                ROOM,
                bodies={JSON: PostQueue},
                answer=QueueAnswer,
                refusals=(
                    NOT_FOUND,
                    Refusal(409, ("conflict", "bad_request", "limit_reached")),
                    Refusal(429, ("rate_limited",)),
                ),
            ),
        )

    async def get(self, call: Call) -> Response:
        room = await self.queries.room(RoomId(call.path["room"]))
        if room is None:
            raise not_found("room")
        return answered(await self._seen(room, call.received_ms))

    async def press(self, call: Call) -> Response:
        body = call.body_as(PostQueue)
        room_id = RoomId(call.path["room"])
        await self._within_rate(room_id, body.action, call.received_ms)
        moment, author, name = body.id, None if body.author is None else AuthorTag(body.author), ""
        if body.action == "replay":
            moment = await self._to_replay(room_id, moment)
        if body.action == "mute" and author is not None:
            name = await self._name_of(author, call.received_ms)
        applied(
            await self.intake.submit(
                ControlShoutouts(
                    call.origin(room_id),
                    body.action,
                    body.rev,
                    moment,
                    author,
                    name,
                    None if body.from_tier is None else TierId(body.from_tier),
                    body.per_minute,
                )
            )
        )
        room = await self.queries.room(room_id)
        if room is None:
            raise not_found("room")
        try:
            return answered(await self._seen(room, call.received_ms))
        except (HotUnavailable, LedgerUnavailable):
            # The press is durable, and carried out once Redis is back: it must not be answered as if it had failed.
            answer = self._answer(room, call.received_ms, [], [], [], {})
            return answered(answer.model_copy(update={"unseen": True}))

    async def _within_rate(self, room: RoomId, action: Action, now_ms: int) -> None:
        shows = action in ("replay", "test")
        asks = [Ask(f"presses:{room}", PRESSES_A_MINUTE, 60_000)]
        asks += [Ask(f"shows:{room}", SHOWS_A_MINUTE, 60_000)] if shows else []
        for granted in await self.pacer.take(asks, now_ms):
            if not granted.n:
                wait_s = str(max(1, -(-granted.wait_ms // 1_000)))
                raise Problem(429, "rate_limited", "too many presses", headers={"retry-after": wait_s})

    async def _to_replay(self, room: RoomId, moment: str | None) -> str:
        shown = shown_of(await self.hot.shelved(shelf_of(room)))
        for one in shown:
            if one.id == moment or (moment is None and not one.gone and not one.is_test):
                return one.id
        raise not_found("shout-out of the last ten minutes")

    async def _name_of(self, author: AuthorTag, now_ms: int) -> str:
        member = await self.queries.author(author)
        if member is None:
            raise not_found("author")
        known = (await self.queries.members((member,), now_ms)).get(member)
        return "" if known is None else known.name

    async def _seen(self, room: Room, now_ms: int) -> QueueAnswer:
        """Raises `HotUnavailable`."""
        shown = shown_of(await self.hot.shelved(shelf_of(room.id)))
        waiting = waiting_of((await self.hot.pinned(waiting_board_of(room.id), now_ms)).values())
        overlays = overlays_of((await self.hot.pinned(overlays_board_of(room.id), now_ms)).values())
        widgets = {widget.id: widget.name for widget in await self.widgets.of_room(room.id)}
        return self._answer(room, now_ms, shown, waiting, overlays, widgets)

    def _answer(
        self,
        room: Room,
        now_ms: int,
        shown: Sequence[Shown],
        waiting: Sequence[Waiting],
        overlays: Sequence[OverlaySeen],
        widgets: Mapping[str, str],
    ) -> QueueAnswer:
        control, rulebook = room.shouts, self.rulebook_at(now_ms)
        rule, ranks = rulebook.level_up, rulebook.ranks
        own = control.from_tier
        least = own if own is not None and ranks.get(own, -1) > ranks[rule.from_tier] else rule.from_tier
        most = rule.per_minute if control.per_minute is None else min(rule.per_minute, control.per_minute)
        alarm = alarm_of(
            overlays,
            shown,
            on_air=room.show is not None and room.show.status == "live",
            expected=bool(widgets),
            paused=control.paused,
            now_ms=now_ms,
        )
        lines = [
            WaitingLine(name=one.name, tier=one.tier, count=one.count, at_ms=one.at_ms, is_test=one.is_test)
            for one in waiting
        ]
        return QueueAnswer(
            rev=control.rev,
            paused=control.paused,
            limit=LimitLine(from_tier=least, per_minute=most),
            rule=LimitLine(from_tier=rule.from_tier, per_minute=rule.per_minute),
            muted=[MutedLine(author=one.author, name=one.name) for one in control.muted],
            waiting=WaitingAnswer(count=sum(one.count for one in waiting), next=lines),
            shown=[_line(one) for one in shown[:MOST_LISTED]],
            overlays=[
                OverlayLine(
                    widget=one.widget,
                    name=widgets.get(one.widget, one.widget),
                    connected_ms=one.connected_ms,
                    rendered_ms=one.rendered_ms,
                    visible=one.visible,
                )
                for one in overlays
            ],
            alarm=alarm,
            now_ms=now_ms,
        )


def _line(one: Shown) -> ShownLine:
    return ShownLine(
        id=one.id,
        kind=one.kind,
        name=one.name,
        author=one.author,
        text=dict(one.text),
        at_ms=one.at_ms,
        is_test=one.is_test,
        gone=one.gone,
    )
