"""What a way up and down the ladder of overload may say: pure parts, and the flood itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from broadcaster.frames import Comment, Moment, Pulse, Rank, RoomItem
from loadtest.bench.flood import PER_S, Flood
from loadtest.bench.ladder import Climb, Reading, clear_after_s, relapses, rows_of, told_after_s
from loadtest.bench.ladder_watch import Heard
from loadtest.bench.rows import Outcome
from loadtest.histogram import Histogram
from loadtest.swarm import Window

S = 1_000_000_000


def readings(*levels: int) -> Sequence[Reading]:
    """One a second."""
    return [Reading(at * S, 10.0, 100.0 * level, level) for at, level in enumerate(levels)]


def window(p99_ms: int | None = 900, missing: int = 0) -> Window:
    latency = None
    if p99_ms is not None:
        latency = Histogram()
        latency.add(p99_ms * 1_000_000)
    return Window(20.0, 100, 50, 4_000, missing, 0.5, latency)


UP = (0, 1, 2, 3, 4)
GOOD = Climb(
    viewers=100,
    readings=readings(*UP, 4, 4, 3, 2, 1, 0, 0),
    shown_right=9,
    looks=9,
    heard=[Heard("viewer", ((5 * S, 4), (11 * S, 0))), Heard("host", ((6 * S, 4), (11 * S, 0)))],
    window=window(),
    knocked=50,
    let_in=40,
    told=10,
    rate=300.0,
    held_ns=5 * S,
    stopped_ns=6 * S,
)


def outcomes(climb: Climb, busy: float = 0.0) -> dict[str, Outcome]:
    return {row.name: row.outcome for row in rows_of(climb, busy, apart=True)}


def test_BEN21_a_climb_that_went_well_meets_all_goals() -> None:
    assert set(outcomes(GOOD).values()) == {Outcome.MET}
    values = {row.name: row.value for row in rows_of(GOOD, 0.0, apart=True)}
    assert values["overload_top_level"] == 4
    assert values["overload_told_after"] == 2
    assert values["overload_all_clear"] == 3


@pytest.mark.parametrize(
    "row, climb",
    [
        ("overload_rank_0_p99", replace(GOOD, window=window(2_500))),
        ("overload_rank_0_reach", replace(GOOD, window=window(missing=400))),
        ("overload_newcomers_answered", replace(GOOD, told=9)),
        ("overload_relapses", replace(GOOD, readings=readings(*UP, *(3, 4) * 4, 3, 2, 1, 0), stopped_ns=14 * S)),
        ("overload_told_after", replace(GOOD, heard=[*GOOD.heard, Heard("host", ((11 * S, 4),))])),
        ("overload_shown", replace(GOOD, shown_right=8)),
        ("overload_all_clear", replace(GOOD, readings=readings(*UP, *(4,) * 95, 0))),
    ],
)  # fmt: skip
def test_BEN21_each_row_can_fail(row: str, climb: Climb) -> None:
    assert outcomes(climb)[row] is Outcome.MISSED
    assert [name for name, outcome in outcomes(climb).items() if outcome is not Outcome.MET] == [row]


def test_BEN21_what_never_came_has_failed() -> None:
    assert told_after_s(GOOD.readings, Heard("viewer", ((9 * S, 3),))) == math.inf
    assert clear_after_s(readings(*UP), 2 * S) == math.inf
    assert outcomes(replace(GOOD, heard=[Heard("viewer", ())]))["overload_told_after"] is Outcome.FAILED
    assert outcomes(replace(GOOD, readings=readings(*UP, 4)))["overload_all_clear"] is Outcome.FAILED


def test_BEN21_times_are_not_judged_on_a_busy_machine_nor_without_an_overload() -> None:
    busy = outcomes(GOOD, busy=0.5)
    assert {name for name, outcome in busy.items() if outcome is Outcome.MET} == {
        "overload_newcomers_answered",
        "overload_relapses",
        "overload_shown",
    }
    idle = outcomes(replace(GOOD, readings=readings(0, 1, 0)))
    assert idle["overload_top_level"] is Outcome.NOT_JUDGED
    late = {row.name: row for row in rows_of(replace(GOOD, window=window(None)), 0.0, apart=True)}
    assert late["overload_rank_0_p99"].value is None


def test_BEN21_down_and_up_again_is_a_relapse_and_two_steps_of_a_kind_are_none() -> None:
    assert relapses(readings(1, 2, 3, 2, 3, 3, 2, 1, 2, 3), 0, 99 * S) == 2
    assert relapses(readings(3, 2, 3), 3 * S, 99 * S) == 0


def test_BEN21_the_flood_is_what_was_asked_for_and_rank_0_comes_from_its_own_clock() -> None:
    flood = Flood()
    assert flood.due(0) == []
    flood.told("100", "25", "50")
    second = [frame for _ in range(PER_S) for frame in flood.due(1_000)]
    assert sum(isinstance(frame, RoomItem) for frame in second) == 25
    seen = [frame for frame in second if isinstance(frame, Comment | Moment)]
    assert len(seen) == 100
    assert sum(isinstance(frame, Comment) for frame in seen) == 50
    assert {frame.rank for frame in seen if isinstance(frame, Moment)} == {
        Rank.LOUD,
        Rank.PLEASANT,
        Rank.CHATTER,
    }
    assert {frame.key for frame in second if isinstance(frame, Pulse)} == {"likes"}
    assert flood.marked(0).rank is Rank.STATE
