"""What a run of tests must not let through: tests that hang, and, in CI, tests that did not run."""

import os
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parents[1]
_LIMIT_S = {"journey": 60, "browser": 90, "fault": 300}
_USUAL_LIMIT_S = 20
NO_SKIPS = "LIVEROOM_NO_SKIPS"
_NOT_RUN = pytest.StashKey[list[str]]()


def no_skips() -> bool:
    """True in CI: what is skipped, deselected or expected to fail has not been shown."""
    return os.environ.get(NO_SKIPS, "") not in ("", "0")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the time limit of its storey, unless it states its own."""
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_LIMIT_S.get(_storey(item.path), _USUAL_LIMIT_S)))


def _storey(path: Path) -> str:
    return path.relative_to(_TESTS).parts[0] if path.is_relative_to(_TESTS) else ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if no_skips() and (report.skipped or hasattr(report, "wasxfail")):
        reason = getattr(report, "wasxfail", None) or _reason(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} did not show what it says ({reason}); nothing may be skipped here"
        if hasattr(report, "wasxfail"):
            del report.wasxfail
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if no_skips() and report.skipped:
        report.longrepr = f"{collector.nodeid} was skipped whole ({_reason(report.longrepr)})"
        report.outcome = "failed"
    return report


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    if no_skips() and items:
        items[0].config.stash.setdefault(_NOT_RUN, []).extend(item.nodeid for item in items)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash.get(_NOT_RUN, []) and session.exitstatus in (0, 5):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in terminalreporter.config.stash.get(_NOT_RUN, []):
        terminalreporter.write_line(f"deselected, and nothing may be left out here: {nodeid}", red=True)


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) and len(longrepr) == 3 else str(longrepr)
