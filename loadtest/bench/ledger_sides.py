"""The two sides of the ledger benchmark as processes, and what they print. BEN11."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from loadtest.bench.cores import Cores, starting_on
from loadtest.bench.ledger_databases import Database
from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed


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
    threads_cpu_s: float = 0.0
    """Of `cpu_s`, what all threads but the loop's took; SQLite works in one of them."""

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


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
            threads_cpu_s=float(values.get("threads_cpu_s", 0.0)),
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise ChildFailed("ledger bench", f"answered {answer!r:.300}") from error


def measured(
    module: str, url: str, database: Database, cores: Cores, more: Sequence[str], patience_s: float
) -> Figures:
    """Run one side (`module` of this folder) on the server's core. Raises `ChildFailed`."""
    command = python_module(f"loadtest.bench.{module}", "--database-url", url, *more)
    before = database.cpu_s() if database.cpu_s else 0.0
    with starting_on(cores.server), Child(module, command, env={**os.environ, **database.env}) as child:
        lines: Sequence[str] = child.hear_all(patience_s)
    figures = figures_of(lines[-1] if lines else "")
    if database.cpu_s is None:
        return figures
    return replace(figures, database_cpu_s=database.cpu_s() - before)


def busyness(load: float, cores: int) -> str:
    """Return in words that others kept the machine busy before we began (`load`: a minute's average); else ""."""
    return f"others kept the machine busy: load {load:.1f} on {cores} cores" if load > cores / 2 else ""


def note_of(figures: Figures) -> str:
    commits = f", {figures.events / figures.batches:.0f} a commit" if figures.batches else ""
    cpu = f"{figures.cpu_s / figures.events * 1e6:.0f} µs CPU each"
    parts = []
    if figures.senders_cpu_s:
        parts.append(f"{figures.senders_cpu_s / figures.events * 1e6:.0f} of it to make them")
    if figures.threads_cpu_s and figures.database_cpu_s is None:
        parts.append(f"{figures.threads_cpu_s / figures.events * 1e6:.0f} of it SQLite's thread")
    cpu += f" ({', '.join(parts)})" if parts else ""
    if figures.database_cpu_s is not None:
        cpu += f" + {figures.database_cpu_s / figures.events * 1e6:.0f} of the database"
    waits = f"p50 {figures.p50_ms:.0f} ms, p99 {figures.p99_ms:.0f} ms to the receipt"
    loaded = f"core {figures.cpu_s / figures.seconds:.0%} loaded"
    return f"{figures.events} events{commits}, {cpu}, {waits}, {loaded}"
