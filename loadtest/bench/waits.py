"""How long senders waited, of a whole run. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def p50_p99_ms(waits_s: Sequence[float]) -> dict[str, float]:
    """Return the waits (s, at least one) that half and all but a hundredth of the senders did not exceed."""
    ordered = sorted(waits_s)
    last = len(ordered) - 1
    return {"p50_ms": ordered[last // 2] * 1e3, "p99_ms": ordered[-(-last * 99 // 100)] * 1e3}
