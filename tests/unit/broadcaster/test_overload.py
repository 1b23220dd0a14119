"""The ladder: when a node steps up and down, and what each level leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Comment, KeptFrame, Moment, PassingFrame, Pulse, Rank, Retract
from broadcaster.overload import (
    CALM_MS,
    LONGEST_CALM_MS,
    RISE_MS,
    Ladder,
    Level,
    Load,
    asked_for,
    climb,
    held_back,
    sheds,
)
from broadcaster.testing import text_item

PEACE = Load(1, 5)
TICK_MS = 250


def lived(ladder: Ladder, load: Load, for_ms: int, from_ms: int) -> Ladder:
    """Give the ladder one reading every tick of a stretch of time, its end included."""
    for now_ms in range(from_ms, from_ms + for_ms + 1, TICK_MS):
        ladder = climb(ladder, load, now_ms)
    return ladder


def moment(rank: Rank) -> Moment:
    return Moment("m", "level_up", rank, 10**15, encoded({}))


@pytest.mark.parametrize(
    "load, level",
    [
        (PEACE, 0), (Load(149, 249), 0), (Load(150, 0), 1), (Load(0, 250), 1), (Load(300, 0), 2), (Load(0, 500), 2),
        (Load(700, 0), 3), (Load(0, 1_000), 3), (Load(1_500, 0), 4), (Load(0, 2_000), 4), (Load(9_000, 9_000), 4),
    ],
)  # fmt: skip
def test_X5_LAD1_either_measure_is_enough_for_a_level(load: Load, level: int) -> None:
    assert asked_for(load) == level


def test_X5_LAD1_a_level_is_climbed_in_a_second_each_and_not_by_a_single_bad_reading() -> None:
    bad = Load(5_000, 0)
    assert lived(Ladder(), bad, RISE_MS - TICK_MS, 0).level is Level.NORMAL
    assert [lived(Ladder(), bad, n * RISE_MS, 0).level for n in range(6)] == [0, 1, 2, 3, 4, 4]
    ladder = Ladder()
    for at, load in enumerate([bad, bad, bad, PEACE] * 10):
        ladder = climb(ladder, load, at * TICK_MS)
    assert ladder.level is Level.NORMAL, "a pause in between begins the second anew"
    assert lived(Ladder(), Load(310, 0), 60_000, 0).level is Level.NO_REACTIONS, (
        "no further than what is asked for"
    )


def test_X5_LAD1_a_loop_so_late_that_it_reads_only_now_and_then_climbs_too() -> None:
    first = climb(Ladder(), Load(2_000, 0), 0)
    assert climb(first, Load(2_000, 0), 2_250).level is Level.LONGER_WINDOWS


def test_X5_LAD2_down_goes_slower_and_only_well_below_what_the_level_is_for() -> None:
    high = Ladder(Level.STATE_ONLY)
    assert lived(high, PEACE, CALM_MS - TICK_MS, 0).level is Level.STATE_ONLY
    assert [lived(high, PEACE, n * CALM_MS, 0).level for n in range(5)] == [3, 2, 1, 0, 0]
    at_the_edge = Load(400, 0)  # under the 700 of level 3, over half of them
    assert lived(high, at_the_edge, 60_000, 0) == high
    ladder = high
    for at in range(200):  # one bad reading every four seconds keeps the level: it does not flap
        ladder = climb(ladder, at_the_edge if at % 16 == 0 else PEACE, at * TICK_MS)
    assert ladder.level is Level.STATE_ONLY


def changes(ladder: Ladder, calm_from: Level, for_ms: int, from_ms: int = 0) -> tuple[Ladder, list[int]]:
    """Live with a load that goes on: too much whenever the node shows more than `calm_from` leaves of it.

    Return where the node stands, and when it changed its level.
    """
    at: list[int] = []
    for now_ms in range(from_ms, from_ms + for_ms + 1, TICK_MS):
        load = PEACE if ladder.level >= calm_from else Load(0, 1_600)
        before, ladder = ladder.level, climb(ladder, load, now_ms)
        if ladder.level is not before:
            at.append(now_ms)
    return ladder, at


@pytest.mark.parametrize("calm_from", [Level.LONGER_WINDOWS, Level.NO_REACTIONS, Level.STATE_ONLY])
def test_X5_LAD7_a_load_that_goes_on_is_tried_ever_more_seldom(calm_from: Level) -> None:
    ladder, at = changes(Ladder(), calm_from, 600_000)
    calm = [b - a - TICK_MS for a, b in pairwise(at) if b - a >= CALM_MS]
    assert calm[:4] == [5_000, 10_000, 20_000, 40_000]
    assert set(calm[4:]) == {LONGEST_CALM_MS}
    assert len(at) < 32, "ten minutes of it: every five seconds it would be 190"
    assert ladder.level >= Level(calm_from - 1)


def test_X5_LAD7_once_a_step_holds_the_rest_goes_as_fast_as_ever() -> None:
    ladder, _ = changes(Ladder(), Level.STATE_ONLY, 300_000)
    assert ladder.wait_ms == LONGEST_CALM_MS
    back, at = changes(ladder, Level.NORMAL, 120_000, 300_250)
    assert back.level is Level.NORMAL
    assert [b - a for a, b in pairwise(at)] == [CALM_MS] * (len(at) - 1)
    assert at[0] <= 300_250 + LONGEST_CALM_MS
    again, _ = changes(back, Level.LONGER_WINDOWS, 2_000, 900_000)
    assert (again.level, again.wait_ms) == (Level.LONGER_WINDOWS, CALM_MS), "a new load begins anew"


KEPT: dict[str, KeptFrame | PassingFrame] = {
    "item": text_item("name", 1, "x"),
    "retract": Retract(("c",)),
    "draw result": moment(Rank.STATE),
    "overload": Pulse("overload", encoded(4)),
}
LEFT_OUT: list[tuple[KeptFrame | PassingFrame, Level]] = [
    (Comment("c", "a", encoded({})), Level.NO_REACTIONS),
    (Pulse("likes", encoded(1)), Level.NO_REACTIONS),
    (Pulse("online", encoded(1)), Level.STATE_ONLY),
    (moment(Rank.LOUD), Level.STATE_ONLY),
    (moment(Rank.CHATTER), Level.STATE_ONLY),
]


def levels(frame: KeptFrame | PassingFrame) -> Iterable[bool]:
    return [sheds(level, frame) for level in Level]


@pytest.mark.parametrize("name", KEPT)
def test_X5_LAD3_state_and_rank_0_are_never_left_out(name: str) -> None:
    assert not any(levels(KEPT[name]))


@pytest.mark.parametrize("frame, since", LEFT_OUT)
def test_X5_LAD3_the_rest_is_left_out_from_its_level_on(
    frame: KeptFrame | PassingFrame, since: Level
) -> None:
    assert levels(frame) == [level >= since for level in Level]


def test_X5_LAD4_what_was_left_out_comes_back_with_the_level() -> None:
    likes, online, said = (Pulse(key, encoded(1)) for key in ("likes", "online", "overload"))
    every = (likes, online, said)
    assert held_back(every, Level.STATE_ONLY, Level.NO_REACTIONS) == [online]
    assert held_back(every, Level.NO_REACTIONS, Level.LONGER_WINDOWS) == [likes]
    assert held_back(every, Level.NO_REACTIONS, Level.STATE_ONLY) == []
