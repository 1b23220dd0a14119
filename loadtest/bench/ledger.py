"""Events made durable in a second, one process, beside a plain loop of single-row transactions. BEN11, BEN13.

Both sides write to the same database in turns. It measures what a sender sees, receipts, so the disk belongs to it:
a machine whose disk does not really flush makes both sides fast.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from loadtest.bench.cores import Cores, starting_on
from loadtest.bench.postgres import DISK, Postgres
from loadtest.bench.rows import Goal, Row, judged, unmeasured, with_ratio
from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed, NotInstalled

UNIT = "events/s"
PLAIN = "row by row"
AT_LEAST = Goal(5_000, direction="at least")
TIMES_PLAIN = Goal(10, PLAIN, direction="at least")
SLOW_DISK = AT_LEAST.limit / TIMES_PLAIN.limit
"""A plain loop faster than this has a disk that does not flush: ten times as much says nothing of ours then."""
FLAT = Goal(1.02, "at nine tenths")
OURS_S = 3.0
PLAIN_S = 1.5
MEMBERS = 20_000
LINES = 2
"""Entries of each member beforehand."""
CURVE = (10_000, 100_000, 1_000_000)
"""Members, each with `CURVE_LINES` entries beforehand."""
CURVE_LINES = 10
CURVE_EVENTS = 20_000
PATIENCE_S = 90.0
FILLING_S = 1_800.0
"""For ten million entries on a slow disk."""
SLOWEST = 200.0
"""Events/s below which a long run is given up."""
FLAT_EVENTS = 200_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side printed."""

    events: int
    seconds: float
    cpu_s: float
    batches: int | None = None
    refused: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    """Of a sender, from asking to the receipt."""
    database_cpu_s: float | None = None
    """Of the database's own processes; None = it has none (SQLite)."""
    rss_mb: tuple[float, ...] = ()
    """Before the first event, and after each tenth of them."""
    senders_cpu_s: float = 0.0
    """Of `cpu_s`, what the bench took to make the events: a server's doors stand there instead."""

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


@dataclass(frozen=True, slots=True)
class Database:
    """A new one: where each side writes, and the processor time of its own processes (None = it has none)."""

    ours: str
    plain: str
    cpu_s: Callable[[], float] | None = None


@contextmanager
def sqlite(_cores: Cores) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="bench-ledger-", dir=DISK) as folder:
        yield Database(f"sqlite+aiosqlite:///{folder}/ledger.db", f"sqlite:///{folder}/plain.db")


@contextmanager
def postgres(cores: Cores) -> Iterator[Database]:
    """Raises `NotInstalled`."""
    with ExitStack() as stack:
        server = Postgres(cores, stack)
        yield Database(server.url("postgresql+asyncpg"), server.url("postgresql"), server.cpu_s)


Open = Callable[[Cores], AbstractContextManager[Database]]
KINDS: dict[str, Open] = {"sqlite": sqlite, "postgres": postgres}


def run(cores: Cores, *, events: int | None = None, curve: bool = False) -> list[Row]:
    """Measure SQLite, then PostgreSQL where it is installed; with `curve` in ever larger ledgers instead.

    `events` of ours; None = for some seconds.
    """
    busy = busyness(os.getloadavg()[0], os.cpu_count() or 1)
    rows: list[Row] = []
    for kind, database in KINDS.items():
        try:
            rows += curve_of(kind, database, cores) if curve else _beside(kind, database, cores, events, busy)
        except NotInstalled as missing:
            rows.append(unmeasured(f"durable_events_{kind}", "ours", UNIT, str(missing)))
    return rows


def busyness(load: float, cores: int) -> str:
    """Return in words that others kept the machine busy before we began (`load`: a minute's average); else ""."""
    return f"others kept the machine busy: load {load:.1f} on {cores} cores" if load > cores / 2 else ""


def rows_of(kind: str, plain: Figures, ours: Figures, busy: str = "") -> list[Row]:
    """Return the rows of one database, ours judged. On a busy machine a miss is nobody's, and a goal met stands."""
    name = f"durable_events_{kind}"
    figures = {PLAIN: plain.per_second, "ours": ours.per_second}
    goals = (AT_LEAST, TIMES_PLAIN) if plain.per_second <= SLOW_DISK else (AT_LEAST,)
    missed = any((goal.overshoot(ours.per_second, figures) or 0) > 1 for goal in goals)
    doubt = f"{ours.refused} events were refused" if ours.refused else busy if missed else ""
    mine = Row(name, "ours", ours.per_second, UNIT, goals=goals, note=_note(ours))
    disk = "" if plain.per_second <= SLOW_DISK else "; this disk does not flush"
    rows = [
        with_ratio(Row(name, PLAIN, plain.per_second, UNIT, note=_note(plain) + disk), PLAIN, figures),
        judged(with_ratio(mine, PLAIN, figures), figures, doubt),
    ]
    return rows + _memory(kind, ours)


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


