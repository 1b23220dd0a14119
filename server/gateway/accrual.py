"""Turning beats into watched time. Pure. Rules E1, V2.

A beat proves the moment it came in, and with the beat before it on the same connection the time between.
Such proven time is a `Span`; spans of all connections of a member are folded into one `Progress`, which holds
the last proven moment: time proven twice counts once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.domain.unguarded import unguarded
from server.hot.ports import Progress

MINUTE_MS = 60_000

EXCUSED_MS = 600_000
"""A silence that was our fault breaks no run, but not for longer than it takes to bring a server back."""


@unguarded
@dataclass(frozen=True, slots=True)
class Span:
    """Time proven watched, both ends included, Unix ms."""

    from_ms: int
    to_ms: int
    first: bool = False
    """The connection's first: if nobody said that the member had left, the silence before it was ours."""
    excused: bool = False
    """This node itself was late: the silence before it was ours."""


def beaten(
    spans: tuple[Span, ...], at_ms: int, gap_ms: int, *, running: bool, late: bool
) -> tuple[Span, ...]:
    """Return the connection's spans after a beat that proves watching at `at_ms`.

    `running` = the beat before this one proved watching too; `late` = this node kept silent meanwhile.
    """
    if not spans:
        return (Span(at_ms, at_ms, first=True),)
    last = spans[-1]
    if at_ms <= last.to_ms:
        return spans
    if running and at_ms - last.to_ms <= gap_ms:
        return (*spans[:-1], Span(last.from_ms, at_ms, last.first, last.excused))
    return (*spans, Span(at_ms, at_ms, excused=late))


def accrued(progress: Progress, span: Span, gap_ms: int) -> Progress:
    """Return the progress with `span` watched. A silence over `gap_ms` before it starts the 15 minutes anew (E1)."""
    if span.to_ms <= progress.last_ms:
        return progress
    silence_ms = span.from_ms - progress.last_ms
    ours = (span.excused or (span.first and progress.present)) and silence_ms <= EXCUSED_MS
    broken = progress.last_ms == 0 or (silence_ms > gap_ms and not ours)
    watched_ms = span.to_ms - max(span.from_ms, progress.last_ms)
    return Progress(
        watched_ms if broken else progress.toward15_ms + watched_ms,
        progress.toward10_ms + watched_ms,
        progress.n15,
        progress.n10,
        span.to_ms,
        progress.present,
        progress.seq,
    )


def due(progress: Progress) -> tuple[int, ...]:
    """Return which milestones are reached, in minutes: 15, 10, both or none. Each is asked for once at a time."""
    reached = []
    if progress.toward15_ms >= 15 * MINUTE_MS:
        reached.append(15)
    if progress.toward10_ms >= 10 * MINUTE_MS:
        reached.append(10)
    return tuple(reached)


def watched_ms(progress: Progress) -> int:
    """Return how much of the show has been watched in all, paid or not."""
    return progress.toward10_ms + max(0, progress.n10) * 10 * MINUTE_MS


def number(progress: Progress, minutes: int) -> int:
    """Return the number of the next milestone of `minutes`."""
    return 1 + (progress.n15 if minutes == 15 else progress.n10)


def reported(progress: Progress, minutes: int) -> Progress:
    """Return the progress once the ledger has answered for its next milestone of `minutes`."""
    if minutes == 15:
        return replace(progress, toward15_ms=progress.toward15_ms - 15 * MINUTE_MS, n15=progress.n15 + 1)
    return replace(progress, toward10_ms=progress.toward10_ms - 10 * MINUTE_MS, n10=progress.n10 + 1)
