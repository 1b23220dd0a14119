"""The table of orders that counted for countdown tasks: its rows, what is read before a refund and what is written (L3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.task_orders import OrderCounted, TaskOrder, TaskOrderFact, TaskUnitReturned
from server.domain.world import World
from server.ids import MemberId, OrderId, TaskId
from server.ledger.batch import Asked
from server.ledger.bulk import Row, keyed, upsert
from server.ledger.rows import ORDER, named, order_of
from server.ledger.task_order_tables import task_orders

TASK_ORDER = ("task", "order_id", "member", "target", "reward", "taken")


class TaskOrderRows:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._of_members = keyed(
            dialect,
            f"SELECT {named(TASK_ORDER, 't')}, {named(ORDER, 'o')} FROM {{keys}} CROSS JOIN task_orders t "
            "LEFT JOIN orders o ON o.id = t.order_id WHERE t.member = k.id",
            (("id", "text"),),
        )
        self._rows = upsert(dialect, task_orders, TASK_ORDER)

    async def fill(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        """Read, under their members' locks, what counted of those whose orders may be refunded; their orders too.

        An order changes only under its payer's lock, so these need none of their own.
        """
        refunds = {order for one in asked for order in one.needs.refunds}
        if not refunds:
            return
        members = {world.orders[order].member for order in refunds if order in world.orders}
        # The payment may be in this very batch.
        members.update(one.who for one in asked if one.who is not None and one.needs.orders & refunds)
        keys: list[Row] = [(member,) for member in sorted(members) if member in world.members]
        if not keys:
            return
        for row in await self._of_members.run(connection, keys):
            counted = TaskOrder(TaskId(row[0]), OrderId(row[1]), MemberId(row[2]), *row[3:6])
            world.put_task_order(counted)
            world.orders.setdefault(counted.order, order_of(row[6:]))

    async def keep(self, connection: AsyncConnection, world: World) -> None:
        """Write those that counted, or of whose reward something was taken, in this batch."""
        touched = [
            world.task_orders[who][task, order] for who, task, order in sorted(world.touched_task_orders)
        ]
        await self._rows.run(
            connection,
            [(one.task, one.order, one.member, one.target, one.reward, one.taken) for one in touched],
        )


def change_of(
    fact: TaskOrderFact,
) -> tuple[str, MemberId, None, OrderId | TaskId, int, int, Mapping[str, str | int | None]]:
    """Return the fact's line in `changes`."""
    counted = fact.counted
    data = {"task": counted.task}
    if isinstance(fact, OrderCounted):
        return ("order_counted", counted.member, None, counted.order, counted.reward, fact.at_ms, data)
    if isinstance(fact, TaskUnitReturned):
        of = {"order": counted.order}
        return ("task_unit_returned", counted.member, None, counted.task, counted.reward, fact.at_ms, of)
    return ("task_reward_taken", counted.member, None, counted.order, fact.points, fact.at_ms, data)
