"""Reads what a show's figures and its leaderboard are made of: sums found by show, never a walk through the ledger (L8).

Nothing is counted for this while events are kept: the counters of each member and show (E8), the orders, the level-ups
and the budgets hold it all, so it is right after a refund, a merge and a restart, whichever process reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.decide.tasks import budget_name
from server.domain.figures import ShowTotals, TaskTotals
from server.domain.standings import Score
from server.domain.state import Show, Task
from server.ids import MemberId, RoomId, ShowId
from server.ledger.engines import Engines
from server.ledger.figure_tables import SHOUTED
from server.ledger.tables import budgets, members, shows

_SCORES = text(
    "SELECT s.member, s.growth FROM (SELECT member, SUM(growth) AS growth FROM ("
    "SELECT member, growth FROM awards WHERE scope = :scope "
    "UNION ALL SELECT member, -growth_taken FROM orders WHERE show = :show AND growth_taken <> 0"
    ") AS moved GROUP BY member HAVING SUM(growth) > 0) AS s JOIN members m ON m.id = s.member "
    "ORDER BY s.growth DESC, m.created_ms, m.id LIMIT :most"
)
_ORDERS = text(
    "SELECT COALESCE(SUM(CASE WHEN refunded < amount THEN 1 ELSE 0 END), 0), COALESCE(SUM(amount - refunded), 0), "
    "COALESCE(SUM(points_given), 0), COALESCE(SUM(points_taken), 0) FROM orders WHERE show = :show AND amount > 0"
)
_DURING = text(
    "SELECT COUNT(*) FROM orders WHERE show = :show AND amount > 0 AND refunded < amount "
    "AND paid_ms >= :from_ms AND paid_ms < :to_ms"
)
_NEVER = 2**53
_COUPON = {
    "sqlite": "json_extract(ch.data, '$.coupon')",
    "postgresql": "(ch.data::json ->> 'coupon')",
}


@dataclass(frozen=True, slots=True)
class LiveShow:
    id: ShowId
    room: RoomId


class ShowFigures:
    """Every method raises `LedgerUnavailable` when the database is away."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._shouts = text(
            "SELECT COUNT(*), COUNT(co.id), COUNT(co.used_by) FROM changes ch LEFT JOIN coupons co "
            f"ON co.id = {_COUPON[engines.dialect]} WHERE ch.{SHOUTED} AND ch.room = :room "
            "AND ch.at_ms >= :from_ms AND ch.at_ms < :to_ms"
        )

    async def live(self) -> Sequence[LiveShow]:
        """Return the shows that are on air, by room."""
        wanted = select(shows.c.id, shows.c.room).where(shows.c.status == "live").order_by(shows.c.room)
        async with self._engines.read() as connection:
            return [LiveShow(ShowId(row[0]), RoomId(row[1])) for row in await connection.execute(wanted)]

    async def scores(self, show: ShowId, most: int) -> Sequence[Score]:
        """Return the `most` highest scores of a show, highest first.

        Of equals whoever has been a member longer comes first, then the lower id: one order for everybody.
        """
        asked = {"scope": f"s:{show}", "show": show, "most": most}
        async with self._engines.read() as connection:
            found = (await connection.execute(_SCORES, asked)).all()
        return [Score(MemberId(row[0]), int(row[1])) for row in found]

    async def totals(self, show: Show, tasks: Sequence[Task]) -> ShowTotals:
        """Return what the record holds of a show that has begun; `tasks` are its own."""
        names = [f"show:{show.id}", *(budget_name(task.id) for task in tasks)]
        spent = select(budgets.c.name, budgets.c.spent).where(budgets.c.name.in_(names))
        window = {
            "room": show.room,
            "from_ms": show.starts_ms or 0,
            "to_ms": _NEVER if show.ended_ms is None else show.ended_ms + 1,
        }
        async with self._engines.read() as connection:
            charged = {row[0]: int(row[1]) for row in await connection.execute(spent)}
            orders = (await connection.execute(_ORDERS, {"show": show.id})).one()
            shouts = (await connection.execute(self._shouts, window)).one()
            of_tasks = {task.id: await _task_totals(connection, task, charged) for task in tasks}
        return ShowTotals(
            orders=int(orders[0]),
            paid=int(orders[1]),
            order_points=int(orders[2]),
            points_taken=int(orders[3]),
            behaviour_points=charged.get(f"show:{show.id}", 0),
            shouts=int(shouts[0]),
            coupons=int(shouts[1]),
            coupon_orders=int(shouts[2]),
            tasks=of_tasks,
        )

    async def outstanding(self) -> int:
        """Return all points that members hold. Walks through all members: not to be asked every second."""
        wanted = select(func.coalesce(func.sum(members.c.points), 0)).where(members.c.points > 0)
        async with self._engines.read() as connection:
            return int((await connection.execute(wanted)).scalar_one())


async def _task_totals(connection: AsyncConnection, task: Task, charged: dict[str, int]) -> TaskTotals:
    window = {"show": task.show, "from_ms": task.starts_ms, "to_ms": task.ends_ms + task.grace_ms}
    orders = (await connection.execute(_DURING, window)).scalar_one()
    return TaskTotals(charged.get(budget_name(task.id), 0), int(orders))
