"""What a host sees of their show in numbers, and its leaderboard (L8, X4)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Protocol

from pydantic import Field
from starlette.responses import Response

from server.api.operation import Call, Operation, answered
from server.api.problems import not_found
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape
from server.domain.decide.redemptions import worth
from server.domain.figures import Funnel, ShowTotals, funnel_of, points_given, share
from server.domain.rulebook import Rulebook
from server.domain.standings import MOST, MOST_ASKED
from server.domain.state import Room, Show, Task
from server.hot.errors import HotUnavailable
from server.hot.ports import BEGAN, SAW, UNSIGNED, Audiences, Funnels
from server.ids import RoomId, ShowId, TaskId
from server.leaderboard import Leaderboard
from server.ledger.ports import QueriesPort

FRESH_MS: Final = 1_000
"""However many hosts look at a room, its sums are read once in this time."""
OUTSTANDING_MS: Final = 20_000
"""All points of all members are added up once in this time, and only while somebody looks."""
MOST_ROOMS: Final = 1_000
_TAG = "figures"


class Totals(Protocol):
    """The part of `server.ledger.show_figures.ShowFigures` that is read here. Raises `LedgerUnavailable`."""

    async def totals(self, show: Show, tasks: Sequence[Task]) -> ShowTotals: ...
    async def outstanding(self) -> int: ...


class HotCounts(Audiences, Funnels, Protocol):
    """The part of the hot store that is read here."""


class AudienceFigures(Answer):
    online: int
    """Viewers on all nodes, one per connection."""
    anonymous: int
    """Of these, without an account."""
    tiers: dict[str, int]
    """Members by effective tier; a tier without viewers is absent, `?` = a card could not be read yet."""


class PointsFigures(Answer):
    given: int
    """Points this show has given: watching and acts, tasks, orders with their first-N places."""
    taken_back: int
    """Points that refunds of its orders took back."""
    liability: int
    """What `given` less `taken_back` is worth, in minor units at the rate in force."""


class OrderFigures(Answer):
    count: int
    """Paid in the show and not fully refunded."""
    paid: int
    """Minor units, net of refunds."""


class ShoutFigures(Answer):
    shown: int
    """Level-ups announced in the show."""
    coupons: int
    """Coupons given with them."""
    orders: int
    """Orders that used one of these until now."""
    conversion: float | None
    """`orders` of `coupons`; null = no coupon was given."""


class FunnelFigures(Answer):
    """How many a countdown task brought how far. Above some hundreds `saw` and `began` are right within 2 %."""

    task: str
    kind: str
    title: str
    state: str
    saw: int
    """Viewers on whose screens it was."""
    began: int
    """Members who did at least one step."""
    reached: int
    """Members who reached the target."""
    rewarded: int
    """Points given to them."""
    orders: int
    """Orders paid in the show while it ran."""


class ShowFiguresAnswer(Answer):
    id: str
    status: str
    starts_ms: int | None
    points: PointsFigures
    orders: OrderFigures
    shouts: ShoutFigures
    tasks: list[FunnelFigures]
    """Of the tasks on the screen, in their order."""


class Outstanding(Answer):
    points: int
    """All points that members hold."""
    cost: int
    """What they are worth, in minor units at the rate in force."""
    as_of_ms: int
    """When they were added up: some 20 s ago at most."""


class FiguresAnswer(Answer):
    as_of_ms: int
    audience: AudienceFigures | None
    """Null = cannot be known now."""
    show: ShowFiguresAnswer | None
    """Of the show that the room presents and that has begun; null = none has."""
    outstanding: Outstanding


class LeaderboardQuery(Shape):
    show: OurId | None = None
    """One of the room's shows; absent = the one it presents."""
    limit: Annotated[int, Field(ge=1, le=MOST_ASKED)] = MOST


class LeaderboardLine(Answer):
    name: str
    """Empty = does not want to be named."""
    author: str | None
    """Null = does not want to be named."""
    tier: str
    score: int
    """Growth earned in the show, less what refunds of its orders took back."""


class LeaderboardAnswer(Answer):
    show: str | None
    """Null = the room presents none."""
    top: list[LeaderboardLine]
    """The highest first; of equals, whoever has been a member longer."""


