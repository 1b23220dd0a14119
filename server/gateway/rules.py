"""What everybody here is told when other rules take force, or another worth of points is announced. X3, P6, O7."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from broadcaster.frames import Notice
from broadcaster.ports import Connection
from server.announcing.framing import FRESH_MS
from server.domain import notices
from server.domain.days import Calendar, date_of
from server.domain.money import Money
from server.domain.phrases import Hint
from server.domain.rulebook import Rulebook
from server.ids import MemberId, derived
from server.views import notice_body

_EVERYBODY = MemberId("")


def rules_notice(before: Rulebook, rulebook: Rulebook, now_ms: int) -> Notice:
    """Return the notice that `rulebook` counts from now on; what points are worth is said when it has changed."""
    rate = rulebook.spending.points_per_unit
    said = Hint("rules.changed")
    if rate != before.spending.points_per_unit:
        worth = Money(rulebook.minor, rulebook.currency)
        said = Hint("rules.rate_changed", (("points", rate), ("worth", worth)))
    notice_id = derived("n", "rules", rulebook.version)
    expires_ms = now_ms + FRESH_MS
    told = notices.Notice(_EVERYBODY, "rules", said, (("version", rulebook.version),))
    return Notice(notice_id, expires_ms, notice_body(notice_id, told, expires_ms))


class ComingRate:
    """Another worth of points that has been announced: every member hears of it, once, while its notice runs.

    Lives on one event loop. What it remembers of whom it told is of this process alone: a viewer who comes back to
    another one may hear of it again.
    """

    MOST_REMEMBERED = 50_000

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._now: Rulebook | None = None
        self._coming: Rulebook | None = None
        self._effective_ms = 0
        self._told: OrderedDict[str, None] = OrderedDict()

    def announced(self, now: Rulebook, coming: Rulebook | None, effective_ms: int) -> None:
        """Take what counts now and what will count from `effective_ms` on; None = nothing is announced (any more)."""
        self._now, self._coming, self._effective_ms = now, coming, effective_ms
        self._told.clear()

    @property
    def is_announced(self) -> bool:
        """Whether there may be something to tell."""
        return self._coming is not None

    def tell(self, connections: Sequence[Connection], now_ms: int) -> None:
        """Tell those of these members who have not heard of it here."""
        if self._now is None or self._coming is None or now_ms >= self._effective_ms:
            return
        for connection in connections:
            member = connection.identity.member
            if member is None or member in self._told:
                continue
            self._told[member] = None
            if len(self._told) > self.MOST_REMEMBERED:
                self._told.popitem(last=False)
            connection.send(self._notice(self._now, self._coming, now_ms))

    def _notice(self, now: Rulebook, coming: Rulebook, now_ms: int) -> Notice:
        said = Hint(
            "rules.rate_coming",
            (
                ("date", date_of(self._calendar.day_of(self._effective_ms)).isoformat()),
                ("points", coming.spending.points_per_unit),
                ("worth", Money(now.minor, now.currency)),
                ("before", now.spending.points_per_unit),
            ),
        )
        params = (("version", coming.version), ("effective_ms", self._effective_ms))
        notice_id = derived("n", "rate", coming.version)
        expires_ms = now_ms + FRESH_MS
        told = notices.Notice(_EVERYBODY, "rules", said, params)
        return Notice(notice_id, expires_ms, notice_body(notice_id, told, expires_ms))
