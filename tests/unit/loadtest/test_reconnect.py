import pytest

from loadtest.reconnect import LONGEST_MS, wait_ms


@pytest.mark.parametrize("code", [4500, 4501, 4504, 4999, 1002, 1003, 1007, 1009])
def test_CRD6_codes_that_say_stop_stop(code: int) -> None:
    assert wait_ms(code, 0, 0, 0.5) is None


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1012, 4000, 4001, 4499])
def test_CRD6_all_others_come_back(code: int | None) -> None:
    assert wait_ms(code, 0, 0, 0.5) == 250


def test_CRD6_the_server_s_wish_comes_first_and_jitter_on_top() -> None:
    assert wait_ms(4000, 3_000, 0, 0.0) == 3_000
    assert wait_ms(4000, 3_000, 2, 0.5) == 4_000


def test_CRD6_the_back_off_doubles_up_to_twenty_seconds_for_ever() -> None:
    waits = [wait_ms(None, 0, attempt, 1.0) for attempt in (0, 1, 5, 6, 1_000)]
    assert waits == [500, 1_000, 16_000, LONGEST_MS, LONGEST_MS]
