"""Logs of real processes, shown with the test that failed."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.children import tail

_LOGS = pytest.StashKey[list[tuple[str, Path]]]()
_LINES = 120


def attach_log(item: pytest.Item, title: str, log: Path) -> None:
    """Show the end of `log` under `title` if this test fails."""
    item.stash.setdefault(_LOGS, []).append((title, log))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for title, log in item.stash.get(_LOGS, []):
            report.sections.append((f"log of {title}", tail(log, _LINES)))
    return report
