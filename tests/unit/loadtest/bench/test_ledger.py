from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from loadtest.bench import ledger
from loadtest.bench.cores import Cores
from loadtest.bench.ledger import FLAT_EVENTS, Flushes, rows_of
from loadtest.bench.ledger_databases import Database
from loadtest.bench.ledger_sides import Figures, busyness
from loadtest.bench.rows import Outcome, Row
from loadtest.errors import NotInstalled

PLAIN = Figures(events=150, seconds=1.0, cpu_s=0.1)
DISK = Flushes(6.0)


def test_BEN11_ours_stands_beside_the_plain_loop_of_the_same_database() -> None:
    plain, ours = rows_of("sqlite", PLAIN, Figures(events=12_000, seconds=2.0, cpu_s=1.5, batches=60), DISK)
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
    assert rows_of("postgres", PLAIN, Figures(events, 1.0, 0.9), DISK)[1].outcome is outcome


def test_BEN4_BEN11_refused_events_were_cheap_and_judge_nothing() -> None:
    ours = rows_of("sqlite", PLAIN, Figures(9_000, 1.0, 0.9, refused=3), DISK)[1]
    assert (ours.outcome, ours.note.endswith("3 events were refused")) == (Outcome.NOT_JUDGED, True)


def test_BEN4_BEN11_a_miss_on_a_machine_others_use_judges_nothing_and_a_goal_met_stands() -> None:
    assert busyness(0.9, 2) == ""
    busy = busyness(4.21, 2)
    missed, met = (rows_of("sqlite", PLAIN, Figures(n, 1.0, 0.9), DISK, busy)[1] for n in (4_000, 6_000))
    assert (missed.outcome, met.outcome) == (Outcome.NOT_JUDGED, Outcome.MET)
    assert missed.note.endswith("load 4.2 on 2 cores")


def test_BEN11_ten_times_the_plain_loop_is_asked_where_a_flush_takes_as_long_as_on_a_real_disk() -> None:
    def mine(plain: int, ours: int, flush_ms: float) -> Row:
        return rows_of("sqlite", Figures(plain, 1.0, 0.1), Figures(ours, 1.0, 0.5), Flushes(flush_ms))[1]

    assert [goal.beside for goal in mine(480, 6_000, 2.0).goals] == [None, "row by row"]
    assert mine(480, 6_000, 2.0).outcome is Outcome.MET
    assert mine(480, 4_900, 2.0).outcome is Outcome.MISSED, "ten times, and below 5 000"
    assert mine(600, 5_100, 2.0).outcome is Outcome.MISSED, "5 000, and not ten times"
    assert [goal.beside for goal in mine(4_000, 6_000, 0.1).goals] == [None], (
        "a commit a row costs nothing here"
    )
    note = rows_of("sqlite", PLAIN, PLAIN, Flushes(0.123))[0].note
    assert note.endswith("; a flush takes 0.12 ms here")


def test_BEN22_flushes_of_a_stated_length_have_rows_of_their_own_and_only_the_ratio_is_judged() -> None:
    def pair(plain: int, ours: int, busy: str = "") -> list[Row]:
        slow = Figures(plain, 1.0, 0.1, p50_ms=1_000 / plain)
        return rows_of("sqlite", slow, Figures(ours, 1.0, 0.5, rss_mb=(1.0, 2.0)), Flushes(2.0, True), busy)

    plain, mine = pair(400, 4_100)
    assert {plain.name, mine.name} == {"durable_events_sqlite_flush_2ms"}
    assert plain.note.endswith("; a flush made to take 2 ms")
    assert ([goal.beside for goal in mine.goals], mine.outcome) == (["row by row"], Outcome.MET)
    assert pair(400, 3_900)[1].outcome is Outcome.MISSED
    assert pair(400, 3_900, "others")[1].outcome is Outcome.NOT_JUDGED


def test_BEN4_BEN22_a_plain_loop_quicker_than_its_flushes_did_not_have_them_and_nothing_is_judged() -> None:
    quick = Figures(4_000, 1.0, 0.1, p50_ms=0.25)
    mine = rows_of("sqlite", quick, Figures(50_000, 1.0, 0.5), Flushes(2.0, stated=True))[1]
    assert mine.outcome is Outcome.NOT_JUDGED
    assert "the flushes did not take hold" in mine.note


@contextmanager
def anywhere(_cores: Cores, /, flush_ms: float = 0.0) -> Iterator[Database]:
    if flush_ms:
        raise NotInstalled("a C compiler", "apt-get install gcc libc6-dev")
    yield Database("ours", "plain")


@pytest.mark.parametrize("here_ms, stated_ms, pairs", [(0.1, 2.0, 2), (2.5, 2.0, 1), (0.1, 0.0, 1)])
def test_BEN22_where_a_flush_takes_less_there_is_another_pair_and_without_a_compiler_it_says_so(
    here_ms: float, stated_ms: float, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "KINDS", {"sqlite": anywhere})
    monkeypatch.setattr(ledger, "flush_ms_of", lambda _folder: here_ms)
    monkeypatch.setattr(ledger, "fill", lambda *_: None)
    monkeypatch.setattr(ledger, "measured", lambda *_: Figures(900, 1.0, 0.1))
    rows = ledger.run(Cores(0, 1), flush_ms=stated_ms)
    assert [row.who for row in rows[:2]] == ["row by row", "ours"]
    added = rows[2:]
    assert len(added) == pairs - 1
    for row in added:
        assert (row.name, row.outcome) == ("durable_events_sqlite_flush_2ms", Outcome.NOT_INSTALLED)
        assert row.note == "a C compiler is not installed (apt-get install gcc libc6-dev)"


def test_BEN13_memory_is_judged_by_a_run_that_has_met_everybody() -> None:
    def verdict(events: int, *rss_mb: float) -> tuple[Outcome, float | None]:
        row = rows_of("sqlite", PLAIN, Figures(events, 40.0, 30.0, rss_mb=rss_mb), DISK)[2]
        return row.outcome, row.ratio

    assert verdict(FLAT_EVENTS, 110.0, 150.0, 200.0, 202.0) == (Outcome.MET, 1.01)
    assert verdict(FLAT_EVENTS, 110.0, 150.0, 200.0, 220.0) == (Outcome.MISSED, 1.1)
    assert verdict(9_000, 110.0, 150.0, 200.0, 220.0)[0] is Outcome.NOT_JUDGED


def test_BEN11_a_row_says_what_an_event_cost_and_how_long_its_sender_waited() -> None:
    ours = Figures(1_000, 1.0, 0.1, batches=10, p50_ms=12.4, p99_ms=20.6, database_cpu_s=0.05)
    note = rows_of("postgres", PLAIN, replace(ours, threads_cpu_s=0.001), DISK)[1].note
    assert "100 a commit, 100 µs CPU each + 50 of the database, p50 12 ms, p99 21 ms to the receipt" in note
    one = replace(ours, database_cpu_s=None, senders_cpu_s=0.01, threads_cpu_s=0.04)
    note = rows_of("sqlite", PLAIN, one, DISK)[1].note
    assert "100 µs CPU each (10 of it to make them, 40 of it SQLite's thread), p50" in note
