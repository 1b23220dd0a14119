from __future__ import annotations

from loadtest.bench.cores import Meter
from loadtest.bench.join import Measured, Sample, rows_of
from loadtest.bench.rows import Outcome


def measured(who: str, us: float, load: float = 0.9) -> Measured:
    one = Measured(who, None, Meter((), True, lambda pid: 0))  # type: ignore[arg-type]
    joins = 1_000
    cpu_ns = int(us * 1_000 * joins)
    one.samples.append(Sample(joins, cpu_ns / 1e9 / load, cpu_ns))
    one.join_ns.add(9_000_000, joins)
    return one


def test_BEN10_ours_has_an_absolute_goal_and_the_others_are_shown() -> None:
    rows = {row.who: row for row in rows_of([measured("ws", 100), measured("ours", 390)], apart=True)}
    assert rows["ours"].outcome is Outcome.MET
    assert (rows["ours"].base, rows["ours"].ratio) == ("ws", 3.9)
    assert rows["ws"].outcome is Outcome.SHOWN
    assert "1000 joins at" in rows["ours"].note


def test_BEN3_BEN10_a_join_over_three_times_the_goal_fails() -> None:
    assert rows_of([measured("ours", 401)], apart=True)[0].outcome is Outcome.MISSED
    assert rows_of([measured("ours", 1_201)], apart=True)[0].outcome is Outcome.FAILED


def test_BEN10_only_a_member_whose_record_is_hot_has_the_goal() -> None:
    rows = {
        row.who: row
        for row in rows_of([measured("ours", 390), measured("ours, out of SQL", 900)], apart=True)
    }
    assert rows["ours"].outcome is Outcome.MET
    assert (rows["ours, out of SQL"].outcome, rows["ours, out of SQL"].goals) == (Outcome.SHOWN, ())


def test_BEN4_a_generator_that_was_the_slower_judges_nothing() -> None:
    [row] = rows_of([measured("ours", 100, load=0.3)], apart=True)
    assert row.outcome is Outcome.NOT_JUDGED
    assert "the generator was the slower" in row.note
