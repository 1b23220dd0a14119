import math
from dataclasses import replace

import pytest

from loadtest.bench.rows import (
    Goal,
    Outcome,
    Row,
    as_json,
    exit_status,
    judged,
    unmeasured,
    with_ratio,
)

OURS = Row("cpu", "ours", 6.0, "µs", goals=(Goal(1.4, "floor"), Goal(0.8, "nchan")))


def test_BEN1_a_row_begins_with_the_five_promised_keys() -> None:
    shown = as_json(with_ratio(OURS, "floor", {"ours": 6.0, "floor": 5.0}))
    assert list(shown)[:5] == ["name", "who", "value", "unit", "ratio"]
    assert (shown["value"], shown["ratio"], shown["base"]) == (6.0, 1.2, "floor")
    assert shown["goals"] == ["≤ 1.4 × floor", "≤ 0.8 × nchan"]


def test_BEN1_a_goal_in_thousands_is_readable() -> None:
    assert Goal(5_000, direction="at least").text("events/s") == "≥ 5 000 events/s"
    assert Goal(400).text("µs") == "≤ 400 µs"


@pytest.mark.parametrize(
    "value, outcome",
    [
        (6.4, Outcome.MET),
        (6.5, Outcome.MISSED),
        (7.1, Outcome.MISSED),
        (19.2, Outcome.MISSED),
        (19.3, Outcome.FAILED),
    ],
)
def test_BEN2_BEN3_the_worst_of_several_goals_decides(value: float, outcome: Outcome) -> None:
    row = replace(OURS, value=value)
    assert judged(row, {"floor": 5.0, "nchan": 8.0}).outcome is outcome


def test_BEN2_a_peer_without_figure_leaves_the_other_goals() -> None:
    assert judged(OURS, {"floor": 5.0}).outcome is Outcome.MET
    lonely = judged(OURS, {})
    assert (lonely.outcome, lonely.note) == (Outcome.NOT_JUDGED, "nothing to compare with")


@pytest.mark.parametrize(
    "value, outcome",
    [(5_000, Outcome.MET), (2_000, Outcome.MISSED), (1_600, Outcome.FAILED), (0, Outcome.FAILED)],
)
def test_BEN2_BEN3_a_rate_must_reach_its_limit(value: float, outcome: Outcome) -> None:
    row = Row("durable", "ours", value, "events/s", goals=(Goal(5_000, direction="at least"),))
    assert judged(row, {}).outcome is outcome
    assert Goal(5_000, direction="at least").overshoot(0, {}) == math.inf


def test_BEN3_only_a_failure_makes_the_exit_status() -> None:
    rows = [replace(OURS, outcome=outcome) for outcome in Outcome if outcome is not Outcome.FAILED]
    assert exit_status(rows) == 0
    assert exit_status([*rows, replace(OURS, outcome=Outcome.FAILED)]) == 1


def test_BEN4_a_doubt_is_shown_and_nothing_is_judged() -> None:
    row = judged(OURS, {"floor": 0.1}, "the core was only 40% loaded")
    assert (row.outcome, row.value, row.note) == (Outcome.NOT_JUDGED, 6.0, "the core was only 40% loaded")


def test_BEN5_a_peer_that_is_not_there_is_a_row_without_value() -> None:
    row = unmeasured("cpu", "nchan", "µs", "nginx with Nchan is not installed (apt-get install …)")
    assert row.outcome is Outcome.NOT_INSTALLED
    assert as_json(row)["value"] is None
    assert judged(row, {"floor": 5.0}) == row
    assert with_ratio(row, "floor", {"floor": 5.0}) == row
