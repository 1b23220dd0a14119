"""Whether an event's own time lets it in (PROTOCOL §2). Pure; asked by the door, before a command is made."""

from __future__ import annotations

from typing import Final, Literal

from server.domain.days import DAY_MS

OLDEST_MS: Final = 7 * DAY_MS
"""As long as a source may retry; what is older is a replay of something else."""
FURTHEST_MS: Final = 5 * 60_000
"""As far as two clocks may be apart."""


def untimely(time_ms: int | None, received_ms: int, *, of_order: bool) -> Literal["stale", "future"] | None:
    """Return the code an event must be refused with, or None.

    `time_ms` is the event's own time, None when it names none. Orders and refunds are never too old: money
    was paid, whenever we hear of it. The time decides nothing else; that is the receipt time's part.
    """
    if time_ms is None:
        return None
    if time_ms - received_ms > FURTHEST_MS:
        return "future"
    if not of_order and received_ms - time_ms > OLDEST_MS:
        return "stale"
    return None
