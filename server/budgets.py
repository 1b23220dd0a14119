"""Tells the operator how far the budgets of behaviour and coupons are spent, and when one is half or nearly gone (E8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from server.ledger.ports import BudgetStand, Committed

WARN_AT: Final = (50, 80)
"""Percent of a budget at which the operator is warned (E8)."""

_log = structlog.get_logger(__name__)


COUNTERS = frozenset(("poll",))
"""What is counted as a budget and has no end: votes."""


class BudgetMeter(Protocol):
    """The part of `server.metrics` that is told here. Must neither block nor raise."""

    def budget_spent(self, budget: str, ratio: float) -> None: ...


def crossed(stand: BudgetStand) -> tuple[int, ...]:
    """Return which of `WARN_AT` the budget has reached by this very commit, ascending.

    Each charge is under its row's lock: so of all commits of all processes exactly one crosses each. Only where a unit
    has returned in between (E8) it is crossed again.
    """
    before = stand.spent - stand.charged
    return tuple(at for at in WARN_AT if before * 100 < at * stand.max <= stand.spent * 100)


class BudgetWatch:
    """Stands between intake and whoever is told of a commit."""

    def __init__(self, tell: Callable[[Committed], Awaitable[None]], meter: BudgetMeter) -> None:
        self._tell = tell
        self._meter = meter

    async def after_commit(self, committed: Committed) -> None:
        """Note how the budgets stand, then pass the commit on."""
        for stand in committed.budgets:
            # By kind: there is a budget for every show and day, and a series for each would never end.
            kind = stand.name.partition(":")[0]
            if kind in COUNTERS:
                continue
            self._meter.budget_spent(kind, stand.spent / stand.max)
            for at in crossed(stand):
                _log.warning("budget.spent", budget=stand.name, percent=at, spent=stand.spent, most=stand.max)
        await self._tell(committed)
