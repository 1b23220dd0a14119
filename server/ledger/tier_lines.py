"""What the ledger says of a member's tier (X7). Pure; see `records`."""

from __future__ import annotations

from server.domain.facts import TierDropped, TierEnding, TierKept, TierMoved, TierReached
from server.ledger.box_rows import Said


def tier_line(fact: TierReached | TierKept | TierMoved | TierDropped | TierEnding) -> Said:
    """Return the line: which tier, and until when."""
    data: dict[str, str | int | None] = {"until_ms": fact.until_ms}
    match fact:
        case TierKept():
            kind = "tier_kept"
            if fact.by_order is not None:
                data["order"] = fact.by_order
        case TierEnding():
            kind = "tier_ending"
            data["growth_to_keep"] = fact.growth_to_keep
        case TierMoved():
            kind = "tier_moved"
            data["previous"] = fact.previous
        case _:
            kind = "tier_reached" if isinstance(fact, TierReached) else "tier_dropped"
            data = {"previous": fact.previous, "until_ms": fact.until_ms, "order": fact.by_order}
    return (kind, fact.member, None, fact.tier, None, fact.at_ms, data)
