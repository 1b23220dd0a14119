"""The host of the demo: what they press in a round."""

from loadtest.demo_host import CLEARED, ROUND_S, evening


def test_DMO4_a_round_starts_everything_once_in_order_and_ends_before_the_next() -> None:
    presses = evening(1_000_000)
    assert [press.what for press in presses] == [
        *("spotlight", "pinned", "tasks", "polls", "gates", "first-n", "tasks")
    ]
    times = [press.at_s for press in presses]
    assert times == sorted(times)
    assert times[-1] < ROUND_S


def test_DMO4_a_gate_opens_within_its_round_and_no_countdown_outlives_it_by_much() -> None:
    presses = evening(1_000_000)
    [gate] = [press.body for press in presses if press.what == "gates"]
    opens_ms = gate["public_ms"]
    assert isinstance(opens_ms, int)
    assert 1_060_000 < opens_ms < 1_000_000 + ROUND_S * 1_000
    for press in presses:
        seconds = press.body.get("seconds", 0)
        assert isinstance(seconds, int)
        assert press.at_s + seconds <= ROUND_S


def test_DMO4_everything_that_does_not_end_by_itself_is_cleared() -> None:
    posted = {press.what for press in evening(0) if press.method == "POST"} - {"tasks"}
    assert posted == {path for _, path in CLEARED}
