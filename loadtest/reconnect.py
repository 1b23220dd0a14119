"""Whether and when a closed viewer comes back. Pure. CRD6, PROTOCOL §1.5."""

from __future__ import annotations

FIRST_MS = 500.0
LONGEST_MS = 20_000.0
OUR_FAULT = frozenset({1002, 1003, 1007, 1009})
"""Standard codes that say: your program is wrong."""


def wait_ms(code: int | None, retry_after_ms: int, attempt: int, chance: float) -> float | None:
    """Return how long to wait before connecting again; None = stop.

    `code` is the close code (None = the link broke without one), `attempt` counts from 0 the tries that failed in a
    row, `chance` is a number in [0, 1): full jitter.
    """
    if code is not None and (code >= 4500 or code in OUR_FAULT):
        return None
    return retry_after_ms + chance * min(LONGEST_MS, FIRST_MS * 2.0 ** min(attempt, 10))
