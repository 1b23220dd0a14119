"""What an event costs in ever larger ledgers: processor time, ours and the database's. BEN13.

Two questions. Does a larger ledger make the same show dearer? As many members come in each, spread over all of it. And
what if everybody comes? Then hardly anybody is met twice, and nobody is remembered from a moment before: a case of the
smallest ledger in which everybody comes just once says how much of that is the strangers', not the ledger's size.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from loadtest.bench.cores import Cores
from loadtest.bench.ledger_databases import SHELVES, Shelf
from loadtest.bench.ledger_sides import Figures, busyness, measured, note_of
from loadtest.bench.postgres import DISK
from loadtest.bench.rows import Goal, Row, judged, unmeasured, with_ratio
from loadtest.errors import NotInstalled

CURVE = (10_000, 100_000, 1_000_000)
"""Members, each with `LINES` entries beforehand."""
LINES = 10
EVENTS = 20_000
ONCE = 0.9
"""Events of each member of the smallest ledger where everybody comes once: what is under way at the end is more."""
ROUNDS = 3
PATIENCE_S = 90.0
"""For a run to begin, on a machine that others use."""
SLOWEST = 50.0
"""Events/s below which it is given up then."""
UNIT = "µs"


@dataclass(frozen=True, slots=True)
class Case:
    members: int
    come: int
    once: bool = False

    @property
    def who(self) -> str:
        come = "all" if self.come == self.members else str(self.come)
        said = "all come once" if self.once else f"{come} come"
        return f"ours, {self.members} members, {self.members * LINES} entries, {said}"

    @property
    def asked(self) -> tuple[str, ...]:
        """What a run is told."""
        events = min(EVENTS, round(self.members * ONCE)) if self.once else EVENTS
        words = ("--events", events, "--members", self.come, "--step", self.members // self.come)
        return (*map(str, words), *(("--once",) if self.once else ()))


@dataclass(frozen=True, slots=True)
class Pair:
    """A run in a larger ledger, and the one in the smallest just before it."""

    smallest: Figures
    larger: Figures

    @property
    def ratio(self) -> float:
        return _cost(self.larger) / _cost(self.smallest)


def run(cores: Cores, *, at: Path | None = None) -> list[Row]:
    """Measure SQLite, then PostgreSQL where it is installed, in ledgers of `CURVE`.

    `at` is the folder where the loaded ledgers are, or are put, and stay; None = they are loaded for this run alone.
    """
    busy = busyness(os.getloadavg()[0], os.cpu_count() or 1)
    rows: list[Row] = []
    with ExitStack() as stack:
        if at is None:
            at = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-curve-", dir=DISK)))
            at.chmod(0o755)  # PostgreSQL may run as another user
        at.mkdir(parents=True, exist_ok=True)
        for kind, shelf in SHELVES.items():
            try:
                with shelf(at, cores) as ledgers:
                    rows += curve_of(kind, ledgers, cores, busy=busy)
            except NotInstalled as missing:
                rows.append(unmeasured(f"cost_of_an_event_{kind}", "ours", UNIT, str(missing)))
    return rows


def cases_of(members: Sequence[int]) -> list[Case]:
    """Return what is measured: in each ledger as many come as the smallest has members, then everybody; the base first."""
    same = [Case(size, members[0]) for size in members]
    strangers = Case(members[0], members[0], once=True)
    return [*same, strangers, *(Case(size, size) for size in members[1:])]


def curve_of(
    kind: str,
    shelf: Shelf,
    cores: Cores,
    *,
    members: Sequence[int] = CURVE,
    rounds: int = ROUNDS,
    busy: str = "",
) -> list[Row]:
    """Return a row per case. Each run of a larger ledger has one of the smallest just before it, to be compared with: a
    machine that changes its speed, by half within a minute, changes it for both."""
    first, *larger = cases_of(members)
    pairs: dict[Case, list[Pair]] = {case: [] for case in larger}

    def cost_of(case: Case) -> Figures:
        with shelf.copy(case.members, LINES) as one:
            figures = measured("ours_ledger", one.ours, one, cores, case.asked, PATIENCE_S + EVENTS / SLOWEST)
        print(f"{kind}, {case.who}: {_cost(figures):.0f} {UNIT}", file=sys.stderr, flush=True)
        return figures

    for _ in range(rounds):
        for case in larger:
            pairs[case].append(Pair(cost_of(first), cost_of(case)))
    return rows_of(kind, first, pairs, busy)


def rows_of(kind: str, first: Case, pairs: Mapping[Case, Sequence[Pair]], busy: str = "") -> list[Row]:
    """Return a row per case: the median of its rounds, and the median of its ratios to the smallest just before each.

    Where everybody comes its note says, too, how it stands beside everybody's coming once to the smallest.
    """
    base = f"{first.members} members"
    goal = Goal(1.3, base)
    name = f"cost_of_an_event_{kind}"
    ratios = {case: median(one.ratio for one in rounds) for case, rounds in pairs.items()}
    strangers = next((ratio for case, ratio in ratios.items() if case.once), None)
    smallest = [one.smallest for rounds in pairs.values() for one in rounds]
    rows = [Row(name, first.who, median(map(_cost, smallest)), UNIT, note=_rounds(smallest))]
    for case, rounds in pairs.items():
        figures = [one.larger for one in rounds]
        value, ratio = median(map(_cost, figures)), ratios[case]
        note = f"{_rounds(figures)}; beside the smallest {' '.join(f'{one.ratio:.2f}' for one in rounds)}"
        if strangers is not None and case.come == case.members and not case.once:
            note += f"; {ratio / strangers:.2f} × all come once to {first.members}"
        # Beside what stood before it, not beside the median of all: so the ratio is that of the pairs.
        beside = {base: value / ratio}
        row = with_ratio(Row(name, case.who, value, UNIT, note=note), base, beside)
        if case.once:
            rows.append(row)
            continue
        row = replace(row, goals=(goal,))
        doubt = busy if (goal.overshoot(value, beside) or 0) > 1 else ""
        refused = sum(one.refused for one in figures)
        rows.append(judged(row, beside, f"{refused} events were refused" if refused else doubt))
    return rows


def _rounds(figures: Sequence[Figures]) -> str:
    least = min(figures, key=_cost)
    costs = " ".join(f"{_cost(one):.0f}" for one in figures)
    return f"rounds {costs} µs; the least: {least.per_second:.0f} events/s, {note_of(least)}"


def _cost(figures: Figures) -> float:
    return (figures.cpu_s + (figures.database_cpu_s or 0.0)) / figures.events * 1e6
