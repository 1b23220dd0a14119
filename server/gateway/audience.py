"""How many viewers of each tier every room has at this node, told to the hot store about once a second (HOT11).

Nobody's coming or going is told, only sums. A viewer counts once per connection, as for `online`; overlays and hosts
are no audience.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Final

from broadcaster.ports import Connection
from server.hot.errors import HotUnavailable
from server.hot.ports import UNSIGNED, Audiences
from server.ids import RoomId

UNKNOWN: Final = "?"
"""Of a member whose card could not be read yet; the next card says it."""
AGAIN_MS: Final = 10_000
"""A third of what a report lives, so that one lost changes nothing."""
MOST_NOTED: Final = 100_000
"""Members whose tier is remembered between their card and their entering."""


class Audience:
    """Lives on one event loop. `refresh` is called about once a second."""

    name = "audience"

    def __init__(self, hot: Audiences, node: str) -> None:
        self._hot = hot
        self._node = node
        self._tier_of: OrderedDict[str, str] = OrderedDict()
        self._here: dict[Connection, tuple[str, str]] = {}
        self._rooms: dict[str, Counter[str]] = {}
        self._changed: set[str] = set()
        self._told_ms: dict[str, int] = {}

    def carded(self, member: str, tier: str, connections: Iterable[Connection]) -> None:
        """A member's card was rendered here, for `connections` of theirs or for one that is about to enter."""
        before = self._tier_of.get(member)
        if before == tier:
            return
        self._tier_of[member] = tier
        if len(self._tier_of) > MOST_NOTED:
            self._tier_of.popitem(last=False)
        for connection in connections:
            if connection in self._here:
                self.entered(connection)

    def entered(self, connection: Connection) -> None:
        """The connection is live in its room, or somebody else's from now on."""
        if connection.surface != "viewer":
            return
        member = connection.identity.member
        tier = UNSIGNED if member is None else self._tier_of.get(member, UNKNOWN)
        place = (connection.room, tier)
        before = self._here.get(connection)
        if before == place:
            return
        if before is not None:
            self._count(*before, -1)
        self._here[connection] = place
        self._count(*place, 1)

    def left(self, connection: Connection) -> None:
        place = self._here.pop(connection, None)
        if place is not None:
            self._count(*place, -1)

    def forgotten(self, member: str) -> None:
        """The member's last connection here is gone."""
        self._tier_of.pop(member, None)

    async def refresh(self, now_ms: int) -> None:
        """Tell what has changed, and now and then what has not. With Redis away it is told later."""
        due = {
            room
            for room in (*self._rooms, *self._told_ms)
            if room in self._changed or now_ms - self._told_ms.get(room, 0) >= AGAIN_MS
        }
        if not due:
            return
        self._changed -= due
        audiences = {RoomId(room): +self._rooms.get(room, Counter()) for room in due}
        try:
            await self._hot.report_audiences(self._node, audiences, now_ms)
        except HotUnavailable:
            self._changed |= due
            return
        for room in due:
            if room in self._rooms:
                self._told_ms[room] = now_ms
            else:
                self._told_ms.pop(room, None)

    def _count(self, room: str, tier: str, change: int) -> None:
        tiers = self._rooms.get(room)
        if tiers is None:
            tiers = self._rooms[room] = Counter()
        tiers[tier] += change
        if not tiers[tier]:
            del tiers[tier]
            if not tiers:
                del self._rooms[room]
        self._changed.add(room)
