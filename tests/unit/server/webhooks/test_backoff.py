"""When a failed webhook is tried again."""

from __future__ import annotations

import random

import pytest

from server.webhooks.backoff import FIRST_MS, LONGEST_MS, SHORTEST_MS, next_try_ms

BEGAN = 1_760_000_000_000
HOUR_MS = 3_600_000


def wait(tries: int, luck: float, asked_ms: int | None = None) -> int:
    again = next_try_ms(tries, BEGAN, BEGAN, luck, asked_ms)
    assert again is not None
    return again - BEGAN


def test_HOK5_the_longest_wait_doubles_from_seconds_to_hours() -> None:
    longest = [wait(tries, 0.999_999_999) + 1 for tries in range(1, 20)]
    assert longest[:4] == [FIRST_MS, 2 * FIRST_MS, 4 * FIRST_MS, 8 * FIRST_MS]
    assert longest == sorted(longest)
    assert longest[-1] == LONGEST_MS


@pytest.mark.parametrize("tries", [1, 5, 30])
def test_HOK5_luck_spreads_the_wait_over_all_of_it(tries: int) -> None:
    assert wait(tries, 0.0) == SHORTEST_MS
    longest = min(LONGEST_MS, FIRST_MS << min(tries - 1, 16))
    assert wait(tries, 0.5) == longest // 2


def test_HOK5_a_receivers_retry_after_makes_the_wait_longer_and_never_endless() -> None:
    assert wait(1, 0.5, 60_000) == 60_000
    assert wait(9, 0.5, 1) == wait(9, 0.5)
    assert wait(1, 0.0, 10**12) == LONGEST_MS


@pytest.mark.parametrize("seed", range(20))
def test_HOK5_it_is_tried_for_a_whole_day_and_then_never_again(seed: int) -> None:
    luck = random.Random(seed)
    now, tries, again = BEGAN, 1, next_try_ms(1, BEGAN, BEGAN, luck.random())
    while again is not None:
        assert again > now
        now, tries = again, tries + 1
        again = next_try_ms(tries, BEGAN, now, luck.random())
    assert now == BEGAN + 24 * HOUR_MS, "the last try is made when the day is over"
    assert 15 < tries < 120


def test_HOK5_a_try_long_after_the_day_was_the_last() -> None:
    assert next_try_ms(2, BEGAN, BEGAN + 30 * HOUR_MS, 0.0) is None
