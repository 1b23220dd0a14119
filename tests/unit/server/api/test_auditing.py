"""What is told of a burst of refused presses, beside the lines in the ledger."""

from server.api.auditing import MOST_PEOPLE, WINDOW_MS, Beyond


def test_X7_a_burst_is_told_when_it_begins_and_once_a_minute_and_every_press_is_counted() -> None:
    beyond = Beyond()
    assert beyond.count("host:h1", True, 0) == 0
    told = [beyond.count("host:h1", False, at_ms) for at_ms in range(0, 2 * WINDOW_MS, 100)]
    assert [one for one in told if one] == [1, 600]
    assert beyond.count("host:h1", True, 2 * WINDOW_MS) == 599, "the rest, when a press has a line again"
    assert beyond.count("host:h1", True, 2 * WINDOW_MS) == 0


def test_X7_people_are_counted_apart_and_not_without_end() -> None:
    beyond = Beyond()
    assert [beyond.count(f"host:h{n}", False, 0) for n in range(MOST_PEOPLE + 1)] == [1] * (MOST_PEOPLE + 1)
    assert beyond.count("host:h1", False, 1) == 0
    assert beyond.count("host:h0", False, 1) == 1, "the one longest in it was forgotten"