def curve_of(kind: str, database: Open, cores: Cores, members: Sequence[int] = CURVE) -> list[Row]:
    """Return a row per size of ledger: the processor time of an event there, ours and the database's."""
    rows: list[Row] = []
    first: float | None = None
    for size in members:
        with database(cores) as one:
            _fill(one, size, CURVE_LINES)
            more = ("--events", str(CURVE_EVENTS), "--members", str(size))
            figures = _measure("ours_ledger", one.ours, one, cores, more, CURVE_EVENTS / SLOWEST)
        cost = (figures.cpu_s + (figures.database_cpu_s or 0.0)) / figures.events * 1e6
        first = first or cost
        row = Row(
            f"cost_of_an_event_{kind}",
            f"ours, {size} members, {size * CURVE_LINES} entries",
            cost,
            "µs",
            note=f"{figures.per_second:.0f} events/s, {_note(figures)}",
        )
        rows.append(with_ratio(row, f"{members[0]} members", {f"{members[0]} members": first}))
    return rows


def figures_of(answer: str) -> Figures:
    """Read what a child printed. Raises `ChildFailed` when it is something else."""
    try:
        values = json.loads(answer)
        outcomes = values.get("outcomes", {})
        return Figures(
            events=int(values["events"]),
            seconds=float(values["seconds"]),
            cpu_s=float(values["cpu_s"]),
            batches=values.get("batches"),
            refused=sum(count for outcome, count in outcomes.items() if outcome != "applied"),
            p50_ms=float(values["p50_ms"]),
            p99_ms=float(values["p99_ms"]),
            rss_mb=tuple(map(float, values.get("rss_mb", ()))),
            senders_cpu_s=float(values.get("senders_cpu_s", 0.0)),
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise ChildFailed("ledger bench", f"answered {answer!r:.300}") from error


def _beside(kind: str, database: Open, cores: Cores, events: int | None, busy: str) -> list[Row]:
    with database(cores) as one:
        plain = _measure("plain_ledger", one.plain, one, cores, ("--seconds", str(PLAIN_S)), PATIENCE_S)
        _fill(one, MEMBERS, LINES)
        long = ("--seconds", str(OURS_S)) if events is None else ("--events", str(events))
        more = (*long, "--members", str(MEMBERS))
        patience_s = PATIENCE_S if events is None else PATIENCE_S + events / SLOWEST
        return rows_of(kind, plain, _measure("ours_ledger", one.ours, one, cores, more, patience_s), busy)


def _fill(database: Database, members: int, lines: int) -> None:
    sizes = ("--members", str(members), "--lines", str(lines))
    module = "loadtest.bench.filled_ledger"
    with Child("filled_ledger", python_module(module, "--database-url", database.ours, *sizes)) as child:
        child.hear_all(FILLING_S)


def _measure(
    module: str, url: str, database: Database, cores: Cores, more: Sequence[str], patience_s: float
) -> Figures:
    command = python_module(f"loadtest.bench.{module}", "--database-url", url, *more)
    before = database.cpu_s() if database.cpu_s else 0.0
    with starting_on(cores.server), Child(module, command) as child:
        lines: Sequence[str] = child.hear_all(patience_s)
    figures = figures_of(lines[-1] if lines else "")
    if database.cpu_s is None:
        return figures
    return replace(figures, database_cpu_s=database.cpu_s() - before)


def _note(figures: Figures) -> str:
    commits = f", {figures.events / figures.batches:.0f} a commit" if figures.batches else ""
    cpu = f"{figures.cpu_s / figures.events * 1e6:.0f} µs CPU each"
    if figures.senders_cpu_s:
        cpu += f" ({figures.senders_cpu_s / figures.events * 1e6:.0f} of it to make them)"
    if figures.database_cpu_s is not None:
        cpu += f" + {figures.database_cpu_s / figures.events * 1e6:.0f} of the database"
    waits = f"p50 {figures.p50_ms:.0f} ms, p99 {figures.p99_ms:.0f} ms to the receipt"
    loaded = f"core {figures.cpu_s / figures.seconds:.0%} loaded"
    return f"{figures.events} events{commits}, {cpu}, {waits}, {loaded}"
