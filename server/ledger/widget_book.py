"""Broadcast widgets as they are kept: made, given another secret, taken away, each with its line in the audit (X7).

Set beside the journal, like keys: nothing of a room or a member follows from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.origin import Origin
from server.domain.rulebook import Rulebook
from server.ids import RoomId
from server.ledger.engines import Engines
from server.ledger.noting import note
from server.ledger.tables import rooms
from server.ledger.widget_tables import widgets

MOST_WIDGETS = 20
"""Of a room: a source for each scene, and some for trying."""


@dataclass(frozen=True, slots=True)
class Widget:
    id: str
    room: RoomId
    name: str
    digest: str = field(repr=False)
    """Of its secret."""
    generation: int
    """1 at first, raised with every new secret."""
    made_ms: int
    secret_ms: int
    """When its secret was made."""


class WidgetBook:
    """What is asked of widgets and done to them. Raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines, rulebook_at: Callable[[int], Rulebook]) -> None:
        self._engines = engines
        self._rulebook_at = rulebook_at

    async def widget(self, widget: str) -> Widget | None:
        async with self._engines.read() as connection:
            return await _find(connection, widget)

    async def of_room(self, room: RoomId) -> Sequence[Widget]:
        """Return the room's widgets, oldest first."""
        async with self._engines.read() as connection:
            wanted = select(widgets).where(widgets.c.room == room).order_by(widgets.c.made_ms, widgets.c.id)
            return [_widget(tuple(row)) for row in (await connection.execute(wanted)).all()]

    async def generations(self, ids: Sequence[str]) -> Mapping[str, int]:
        """Return the generation of each widget that there is."""
        wanted = select(widgets.c.id, widgets.c.generation).where(widgets.c.id.in_(ids))
        async with self._engines.read() as connection:
            return {row[0]: row[1] for row in (await connection.execute(wanted)).all()}

    async def make(self, widget: Widget, origin: Origin) -> Widget | None:
        """Keep a new widget; None = its room has `MOST_WIDGETS`, or there is no such room."""
        async with self._engines.write() as connection:
            # Two who make the last one at once are counted one after the other.
            known = select(rooms.c.id).where(rooms.c.id == widget.room).with_for_update()
            if (await connection.execute(known)).first() is None:
                return None
            held = (await connection.execute(select(widgets.c.id).where(widgets.c.room == widget.room))).all()
            if len(held) >= MOST_WIDGETS:
                return None
            await connection.execute(
                insert(widgets).values(
                    id=widget.id,
                    room=widget.room,
                    name=widget.name,
                    digest=widget.digest,
                    generation=widget.generation,
                    made_ms=widget.made_ms,
                    secret_ms=widget.secret_ms,
                )
            )
            await self._note(connection, "widget_made", widget, origin)
        return widget

    async def renew(self, room: RoomId, widget: str, digest: str, origin: Origin) -> Widget | None:
        """Give the widget another secret: all that was proven with the one before is worth nothing from here on.

        None = the room has no such widget.
        """
        async with self._engines.write() as connection:
            changed = (
                update(widgets)
                .where(widgets.c.id == widget, widgets.c.room == room)
                .values(digest=digest, generation=widgets.c.generation + 1, secret_ms=origin.received_ms)
            )
            if not (await connection.execute(changed)).rowcount:
                return None
            renewed = await _find(connection, widget)
            if renewed is not None:
                await self._note(connection, "widget_secret_renewed", renewed, origin)
        return renewed

    async def remove(self, room: RoomId, widget: str, origin: Origin) -> bool:
        """Take the widget away, and with it all that was proven with its secret; False = the room has none such."""
        async with self._engines.write() as connection:
            found = await _find(connection, widget)
            if found is None or found.room != room:
                return False
            gone = await connection.execute(delete(widgets).where(widgets.c.id == widget))
            if not gone.rowcount:
                return False  # another did it meanwhile
            await self._note(connection, "widget_removed", found, origin)
        return True

    async def _note(self, connection: AsyncConnection, kind: str, widget: Widget, origin: Origin) -> None:
        version = self._rulebook_at(origin.received_ms).version
        said = {"name": widget.name, "generation": widget.generation}
        await note(connection, kind, widget.id, said, origin, version, widget.room)


async def _find(connection: AsyncConnection, widget: str) -> Widget | None:
    row = (await connection.execute(select(widgets).where(widgets.c.id == widget))).first()
    return None if row is None else _widget(tuple(row))


def _widget(row: Sequence[object]) -> Widget:
    id_, room, name, digest, generation, made_ms, secret_ms = row
    return Widget(
        str(id_),
        RoomId(str(room)),
        str(name),
        str(digest),
        _whole(generation),
        _whole(made_ms),
        _whole(secret_ms),
    )


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a whole number was stored, {value!r} was read")
    return value
