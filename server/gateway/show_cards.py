"""Cards follow the show: what its caps leave is another number in the next one, and what its budget holds ends (E8, L7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog

from broadcaster.ports import Connection
from server.clock import Clock
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Show
from server.gateway.cards import Cards
from server.gateway.looking import Looking
from server.gateway.rooms import Rooms
from server.gateway.turns import Turns
from server.ids import MemberId, RoomId, ShowId

AT_ONCE = 100
"""Members read together: some 3 ms."""

Basis = tuple[ShowId | None, bool]
"""The show on air, where a rule has a cap of the show, and whether its budget is spent."""

_log = structlog.get_logger(__name__)


class ShowCards:
    """Renders the cards of a room again when another show is on air there, if a rule has a cap of the show, and when
    the budget of behaviour is spent. Lives on one event loop."""

    def __init__(
        self,
        rooms: Rooms,
        cards: Cards,
        gives: Callable[[Connection, Member, int], None],
        rulebook_at: Callable[[int], Rulebook],
        clock: Clock,
        is_spent: Callable[[Show | None, int], bool],
    ) -> None:
        self._rooms = rooms
        self._cards = cards
        self._gives = gives
        self._rulebook_at = rulebook_at
        self._clock = clock
        self._is_spent = is_spent
        self._here: dict[str, dict[Connection, None]] = {}
        self._on_cards: dict[str, Basis] = {}
        """By what the cards of a room's viewers were rendered."""
        self._looking = Looking("show_cards", self._look)

    def entered(self, connection: Connection) -> None:
        """A member's connection is live in its room, with a card of the show that is known there."""
        if connection.identity.member is None:
            return
        here = self._here.setdefault(connection.room, {})
        if not here:
            self._on_cards[connection.room] = self._known(connection.room, self._clock.now_ms())
        here[connection] = None

    def left(self, connection: Connection) -> None:
        here = self._here.get(connection.room)
        if here is None:
            return
        here.pop(connection, None)
        if not here:
            del self._here[connection.room]
            del self._on_cards[connection.room]

    def moved(self, room: str, keys: Iterable[str]) -> None:
        """Items of a room have changed: if the show is among them, the room's cards are looked at."""
        if "show" not in keys or room not in self._here:
            return
        if self._rulebook_at(self._clock.now_ms()).most_a_show:
            self._rooms.changed(RoomId(room))
            self._looking.soon(room)

    def round(self, now_ms: int) -> None:
        """Look where something else holds than on the cards: what was told may have been lost on the way."""
        for room in self._here:
            if self._known(room, now_ms) != self._on_cards[room]:
                self._looking.soon(room)

    async def settle(self) -> None:
        """Return when no cards are under way."""
        await self._looking.settle()

    async def stop(self) -> None:
        await self._looking.stop()

    def _known(self, room: str, now_ms: int) -> Basis:
        show = self._rooms.on_air(room)
        caps = show is not None and bool(self._rulebook_at(now_ms).most_a_show)
        return show.id if show is not None and caps else None, self._is_spent(show, now_ms)

    async def _look(self, room: str) -> None:
        await self._rooms.get(RoomId(room))
        basis = self._known(room, self._clock.now_ms())
        if room not in self._here or basis == self._on_cards[room]:
            return
        self._on_cards[room] = basis
        await self._render(room)
        _log.info("show_cards.rendered", room=room, show=basis[0], spent=basis[1])

    async def _render(self, room: str) -> None:
        """Give everybody in the room a card anew; who has left meanwhile needs none, and who came has one."""
        connections, turns = list(self._here[room]), Turns()
        for start in range(0, len(connections), AT_ONCE):
            some = connections[start : start + AT_ONCE]
            whose = {one: MemberId(one.identity.member) for one in some if one.identity.member is not None}
            # Who was never stored has earned nothing, in no show.
            known = await self._cards.at_least(dict.fromkeys(whose.values(), 0))
            for connection, member in whose.items():
                if member in known and connection in self._here.get(room, ()):
                    self._gives(connection, known[member], self._clock.now_ms())
                await turns.between()
