"""A dead dependency is asked once per pause, by one caller."""

from broadcaster.breaker import PAUSE_MS, Breaker

NOW = 5_000


def test_BUS6_a_working_dependency_is_always_asked() -> None:
    breaker = Breaker()
    assert breaker.is_closed
    assert all(breaker.allows(NOW) for _ in range(3))


def test_BUS6_after_a_failure_nobody_waits_until_the_pause_is_over_and_then_one_probes() -> None:
    breaker = Breaker()
    breaker.failed(NOW)
    assert not breaker.is_closed
    assert not breaker.allows(NOW + PAUSE_MS - 1)
    assert breaker.allows(NOW + PAUSE_MS)
    assert not breaker.allows(NOW + PAUSE_MS)
    breaker.failed(NOW + PAUSE_MS)
    assert not breaker.allows(NOW + PAUSE_MS + 1)
    assert breaker.allows(NOW + 2 * PAUSE_MS)
    breaker.worked()
    assert breaker.allows(NOW + 2 * PAUSE_MS)
    assert breaker.is_closed
