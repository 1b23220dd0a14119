from loadtest.bench.ledger_curve import Case, cases_of, rows_of
from loadtest.bench.ledger_sides import Figures
from loadtest.bench.rows import Outcome, Row

SMALL, SAME, ALL = Case(10, 10), Case(1_000, 10), Case(1_000, 1_000)
ONCE = Case(10, 10, once=True)


def costing(ours_us: float, database_us: float | None = None, refused: int = 0) -> Figures:
    database_s = None if database_us is None else database_us / 1e3
    return Figures(1_000, 1.0, ours_us / 1e3, refused=refused, database_cpu_s=database_s)


def test_BEN13_the_curve_has_as_many_people_in_every_ledger_and_then_everybody() -> None:
    assert cases_of((10, 1_000)) == [SMALL, SAME, ONCE, ALL]
    assert SAME.who == "ours, 1000 members, 10000 entries, 10 come"
    assert ALL.who == "ours, 1000 members, 10000 entries, all come"
    assert SAME.asked == ("--events", "20000", "--members", "10", "--step", "100")


def test_BEN13_what_strangers_cost_is_told_apart_from_what_the_ledger_s_size_costs() -> None:
    assert ONCE.who == "ours, 10 members, 100 entries, all come once"
    assert ONCE.asked == ("--events", "9", "--members", "10", "--step", "1", "--once")
    rows = rows_of("sqlite", {SMALL: [costing(200)], ONCE: [costing(250)], ALL: [costing(275)]})
    small, strangers, everybody = rows
    assert (strangers.value, strangers.outcome, strangers.goals) == (250.0, Outcome.SHOWN, ())
    assert (everybody.ratio, everybody.outcome) == (1.375, Outcome.MISSED), (
        "judged beside the smallest as ever"
    )
    assert everybody.note.endswith("; 1.10 × all come once to 10")
    assert "all come once" not in small.note


def test_BEN13_a_larger_ledger_may_cost_1_3_times_the_smallest_in_the_least_of_its_rounds() -> None:
    seen = {
        SMALL: [costing(150, 80), costing(130, 70), costing(300, 200)],
        SAME: [costing(400, 90), costing(150, 100)],
        ALL: [costing(200, 61)],
    }
    small, same, everybody = rows_of("postgres", seen)
    assert (small.value, small.outcome, small.goals) == (200.0, Outcome.SHOWN, ())
    assert (same.value, same.ratio, same.base, same.outcome) == (250.0, 1.25, "10 members", Outcome.MET)
    assert (everybody.ratio, everybody.outcome) == (1.305, Outcome.MISSED)
    assert same.note.startswith(
        "rounds 490 250 µs; the least: 1000 events/s, 1000 events, 150 µs CPU each + 100 of"
    )


def test_BEN4_BEN13_a_miss_beside_others_judges_nothing_and_refused_events_neither() -> None:
    def mine(figures: Figures, busy: str) -> Row:
        return rows_of("sqlite", {SMALL: [costing(200)], ALL: [figures]}, busy)[1]

    assert mine(costing(280), "others").outcome is Outcome.NOT_JUDGED
    assert mine(costing(250), "others").outcome is Outcome.MET
    cheap = mine(costing(100, refused=3), "")
    assert (cheap.outcome, cheap.note.endswith("3 events were refused")) == (Outcome.NOT_JUDGED, True)
