import pytest

from loadtest.bench.ledger_curve import Case, Pair, cases_of, rows_of
from loadtest.bench.ledger_sides import Figures
from loadtest.bench.rows import Outcome, Row

SMALL, SAME, ALL = Case(10, 10), Case(1_000, 10), Case(1_000, 1_000)
ONCE = Case(10, 10, once=True)


def costing(ours_us: float, database_us: float | None = None, refused: int = 0) -> Figures:
    database_s = None if database_us is None else database_us / 1e3
    return Figures(1_000, 1.0, ours_us / 1e3, refused=refused, database_cpu_s=database_s)


HALTED = Pair(costing(100), costing(900))


def pairs(*costs: tuple[float, float]) -> list[Pair]:
    return [Pair(costing(smallest), costing(larger)) for smallest, larger in costs]


def test_BEN13_the_curve_has_as_many_people_in_every_ledger_and_then_everybody() -> None:
    assert cases_of((10, 1_000)) == [SMALL, SAME, ONCE, ALL]
    assert SAME.who == "ours, 1000 members, 10000 entries, 10 come"
    assert ALL.who == "ours, 1000 members, 10000 entries, all come"
    assert SAME.asked == ("--events", "20000", "--members", "10", "--step", "100")


def test_BEN13_what_strangers_cost_is_told_apart_from_what_the_ledger_s_size_costs() -> None:
    assert ONCE.who == "ours, 10 members, 100 entries, all come once"
    assert ONCE.asked == ("--events", "9", "--members", "10", "--step", "1", "--once")
    rows = rows_of("sqlite", SMALL, {ONCE: pairs((200, 250)), ALL: pairs((200, 275))})
    small, strangers, everybody = rows
    assert (strangers.value, strangers.outcome, strangers.goals) == (250.0, Outcome.SHOWN, ())
    assert (everybody.ratio, everybody.outcome) == (1.375, Outcome.MISSED), (
        "judged beside the smallest as ever"
    )
    assert everybody.note.endswith("; 1.10 × all come once to 10")
    assert "all come once" not in small.note


def test_BEN13_a_larger_ledger_may_cost_1_3_times_the_smallest_just_before_it_in_the_median_of_rounds() -> (
    None
):
    # The machine went half as fast meanwhile: 400 beside 320 is as good as 200 beside 160.
    same = [Pair(costing(100, 60), costing(150, 50)), Pair(costing(200, 120), costing(300, 100)), HALTED]
    rows = rows_of("postgres", SMALL, {SAME: same, ALL: pairs((160, 210), (160, 215), (160, 100))})
    small, as_many, everybody = rows
    assert (small.value, small.outcome, small.goals) == (160.0, Outcome.SHOWN, ())
    assert (as_many.value, as_many.ratio, as_many.base) == (400.0, 1.25, "10 members")
    assert as_many.outcome is Outcome.MET
    assert as_many.note.startswith(
        "rounds 200 400 900 µs; the least: 1000 events/s, 1000 events, 150 µs CPU each + 50 of"
    )
    assert as_many.note.endswith("; beside the smallest 1.25 1.25 9.00")
    assert everybody.ratio == pytest.approx(1.3125)
    assert everybody.outcome is Outcome.MISSED


def test_BEN4_BEN13_a_miss_beside_others_judges_nothing_and_refused_events_neither() -> None:
    def mine(figures: Figures, busy: str) -> Row:
        return rows_of("sqlite", SMALL, {ALL: [Pair(costing(200), figures)]}, busy)[1]

    assert mine(costing(280), "others").outcome is Outcome.NOT_JUDGED
    assert mine(costing(250), "others").outcome is Outcome.MET
    cheap = mine(costing(100, refused=3), "")
    assert (cheap.outcome, cheap.note.endswith("3 events were refused")) == (Outcome.NOT_JUDGED, True)
