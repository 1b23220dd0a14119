"""Events made durable in a second, one process, beside a plain loop of single-row transactions. BEN11.

Both sides write to the same database in turns. It measures what a sender sees, receipts, so the disk belongs to it:
a machine whose disk does not really flush makes both sides fast.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from loadtest.bench.cores import Cores, starting_on
from loadtest.bench.postgres import DISK, Postgres
from loadtest.bench.rows import Goal, Row, judged, unmeasured, with_ratio
from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed, NotInstalled

UNIT = "events/s"
GOALS = (Goal(5_000, direction="at least"),)
OURS_S = 3.0
PLAIN_S = 1.5
PLAIN = "row by row"


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

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


def run(cores: Cores) -> list[Row]:
    """Measure SQLite, then PostgreSQL where it is installed."""
    busy = busyness(os.getloadavg()[0], os.cpu_count() or 1)
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-ledger-", dir=DISK)))
        rows += _both(
            "sqlite", f"sqlite+aiosqlite:///{folder}/ledger.db", f"sqlite:///{folder}/plain.db", cores, busy
        )
    with ExitStack() as stack:
        try:
            server = Postgres(cores, stack)
        except NotInstalled as missing:
            rows.append(unmeasured("durable_events_postgres", "ours", UNIT, str(missing)))
        else:
            urls = server.url("postgresql+asyncpg"), server.url("postgresql")
            rows += _both("postgres", *urls, cores, busy, server.cpu_s)
    return rows


def busyness(load: float, cores: int) -> str:
    """Return in words that others kept the machine busy before we began (`load`: a minute's average); else ""."""
    return f"others kept the machine busy: load {load:.1f} on {cores} cores" if load > cores / 2 else ""


def rows_of(kind: str, plain: Figures, ours: Figures, busy: str = "") -> list[Row]:
    """Return the two rows of one database, ours judged. On a busy machine a miss is nobody's, and a goal met stands."""
    name = f"durable_events_{kind}"
    figures = {PLAIN: plain.per_second, "ours": ours.per_second}
    missed = any((goal.overshoot(ours.per_second, figures) or 0) > 1 for goal in GOALS)
    doubt = f"{ours.refused} events were refused" if ours.refused else busy if missed else ""
    mine = Row(name, "ours", ours.per_second, UNIT, goals=GOALS, note=_note(ours))
    return [
        with_ratio(Row(name, PLAIN, plain.per_second, UNIT, note=_note(plain)), PLAIN, figures),
        judged(with_ratio(mine, PLAIN, figures), figures, doubt),
    ]


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
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise ChildFailed("ledger bench", f"answered {answer!r:.300}") from error


def _both(
    kind: str,
    ours_url: str,
    plain_url: str,
    cores: Cores,
    busy: str,
    database_cpu_s: Callable[[], float] | None = None,
) -> list[Row]:
    plain = _measure("plain_ledger", plain_url, PLAIN_S, cores, database_cpu_s)
    ours = _measure("ours_ledger", ours_url, OURS_S, cores, database_cpu_s)
    return rows_of(kind, plain, ours, busy)


def _measure(
    module: str, url: str, seconds: float, cores: Cores, database_cpu_s: Callable[[], float] | None
) -> Figures:
    command = python_module(f"loadtest.bench.{module}", "--database-url", url, "--seconds", str(seconds))
    before = database_cpu_s() if database_cpu_s else 0.0
    with starting_on(cores.server), Child(module, command) as child:
        lines: Sequence[str] = child.hear_all(seconds + 60)
    figures = figures_of(lines[-1] if lines else "")
    return replace(figures, database_cpu_s=database_cpu_s() - before) if database_cpu_s else figures


def _note(figures: Figures) -> str:
    commits = f", {figures.events / figures.batches:.0f} a commit" if figures.batches else ""
    cpu = f"{figures.cpu_s / figures.events * 1e6:.0f} µs CPU each"
    if figures.database_cpu_s is not None:
        # Preparing is in it too: tables, members.
        cpu += f" + {figures.database_cpu_s / figures.events * 1e6:.0f} of the database"
    waits = f"p50 {figures.p50_ms:.0f} ms, p99 {figures.p99_ms:.0f} ms to the receipt"
    loaded = f"core {figures.cpu_s / figures.seconds:.0%} loaded"
    return f"{figures.events} events{commits}, {cpu}, {waits}, {loaded}"
