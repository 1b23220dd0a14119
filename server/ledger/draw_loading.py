"""Fills a world with the draws a batch needs. Draws are locked after members and orders, by id, before rooms."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.draw import DrawBook, DrawNeeds
from server.ids import DrawId, MemberId
from server.ledger import draw_rows, rows
from server.ledger.bulk import Row, keyed
from server.ledger.errors import ChangedMeanwhile


def union(needs: Sequence[DrawNeeds]) -> DrawNeeds:
    """Return all that is needed together."""
    return DrawNeeds(
        frozenset().union(*(one.draws for one in needs)),
        frozenset().union(*(one.tickets for one in needs)),
        frozenset().union(*(one.holders for one in needs)),
        frozenset().union(*(one.lists for one in needs)),
        frozenset().union(*(one.rooms for one in needs)),
    )


class DrawLoading:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        lock = " FOR UPDATE OF t" if dialect == "postgresql" else ""
        draw = rows.named(draw_rows.DRAW, "t")
        self._shown = keyed(
            dialect,
            "SELECT t.id FROM {keys} CROSS JOIN draws t WHERE t.room = k.id AND t.shown",
            (("id", "text"),),
        )
        self._draws = keyed(
            dialect,
            f"SELECT {draw} FROM {{keys}} CROSS JOIN draws t WHERE t.id = k.id ORDER BY t.id{lock}",
            (("id", "text"),),
        )
        self._tickets = keyed(
            dialect,
            f"SELECT {rows.named(draw_rows.TICKET, 't')} FROM {{keys}} CROSS JOIN draw_entries t "
            "WHERE t.draw = k.draw AND t.n = k.n",
            (("draw", "text"), ("n", "integer")),
        )
        self._held = keyed(
            dialect,
            "SELECT t.draw, t.member, COUNT(*) FROM {keys} CROSS JOIN draw_entries t "
            "WHERE t.draw = k.draw AND t.member = k.member GROUP BY t.draw, t.member",
            (("draw", "text"), ("member", "text")),
        )
        self._tags = keyed(
            dialect,
            "SELECT t.draw, t.tag FROM {keys} CROSS JOIN draw_entries t WHERE t.draw = k.id "
            "ORDER BY t.draw, t.n",
            (("id", "text"),),
        )

    async def owners(self, connection: AsyncConnection, needs: DrawNeeds) -> set[MemberId]:
        """Return whose the tickets are; `fill` looks again under the locks, for accounts may be merged meanwhile."""
        if not needs.tickets:
            return set()
        found = await self._tickets.run(connection, _ticket_keys(needs))
        return {draw_rows.ticket_of(row).member for row in found}

    async def fill(
        self, connection: AsyncConnection, book: DrawBook, needs: DrawNeeds, members: set[MemberId]
    ) -> None:
        """Lock and read, with the members locked already. Raises `ChangedMeanwhile` when one of them is missing."""
        wanted = set(needs.draws)
        if needs.rooms:
            rooms_: list[Row] = [(room,) for room in sorted(needs.rooms)]
            wanted.update(DrawId(row[0]) for row in await self._shown.run(connection, rooms_))
        if not wanted:
            return
        draws: list[Row] = [(draw,) for draw in sorted(wanted)]
        for row in await self._draws.run(connection, draws):
            draw = draw_rows.draw_of(row)
            book.draws[draw.id] = draw
        if needs.tickets:
            for row in await self._tickets.run(connection, _ticket_keys(needs)):
                ticket = draw_rows.ticket_of(row)
                if ticket.member not in members:
                    raise ChangedMeanwhile(f"ticket {ticket.n} of {ticket.draw}")
                book.tickets[ticket.draw, ticket.n] = ticket
        if needs.holders:
            holders: list[Row] = sorted(needs.holders)
            for row in await self._held.run(connection, holders):
                book.held[DrawId(row[0]), MemberId(row[1])] = row[2]
        if needs.lists:
            tags: dict[DrawId, list[str]] = {draw: [] for draw in needs.lists}
            lists: list[Row] = [(draw,) for draw in sorted(needs.lists)]
            for row in await self._tags.run(connection, lists):
                tags[DrawId(row[0])].append(row[1])
            book.tags.update({draw: tuple(held) for draw, held in tags.items()})


def _ticket_keys(needs: DrawNeeds) -> list[Row]:
    return [*sorted(needs.tickets)]
