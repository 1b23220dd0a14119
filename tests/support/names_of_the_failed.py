"""The names of failed tests, in a file, for the last lines of a long run (`.ci/storeys`)."""

import os
from pathlib import Path

import pytest

FILE = "LIVEROOM_FAILED_TESTS"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Called for crashed workers' tests too; in a parallel run by the process that leads it alone."""
    path = os.environ.get(FILE)
    if path and report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(path).open("a", encoding="utf-8") as names:
            names.write(f"{report.nodeid} ({report.when})\n")
