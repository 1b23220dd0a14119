from loadtest.bench.waits import p50_p99_ms


def test_BEN11_half_and_nearly_all_of_the_senders_waited_no_longer() -> None:
    waits = [n / 1e3 for n in range(101)]
    assert p50_p99_ms(waits[::-1]) == {"p50_ms": 50.0, "p99_ms": 99.0}
    assert p50_p99_ms([0.002]) == {"p50_ms": 2.0, "p99_ms": 2.0}
