"""Tests that hang: stopped where they wait, so that the run goes on and says where that was.

A test has its storey's limit, or the one of its `@pytest.mark.timeout(…)`. At the limit an async test is cancelled
and a plain one is interrupted by a signal: its traceback ends at the line that waited in vain. An async test that
cannot be cancelled (a blocked thread, a teardown) is ended with its whole process `LAST_RESORT_S` later, because an
idle uvloop never runs a signal's handler.
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import ParamSpec

import pytest

LAST_RESORT_S = 30.0
_TESTS = Path(__file__).resolve().parents[1]
_USUAL_S = 120.0  # nothing that is meant to be slow: a machine may be three times slower, and busy
_STOREYS_S = {"wire": 180.0, "journey": 240.0, "browser": 300.0, "fault": 400.0}
P = ParamSpec("P")
_LIMIT = pytest.StashKey[float]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        own = item.get_closest_marker("timeout")
        limit = float(own.args[0]) if own else _STOREYS_S.get(_storey(item.path), _USUAL_S)
        item.stash[_LIMIT] = limit
        if _is_async(item):
            mark = pytest.mark.timeout(limit + LAST_RESORT_S, method="thread")
        else:
            mark = pytest.mark.timeout(limit, method="signal")
        item.add_marker(mark, append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    if isinstance(item, pytest.Function) and _is_async(item):
        item.obj = _within(item.stash[_LIMIT], item.obj)
    return (yield)


def _is_async(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj)


def _within(limit_s: float, test: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    @functools.wraps(test)
    async def limited(*args: P.args, **kwargs: P.kwargs) -> None:
        async with asyncio.timeout(limit_s):
            await test(*args, **kwargs)

    return limited


def _storey(path: Path) -> str:
    return path.relative_to(_TESTS).parts[0] if path.is_relative_to(_TESTS) else ""
