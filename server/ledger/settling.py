"""The books of a countdown task, closed with its end: what it has cost is exact, and nothing is charged afterwards (L3, R3).

Acts read a room's tasks without a lock, so one may be under way while the task ends. Whoever ends it locks the task's
budget: a charge that came before is in the sum, one that comes after finds the budget closed, and its batch is decided
once more, without the task. It is locked where budgets are locked, after everything else and together with the batch's
other ones, by name. So what the end has cost is the last thing that is known of a batch, and its lines are written then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.decide.tasks import budget_name
from server.domain.facts import TaskEnded
from server.ledger.batch import Happened
from server.ledger.bulk import keyed


class Settling:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        of_name = (("name", "text"),)
        # A budget that was never charged gets a row, too: without one there would be nothing to lock.
        self._lock = keyed(
            dialect,
            "INSERT INTO budgets (name, spent, most, closed) SELECT k.name, 0, 0, FALSE FROM {keys} WHERE TRUE "
            "ON CONFLICT (name) DO UPDATE SET spent = budgets.spent RETURNING name, spent",
            of_name,
        )
        self._close = keyed(
            dialect,
            "UPDATE budgets SET closed = TRUE WHERE name IN (SELECT k.name FROM {keys}) RETURNING name",
            of_name,
        )

    async def lock(self, connection: AsyncConnection, budgets: Iterable[str]) -> Mapping[str, int]:
        """Lock the rows of `budgets`, sorted by name, until the commit; return what each stands at."""
        return {
            str(row[0]): int(row[1]) for row in await self._lock.run(connection, [(one,) for one in budgets])
        }

    async def exact(
        self,
        connection: AsyncConnection,
        happened: Sequence[Happened],
        charges: Mapping[str, tuple[int, int, int]],
    ) -> Sequence[Happened]:
        """Return what happened, each `TaskEnded` with what its task has cost; `charges` are this batch's own.

        Where a task ended, all budgets that the batch moves are locked from here on.
        """
        if not _ended(happened):
            return happened
        stand = await self.lock(connection, sorted({*_ended(happened), *charges}))

        def settled(fact: TaskEnded) -> TaskEnded:
            name = budget_name(fact.task.id)
            own = charges[name][0] if name in charges else 0
            return replace(fact, points=stand[name] + own)

        return [
            replace(
                one,
                facts=tuple(settled(fact) if isinstance(fact, TaskEnded) else fact for fact in one.facts),
            )
            for one in happened
        ]

    async def close(self, connection: AsyncConnection, happened: Sequence[Happened]) -> None:
        """Let nothing be charged any more, once this batch has charged its own."""
        if names := _ended(happened):
            await self._close.run(connection, [(name,) for name in sorted(names)])


def ends_apart(happened: Sequence[Happened]) -> tuple[Sequence[Happened], Sequence[Happened]]:
    """Return what happened without the ends of tasks, and those ends by themselves."""
    if not _ended(happened):
        return happened, ()
    others: list[Happened] = []
    ends: list[Happened] = []
    for one in happened:
        over = tuple(fact for fact in one.facts if isinstance(fact, TaskEnded))
        if not over:
            others.append(one)
            continue
        ends.append(replace(one, facts=over))
        others.append(
            replace(one, facts=tuple(fact for fact in one.facts if not isinstance(fact, TaskEnded)))
        )
    return others, ends


def _ended(happened: Sequence[Happened]) -> set[str]:
    """Return the budgets of the tasks that ended."""
    return {
        budget_name(fact.task.id) for one in happened for fact in one.facts if isinstance(fact, TaskEnded)
    }
