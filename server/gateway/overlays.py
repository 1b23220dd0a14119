"""Broadcast overlays that came with a ticket: known to be there and to paint, and cut when their secret is replaced.

Which there are and what they painted last stands on a board in the hot store, so that a host sees the overlays of all
nodes. A replaced secret is told to the nodes at once, by mail; what the mail misses, the round of every beat finds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from broadcaster.close_codes import CloseCode
from broadcaster.frames import CardRecord
from broadcaster.ports import Connection, Identity
from server.announcing.shout_queue import overlays_board_of
from server.clock import Clock
from server.credentials.tickets import Overlay
from server.hot.errors import HotUnavailable
from server.hot.ports import Boards
from server.ledger.errors import LedgerUnavailable

ROLE: Final = "overlay"
STANDS_MS: Final = 40_000
"""Two beats and a half: an overlay whose node died is off the board soon, one late round costs nothing."""
_MAILBOX: Final = "widget/"
"""With a sign that is in no id of ours, so that no member is called so."""

_log = structlog.get_logger(__name__)


class Generations(Protocol):
    """The part of `server.ledger.widget_book` that is asked here. Raises `LedgerUnavailable`."""

    async def generations(self, ids: Sequence[str]) -> Mapping[str, int]: ...


@dataclass(slots=True)
class _Here:
    since_ms: int
    rendered_ms: int | None = None


def identity_of(overlay: Overlay) -> Identity:
    """Return who a connection is that showed this overlay's ticket. It ends with its secret, not with the ticket."""
    return Identity(
        None, ROLE, f"{_MAILBOX}{overlay.widget}:{overlay.generation}", mailbox=mailbox_of(overlay.widget)
    )


def mailbox_of(widget: str) -> str:
    return _MAILBOX + widget


def renewed_record(generation: int) -> CardRecord:
    """Return the mail that ends the connections of a widget that are older than `generation`."""
    return CardRecord(generation, b"")


class Overlays:
    """All of this node. Lives on one event loop."""

    def __init__(self, boards: Boards, widgets: Generations, clock: Clock) -> None:
        self._boards = boards
        self._widgets = widgets
        self._clock = clock
        self._here: dict[Connection, _Here] = {}
        self._untold: dict[Connection, None] = {}
        self._telling: asyncio.Task[None] | None = None

    def joined(self, connection: Connection) -> None:
        if connection.identity.role == ROLE and connection not in self._here:
            self._here[connection] = _Here(self._clock.now_ms())
            self._tell(connection)

    def left(self, connection: Connection) -> None:
        if self._here.pop(connection, None) is not None:
            self._tell(connection)

    def seen(self, connection: Connection) -> None:
        """It has painted something; the session lets this through once a second."""
        here = self._here.get(connection)
        if here is not None:
            here.rendered_ms = self._clock.now_ms()
            self._tell(connection)

    def is_mail(self, address: str) -> bool:
        return address.startswith(_MAILBOX)

    def renewed(self, address: str, record: CardRecord) -> None:
        """A widget has a new secret: those who came with the one before go, for good."""
        for connection in list(self._here):
            if connection.identity.mailbox == address and _generation(connection) < record.version:
                _cut(connection)

    async def round(self, connections: Iterable[Connection]) -> None:
        """Say again that they are here, and find those whose secret was replaced unheard. Never raises."""
        mine = [connection for connection in connections if connection in self._here]
        if not mine:
            return
        for connection in mine:
            self._tell(connection)
        try:
            standing = await self._widgets.generations(sorted({_widget(one) for one in mine}))
        except LedgerUnavailable as away:
            _log.info("overlays.not_compared", why=str(away))
            return
        for connection in mine:
            if standing.get(_widget(connection)) != _generation(connection):
                _cut(connection)

    async def settle(self) -> None:
        """Return when all is on the board, or cannot be put there now."""
        if self._telling is not None:
            await self._telling

    async def stop(self) -> None:
        """Take those of this node off the board."""
        for connection in list(self._here):
            self.left(connection)
        await self.settle()

    def _tell(self, connection: Connection) -> None:
        self._untold[connection] = None
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell_all(), name="overlays")

    async def _tell_all(self) -> None:
        while self._untold:
            untold, self._untold = self._untold, {}
            now_ms = self._clock.now_ms()
            boards: dict[str, dict[str, bytes | None]] = {}
            for connection in untold:
                boards.setdefault(connection.room, {})[connection.session] = self._note(connection)
            try:
                for room, notes in boards.items():
                    await self._boards.pin(overlays_board_of(room), notes, now_ms + STANDS_MS, now_ms)
            except HotUnavailable as away:
                _log.info("overlays.untold", why=away.why)  # the next round says it again

    def _note(self, connection: Connection) -> bytes | None:
        here = self._here.get(connection)
        if here is None:
            return None
        said = {
            "widget": _widget(connection),
            "connected_ms": here.since_ms,
            "rendered_ms": here.rendered_ms,
            "visible": connection.shown,
        }
        return json.dumps(said).encode()


def _cut(connection: Connection) -> None:
    connection.bye(CloseCode.REPLACED, "this overlay's secret was replaced")


def _widget(connection: Connection) -> str:
    return (connection.identity.mailbox or "").removeprefix(_MAILBOX)


def _generation(connection: Connection) -> int:
    return int((connection.identity.sub or "0").rpartition(":")[2])
