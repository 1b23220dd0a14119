from __future__ import annotations

import pytest

from loadtest.bench.cores import Cores, Meter
from loadtest.bench.fanout import GATHERED_GOALS, judged_gathered, rows_of
from loadtest.bench.peers import Door, Peer
from loadtest.bench.rows import Outcome, Row
from loadtest.bench.sampling import Measured, Sample
from loadtest.histogram import Histogram
from loadtest.swarm import Window


class Somebody(Peer):
    """A peer that is only a name."""

    pids = ()
    door = Door(1, "/")

    def __init__(self, who: str) -> None:
        super().__init__(Cores(0, 1))
        self.who = who

    def start(self) -> None: ...

    def publish(self, per_second: float) -> None: ...

    def complaint(self) -> str:
        return "IndexError: pop from an empty deque" if self.who == "grumbler" else ""


def measured(
    who: str, *us: float, load: float = 0.8, saturated: bool = False, exact: bool = True, missing: int = 0
) -> Measured:
    """A peer whose rounds cost so many µs a delivery, in windows of a second."""
    one = Measured(Somebody(who), None, Meter((), exact, lambda pid: 0))  # type: ignore[arg-type]
    for each in us:
        deliveries = round(load * 1e6 / each)
        latency = None if saturated else Histogram.of_pairs([(4_000_000, deliveries)])
        window = Window(1.0, 2_000, deliveries, deliveries, missing, 0.5, latency)
        one.samples.append(Sample(window, int(load * 1e9)))
    return one


def test_BEN2_ours_is_judged_beside_floor_and_nchan_of_the_same_run() -> None:
    rows = {
        row.who: row
        for row in rows_of([measured("floor", 5), measured("nchan", 9), measured("ours", 6.9)], apart=True)
    }
    assert rows["ours"].outcome is Outcome.MET
    assert rows["ours"].base == "floor"
    assert rows["ours"].ratio is not None
    assert abs(rows["ours"].ratio - 1.38) < 0.01
    assert rows["floor"].outcome is rows["nchan"].outcome is Outcome.SHOWN


def test_BEN9_a_row_is_the_median_of_its_rounds() -> None:
    [row] = rows_of([measured("floor", 4, 5, 50)], apart=True)
    assert row.value is not None
    assert abs(row.value - 5) < 0.01
    assert "rounds 4.00-50.00" in row.note


def test_BEN4_a_floor_in_python_gives_a_ratio_and_judges_nothing() -> None:
    rows = rows_of([measured("floor (python)", 9), measured("ours", 6)], apart=True)
    assert (rows[1].outcome, rows[1].base) == (Outcome.NOT_JUDGED, "floor (python)")


def test_BEN4_an_idle_core_a_shared_core_and_ticks_judge_nothing() -> None:
    for doubtful, apart, why in (
        (measured("ours", 6, load=0.5), True, "only 50% loaded"),
        (measured("ours", 6), False, "share one core"),
        (measured("ours", 6, exact=False), True, "tick-wise"),
    ):
        row = rows_of([measured("floor", 5), doubtful], apart=apart)[1]
        assert row.outcome is Outcome.NOT_JUDGED
        assert why in row.note


def test_BEN4_nothing_is_judged_by_a_peer_in_doubt() -> None:
    rows = {
        row.who: row for row in rows_of([measured("floor", 5, load=0.4), measured("ours", 6)], apart=True)
    }
    assert rows["floor"].outcome is rows["ours"].outcome is Outcome.NOT_JUDGED


def test_BEN1_a_note_shows_what_the_figure_rests_on() -> None:
    [row] = rows_of([measured("floor", 5, missing=160_000)], apart=True)
    assert "50 messages/s, core 80% loaded" in row.note
    assert "reach 50.00%" in row.note
    assert "p99 4 ms" in row.note
    [row] = rows_of([measured("floor", 5, saturated=True)], apart=True)
    assert "latency not judged: generator saturated" in row.note


@pytest.mark.parametrize(
    "us, load, exact, outcome",
    [
        (1.0, 0.4, True, Outcome.MET),
        (1.0, 0.4, False, Outcome.NOT_JUDGED),
        (2.0, 0.4, True, Outcome.NOT_JUDGED),
        (2.0, 0.8, True, Outcome.MISSED),
        (9.0, 0.8, True, Outcome.FAILED),
    ],
)
def test_BEN12_a_goal_met_on_an_idle_core_stands_and_a_miss_is_not_judged(
    us: float, load: float, exact: bool, outcome: Outcome
) -> None:
    one = measured("ours", us, load=load, exact=exact)
    row = Row("cpu_per_event_gathered", "ours", us, "µs", goals=GATHERED_GOALS)
    assert judged_gathered(row, {"floor": 5.0}, one, apart=True).outcome is outcome


def test_BEN1_a_server_that_wrote_errors_while_it_was_measured_is_quoted() -> None:
    [row] = rows_of([measured("grumbler", 5)], apart=True)
    assert row.note.endswith(", and it complained: IndexError: pop from an empty deque")
