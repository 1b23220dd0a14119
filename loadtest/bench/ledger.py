"""Events made durable in a second, one process, beside a plain loop of single-row transactions. BEN11.

Both sides write to the same database in turns. It measures what a sender sees, receipts, so the disk belongs to it:
a machine whose disk does not really flush makes both sides fast.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
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

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


def run(cores: Cores) -> list[Row]:
    """Measure SQLite, then PostgreSQL where it is installed."""
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-ledger-", dir=DISK)))
        rows += _both(
            "sqlite", f"sqlite+aiosqlite:///{folder}/ledger.db", f"sqlite:///{folder}/plain.db", cores
        )
    with ExitStack() as stack:
        try:
            server = Postgres(cores, stack)
        except NotInstalled as missing:
            rows.append(unmeasured("durable_events_postgres", "ours", UNIT, str(missing)))
        else:
            rows += _both("postgres", server.url("postgresql+asyncpg"), server.url("postgresql"), cores)
    return rows


def rows_of(kind: str, plain: Figures, ours: Figures) -> list[Row]:
    """Return the two rows of one database, ours judged."""
    name = f"durable_events_{kind}"
    figures = {PLAIN: plain.per_second, "ours": ours.per_second}
    doubt = f"{ours.refused} events were refused" if ours.refused else ""
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
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise ChildFailed("ledger bench", f"answered {answer!r:.300}") from error


def _both(kind: str, ours_url: str, plain_url: str, cores: Cores) -> list[Row]:
    plain = _measure("plain_ledger", plain_url, PLAIN_S, cores)
    ours = _measure("ours_ledger", ours_url, OURS_S, cores)
    return rows_of(kind, plain, ours)


def _measure(module: str, url: str, seconds: float, cores: Cores) -> Figures:
    command = python_module(f"loadtest.bench.{module}", "--database-url", url, "--seconds", str(seconds))
    with starting_on(cores.server), Child(module, command) as child:
        lines: Sequence[str] = child.hear_all(seconds + 60)
    return figures_of(lines[-1] if lines else "")


def _note(figures: Figures) -> str:
    cpu = f"{figures.cpu_s / figures.events * 1e6:.0f} µs CPU each, core {figures.cpu_s / figures.seconds:.0%} loaded"
    if figures.batches:
        return f"{figures.events} events, {figures.events / figures.batches:.0f} a commit, {cpu}"
    return f"{figures.events} events, {cpu}"