@dataclass(slots=True)
class _Shelf:
    """What was read lately, by room; each read once however many ask."""

    figures: OrderedDict[RoomId, tuple[int, asyncio.Task[FiguresAnswer]]] = field(default_factory=OrderedDict)
    outstanding: tuple[int, asyncio.Task[int]] | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The nouns `figures` and `leaderboard`."""

    queries: QueriesPort
    totals: Totals
    hot: HotCounts
    board: Leaderboard
    rulebook_at: Callable[[int], Rulebook]
    shelf: _Shelf = field(default_factory=_Shelf)

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms/{room}/figures",
                "getFigures",
                _TAG,
                "The show in numbers, a second old at most: viewers by tier, points, orders, shout-outs, tasks.",
                MANAGERS,
                self.figures,
                ROOM,
                answer=FiguresAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "GET",
                "/v1/rooms/{room}/leaderboard",
                "getLeaderboard",
                _TAG,
                "Who has grown most in a show, as its viewers see it.",
                MANAGERS,
                self.leaderboard,
                ROOM,
                query=LeaderboardQuery,
                answer=LeaderboardAnswer,
                refusals=(NOT_FOUND,),
            ),
        )

    async def figures(self, call: Call) -> Response:
        room, now_ms, shelf = RoomId(call.path["room"]), call.received_ms, self.shelf.figures
        held = shelf.get(room)
        if held is None or not 0 <= now_ms - held[0] < FRESH_MS:
            held = (now_ms, asyncio.create_task(self._read(room, now_ms), name="figures"))
            shelf[room] = held
            shelf.move_to_end(room)
            if len(shelf) > MOST_ROOMS:
                shelf.popitem(last=False)
        try:
            return answered(await asyncio.shield(held[1]), headers={"cache-control": "no-store"})
        except BaseException:
            if shelf.get(room) is held and held[1].done():
                del shelf[room]  # the next one asks anew
            raise

    async def leaderboard(self, call: Call) -> Response:
        query = call.query_as(LeaderboardQuery)
        room = await self._room(RoomId(call.path["room"]))
        show = room.show
        if query.show is not None:
            show = await self.queries.show(ShowId(query.show))
            if show is None or show.room != room.id:
                raise not_found("show")
        if show is None:
            return answered(LeaderboardAnswer(show=None, top=[]))
        top = await self.board.of(show.id, room.id, call.received_ms, query.limit)
        lines = [
            LeaderboardLine(name=one.name, author=one.author, tier=one.tier, score=one.score) for one in top
        ]
        return answered(LeaderboardAnswer(show=show.id, top=lines))

    async def _read(self, room_id: RoomId, now_ms: int) -> FiguresAnswer:
        room = await self._room(room_id)
        rulebook = self.rulebook_at(now_ms)
        return FiguresAnswer(
            as_of_ms=now_ms,
            audience=await self._audience(room_id, now_ms),
            show=await self._show(room, rulebook),
            outstanding=await self._outstanding(rulebook, now_ms),
        )

    async def _room(self, room: RoomId) -> Room:
        found = await self.queries.room(room)
        if found is None:
            raise not_found("room")
        return found

    async def _audience(self, room: RoomId, now_ms: int) -> AudienceFigures | None:
        try:
            tiers = dict(await self.hot.audience(room, now_ms))
        except HotUnavailable:
            return None
        anonymous = tiers.pop(UNSIGNED, 0)
        return AudienceFigures(
            online=anonymous + sum(tiers.values()), anonymous=anonymous, tiers=dict(sorted(tiers.items()))
        )

    async def _show(self, room: Room, rulebook: Rulebook) -> ShowFiguresAnswer | None:
        show = room.show
        if show is None or show.status == "scheduled":
            return None
        tasks = [task for task in room.tasks if task.show == show.id]
        totals = await self.totals.totals(show, tasks)
        saw, began = await self._marked(SAW, tasks), await self._marked(BEGAN, tasks)
        given = points_given(totals, tasks)
        by_task = totals.tasks
        return ShowFiguresAnswer(
            id=show.id,
            status=show.status,
            starts_ms=show.starts_ms,
            points=PointsFigures(
                given=given,
                taken_back=totals.points_taken,
                liability=worth(max(0, given - totals.points_taken), rulebook),
            ),
            orders=OrderFigures(count=totals.orders, paid=totals.paid),
            shouts=ShoutFigures(
                shown=totals.shouts,
                coupons=totals.coupons,
                orders=totals.coupon_orders,
                conversion=share(totals.coupon_orders, totals.coupons),
            ),
            tasks=[
                _funnel(task, funnel_of(task, by_task[task.id], saw.get(task.id, 0), began.get(task.id, 0)))
                for task in sorted(tasks, key=lambda one: one.order)
                if task.id in by_task
            ],
        )

    async def _marked(self, step: str, tasks: Sequence[Task]) -> Mapping[TaskId, int]:
        try:
            counts = await self.hot.marked([(step, task.id) for task in tasks])
        except HotUnavailable:
            return {}
        return dict(zip((task.id for task in tasks), counts, strict=True))

    async def _outstanding(self, rulebook: Rulebook, now_ms: int) -> Outstanding:
        held = self.shelf.outstanding
        if held is None or not 0 <= now_ms - held[0] < OUTSTANDING_MS:
            held = (now_ms, asyncio.create_task(self.totals.outstanding(), name="outstanding"))
            self.shelf.outstanding = held
        try:
            points = await asyncio.shield(held[1])
        except BaseException:
            if self.shelf.outstanding is held and held[1].done():
                self.shelf.outstanding = None
            raise
        return Outstanding(points=points, cost=worth(points, rulebook), as_of_ms=held[0])


def _funnel(task: Task, funnel: Funnel) -> FunnelFigures:
    return FunnelFigures(
        task=task.id,
        kind=task.kind,
        title=task.title,
        state=task.state,
        saw=funnel.saw,
        began=funnel.began,
        reached=funnel.reached,
        rewarded=funnel.points,
        orders=funnel.orders,
    )
