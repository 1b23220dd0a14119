"""The table of held awards: its rows, what is read before a decision and what is written after one (E6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.held_awards import HeldAward
from server.domain.world import World
from server.ids import HeldAwardId, MemberId, OrderId, RuleId
from server.ledger.batch import Asked
from server.ledger.bulk import Found, Row, insert, keyed, update
from server.ledger.held_tables import held_awards
from server.ledger.rows import named

HELD_AWARD = ("member", "rule", "points", "points_left", "due_ms", "order_id", "id")


class HeldRows:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        award = f"SELECT {named(HELD_AWARD, 't')} FROM {{keys}} CROSS JOIN held_awards t "
        of_id = (("id", "text"),)
        self._by_id = keyed(dialect, f"{award} WHERE t.id = k.id", of_id)
        self._of_orders = keyed(
            dialect,
            f"{award} WHERE t.member = k.id AND t.points_left > 0 AND t.order_id IS NOT NULL",
            of_id,
        )
        self._new = insert(dialect, held_awards, HELD_AWARD)
        self._changed = update(dialect, held_awards, ("points_left", "id"))

    async def fill(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        """Read, under their members' locks, the awards named, and those of orders where they matter.

        Nobody who has no points held has any: then nothing is asked.
        """
        ids = {award for one in asked for award in one.needs.held_awards}
        if ids:
            keys: list[Row] = [(award,) for award in sorted(ids)]
            _put(world, await self._by_id.run(connection, keys))
        members = {member for one in asked for member in one.needs.recent_orders}
        refunds = {order for one in asked for order in one.needs.refunds}
        members.update(world.orders[order].member for order in refunds if order in world.orders)
        holders: list[Row] = [
            (member,) for member in sorted(members) if member in world.members and world.members[member].held
        ]
        if holders:
            _put(world, await self._of_orders.run(connection, holders))

    async def keep(self, connection: AsyncConnection, world: World, known: Collection[HeldAwardId]) -> None:
        """Write the awards that the batch has touched; `known` are those that were there before."""
        touched = [world.held_awards[award] for award in sorted(world.touched_held_awards)]
        await self._new.run(connection, [held_row(award) for award in touched if award.id not in known])
        await self._changed.run(connection, [(one.left, one.id) for one in touched if one.id in known])


def held_row(award: HeldAward) -> Row:
    return (award.member, award.rule, award.points, award.left, award.due_ms, award.order, award.id)


def _put(world: World, found: Sequence[Found]) -> None:
    for row in found:
        order = None if row[5] is None else OrderId(row[5])
        award = HeldAward(
            HeldAwardId(row[6]), MemberId(row[0]), RuleId(row[1]), row[2], row[3], row[4], order
        )
        world.held_awards[award.id] = award
