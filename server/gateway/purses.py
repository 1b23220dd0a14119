"""What the budgets of behaviour still hold for a show, as this node last read it (E8, L7).

Charged by every server at once, they are known here as of the last round: near its end a card may promise what
somebody else gets first. Once one is spent, no card goes on promising points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import structlog

from server.domain.days import Calendar
from server.domain.rulebook import Rulebook
from server.domain.state import Show
from server.ids import ShowId
from server.ledger.errors import LedgerUnavailable

_log = structlog.get_logger(__name__)


class Budgets(Protocol):
    """The part of `server.ledger.ports.QueriesPort` that is read here. Raises `LedgerUnavailable`."""

    async def spent(self, names: Sequence[str]) -> Mapping[str, int]: ...


class Purses:
    """Lives on one event loop."""

    def __init__(self, truth: Budgets, rulebook_at: Callable[[int], Rulebook], calendar: Calendar) -> None:
        self._truth = truth
        self._rulebook_at = rulebook_at
        self._calendar = calendar
        self._left: dict[ShowId, int] = {}
        self._day = 0
        """The day of which this was read: another has a budget of its own."""

    def left(self, show: Show | None, now_ms: int) -> int | None:
        """Return the points that behaviour may still bring in `show` today; None = not known, or no show on air."""
        if show is None or show.status != "live" or self._calendar.day_of(now_ms) != self._day:
            return None
        return self._left.get(show.id)

    def is_spent(self, show: Show | None, now_ms: int) -> bool:
        """Whether no award of any behaviour is paid in `show` any more today, as far as is known."""
        left = self.left(show, now_ms)
        if left is None:
            return False
        rules = self._rulebook_at(now_ms).behaviours.values()
        return left < min((rule.points for rule in rules if rule.points), default=0)

    async def round(self, shows: Iterable[Show], now_ms: int) -> None:
        """Read what is left for `shows`, which are on air; what cannot be read stays as it was known."""
        on_air = {show.id for show in shows}
        if not on_air:
            self._left = {}
            return
        budgets = self._rulebook_at(now_ms).budgets
        day = self._calendar.day_of(now_ms)
        names = {show: budgets.show_name(show) for show in on_air}
        try:
            spent = await self._truth.spent([*sorted(names.values()), budgets.day_name(day)])
        except LedgerUnavailable as away:
            _log.info("purses.unread", why=away.why)
            return
        of_day = budgets.day - spent.get(budgets.day_name(day), 0)
        self._left = {
            show: max(0, min(of_day, budgets.show - spent.get(name, 0))) for show, name in names.items()
        }
        self._day = day
