"""The names of the failed tests, and of those that never came to an end, in files: the last lines of a long run.

`.ci/storeys` names the first file and prints both.
"""

import os
from pathlib import Path

import pytest

FILE = "LIVEROOM_FAILED_TESTS"


class Names:
    """Keeps the two files. In a parallel run only the process that leads it hears of all tests."""

    def __init__(self, failed: Path) -> None:
        self._failed = failed
        self._unended = failed.with_name("unended.txt")
        self._running: set[str] = set()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running.add(nodeid)
        self._write()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called for the test of a crashed worker too."""
        if report.failed:
            with self._failed.open("a", encoding="utf-8") as names:
                names.write(f"{report.nodeid} ({report.when})\n")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.discard(nodeid)
        self._write()

    def _write(self) -> None:
        self._unended.write_text("".join(f"{one} (never ended)\n" for one in sorted(self._running)), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    path = os.environ.get(FILE)
    if path and "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(Names(Path(path)), "names-of-the-failed")
