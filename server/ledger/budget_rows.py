"""What budgets and counters of votes stand at, read without a lock: whoever charges one is the judge (E8, L8, R3)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from server.ledger.bulk import Row, keyed


class BudgetRows:
    """The statement of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._spent = keyed(
            dialect,
            "SELECT t.name, t.spent FROM {keys} CROSS JOIN budgets t WHERE t.name = k.id",
            (("id", "text"),),
        )

    async def spent(self, connection: AsyncConnection, names: Iterable[str]) -> dict[str, int]:
        """Return what is spent of `names`; those never charged are absent. Asks nothing for none."""
        keys: list[Row] = [(name,) for name in sorted(set(names))]
        if not keys:
            return {}
        return {str(row[0]): int(row[1]) for row in await self._spent.run(connection, keys)}
