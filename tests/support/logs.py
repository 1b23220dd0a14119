"""Logs of real processes, and what pages said, shown with the test that failed."""

import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.support.children import Child, tail

_WORDS = pytest.StashKey[list[tuple[str, Callable[[], str]]]]()
_LOGS = pytest.StashKey[list[tuple[str, Path]]]()
_BEGAN = pytest.StashKey[float]()
_LINES = 120
_LINES_OF_OTHERS = 40


def attach_log(item: pytest.Item, title: str, log: Path) -> None:
    """Show the end of `log` under `title` if this test fails."""
    item.stash.setdefault(_LOGS, []).append((title, log))


def attach_words(item: pytest.Item, title: str, words: Callable[[], str]) -> None:
    """Show under `title` what `words()` gives if this test fails."""
    item.stash.setdefault(_WORDS, []).append((title, words))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_BEGAN] = time.time()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        attached = item.stash.get(_LOGS, [])
        for title, log in attached:
            report.sections.append((f"log of {title}", tail(log, _LINES)))
        known = {log for _, log in attached}
        for log in _written_since(item.stash.get(_BEGAN, 0.0)):
            if log not in known:
                report.sections.append((f"log of {log.parent.name}/{log.name}", tail(log, _LINES_OF_OTHERS)))
        for title, words in item.stash.get(_WORDS, []):
            report.sections.append((title, words()))
    return report


def _written_since(began: float) -> list[Path]:
    """The logs of all processes this run started, shared ones too, that had something to say during the test."""
    return [log for log in Child.logs if log.exists() and log.stat().st_mtime >= began - 1.0]
