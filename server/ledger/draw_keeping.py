"""Writes the draws and tickets that a batch has touched."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.draw import DrawBook
from server.ids import DrawId
from server.ledger import draw_rows
from server.ledger.bulk import Row, Write, insert, update
from server.ledger.draw_tables import draw_entries, draws


class DrawKeeping:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._new: Write = insert(dialect, draws, draw_rows.DRAW)
        self._changed: Write = update(dialect, draws, draw_rows.DRAW_CHANGES)
        self._new_tickets: Write = insert(dialect, draw_entries, draw_rows.TICKET)
        self._tickets: Write = update(dialect, draw_entries, ("returned", "draw", "n"), keys=2)

    async def keep(self, connection: AsyncConnection, book: DrawBook, loaded: Collection[DrawId]) -> None:
        """`loaded` are the draws that stood in the database when the batch began."""
        if not book.touched:
            return
        touched = [book.draws[draw] for draw in sorted(book.touched)]
        new = [draw_rows.draw_row(draw) for draw in touched if draw.id not in loaded]
        await self._new.run(connection, new)
        changed = [draw_rows.draw_changes_row(draw) for draw in touched if draw.id in loaded]
        await self._changed.run(connection, changed)
        tickets = [draw_rows.ticket_row(book.tickets[key]) for key in sorted(book.new_tickets)]
        await self._new_tickets.run(connection, tickets)
        returned: list[Row] = [(book.tickets[key].returned, *key) for key in sorted(book.touched_tickets)]
        await self._tickets.run(connection, returned)
