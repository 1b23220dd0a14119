"""The entrance of a member of a high tier, shown to the room (L8): decoration, paced, and lost without harm."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from broadcaster.frames import Moment, Rank
from broadcaster.ports import Connection
from server.announcing.framing import FRESH_MS
from server.clock import Clock
from server.domain.ladder import effective_tier
from server.domain.phrases import Hint
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Room
from server.gateway.ports import LiveMeter, Tells
from server.hot.errors import HotUnavailable
from server.hot.ports import Ask, Pacer
from server.ids import AuthorTag, RoomId, TierId, derived
from server.views import moment_body

TIERS_SHOWN: Final = 2
"""Gold and black: the two highest of the ladder, whatever an operator calls them."""
ROOM_EVERY_MS: Final = 3_000
"""Entrances of a room follow one another no faster."""
MEMBER_EVERY_MS: Final = 600_000
"""A member who comes and goes is shown once in ten minutes."""
MOST_NOTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Entrance:
    room: RoomId
    author: AuthorTag
    name: str
    tier: TierId


class Entrances:
    """Lives on one event loop."""

    def __init__(
        self,
        pacer: Pacer,
        tells: Tells,
        rulebook_at: Callable[[int], Rulebook],
        clock: Clock,
        meter: LiveMeter,
    ) -> None:
        self._pacer = pacer
        self._tells = tells
        self._rulebook_at = rulebook_at
        self._clock = clock
        self._meter = meter
        self._noted: OrderedDict[str, _Entrance] = OrderedDict()
        self._showing: set[asyncio.Task[None]] = set()

    def let_in(self, member: Member, room: Room, now_ms: int) -> None:
        """Note a member whose hello was accepted; `entered` follows when the connection is live.

        Nobody who does not want to be named, and nobody while no show is live.
        """
        if room.show is None or room.show.status != "live" or member.announce_optout:
            return
        rulebook = self._rulebook_at(now_ms)
        tier = effective_tier(member, rulebook, now_ms)
        if rulebook.ranks[tier] < len(rulebook.ladder) - TIERS_SHOWN:
            return
        self._noted[member.id] = _Entrance(room.id, member.author, member.name, tier)
        if len(self._noted) > MOST_NOTED:
            self._noted.popitem(last=False)

    def entered(self, connection: Connection) -> None:
        """Show the entrance that was noted, if the room has a place for it."""
        entrance = self._noted.pop(connection.identity.member or "", None)
        if entrance is None or connection.surface != "viewer" or entrance.room != connection.room:
            return
        showing = asyncio.get_running_loop().create_task(self._show(entrance), name="entrance")
        self._showing.add(showing)
        showing.add_done_callback(self._showing.discard)

    async def settle(self) -> None:
        """Return when nothing waits to be shown."""
        await asyncio.gather(*self._showing)

    async def stop(self) -> None:
        for showing in self._showing:
            showing.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)

    async def _show(self, entrance: _Entrance) -> None:
        now_ms = self._clock.now_ms()
        try:
            # One after the other: who comes and goes all the time must not take the room's place from others.
            for key, every_ms, reason in (
                (f"entrance:{entrance.room}:{entrance.author}", MEMBER_EVERY_MS, "repeated"),
                (f"entrance:{entrance.room}", ROOM_EVERY_MS, "paced"),
            ):
                if not (await self._pacer.take([Ask(key, 1, every_ms)], now_ms))[0].n:
                    self._meter.dropped(Rank.CHATTER, reason, 1)
                    return
        except HotUnavailable:
            self._meter.dropped(Rank.CHATTER, "hot_away", 1)  # decoration waits for nobody
            return
        self._tells.moment(entrance.room, _moment(entrance, self._rulebook_at(now_ms), now_ms))


def _moment(entrance: _Entrance, rulebook: Rulebook, now_ms: int) -> Moment:
    moment_id = derived("mo", "entrance", entrance.room, entrance.author, now_ms)
    expires_ms = now_ms + FRESH_MS
    sentence = Hint("shout.entrance", (("name", entrance.name), ("tier", rulebook.tier(entrance.tier).name)))
    body = moment_body(
        moment_id,
        "entrance",
        Rank.CHATTER,
        sentence,
        {"name": entrance.name, "tier": entrance.tier},
        expires_ms,
        entrance.author,
    )
    return Moment(
        id=moment_id,
        kind="entrance",
        rank=Rank.CHATTER,
        expires_ms=expires_ms,
        body=body,
        author=entrance.author,
    )
