"""Whom of this node's viewers the host could speak of (L9): noted as cards are rendered, told once a round.

Nothing is read for it and nothing asked: the card that is rendered at every join and every change says already how
far the next tier is. Only those there is something to say of are remembered.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable

import structlog

from server.domain.attending import Here, here_of
from server.domain.card import MemberCard
from server.domain.days import Calendar
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.hot.errors import HotUnavailable
from server.hot.ports import Attendance
from server.ids import MemberId, RoomId

MOST_NOTED = 50_000
"""Members remembered on this node; of more the oldest are let go."""
MOST_TOLD = 2_000
"""Members told of one room by one node: beyond it the count is a lower bound, which is what the host would say."""

_log = structlog.get_logger(__name__)


class Attending:
    """All of this node. `rooms_of` says in which rooms a member is here now, `on_air` which rooms matter."""

    def __init__(
        self,
        hot: Attendance,
        node: str,
        rooms_of: Callable[[str], Iterable[str]],
        on_air: Callable[[str], bool],
        rulebook_at: Callable[[int], Rulebook],
        calendar: Calendar,
    ) -> None:
        self._hot = hot
        self._node = node
        self._rooms_of = rooms_of
        self._on_air = on_air
        self._rulebook_at = rulebook_at
        self._calendar = calendar
        self._noted: OrderedDict[MemberId, Here] = OrderedDict()
        self._absent: set[MemberId] = set()
        self._told: set[RoomId] = set()

    def rendered(self, member: Member, card: MemberCard) -> None:
        """A card was rendered here: note what the host could say of its member, or that there is nothing any more."""
        lacks = None if card.next is None else card.next.growth_to_go
        rulebook = self._rulebook_at(card.as_of_ms)
        here = here_of(member, lacks, rulebook, self._calendar, card.as_of_ms)
        if here is not None:
            self._noted[member.id] = here
            if len(self._noted) > MOST_NOTED:
                self._noted.popitem(last=False)
        elif self._noted:
            self._noted.pop(member.id, None)

    async def round(self, now_ms: int) -> None:
        """Tell of the rooms that are on air, and take back what was told of those that are not. Never raises for the store."""
        rooms = self._by_room()
        news: dict[RoomId, list[Here]] = {room: rooms.get(room, []) for room in self._told | rooms.keys()}
        if not news:
            return
        try:
            await self._hot.attend(self._node, news, now_ms)
        except HotUnavailable as away:
            _log.info("attendance.untold", rooms=len(news), why=str(away))
            return
        self._told = set(rooms)

    def _by_room(self) -> dict[RoomId, list[Here]]:
        rooms: defaultdict[RoomId, list[Here]] = defaultdict(list)
        before, self._absent = self._absent, set()
        for member, here in list(self._noted.items()):
            where = set(self._rooms_of(member))
            if not where and member in before:
                del self._noted[member]  # gone from this node; the next card notes them again
            elif not where:
                self._absent.add(member)  # or just coming in: the card goes before the entry
            for room in where:
                told = rooms[RoomId(room)] if self._on_air(room) else None
                if told is not None and len(told) < MOST_TOLD:
                    told.append(here)
        return dict(rooms)
