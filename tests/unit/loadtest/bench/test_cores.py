import os
import subprocess
import sys

from loadtest.bench.cores import (
    children_of,
    choose_cores,
    meter,
    process_clock_ns,
    starting_on,
    tick_clock_ns,
)


def burn(cpu_ns: int) -> None:
    until = process_clock_ns(os.getpid()) + cpu_ns
    while process_clock_ns(os.getpid()) < until:
        pass


def test_BEN8_the_meter_sees_bursts_shorter_than_a_tick() -> None:
    exact = meter([os.getpid()])
    before = exact.cpu_ns()
    burn(1_000_000)
    assert exact.exact
    assert 1_000_000 <= exact.cpu_ns() - before < 400_000_000


def test_BEN8_the_ticks_of_the_fallback_tell_the_same_time_coarsely() -> None:
    exact, ticks = process_clock_ns(os.getpid()), tick_clock_ns(os.getpid())
    assert abs(exact - ticks) < 1_000_000_000


def test_BEN8_a_process_that_is_gone_is_an_error_and_not_a_zero() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    watched = meter([child.pid])
    child.wait()
    try:
        watched.cpu_ns()
    except OSError as error:
        assert error.errno  # noqa: PT017 (any of several kinds)
    else:
        raise AssertionError("a dead process has no processor time")


def test_BEN8_children_start_pinned_and_we_return_to_where_we_were() -> None:
    before = os.sched_getaffinity(0)
    core = choose_cores().server
    with starting_on(core):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )
    assert os.sched_getaffinity(child.pid) == {core}
    assert os.sched_getaffinity(0) == before
    assert child.pid in children_of(os.getpid())
    child.communicate()
