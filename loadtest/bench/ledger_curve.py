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
from dataclasses import dataclass
from pathlib import Path

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
    """Return a row per case. Rounds alternate, so that a machine that changes its speed changes it for all of them."""
    cases = cases_of(members)
    seen: dict[Case, list[Figures]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            with shelf.copy(case.members, LINES) as one:
                patience_s = PATIENCE_S + EVENTS / SLOWEST
                figures = measured("ours_ledger", one.ours, one, cores, case.asked, patience_s)
            seen[case].append(figures)
            print(f"{kind}, {case.who}: {_cost(figures):.0f} {UNIT}", file=sys.stderr, flush=True)
    return rows_of(kind, seen, busy)


def rows_of(kind: str, seen: Mapping[Case, Sequence[Figures]], busy: str = "") -> list[Row]:
    """Return a row per case, each beside the first: its least round, for neighbours can only add to a cost.

    Where everybody comes its note says, too, how it stands beside everybody's coming once to the smallest.
    """
    least = {case: min(rounds, key=_cost) for case, rounds in seen.items()}
    first = next(iter(least))
    strangers = next((_cost(best) for case, best in least.items() if case.once), None)
    base = f"{first.members} members"
    figures = {base: _cost(least[first])}
    goal = Goal(1.3, base)
    rows = []
    for case, best in least.items():
        costs = " ".join(f"{_cost(one):.0f}" for one in seen[case])
        note = f"rounds {costs} µs; the least: {best.per_second:.0f} events/s, {note_of(best)}"
        if strangers is not None and case.come == case.members and case is not first and not case.once:
            note += f"; {_cost(best) / strangers:.2f} × all come once to {first.members}"
        row = Row(f"cost_of_an_event_{kind}", case.who, _cost(best), UNIT, note=note)
        if case is first or case.once:
            rows.append(row)
            continue
        row = with_ratio(Row(row.name, row.who, row.value, row.unit, goals=(goal,), note=note), base, figures)
        doubt = busy if (goal.overshoot(_cost(best), figures) or 0) > 1 else ""
        refused = f"{best.refused} events were refused" if best.refused else doubt
        rows.append(judged(row, figures, refused))
    return rows


def _cost(figures: Figures) -> float:
    return (figures.cpu_s + (figures.database_cpu_s or 0.0)) / figures.events * 1e6
