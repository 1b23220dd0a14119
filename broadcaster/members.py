"""Who of this node's viewers is which member, and their mail."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from broadcaster.errors import BusUnavailable
from broadcaster.frames import CardRecord, MailFrame
from broadcaster.ports import Application, Clock, Mailboxes
from broadcaster.protocol import LiveConnection

_log = logging.getLogger(__name__)


class Members:
    """Connections by member, oldest first; entered in the mailboxes from the first to the last."""

    def __init__(self, node: str, mailboxes: Mailboxes, application: Application, clock: Clock) -> None:
        self._node = node
        self._mailboxes = mailboxes
        self._application = application
        self._clock = clock
        self._at: dict[str, list[LiveConnection]] = {}
        self._left: set[str] = set()

    def enter(self, member: str, connection: LiveConnection, at_most: int) -> list[LiveConnection]:
        """Add a connection; return the oldest ones beyond `at_most`, to be replaced. `register` comes next."""
        connections = self._at.get(member)
        if connections is None:
            connections = self._at[member] = []
        if connection not in connections:
            connections.append(connection)
        return connections[:-at_most]

    async def register(self, member: str) -> None:
        """Enter the member in the mailboxes, if this is its only connection here.

        Mail sent after this returns arrives, unless Redis is away: then the next renewal enters the member.
        """
        if len(self._at.get(member, ())) != 1:
            return
        try:
            await self._mailboxes.register((member,), self._node)
        except BusUnavailable as error:
            _log.info("a member's mail waits for the next round: %s", error)

    def leave(self, member: str, connection: LiveConnection) -> None:
        connections = self._at.get(member)
        if connections is None or connection not in connections:
            return
        connections.remove(connection)
        if not connections:
            del self._at[member]
            self._left.add(member)

    def connections(self, member: str) -> Sequence[LiveConnection]:
        return tuple(self._at.get(member, ()))

    def deliver(self, member: str, frame: MailFrame) -> None:
        """Give mail to all connections of a member, a card rendered once for all of them."""
        connections = self.connections(member)
        if not connections:
            return
        if isinstance(frame, CardRecord):
            card = self._application.render(member, frame, self._clock.now_ms())
            if card is None:
                return
            for connection in connections:
                connection.send(card)
        else:
            for connection in connections:
                connection.send(frame)

    async def renew(self) -> None:
        """Enter all members again before their entries expire, and take out who left. Raises `BusUnavailable`."""
        left = [member for member in self._left if member not in self._at]
        self._left.clear()
        await self._mailboxes.unregister(left, self._node)
        await self._mailboxes.register(list(self._at), self._node)
