"""Deadlines: never early, at most a tick late, for any history."""

from dataclasses import dataclass

from hypothesis import given, strategies as st

from broadcaster.wheel import Wheel

T0 = 1_000_000
TICK = 250


@dataclass(eq=False)
class One:
    due_ms: int
    filed_ms: int = 0


def test_PRO8_a_deadline_is_met_at_its_tick_and_not_before() -> None:
    wheel: Wheel[One] = Wheel(T0, TICK)
    one = One(T0 + 1_001)
    wheel.file(one)
    assert list(wheel.turn(T0 + 1_000)) == []
    assert list(wheel.turn(T0 + 1_249)) == []
    assert list(wheel.turn(T0 + 1_250)) == [one]
    assert list(wheel.turn(T0 + 9_000)) == []


def test_PRO8_a_deadline_that_moved_later_is_found_not_yet_due() -> None:
    wheel: Wheel[One] = Wheel(T0, TICK)
    one = One(T0 + 500)
    wheel.file(one)
    one.due_ms = T0 + 2_000
    assert list(wheel.turn(T0 + 1_900)) == []
    assert list(wheel.turn(T0 + 2_000)) == [one]


def test_PRO8_a_deadline_that_moved_earlier_is_met_when_filed_again() -> None:
    wheel: Wheel[One] = Wheel(T0, TICK)
    one = One(T0 + 9_000)
    wheel.file(one)
    one.due_ms = T0 + 500
    wheel.file(one)
    assert list(wheel.turn(T0 + 500)) == [one]
    assert list(wheel.turn(T0 + 10_000)) == []


def test_PRO8_who_was_dropped_or_has_no_deadline_is_left_alone() -> None:
    wheel: Wheel[One] = Wheel(T0, TICK)
    dropped, never = One(T0 + 500), One(0)
    wheel.file(dropped)
    wheel.file(never)
    wheel.drop(dropped)
    wheel.drop(never)
    assert list(wheel.turn(T0 + 60_000)) == []


def test_PRO8_what_is_farther_than_one_turn_goes_round_and_a_long_pause_loses_nobody() -> None:
    wheel: Wheel[One] = Wheel(T0, TICK, slots=8)
    far, near = One(T0 + 10 * 8 * TICK), One(T0 + TICK)
    wheel.file(far)
    wheel.file(near)
    assert list(wheel.turn(T0 + 5 * 8 * TICK)) == [near]
    assert list(wheel.turn(T0 + 10 * 8 * TICK)) == [far]


@given(
    st.lists(st.integers(1, 20_000), min_size=1, max_size=20),
    st.lists(st.integers(1, 3_000), min_size=1, max_size=30),
)
def test_PRO8_everybody_is_turned_to_once_never_early_and_at_most_a_step_late(
    dues: list[int], steps: list[int]
) -> None:
    wheel: Wheel[One] = Wheel(T0, TICK, slots=16)
    waiting = [One(T0 + due) for due in dues]
    for one in waiting:
        wheel.file(one)
    now = T0
    for step in steps:
        before, now = now, now + step
        turned = list(wheel.turn(now))
        assert len(turned) == len(set(map(id, turned)))
        for one in turned:
            assert one in waiting
            assert one.due_ms <= now
            assert one.due_ms > before - TICK
            waiting.remove(one)
        assert not any(one.due_ms <= now - TICK for one in waiting)
