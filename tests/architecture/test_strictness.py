"""In CI what did not run has not been shown, and what hangs says where: the switches that say so really bite."""

import pytest

from tests.support.liveroom_process import CHECKOUT
from tests.support.strictness import NO_SKIPS

pytest_plugins = ["pytester"]

LAX = """
import pytest

@pytest.mark.skip(reason="marked")
def test_marked(): ...

def test_inside():
    pytest.skip("inside")

@pytest.mark.xfail(reason="known")
def test_known():
    assert False

@pytest.mark.xfail(reason="known", strict=False)
def test_luckily(): ...

def test_fine(): ...
"""


@pytest.fixture(autouse=True)
def found_by_processes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))


def outcomes(pytester: pytest.Pytester, *arguments: str) -> tuple[int, dict[str, int]]:
    result = pytester.runpytest_inprocess("-p", "tests.support.strictness", "-p", "no:asyncio", *arguments)
    return int(result.ret), result.parseoutcomes()


def test_at_home_a_skip_is_only_reported(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NO_SKIPS, raising=False)
    pytester.makepyfile(LAX)
    assert outcomes(pytester) == (0, {"passed": 1, "skipped": 2, "xfailed": 1, "xpassed": 1})


def test_in_ci_every_way_not_to_run_is_a_failure(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS, "1")
    pytester.makepyfile(LAX)
    code, counted = outcomes(pytester)
    assert code == 1
    # A skip by mark fails in its set-up, which pytest counts as an error.
    assert counted["failed"] + counted["errors"] == 4
    assert "skipped" not in counted


def test_in_ci_a_deselected_test_fails_the_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS, "1")
    pytester.makepyfile(LAX)
    assert outcomes(pytester, "-k", "fine") == (1, {"passed": 1, "deselected": 4})


def test_in_ci_a_module_skipped_whole_fails_the_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS, "1")
    pytester.makepyfile("import pytest\npytest.importorskip('nonesuch')\ndef test_it(): ...\n")
    code, counted = outcomes(pytester)
    assert code != 0
    assert counted == {"errors": 1}


def test_a_test_that_hangs_fails_at_the_line_where_it_waits_and_the_next_one_runs(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(
        """
        import asyncio, pytest

        @pytest.mark.timeout(0.05)
        async def test_waits():
            for_something_that_never_comes = asyncio.Event()
            await for_something_that_never_comes.wait()

        async def test_next(): ...
        """
    )
    result = pytester.runpytest_subprocess("-p", "tests.support.time_limits")
    assert result.parseoutcomes() == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*await for_something_that_never_comes.wait()*", "*TimeoutError*"])


def test_of_two_lanes_each_runs_its_own_and_leaves_nothing_out(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS, "1")
    pytester.makepyfile(
        "import pytest\n@pytest.mark.alone\ndef test_timed(): ...\ndef test_one(): ...\ndef test_other(): ...\n"
    )
    lanes = ("-p", "tests.support.lanes")
    assert outcomes(pytester, *lanes, "--lane", "alone") == (0, {"passed": 1})
    assert outcomes(pytester, *lanes, "--lane", "shared") == (0, {"passed": 2})
    assert outcomes(pytester, *lanes) == (0, {"passed": 3})


def test_in_ci_a_test_deselected_in_a_worker_fails_the_run_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS, "1")
    pytester.makepyfile("def test_one(): ...\ndef test_other(): ...\n")
    arguments = ("-p", "tests.support.strictness", "-n", "2", "-k", "one")
    result = pytester.runpytest_subprocess(*arguments)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*nothing may be left out here: *test_other*"])
