"""The orders behind a tier that hangs on one: read before a refund that may be judged (V3)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.decide.lifts import look_back_ms
from server.domain.world import World
from server.ledger.batch import Asked
from server.ledger.bulk import Row, keyed
from server.ledger.rows import ORDER, named, order_of


class Lifting:
    """The statement of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._of_members = keyed(
            dialect,
            f"SELECT {named(ORDER, 't')} FROM {{keys}} CROSS JOIN orders t "
            "WHERE t.member = k.id AND t.paid_ms >= {1} AND t.amount > 0",
            (("id", "text"),),
        )

    async def fill(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        """Read, under their members' locks, the orders behind the tiers that a refund of this batch may judge.

        Asks nothing unless an order that may be refunded is of a member whose tier hangs on an order. An order
        changes only under its payer's lock, so these need none of their own. Of a tier that an order of this very
        batch reaches there is nothing to read: the batch holds it.
        """
        refunds = {order for one in asked for order in one.needs.refunds}
        payers = {world.orders[order].member for order in refunds if order in world.orders}
        # The payment may be in this very batch.
        payers.update(one.who for one in asked if one.who is not None and one.needs.orders & refunds)
        keys: list[Row] = [
            (payer,)
            for payer in sorted(payers & world.members.keys())
            if world.members[payer].tier_by_order is not None
        ]
        if not keys:
            return
        since_ms = min(one.at_ms for one in asked) - look_back_ms(world.rulebook)
        for row in await self._of_members.run(connection, keys, since_ms):
            order = order_of(row)
            world.orders.setdefault(order.id, order)
