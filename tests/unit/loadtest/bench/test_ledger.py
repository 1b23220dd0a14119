import json

import pytest

from loadtest.bench.ledger import Figures, figures_of, rows_of
from loadtest.bench.rows import Outcome
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


def test_BEN11_what_a_child_printed_is_read_with_care() -> None:
    said = {
        "events": 10,
        "seconds": 2.0,
        "cpu_s": 1.0,
        "batches": 2,
        "outcomes": {"applied": 9, "conflict": 1},
    }
    assert figures_of(json.dumps(said)) == Figures(10, 2.0, 1.0, 2, refused=1)
    for nonsense in ("", "[]", "{}", '{"events": 1}'):
        with pytest.raises(ChildFailed, match="answered"):
            figures_of(nonsense)
