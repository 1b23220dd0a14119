"""What one node says of a room's viewers, as text and added up. Pure. Rule HOT11."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping


def audience_text(tiers: Mapping[str, int], until_ms: int) -> str:
    """Return what a node keeps in a room's hash: until when it counts, then viewers by tier."""
    return json.dumps([until_ms, dict(tiers)], separators=(",", ":"))


def audience_of(text: bytes) -> tuple[int, Mapping[str, int]]:
    """Return (until when it counts, viewers by tier); what cannot be read counts no longer."""
    try:
        until_ms, tiers = json.loads(text)
        return int(until_ms), {str(tier): int(n) for tier, n in dict(tiers).items()}
    except (ValueError, TypeError):
        return 0, {}


def added_up(nodes: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for tiers in nodes:
        total.update(tiers)
    return dict(total)
