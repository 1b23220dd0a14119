"""Events made durable in a second, one process, beside a plain loop of single-row transactions. BEN11, BEN13.

Both sides write to the same database in turns. It measures what a sender sees, receipts, so the disk belongs to it:
a machine whose disk does not really flush makes both sides fast.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from loadtest.bench.cores import Cores
from loadtest.bench.flushing import REAL_MS, flush_ms as flush_ms_of
from loadtest.bench.ledger_databases import KINDS, Open, fill
from loadtest.bench.ledger_sides import Figures, busyness, measured, note_of
from loadtest.bench.postgres import DISK
from loadtest.bench.rows import Goal, Row, judged, unmeasured, with_ratio
from loadtest.errors import NotInstalled

UNIT = "events/s"
PLAIN = "row by row"
AT_LEAST = Goal(5_000, direction="at least")
TIMES_PLAIN = Goal(10, PLAIN, direction="at least")
FLAT = Goal(1.02, "at nine tenths")
OURS_S = 3.0
PLAIN_S = 1.5
MEMBERS = 20_000
LINES = 2
"""Entries of each member beforehand."""
PATIENCE_S = 90.0
SLOWEST = 200.0
"""Events/s below which a long run is given up."""
FLAT_EVENTS = 200_000


@dataclass(frozen=True, slots=True)
class Flushes:
    """What a flush takes in a run, in ms."""

    ms: float
    stated: bool = False
    """Made to take so long; False = measured, the median of this disk."""


def run(cores: Cores, *, events: int | None = None, flush_ms: float = REAL_MS) -> list[Row]:
    """Measure SQLite, then PostgreSQL where it is installed; with flushes that take `flush_ms` where they take less here.

    `events` of ours; None = for some seconds. `flush_ms` 0 = only as the disk is.
    """
    busy = busyness(os.getloadavg()[0], os.cpu_count() or 1)
    disk = Flushes(flush_ms_of(DISK))
    rows: list[Row] = []
    for kind, database in KINDS.items():
        try:
            rows += _beside(kind, database, cores, events, disk, busy)
        except NotInstalled as missing:
            rows.append(unmeasured(name_of(kind, disk), "ours", UNIT, str(missing)))
            continue
        if disk.ms >= flush_ms:
            continue
        stated = Flushes(flush_ms, stated=True)
        try:
            rows += _beside(kind, database, cores, None, stated, busy)
        except NotInstalled as missing:
            rows.append(unmeasured(name_of(kind, stated), "ours", UNIT, str(missing)))
    return rows


def name_of(kind: str, flushes: Flushes) -> str:
    return f"durable_events_{kind}" + (f"_flush_{flushes.ms:g}ms" if flushes.stated else "")


def rows_of(kind: str, plain: Figures, ours: Figures, flushes: Flushes, busy: str = "") -> list[Row]:
    """Return the rows of one database, ours judged. On a busy machine a miss is nobody's, and a goal met stands.

    Ten times the plain loop is asked where flushes take as long as on a real disk, or were made to.
    """
    name = name_of(kind, flushes)
    figures = {PLAIN: plain.per_second, "ours": ours.per_second}
    goals = (TIMES_PLAIN,) if flushes.stated else (AT_LEAST, TIMES_PLAIN)
    if not flushes.stated and flushes.ms < REAL_MS:
        goals = (AT_LEAST,)
    missed = any((goal.overshoot(ours.per_second, figures) or 0) > 1 for goal in goals)
    doubt = busy if missed else ""
    if ours.refused:
        doubt = f"{ours.refused} events were refused"
    elif flushes.stated and plain.p50_ms < flushes.ms:
        doubt = "the flushes did not take hold: this database does not call the C library's fdatasync"
    mine = Row(name, "ours", ours.per_second, UNIT, goals=goals, note=note_of(ours))
    disk = (
        f"a flush made to take {flushes.ms:g} ms"
        if flushes.stated
        else f"a flush takes {flushes.ms:.2f} ms here"
    )
    rows = [
        with_ratio(
            Row(name, PLAIN, plain.per_second, UNIT, note=f"{note_of(plain)}; {disk}"), PLAIN, figures
        ),
        judged(with_ratio(mine, PLAIN, figures), figures, doubt),
    ]
    return rows if flushes.stated else rows + _memory(kind, ours)


def _memory(kind: str, ours: Figures) -> list[Row]:
    """Return the row that says whether memory stays flat; none when it was not looked at."""
    if len(ours.rss_mb) < 2:
        return []
    before, after = ours.rss_mb[-2:]
    figures = {FLAT.beside or "": before}
    # In a short run what is remembered of members, and SQLite's cache, are still growing to their limits.
    doubt = "" if ours.events >= FLAT_EVENTS else f"only {ours.events} events, to be judged by {FLAT_EVENTS}"
    row = Row(
        f"ledger_memory_{kind}",
        "ours",
        after,
        "MB",
        goals=(FLAT,),
        note=f"before {ours.events} events and after each tenth: {' '.join(f'{mb:.0f}' for mb in ours.rss_mb)} MB",
    )
    return [judged(with_ratio(row, FLAT.beside or "", figures), figures, doubt)]


def _beside(
    kind: str, database: Open, cores: Cores, events: int | None, flushes: Flushes, busy: str
) -> list[Row]:
    with database(cores, flush_ms=flushes.ms if flushes.stated else 0.0) as one:
        plain = measured("plain_ledger", one.plain, one, cores, ("--seconds", str(PLAIN_S)), PATIENCE_S)
        fill(one.ours, MEMBERS, LINES)
        long = ("--seconds", str(OURS_S)) if events is None else ("--events", str(events))
        more = (*long, "--members", str(MEMBERS))
        patience_s = PATIENCE_S if events is None else PATIENCE_S + events / SLOWEST
        ours = measured("ours_ledger", one.ours, one, cores, more, patience_s)
        return rows_of(kind, plain, ours, flushes, busy)
