"""How numbers are said in a sentence, in both languages: as people say them. Pure."""

from __future__ import annotations

_WAN = 10_000


def points(n: int | str) -> str:
    """Return points in English; `n` may be written already, as 1.5."""
    return f"{n} point" if str(n) == "1" else f"{n} points"


def times(n: int) -> str:
    """Return how often, in English."""
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def span(seconds: int) -> tuple[str, str]:
    """Return a while: in minutes from two whole ones on."""
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds // 60}分钟", f"{seconds // 60} minutes"
    return f"{seconds}秒", f"{seconds} s"


def many(n: int) -> tuple[str, str]:
    """Return a large number so that nobody counts its noughts."""
    zh = f"{n // _WAN}万" if n >= _WAN and n % _WAN == 0 else str(n)
    return zh, f"{n:,}"
