"""Member cards at this node: rendered from the hot record at its own now, and looked after. Rules L7, R9."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from broadcaster.close_codes import CloseCode
from broadcaster.frames import Card
from broadcaster.ports import Connection
from member_cache.errors import CacheUnavailable, SourceUnavailable
from member_cache.ports import Cache, Reader, Record, Source
from server.domain.card import MemberCard, card_of
from server.domain.days import Calendar
from server.domain.decide.membership import newcomer
from server.domain.moderation import is_banned
from server.domain.rewards import Reward
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Show
from server.domain.world import World
from server.gateway.ports import LiveMeter, Truth
from server.gateway.turns import Turns
from server.ids import MemberId, RoomId
from server.ledger.errors import LedgerUnavailable
from server.text.names import clean_name
from server.views import card_frame, member_of

MAX_IN_ONE_LOOK = 500
"""Members whose records are loaded together when a round finds their cards lost."""

MAX_INVITED = 50_000
"""Newcomers of whom this node remembers that an invitation waits for them."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Programme:
    """What a card is rendered by, besides the record."""

    rulebook_at: Callable[[int], Rulebook]
    calendar: Calendar
    offered: Callable[[], Sequence[Reward]] = tuple
    """What the reward shop has, the cheapest first (P8)."""
    left: Callable[[Show | None, int], int | None] = lambda _show, _now_ms: None
    """Points that behaviour may still bring in a show at a time; None = not known (E8)."""


class Cards:
    def __init__(
        self,
        reader: Reader,
        source: Source,
        cache: Cache,
        truth: Truth,
        programme: Programme,
        meter: LiveMeter,
        rendered: Callable[[Member, MemberCard], None] = lambda _member, _card: None,
    ) -> None:
        """`rendered` hears of every card that is made here."""
        self._rendered = rendered
        self._reader = reader
        self._source = source
        self._cache = cache
        self._truth = truth
        self._programme = programme
        self._meter = meter
        self._invited: OrderedDict[MemberId, MemberId] = OrderedDict()

    async def member(self, member: MemberId, now_ms: int, name: str | None = None) -> Member:
        """Return the member as the hot record or the ledger has it; never stored = a newcomer, version 0 (T4).

        Who is part of another member by now is that one (X1). Raises `SourceUnavailable` when neither can say:
        nothing is guessed.
        """
        found = await self._member(member, now_ms, name)
        while found.merged_into is not None:
            found = await self._member(found.merged_into, now_ms, name)
        return found

    async def _member(self, member: MemberId, now_ms: int, name: str | None) -> Member:
        record = await self._reader.read(member)
        known = None if record.absent else self._read(record)
        if known is None and not record.absent:
            fresh = (await self._source.load([member])).get(member)
            known = None if fresh is None else self._read(fresh)
        if known is not None:
            return known
        world = World(self._programme.rulebook_at(now_ms), self._programme.calendar)
        return newcomer(member, world, now_ms, None if name is None else clean_name(name))

    def render(self, member: Member, show: Show | None, now_ms: int) -> Card:
        self._note_invitation(member)
        rulebook = self._programme.rulebook_at(now_ms)
        programme = self._programme
        left = programme.left(show, now_ms)
        card = card_of(member, rulebook, programme.calendar, show, now_ms, programme.offered(), left)
        self._rendered(member, card)
        return card_frame(card)

    def read_record(self, body: bytes) -> Member | None:
        """Return the member of a record that came by mail; None (counted): it cannot be read, the round heals it."""
        member = member_of(body)
        if member is None:
            self._meter.bad_input("member_record")
        return member

    def inviter_of(self, member: MemberId) -> MemberId | None:
        """Return whose invitation waits for `member` to watch (E4), as the last card rendered here knew; or None."""
        return self._invited.get(member)

    def _note_invitation(self, member: Member) -> None:
        if member.invite_open and member.invited_by is not None:
            self._invited[member.id] = member.invited_by
            if len(self._invited) > MAX_INVITED:
                self._invited.popitem(last=False)
        elif self._invited:
            self._invited.pop(member.id, None)

    async def stored_versions(self, members: Sequence[MemberId]) -> Mapping[MemberId, int]:
        """Return the ledger's versions; with SQL away those held hot; with both away none."""
        try:
            return await self._truth.versions(members)
        except LedgerUnavailable:
            pass  # the hot copies are the newest anybody can know now
        try:
            held = await self._cache.versions(members)
        except CacheUnavailable:
            return {}
        return {MemberId(member): version for member, version in held.items() if version}

    async def at_least(self, versions: Mapping[MemberId, int]) -> Mapping[MemberId, Member]:
        """Return the members as they are at these versions or later; who cannot be read now is left out.

        A hot copy that is behind (its writer died between commit and announcing) is put right on the way.
        """
        found: dict[MemberId, Member] = {}
        wanted = list(versions)
        for start in range(0, len(wanted), MAX_IN_ONE_LOOK):
            found |= await self._some_at_least(wanted[start : start + MAX_IN_ONE_LOOK], versions)
        return found

    async def _some_at_least(
        self, members: Sequence[MemberId], versions: Mapping[MemberId, int]
    ) -> dict[MemberId, Member]:
        try:
            held: Mapping[str, Record] = await self._cache.get(members)
        except CacheUnavailable:
            held = {}
        found = self._members(
            record for record in held.values() if record.version >= versions[MemberId(record.member)]
        )
        behind = [member for member in members if member not in found]
        if behind:
            try:
                loaded = await self._source.load(behind)
            except SourceUnavailable:
                return found
            found |= self._members(loaded.values())
            try:
                await self._cache.put_if_newer(list(loaded.values()))
            except CacheUnavailable:
                pass  # the next reader asks the source again
        return found

    def _members(self, records: Iterable[Record]) -> dict[MemberId, Member]:
        read = (self._read(record) for record in records if not record.absent)
        return {member.id: member for member in read if member is not None}

    def _read(self, record: Record) -> Member | None:
        member = member_of(record.body)
        if member is None:
            self._meter.bad_input("member_record")
        return member


