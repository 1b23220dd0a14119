"""What everybody here is told when other rules take force. Rules X3, P6."""

from __future__ import annotations

from broadcaster.frames import Notice
from server.domain import notices
from server.domain.money import Money
from server.domain.phrases import Hint
from server.domain.rulebook import Rulebook
from server.framing import FRESH_MS
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
