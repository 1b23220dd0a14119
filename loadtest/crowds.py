"""The shapes a crowd takes over time. Pure: Locust asks every second, `locustfile` passes the question on."""

from __future__ import annotations

ARRIVAL_SHARE = 0.25
"""Of the evening; after it everybody is in."""


def people_at(now_s: float, crowd: int, seconds: float) -> tuple[int, float] | None:
    """Return (people wanted, how many may come a second) at this second of the evening; None when it is over."""
    if now_s >= seconds:
        return None
    return crowd, max(1.0, crowd / (seconds * ARRIVAL_SHARE))
