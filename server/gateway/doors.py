"""Members-only rooms and shows: judged at the door, again when the room's terms change, and when a tier does. Rule L6.

Who was let into a show has a seat in it until it ends, whatever becomes of their tier, and on every node: seats are
kept hot. A seat is worth what was asked when it was given; when more is asked, the tier counts again. Who is asked out
is told what is missing, and may ask again soon: whoever is promoted gets in without doing anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import structlog

from broadcaster.close_codes import CloseCode
from broadcaster.ports import Connection, Identity, Rejected
from member_cache.errors import SourceUnavailable
from server.clock import Clock
from server.domain.days import Calendar
from server.domain.hints import smallest_order
from server.domain.ladder import effective_tier, totals
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Room, Show
from server.gateway.cards import Cards
from server.gateway.looking import Looking
from server.gateway.overlays import ROLE as OVERLAY
from server.gateway.rooms import Rooms
from server.hot.errors import HotUnavailable
from server.hot.ports import Seats
from server.ids import MemberId, RoomId, ShowId, TierId

STAFF = ("host", "operator")
EXEMPT = (*STAFF, OVERLAY)
"""Who runs the room is in it, whoever it is for; so is the picture that is burned into its video."""
RETRY_MS = 2_000
"""When we cannot know, because SQL is away: come back soon, the room itself lives on (R5)."""
KNOCK_MS = 10_000
"""How soon who was not let in may ask again. Pages spread it over as long again: five thousand before a closed door
are some three hundred short hellos a second on all nodes together."""
TOGETHER_S = 0.05
"""Seats given within this time are kept in one round trip."""
AT_ONCE = 500
"""Members looked up together; in between the loop is free."""
TERMS = frozenset(("show", "members_only"))
"""The items of a room that say whom it is for."""

Terms = tuple[TierId, ShowId | None]
"""The tier asked for, and the live show in which seats hold."""

_log = structlog.get_logger(__name__)


def entry_tier(room: Room, rulebook: Rulebook) -> TierId | None:
    """Return the tier asked for at the door: the room's or that of the show on air, the higher (L6). None = open."""
    if not _asks_for_a_tier(room):
        return None
    show = _live(room)
    asked = [room.members_only, show.members_only if show is not None else None]
    tiers = [tier for tier in asked if tier is not None]
    return max(tiers, key=lambda tier: _rank(tier, rulebook), default=None)


def _asks_for_a_tier(room: Room) -> bool:
    """Whether anything may be asked for at the door; of nearly all rooms nothing is."""
    return room.members_only is not None or (room.show is not None and room.show.members_only is not None)


def terms_of(room: Room | None, rulebook: Rulebook) -> Terms | None:
    """Return on what terms a room is entered now; None = by anybody."""
    needed = None if room is None else entry_tier(room, rulebook)
    if room is None or needed is None:
        return None
    show = _live(room)
    return needed, None if show is None else show.id


