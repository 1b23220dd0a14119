import json
from dataclasses import replace

import pytest

from loadtest.bench.ledger import FLAT_EVENTS, Figures, busyness, figures_of, rows_of
from loadtest.bench.rows import Outcome, Row
from loadtest.errors import ChildFailed

PLAIN = Figures(events=150, seconds=1.0, cpu_s=0.1)


def test_BEN11_ours_stands_beside_the_plain_loop_of_the_same_database() -> None:
    plain, ours = rows_of("sqlite", PLAIN, Figures(events=12_000, seconds=2.0, cpu_s=1.5, batches=60))
    assert (plain.who, plain.value) == ("row by row", 150.0)
    assert (ours.name, ours.value, ours.ratio, ours.outcome) == (
        "durable_events_sqlite",
        6_000.0,
        40.0,
        Outcome.MET,
    )
    assert "200 a commit, 125 µs CPU each" in ours.note


@pytest.mark.parametrize("events, outcome", [(4_999, Outcome.MISSED), (1_600, Outcome.FAILED)])
def test_BEN3_BEN11_too_few_events_miss_the_goal(events: int, outcome: Outcome) -> None:
    assert rows_of("postgres", PLAIN, Figures(events, 1.0, 0.9))[1].outcome is outcome


def test_BEN4_BEN11_refused_events_were_cheap_and_judge_nothing() -> None:
    ours = rows_of("sqlite", PLAIN, Figures(9_000, 1.0, 0.9, refused=3))[1]
    assert (ours.outcome, ours.note.endswith("3 events were refused")) == (Outcome.NOT_JUDGED, True)


def test_BEN4_BEN11_a_miss_on_a_machine_others_use_judges_nothing_and_a_goal_met_stands() -> None:
    assert busyness(0.9, 2) == ""
    busy = busyness(4.21, 2)
    missed, met = (rows_of("sqlite", PLAIN, Figures(n, 1.0, 0.9), busy)[1] for n in (4_000, 6_000))
    assert (missed.outcome, met.outcome) == (Outcome.NOT_JUDGED, Outcome.MET)
    assert missed.note.endswith("load 4.2 on 2 cores")


def test_BEN11_ten_times_the_plain_loop_is_asked_where_its_disk_flushes() -> None:
    def mine(plain: int, ours: int) -> Row:
        return rows_of("sqlite", Figures(plain, 1.0, 0.1), Figures(ours, 1.0, 0.5))[1]

    assert [goal.beside for goal in mine(480, 6_000).goals] == [None, "row by row"]
    assert mine(480, 6_000).outcome is Outcome.MET
    assert mine(480, 4_900).outcome is Outcome.MISSED, "ten times, and below 5 000"
    assert mine(500, 5_100).outcome is Outcome.MET
    assert [goal.beside for goal in mine(7_000, 6_000).goals] == [None], (
        "no disk is so fast: nothing to compare"
    )
    notes = [rows_of("sqlite", Figures(n, 1.0, 0.1), PLAIN)[0].note for n in (480, 7_000)]
    assert [note.endswith("this disk does not flush") for note in notes] == [False, True]


def test_BEN13_memory_is_judged_by_a_run_that_has_met_everybody() -> None:
    def verdict(events: int, *rss_mb: float) -> tuple[Outcome, float | None]:
        row = rows_of("sqlite", PLAIN, Figures(events, 40.0, 30.0, rss_mb=rss_mb))[2]
        return row.outcome, row.ratio

    assert verdict(FLAT_EVENTS, 110.0, 150.0, 200.0, 202.0) == (Outcome.MET, 1.01)
    assert verdict(FLAT_EVENTS, 110.0, 150.0, 200.0, 220.0) == (Outcome.MISSED, 1.1)
    assert verdict(9_000, 110.0, 150.0, 200.0, 220.0)[0] is Outcome.NOT_JUDGED


def test_BEN11_a_row_says_what_an_event_cost_and_how_long_its_sender_waited() -> None:
    ours = Figures(1_000, 1.0, 0.1, batches=10, p50_ms=12.4, p99_ms=20.6, database_cpu_s=0.05)
    note = rows_of("postgres", PLAIN, ours)[1].note
    assert "100 a commit, 100 µs CPU each + 50 of the database, p50 12 ms, p99 21 ms to the receipt" in note
    note = rows_of("sqlite", PLAIN, replace(ours, database_cpu_s=None, senders_cpu_s=0.01))[1].note
    assert "100 µs CPU each (10 of it to make them), p50" in note


def test_BEN11_what_a_child_printed_is_read_with_care() -> None:
    said = {
        "events": 10,
        "seconds": 2.0,
        "cpu_s": 1.0,
        "batches": 2,
        "outcomes": {"applied": 9, "conflict": 1},
        "p50_ms": 3.5,
        "p99_ms": 9,
        "rss_mb": [100, 101.5, 102],
    }
    read = Figures(10, 2.0, 1.0, 2, refused=1, p50_ms=3.5, p99_ms=9.0, rss_mb=(100.0, 101.5, 102.0))
    assert figures_of(json.dumps(said)) == read
    for nonsense in ("", "[]", "{}", '{"events": 1}'):
        with pytest.raises(ChildFailed, match="answered"):
            figures_of(nonsense)
