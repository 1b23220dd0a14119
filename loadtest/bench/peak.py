"""Everything DESIGN §6 promises of a full house, in one run of eleven minutes, written down where it belongs.

    python -m loadtest.bench peak --write docs/benchmarks

Each step stands alone: one that cannot be done is said on standard error, and the others still run (BEN6).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from loadtest.bench import big_room, fanout, idle, join, ladder, storm
from loadtest.bench.big_room import QUIET
from loadtest.bench.cores import Cores
from loadtest.bench.machine import described, others_load
from loadtest.bench.ours import OursCrowd, OursFanout, OursServer
from loadtest.bench.peers import Floor, Nchan, NodeWs
from loadtest.bench.rows import Outcome, Row, as_json
from loadtest.errors import LoadtestError

Step = tuple[str, Callable[[Cores], list[Row]]]


def _delivery(cores: Cores) -> list[Row]:
    rows = fanout.run([Floor(cores), Nchan(cores), NodeWs(cores), OursFanout(cores)], cores)
    return [*rows, fanout.run_gathered(OursFanout(cores, gathered=True), cores, rows)]


def _joining(cores: Cores) -> list[Row]:
    return join.run([Floor(cores), Nchan(cores), NodeWs(cores), OursServer(cores)], cores)


def _crowd(cores: Cores) -> list[Row]:
    # Memory first: what a storm has used and given back would be used again and hide the growth.
    with OursCrowd(cores) as ours:
        return [*idle.run(ours, cores), *storm.run_joins(ours, cores)]


STEPS: Sequence[Step] = (
    ("fan-out beside floor, Nchan and ws", _delivery),
    ("15 000 viewers in one room of one process", big_room.run),
    ("joins beside floor, Nchan and ws", _joining),
    ("idle viewers, and a storm of joins", _crowd),
    ("the storm after a process has died", storm.run_death),
    ("a node driven up its ladder of overload and let down", ladder.run),
    ("4 processes of 15 000 viewers each", big_room.run_crowded),
)


def run(cores: Cores, steps: Sequence[Step] = STEPS) -> tuple[list[Row], list[str]]:
    """Take all steps; return the rows, and what could not be done."""
    rows: list[Row] = []
    broken: list[str] = []
    for name, take in steps:
        began = time.monotonic()
        busy = others_load()
        try:
            rows += [with_doubt(row, busy) for row in take(cores)]
        except LoadtestError as error:
            broken.append(f"{name}: {error}")
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return rows, broken


def with_doubt(row: Row, busy: float) -> Row:
    """Return the row as a busy machine lets it stand: neighbours only add to a cost, so a goal that is met is met all
    the same, a miss is not judged. Pure.
    """
    if busy <= QUIET or row.outcome not in (Outcome.MISSED, Outcome.FAILED):
        return row
    why = f"the machine was busy: others used {busy:.0%} of it"
    return replace(row, outcome=Outcome.NOT_JUDGED, note=f"{row.note}; {why}" if row.note else why)


def write(rows: Sequence[Row], broken: Sequence[str], folder: Path, now: datetime | None = None) -> Path:
    """Write the table and the JSON of one run; return the table's path."""
    at = now or datetime.now(UTC)
    about = described(at)
    stem = folder / f"{at:%Y-%m-%d}-peak"
    document = {"about": about, "rows": [as_json(row) for row in rows], "not done": list(broken)}
    stem.with_suffix(".json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    stem.with_suffix(".md").write_text(markdown(rows, broken, about))
    return stem.with_suffix(".md")


def markdown(rows: Sequence[Row], broken: Sequence[str], about: dict[str, str]) -> str:
    """Return one run as a page. Pure."""
    lines = [
        "# A full house, as it was measured",
        "",
        "Written by `make bench-peak`. What each row is and how it can lie: [loadtest/README.md](../../loadtest/README.md).",
        "*not judged* = the machine was busy with other work, or the core was not loaded enough to say; the note tells.",
        "",
        *(f"- {name}: {value}" for name, value in about.items()),
        "",
        "| what | who | value | ratio | goal | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        value = "–" if row.value is None else f"{row.value:.2f} {row.unit}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} × {row.base}"
        goals = ", ".join(goal.text(row.unit) for goal in row.goals)
        lines.append(f"| {row.name} | {row.who} | {value} | {ratio} | {goals} | {row.outcome.value} |")
    lines += ["", *(f"- {row.name}, {row.who}: {row.note}" for row in rows if row.note)]
    lines += [f"- not done: {why}" for why in broken]
    return "\n".join(lines) + "\n"