class Owed:
    """Which cards this node's viewers have, as their beats say, and who has been promised one."""

    def __init__(
        self,
        cards: Cards,
        show_of: Callable[[Connection], Show | None],
        turn_away: Callable[[Connection, Member, int], bool],
    ) -> None:
        """`turn_away` says goodbye to whose tier does not let them be where they are, and whether it did."""
        self._cards = cards
        self._turn_away = turn_away
        self._show_of = show_of
        self._shown: dict[Connection, int] = {}
        self._owed: dict[Connection, str | None] = {}

    def shows(self, connection: Connection, version: int) -> None:
        """A beat has said which card version is on screen."""
        self._shown[connection] = version

    def owes(self, connection: Connection, name: str | None = None) -> None:
        """The card could not be given at the join: it comes as soon as it can."""
        self._owed[connection] = name

    def gives(self, connection: Connection, member: Member, now_ms: int) -> None:
        """Send the card as it is now."""
        self._send(connection, member, now_ms)

    def left(self, connection: Connection) -> None:
        self._shown.pop(connection, None)
        self._owed.pop(connection, None)

    async def round(self, connections: Iterable[Connection], now_ms: int) -> None:
        """Send again what got lost: whoever shows an older card than is stored gets the newest (R9)."""
        shown: dict[Connection, MemberId] = {}
        for connection in connections:
            member = connection.identity.member
            if member is not None and (connection in self._shown or connection in self._owed):
                shown[connection] = MemberId(member)
        if not shown:
            return
        versions = await self._cards.stored_versions(list(dict.fromkeys(shown.values())))
        behind = {
            connection: member
            for connection, member in shown.items()
            if versions.get(member, 0) > self._shown.get(connection, 0)
        }
        members = await self._cards.at_least({member: versions[member] for member in behind.values()})
        turns = Turns()
        for connection, who in behind.items():
            if who in members:
                self._send(connection, members[who], now_ms)
            await turns.between()
        await self._virtual([one for one in shown if one in self._owed and one not in behind], now_ms)
        if behind:
            _log.info("cards.sent_again", viewers=len(behind))

    async def _virtual(self, connections: Sequence[Connection], now_ms: int) -> None:
        """Give those their card who were promised one and turn out never to have been stored."""
        await asyncio.gather(*(self._give(connection, now_ms) for connection in connections))

    async def _give(self, connection: Connection, now_ms: int) -> None:
        member = connection.identity.member
        if member is None:
            return
        try:
            found = await self._cards.member(MemberId(member), now_ms, self._owed.get(connection))
        except SourceUnavailable:
            return
        if connection in self._owed:
            self._send(connection, found, now_ms)

    def _send(self, connection: Connection, member: Member, now_ms: int) -> None:
        if member.merged_into is not None:
            let_go(connection)
            return
        if member.restrictions and send_away(connection, member, now_ms):
            return
        if self._turn_away(connection, member, now_ms):
            return
        connection.send(self._cards.render(member, self._show_of(connection), now_ms))
        self._owed.pop(connection, None)
        # Whom no beat has told of is not looked after yet, or has left while the record was read.
        if member.version > self._shown.get(connection, member.version):
            self._shown[connection] = member.version


def let_go(connection: Connection) -> None:
    """Let a viewer whose account is part of another come back, and be that one (X1)."""
    connection.bye(CloseCode.RESYNC, "this account is part of another now")


def send_away(connection: Connection, member: Member, now_ms: int) -> bool:
    """Say goodbye to a viewer who is banned where they are (L13); return whether they are."""
    if not is_banned(member.restrictions, RoomId(connection.room), now_ms):
        return False
    connection.bye(CloseCode.BANNED, "banned here")
    return True
