"""Commands of the command line that only prepare a test, run in the test's own process.

Reading our code into a process of its own costs a second and a half of a core each time. What a command says and
how it exits is asked of real processes (`LiveroomProcess.run`, tests/wire/server/test_cli.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from typer.testing import CliRunner

R = TypeVar("R")


def command(*arguments: str) -> str:
    """Run `liveroom` with `arguments` and return its stdout. Raises what the command raised."""
    from server.cli import app

    settings_of_the_shell = {name: None for name in os.environ if name.startswith("LIVEROOM_")}
    done = _aside(lambda: CliRunner().invoke(app, arguments, env=settings_of_the_shell))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, f"liveroom {arguments[0]}: exit {done.exit_code}: {done.output}"
    return done.stdout


def _aside(call: Callable[[], R]) -> R:
    """In a thread that ends with it: a command runs a loop of its own, and the test may be inside one."""
    with ThreadPoolExecutor(1, "liveroom command") as aside:
        return aside.submit(call).result()
