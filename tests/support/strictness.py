"""What a run of tests must not let through: in CI, tests that did not run."""

import os
from collections.abc import Generator, Sequence

import pytest

NO_SKIPS = "LIVEROOM_NO_SKIPS"
_NOT_RUN = pytest.StashKey[list[str]]()
_FROM_A_WORKER = "not_run"


def no_skips() -> bool:
    """True in CI: what is skipped, deselected or expected to fail has not been shown."""
    return os.environ.get(NO_SKIPS, "") not in ("", "0")


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
        _not_run(items[0].config).extend(item.nodeid for item in items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """A worker of a parallel run has ended: what it left out counts for the whole run (pytest-xdist)."""
    told = getattr(node, "workeroutput", {}).get(_FROM_A_WORKER, [])
    config: pytest.Config = getattr(node, "config")  # noqa: B009 - the hook's own type is not ours to import
    _not_run(config).extend(nodeid for nodeid in told if nodeid not in _not_run(config))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    left_out = _not_run(session.config)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_FROM_A_WORKER] = left_out
    if left_out and session.exitstatus in (0, 5):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in _not_run(terminalreporter.config):
        terminalreporter.write_line(f"deselected, and nothing may be left out here: {nodeid}", red=True)


def _not_run(config: pytest.Config) -> list[str]:
    return config.stash.setdefault(_NOT_RUN, [])


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) and len(longrepr) == 3 else str(longrepr)
