import itertools
from collections import defaultdict

import pytest

from loadtest.demo_script import GOLD, ORDER_BONUS, SILVER, Action, Enter, Order, Script


def played(
    seconds: float, *, seed: int = 1, viewers: int = 40, speed: float = 1.0
) -> list[tuple[float, Action]]:
    return list(itertools.takewhile(lambda one: one[0] < seconds, Script(seed, viewers, speed)))


def lifts(evening: list[tuple[float, Action]]) -> list[float]:
    return [at_s for at_s, action in evening if isinstance(action, Order) and action.lifts_to]


def test_DMO2_the_same_seed_plays_the_same_evening() -> None:
    assert played(300) == played(300)
    assert played(300) != played(300, seed=2)


def test_DMO2_everybody_comes_in_before_anybody_acts() -> None:
    evening = played(30)
    assert [action.seat for _, action in evening[:40] if isinstance(action, Enter)] == list(range(40))
    assert not any(isinstance(action, Enter) for _, action in evening[40:])


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_DMO2_an_order_lifts_somebody_every_ten_to_fifteen_seconds(speed: float) -> None:
    moments = lifts(played(900 / speed, speed=speed))
    gaps = [(later - earlier) * speed for earlier, later in itertools.pairwise(moments)]
    assert len(moments) >= 900 / 15 - 2
    assert min(gaps) >= 10 - 1e-9
    assert max(gaps) <= 15 + 1e-9


def test_DMO2_hours_later_there_is_still_somebody_to_lift() -> None:
    late = [at_s for at_s in lifts(played(4 * 3_600)) if at_s > 3.9 * 3_600]
    assert len(late) >= 360 / 15 - 2


def test_DMO2_what_is_said_to_lift_does_by_the_growth_it_brings() -> None:
    growth: dict[int, int] = defaultdict(int)
    reached = set()
    for _, action in played(3_600):
        if isinstance(action, Enter):
            growth[action.seat] = 0
        elif isinstance(action, Order):
            before = growth[action.seat]
            growth[action.seat] += action.yuan + ORDER_BONUS
            after = growth[action.seat]
            crossed = "gold" if before < GOLD <= after else "silver" if before < SILVER <= after else None
            assert action.lifts_to == crossed
            reached.add(crossed)
    assert reached == {None, "silver", "gold"}


def test_DMO2_time_never_goes_back() -> None:
    moments = [at_s for at_s, _ in played(1_200)]
    assert moments == sorted(moments)


def test_DMO2_one_viewer_alone_is_an_evening_too() -> None:
    assert len(played(120, viewers=1)) > 30
