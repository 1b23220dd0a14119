"""In CI what did not run has not been shown: the switch that says so really bites."""

import pytest

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