class Doors:
    """Lives on one event loop."""

    def __init__(
        self,
        rooms: Rooms,
        cards: Cards,
        seats: Seats,
        rulebook_at: Callable[[int], Rulebook],
        calendar: Calendar,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._cards = cards
        self._seats = seats
        self._rulebook_at = rulebook_at
        self._calendar = calendar
        self._clock = clock
        self._here: dict[str, dict[Connection, None]] = {}
        self._judged: dict[str, Terms] = {}
        """The terms by which everybody in a room was looked at last."""
        self._unsure: set[str] = set()
        """Rooms to be looked at once more: somebody may have been judged by the old terms and entered since."""
        self._looking = Looking("doors", self._look)
        self._given: dict[tuple[ShowId, TierId], dict[MemberId, None]] = {}
        self._giving: asyncio.Task[None] | None = None

    # --- at the door ----------------------------------------------------------------------------------

    async def judge(
        self, identity: Identity, member: Member | None, room: Room, now_ms: int
    ) -> Rejected | None:
        """Return why somebody may not come in now, None = they may. `member` None = nobody, or not to be known now."""
        if not _asks_for_a_tier(room):
            return None
        rulebook = self._rulebook_at(now_ms)
        terms = terms_of(room, rulebook)
        if terms is None or identity.role in EXEMPT:
            return None
        if identity.member is None:
            return self._refusal(terms[0], None, now_ms)
        if member is None:
            return Rejected(
                CloseCode.OVERLOADED, "your tier cannot be looked up now", RETRY_MS
            )  # fail closed
        if not self._reaches(member, terms[0], now_ms):
            try:
                if member.id not in await self._seated(terms, (member.id,), rulebook):
                    return self._refusal(terms[0], member, now_ms)
            except HotUnavailable:
                return Rejected(CloseCode.OVERLOADED, "your seat cannot be looked up now", RETRY_MS)
        elif terms[1] is not None:
            self._give(terms[1], terms[0], member.id)
        return None

    def entered(self, connection: Connection) -> None:
        """A connection is live in its room; again after a repeated hello."""
        here = self._here.get(connection.room)
        if here is None:
            here = self._here[connection.room] = {}
        here[connection] = None

    def left(self, connection: Connection) -> None:
        here = self._here.get(connection.room)
        if here is None:
            return
        here.pop(connection, None)
        if not here:
            del self._here[connection.room]
            self._judged.pop(connection.room, None)
            self._unsure.discard(connection.room)

    # --- once inside ----------------------------------------------------------------------------------

    def moved(self, room: str, keys: Iterable[str]) -> None:
        """Items of a room have changed: if its terms may be among them, look at once at who is inside."""
        if TERMS.isdisjoint(keys):
            return
        self._rooms.changed(RoomId(room))
        self._unsure.add(room)
        self._looking.soon(room)

    def round(self, rooms: Iterable[str], now_ms: int) -> None:
        """Look where the terms are not those of the last look: what was told may have been lost on the way."""
        rulebook = self._rulebook_at(now_ms)
        for room in rooms:
            terms = terms_of(self._rooms.last(room), rulebook)
            if terms != self._judged.get(room) or (room in self._unsure and room not in self._looking):
                self._unsure.discard(room)
                self._looking.soon(room)

    def turn_away(self, connection: Connection, member: Member, now_ms: int) -> bool:
        """Say goodbye to a member whose tier is not enough any more, unless a show has them seated; return whether."""
        terms = terms_of(self._rooms.last(connection.room), self._rulebook_at(now_ms))
        if terms is None or terms[1] is not None or self._reaches(member, terms[0], now_ms):
            return False
        self._ask_out(connection, self._refusal(terms[0], member, now_ms))
        return True

    async def settle(self) -> None:
        """Return when nobody is being looked at and all seats given are kept."""
        await self._looking.settle()
        if self._giving is not None:
            await asyncio.shield(self._giving)

    async def stop(self) -> None:
        await self._looking.stop()  # first, for a look gives seats
        if self._giving is not None:
            self._giving.cancel()
            await asyncio.gather(self._giving, return_exceptions=True)

    # --- within ---------------------------------------------------------------------------------------

    async def _look(self, room_id: str) -> None:
        room = await self._rooms.get(RoomId(room_id))
        now_ms = self._clock.now_ms()
        rulebook = self._rulebook_at(now_ms)
        terms = terms_of(room, rulebook)
        if terms is None:
            self._judged.pop(room_id, None)
            return
        self._judged[room_id] = terms
        inside = [one for one in self._here.get(room_id, ()) if one.identity.role not in EXEMPT]
        members: dict[MemberId, list[Connection]] = {}
        for connection in inside:
            if connection.identity.member is None:
                self._ask_out(connection, self._refusal(terms[0], None, now_ms))
            else:
                members.setdefault(MemberId(connection.identity.member), []).append(connection)
        ids = list(members)
        for start in range(0, len(ids), AT_ONCE):
            await self._look_at(ids[start : start + AT_ONCE], members, terms, rulebook)
            await asyncio.sleep(0)
        _log.info("doors.looked", room=room_id, tier=terms[0], inside=len(inside))

    async def _look_at(
        self,
        ids: Sequence[MemberId],
        members: dict[MemberId, list[Connection]],
        terms: Terms,
        rulebook: Rulebook,
    ) -> None:
        now_ms = self._clock.now_ms()
        known = dict(await self._cards.at_least(dict.fromkeys(ids, 0)))
        for member in ids:
            if member not in known:
                try:
                    known[member] = await self._cards.member(member, now_ms)  # never stored: the lowest tier
                except SourceUnavailable:
                    pass
        enough = [
            member for member in ids if member in known and self._reaches(known[member], terms[0], now_ms)
        ]
        if terms[1] is not None:
            for member in enough:
                self._give(terms[1], terms[0], member)
        others = [member for member in ids if member not in set(enough)]
        try:
            seated = await self._seated(terms, others, rulebook)
        except HotUnavailable:
            seated = frozenset()
        for member in others:
            if member in seated:
                continue
            found = known.get(member)
            refusal = (
                Rejected(CloseCode.OVERLOADED, "your tier cannot be looked up now", RETRY_MS)
                if found is None
                else self._refusal(terms[0], found, now_ms)
            )
            for connection in members[member]:
                self._ask_out(connection, refusal)

    async def _seated(
        self, terms: Terms, members: Sequence[MemberId], rulebook: Rulebook
    ) -> frozenset[MemberId]:
        """Return those who have a seat that is worth what is asked now. Raises `HotUnavailable`."""
        needed, show = terms
        if show is None or not members:
            return frozenset()
        kept = await self._seats.seats(show, members)
        waiting = {
            member: tier for (of, tier), given in self._given.items() if of == show for member in given
        }
        worth = {**kept, **{member: waiting[member] for member in members if member in waiting}}
        least = _rank(needed, rulebook)
        return frozenset(member for member, tier in worth.items() if rulebook.ranks.get(tier, -1) >= least)

    def _give(self, show: ShowId, tier: TierId, member: MemberId) -> None:
        self._given.setdefault((show, tier), {})[member] = None
        if self._giving is None or self._giving.done():
            self._giving = asyncio.get_running_loop().create_task(self._keep(), name="seats")

    async def _keep(self) -> None:
        while self._given:
            await asyncio.sleep(TOGETHER_S)
            for (show, tier), members in list(self._given.items()):
                try:
                    await self._seats.keep_seats(show, tier, list(members))
                except HotUnavailable as away:
                    # They are inside all the same; only who drops a tier and comes back would miss the seat.
                    _log.info("doors.seats_not_kept", members=len(members), why=away.why)
                del self._given[show, tier]

    def _reaches(self, member: Member, needed: TierId, now_ms: int) -> bool:
        rulebook = self._rulebook_at(now_ms)
        return rulebook.ranks[effective_tier(member, rulebook, now_ms)] >= _rank(needed, rulebook)

    def _refusal(self, needed: TierId, member: Member | None, now_ms: int) -> Rejected:
        """Say what is missing: the tier, and for a member the way to it."""
        rulebook = self._rulebook_at(now_ms)
        needed = rulebook.now_called(needed)
        details: dict[str, str | int] = {"tier": needed}
        if needed in rulebook.ranks:
            tier = rulebook.tier(needed)
            details["name"] = tier.name
            if member is not None:
                has = totals(member.days, self._calendar.day_of(now_ms), rulebook.year.window_days)
                details["growth_to_go"] = max(0, tier.entry.growth - has.growth)
                details["spend_to_go"] = smallest_order(tier.entry, has, rulebook)
        reason = f"members only: {'sign in as' if member is None else 'needs'} {needed} or above"
        return Rejected(CloseCode.NOT_ALLOWED_IN, reason, KNOCK_MS, details)

    def _ask_out(self, connection: Connection, refusal: Rejected) -> None:
        connection.bye(CloseCode(refusal.code), refusal.reason, refusal.retry_after_ms, refusal.details)


def _live(room: Room) -> Show | None:
    show = room.show
    return show if show is not None and show.status == "live" else None


def _rank(tier: TierId, rulebook: Rulebook) -> int:
    """Return a tier's place; one that the rulebook does not know any more is above all: nobody slips in."""
    return rulebook.ranks.get(tier, len(rulebook.ranks))
