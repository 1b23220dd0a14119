from member_cache.breaker import Breaker


def test_MEM7_a_store_that_works_is_always_asked() -> None:
    breaker = Breaker()
    assert breaker.allows(0.0)
    breaker.worked()
    assert breaker.allows(0.0)
    assert breaker.closed


def test_MEM7_one_failure_stops_the_questions_until_the_pause_is_over() -> None:
    breaker = Breaker(first_s=0.5)
    breaker.failed(10.0)
    assert not breaker.allows(10.49)
    assert breaker.allows(10.5)


def test_MEM7_one_caller_per_pause_tries() -> None:
    breaker = Breaker(first_s=0.5)
    breaker.failed(10.0)
    assert [breaker.allows(10.6) for _ in range(5)] == [True, False, False, False, False]


def test_MEM7_pauses_double_up_to_the_longest() -> None:
    breaker = Breaker(first_s=0.5, longest_s=2.0)
    breaker.failed(0.0)
    pauses, now = [], 0.0
    for _ in range(4):
        earliest = next(now + step / 100 for step in range(1_000) if breaker.allows(now + step / 100))
        pauses.append(round(earliest - now, 2))
        now = earliest
        breaker.failed(now)
    assert pauses == [0.5, 1.0, 2.0, 2.0]


def test_MEM7_calls_that_fail_together_are_one_failure() -> None:
    breaker = Breaker(first_s=0.5)
    for at in (10.0, 10.01, 10.02):
        breaker.failed(at)
    assert breaker.allows(10.5)


def test_MEM7_a_trial_that_never_reports_does_not_stop_the_next() -> None:
    breaker = Breaker(first_s=0.5)
    breaker.failed(10.0)
    assert breaker.allows(10.5)
    assert not breaker.allows(10.9)
    assert breaker.allows(11.0)


def test_MEM7_a_trial_that_works_closes_it_and_forgets_the_long_pause() -> None:
    breaker = Breaker(first_s=0.5)
    breaker.failed(0.0)
    assert breaker.allows(0.5)
    breaker.failed(0.5)
    assert breaker.allows(1.5)
    breaker.worked()
    assert breaker.closed
    breaker.failed(2.0)
    assert breaker.allows(2.5)
