"""Who of this node's viewers is which member, and their mail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence

from broadcaster.errors import BusUnavailable
from broadcaster.frames import CardRecord, MailFrame
from broadcaster.ports import Application, Clock, Mailboxes
from broadcaster.protocol import LiveConnection

_log = logging.getLogger(__name__)
Spawn = Callable[[Coroutine[None, None, None]], None]
"""Runs something short in the background; it ends with the node."""
ENTRY_EVERY_S = 0.01
"""A storm is a hundred entries a second, each for all who came meanwhile. Mail missed in between is what a node makes
good at the next beat anyway."""


class Members:
    """Connections by member, oldest first; entered in the mailboxes from the first to the last.

    Mail arrives soon after `enter`: an idle node enters at once, and who comes while it does, or just after it,
    shares the next entry, so that a storm of joins is few round trips.
    """

    def __init__(
        self, node: str, mailboxes: Mailboxes, application: Application, clock: Clock, spawn: Spawn
    ) -> None:
        self._node = node
        self._mailboxes = mailboxes
        self._application = application
        self._clock = clock
        self._at: dict[str, list[LiveConnection]] = {}
        self._left: set[str] = set()
        self._spawn = spawn
        self._unregistered: dict[str, None] = {}
        self._registering = False

    def enter(self, member: str, connection: LiveConnection, at_most: int) -> list[LiveConnection]:
        """Add a connection; return the oldest ones beyond `at_most`, to be replaced."""
        connections = self._at.get(member)
        if connections is None:
            connections = self._at[member] = []
        if connection not in connections:
            connections.append(connection)
        if len(connections) == 1:
            self._unregistered[member] = None
            if not self._registering:
                self._registering = True
                self._spawn(self._register())
        return connections[:-at_most]

    async def _register(self) -> None:
        try:
            while self._unregistered:
                members = [member for member in self._unregistered if member in self._at]
                self._unregistered.clear()
                await self._mailboxes.register(members, self._node)
                await asyncio.sleep(ENTRY_EVERY_S)
        except BusUnavailable as error:
            _log.info("members' mail waits for the next renewal: %s", error)
        except Exception:
            _log.exception("members could not be entered in the mailboxes")
        finally:
            self._registering = False

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
