"""The live socket's application side, whole: the broadcaster's `Application`. Composes; decides nothing itself."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from broadcaster.frames import Act, Beat, Card, CardRecord, Done, Hello, Notice, Refused, RoomItem, Seen
from broadcaster.ports import Connection, Denied, Identity, Joined, Rejected, RoomStore, Upgrade
from member_cache.ports import Cache, Reader
from server.clock import Clock
from server.domain.card import MemberCard
from server.domain.days import Calendar
from server.domain.rewards import Reward
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Show
from server.gateway.acting import Acting
from server.gateway.attendance import Attending
from server.gateway.audience import Audience
from server.gateway.cards import Cards, Owed, Programme, let_go, send_away
from server.gateway.doors import STAFF, Doors
from server.gateway.entering import Entering
from server.gateway.entrances import Entrances
from server.gateway.giving import Gifts
from server.gateway.grace import Grace
from server.gateway.identities import Identities
from server.gateway.items import RoomItems
from server.gateway.joining import Joining, Origins, Redeems, Verifies, shown_show
from server.gateway.overlays import ROLE as OVERLAY, Generations, Overlays
from server.gateway.ports import HandsOver, LiveMeter, Saw, Submits, Tells, Truth
from server.gateway.purses import Purses
from server.gateway.records import LedgerRecords
from server.gateway.rooms import Rooms
from server.gateway.rules import ComingRate, rules_notice
from server.gateway.show_cards import AT_ONCE, ShowCards
from server.gateway.task_watching import TaskWatching
from server.gateway.turns import Turns
from server.gateway.watching import Watching
from server.gateway.wishes import ACTS
from server.hot.ports import Hot
from server.ids import MemberId, RoomId, TaskId

FEATURES = (*(f"act.{name}" for name in ACTS), "watch")
"""What a client may use here (PROTOCOL: optional keys and acts are named)."""
ROUND_WITHIN_S = 5.0
"""The beacons wait no longer for a round than this; it goes on beside them."""
ROUND_AT_ONCE = 500
"""Viewers looked after together: one question each to SQL and Redis, and the loop is free in between."""
MAX_UNCARDED = 10_000


class Gateway:
    """`broadcaster.ports.Application`. Lives on one event loop."""

    def __init__(
        self,
        *,
        tokens: Verifies,
        tickets: Redeems,
        widgets: Generations,
        origins: Sequence[str],
        intake: Submits,
        truth: Truth,
        reader: Reader,
        cache: Cache,
        hot: Hot,
        store: RoomStore,
        tells: Tells,
        gatekeeper: HandsOver,
        rulebook_at: Callable[[int], Rulebook],
        calendar: Calendar,
        clock: Clock,
        meter: LiveMeter,
        offered: Callable[[], Sequence[Reward]] = tuple,
        funnel: Saw | None = None,
        node: str = "node",
    ) -> None:
        """`funnel` is told who has a countdown on the screen; None = nobody. `node` is this process among all.

        `reader` reads through `cache`; `origins` are full origins of foreign pages let in; empty = none.

        `offered` says what the reward shop has, the cheapest first.
        """
        self.purses = Purses(truth, rulebook_at, calendar)
        programme = Programme(rulebook_at, calendar, offered, self.purses.left)
        self.rooms = Rooms(truth, clock)
        self._origins = Origins(origins)
        self._attending = Attending(
            hot, secrets.token_hex(6), self._rooms_of, self._is_on_air, rulebook_at, calendar
        )
        self._at: dict[str, list[Connection]] = {}
        self.audience = Audience(hot, node)
        self._funnel = funnel
        self._cards = Cards(
            reader, LedgerRecords(truth, clock), cache, truth, programme, meter, self._rendered
        )
        self.doors = Doors(self.rooms, self._cards, hot, rulebook_at, calendar, clock)
        self._owed = Owed(self._cards, self._show_of, self.doors.turn_away)
        self.show_cards = ShowCards(
            self.rooms, self._cards, self._owed.gives, rulebook_at, clock, self.purses.is_spent
        )
        self._watching = Watching(hot, intake, truth, self.rooms, rulebook_at, self._cards.inviter_of)
        self._task_watching = TaskWatching(
            intake,
            self.rooms,
            self._cards.member,
            self._watching.counts_in,
            lambda now_ms: rulebook_at(now_ms).watch_gap_ms,
        )
        self._grace = Grace(intake, self.rooms)
        self.overlays = Overlays(hot, widgets, clock)
        self._clock = clock
        self._rulebook_at = rulebook_at
        self._items = RoomItems(truth, store, clock)
        self.entering = Entering(intake, rulebook_at, calendar, clock)
        self.entrances = Entrances(hot, tells, rulebook_at, clock, meter)
        self._joining = Joining(
            tokens=tokens,
            tickets=tickets,
            identities=Identities(truth, clock),
            rooms=self.rooms,
            cards=self._cards,
            intake=intake,
            truth=truth,
            entering=self.entering,
            entrances=self.entrances,
            doors=self.doors,
            clock=clock,
        )
        self._acting = Acting(
            intake=intake,
            tells=tells,
            pacer=hot,
            answers=hot,
            rooms=self.rooms,
            cards=self._cards,
            programme=programme,
            gifts=Gifts(truth),
            clock=clock,
            gatekeeper=gatekeeper,
        )
        self._coming_rate = ComingRate(calendar)
        self._member_of: dict[Connection, str] = {}
        self._uncarded: OrderedDict[str, None] = OrderedDict()
        self._round: asyncio.Task[None] | None = None
        self._anew: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def features(self) -> tuple[str, ...]:
        return FEATURES

    def rulebook_changed(self, before: Rulebook, rulebook: Rulebook, now_ms: int) -> None:
        """Another rulebook has taken force: every member here is told so and gets a new card (X3, P6)."""
        if self._anew is not None:
            self._anew.cancel()
        self._anew = asyncio.get_running_loop().create_task(
            self._render_anew(rules_notice(before, rulebook, now_ms), now_ms), name="cards anew"
        )

    def rate_announced(self, now: Rulebook, coming: Rulebook | None, effective_ms: int, now_ms: int) -> None:
        """Another worth of points has been announced, or called off: members here and those to come hear it (O7)."""
        self._coming_rate.announced(now, coming, effective_ms)
        if self._telling is not None:
            self._telling.cancel()
        self._telling = asyncio.get_running_loop().create_task(self._tell_rate(now_ms), name="rate told")

    def draining(self) -> None:
        """This process goes away: who leaves from now on was sent away by us (E1)."""
        self._watching.draining()

    async def stop(self) -> None:
        """End a round that is still under way. Progress was kept in the last one."""
        await self.entering.stop()
        await self.entrances.stop()
        await self.doors.stop()
        await self.show_cards.stop()
        for task in (self._round, self._anew, self._telling):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._grace.stop()
        await self.overlays.stop()

    # --- asked by the node -------------------------------------------------------------------------

    def admit(self, upgrade: Upgrade) -> Denied | None:
        return self._origins.judge(upgrade)

    async def join(self, hello: Hello, identity: Identity | None, session: str) -> Joined | Rejected:
        verdict = await self._joining.join(hello, identity)
        if isinstance(verdict, Joined) and verdict.identity.member is not None and verdict.card is None:
            self._uncarded[session] = None
            if len(self._uncarded) > MAX_UNCARDED:
                self._uncarded.popitem(last=False)
        return verdict

    async def token(self, connection: Connection, token: str) -> Joined | Rejected:
        verdict = await self._joining.refresh(token, connection.identity, connection.room, connection.surface)
        if isinstance(verdict, Joined) and verdict.identity.member is not None and verdict.card is None:
            self._owed.owes(connection)
        if isinstance(verdict, Joined):
            self.entering.entered(
                connection
            )  # who is still here after midnight, within the hour a token lives
        return verdict

    async def act(self, connection: Connection, act: Act) -> Done | Refused:
        return await self._acting.act(connection, act)

    def joined(self, connection: Connection) -> None:
        member = connection.identity.member
        before = self._member_of.get(connection)
        if before is not None and before != member:
            self._forget(connection, before)
        if member is not None and before != member:
            self._member_of[connection] = member
            self._at.setdefault(member, []).append(connection)
        self.audience.entered(connection)
        self.doors.entered(connection)
        self.show_cards.entered(connection)
        self.entering.entered(connection)
        self.entrances.entered(connection)
        self.overlays.joined(connection)
        if self._coming_rate.is_announced:
            self._coming_rate.tell((connection,), self._clock.now_ms())
        if connection.session in self._uncarded:
            del self._uncarded[connection.session]
            self._owed.owes(connection)

    def beat(self, connection: Connection, beat: Beat, now_ms: int) -> None:
        if connection.identity.member is None:
            return
        self._watching.beat(connection, beat, now_ms)
        self._task_watching.beat(connection, beat, now_ms)
        self._owed.shows(connection, beat.card_version)

    def seen(self, connection: Connection, seen: Seen) -> None:
        """A broadcast overlay has put things into the video: countdowns among them get its delay as grace (L3).

        Anybody may open the public stream as an overlay, but nobody gets grace by saying so: it wants a ticket, or the
        token of a host or operator.
        """
        self.overlays.seen(connection)
        if connection.surface == "broadcast" and connection.identity.role in (OVERLAY, *STAFF):
            self._grace.rendered(RoomId(connection.room), seen.ids, self._clock.now_ms())
        elif connection.surface == "viewer" and self._funnel is not None:
            known = self.rooms.last(connection.room)
            shown = {task.id for task in known.tasks} if known is not None else set[TaskId]()
            self._funnel.saw(shown.intersection(seen.ids), connection.identity.member or connection.session)

    def moved(self, room: str, keys: Sequence[str]) -> None:
        self.doors.moved(room, keys)
        self.show_cards.moved(room, keys)

    def left(self, connection: Connection) -> None:
        self.audience.left(connection)
        self.doors.left(connection)
        self.show_cards.left(connection)
        self._watching.left(connection)
        self._owed.left(connection)
        self.overlays.left(connection)
        member = self._member_of.get(connection)
        if member is not None:
            self._forget(connection, member)

    async def round(self, connections: Sequence[Connection], now_ms: int) -> None:
        if self._round is not None and not self._round.done():
            return  # the last one is still waiting for a store that is slow; its work is ours
        self._round = asyncio.get_running_loop().create_task(
            self._do_round(connections, now_ms), name="round"
        )
        await asyncio.wait((self._round,), timeout=ROUND_WITHIN_S)
        if self._round.done() and not self._round.cancelled():
            self._round.result()

    def render(self, member: str, record: CardRecord, now_ms: int) -> Card | None:
        if self.overlays.is_mail(member):
            self.overlays.renewed(member, record)
            return None
        here = tuple(self._at.get(member, ()))
        found = self._cards.read_record(record.record)
        if found is None:
            return None
        if found.merged_into is not None:
            for connection in here:
                let_go(connection)
            return None
        for connection in here:
            if not (found.restrictions and send_away(connection, found, now_ms)):
                self.doors.turn_away(connection, found, now_ms)
        if len(here) > 1 and self._see_different_shows(here, now_ms):
            for connection in here:
                self._owed.gives(connection, found, now_ms)
            return None
        return self._cards.render(found, self._show_of(here[0]) if here else None, now_ms)

    async def items(self, room: str) -> Sequence[RoomItem] | None:
        return await self._items.of(room)

    # --- within -------------------------------------------------------------------------------------

    async def _do_round(self, connections: Sequence[Connection], now_ms: int) -> None:
        rooms = {connection.room for connection in connections}
        await self.rooms.refresh(map(RoomId, rooms))
        self.doors.round(rooms, now_ms)
        await self.purses.round([show for room in rooms if (show := self.rooms.on_air(room))], now_ms)
        self.show_cards.round(now_ms)
        for start in range(0, max(1, len(connections)), ROUND_AT_ONCE):
            some = connections[start : start + ROUND_AT_ONCE]
            await self._watching.round(some, now_ms)
            await self._owed.round(some, now_ms)
        await self._task_watching.round(now_ms)
        await self.overlays.round(connections)
        await self._attending.round(now_ms)
        await self._items.heal(rooms)

    async def _render_anew(self, notice: Notice, now_ms: int) -> None:
        members, turns = list(self._at), Turns()
        for start in range(0, len(members), AT_ONCE):
            some = [MemberId(member) for member in members[start : start + AT_ONCE]]
            known = await self._cards.at_least(dict.fromkeys(some, 0))
            for member in some:
                for connection in self._at.get(member, ()):
                    if member in known:
                        self._owed.gives(connection, known[member], now_ms)
                    else:
                        self._owed.owes(
                            connection
                        )  # never stored, or not to be read now: with the next round
                    connection.send(notice)
                await turns.between()

    async def _tell_rate(self, now_ms: int) -> None:
        turns = Turns()
        for member in list(self._at):
            self._coming_rate.tell(self._at.get(member, [])[:1], now_ms)
            await turns.between()

    def _show_of(self, connection: Connection) -> Show | None:
        return shown_show(self.rooms.last(connection.room))

    def _see_different_shows(self, connections: Sequence[Connection], now_ms: int) -> bool:
        """Whether one card for all of a member's connections would be wrong: cap and budget are of one show (E8)."""
        rooms = {one.room for one in connections}
        if len(rooms) < 2:
            return False
        spent = {self.purses.is_spent(self.rooms.on_air(room), now_ms) for room in rooms}
        return len(spent) > 1 or bool(self._rulebook_at(now_ms).most_a_show)

    def _rooms_of(self, member: str) -> Iterable[str]:
        return (connection.room for connection in self._at.get(member, ()))

    def _is_on_air(self, room: str) -> bool:
        return self.rooms.on_air(room) is not None

    def _forget(self, connection: Connection, member: str) -> None:
        del self._member_of[connection]
        here = self._at[member]
        here.remove(connection)
        if not here:
            del self._at[member]
            self.audience.forgotten(member)

    def _rendered(self, member: Member, card: MemberCard) -> None:
        self._attending.rendered(member, card)
        self.audience.carded(member.id, card.tier, self._at.get(member.id, ()))
