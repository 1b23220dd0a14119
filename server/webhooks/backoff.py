"""When a failed webhook is tried again. Pure.

Full jitter: receivers that were down come back to a spread of requests, not to a wave. The expectation doubles from
seconds to hours, so a short outage is made good at once and a long one costs little.
"""

from __future__ import annotations

FIRST_MS = 5_000
"""The longest wait after the first failure; it doubles from there …"""
LONGEST_MS = 4 * 3_600_000
"""… up to this."""
SHORTEST_MS = 1_000
GIVE_UP_MS = 24 * 3_600_000
"""Tries go on for at least so long (PROTOCOL §2): the last one is made when this has passed."""


def next_try_ms(
    tries: int, began_ms: int, now_ms: int, luck: float, asked_ms: int | None = None
) -> int | None:
    """Return when to try again after `tries` ≥ 1 failures since `began_ms`; None = never, it is a dead letter.

    `luck` in [0, 1) is the caller's random number. `asked_ms` is a receiver's Retry-After (None = it said none): it
    makes the wait longer, never shorter, and never longer than `LONGEST_MS`.
    """
    if now_ms - began_ms >= GIVE_UP_MS:
        return None
    longest = min(LONGEST_MS, FIRST_MS << min(tries - 1, 16))
    wait = max(SHORTEST_MS, int(luck * longest), min(asked_ms or 0, LONGEST_MS))
    # The last try is made when the time is up, not whenever luck has it before.
    return now_ms + wait if now_ms + wait < began_ms + GIVE_UP_MS else max(now_ms, began_ms + GIVE_UP_MS)
