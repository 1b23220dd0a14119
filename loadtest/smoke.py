"""One minute of a crowd against a server: what `make load` runs. VRD1-VRD4.

It starts the server itself, in a data folder of its own with the embedded default, or visits one that runs.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed
from loadtest.figures import Figures
from loadtest.server_process import Target, start_server
from loadtest.verdict import Limits, Verdict, judge

SHOP_SHARE = 1
"""People of the crowd without a socket: the shop's server."""


def visit(target: Target, crowd: int, seconds: float, folder: Path) -> Figures:
    """Send the crowd and return what it saw. Raises `ChildFailed` when Locust breaks."""
    figures = folder / "figures.json"
    command = python_module(
        "locust", "--locustfile", str(Path(__file__).with_name("locustfile.py")), "--headless", "--only-summary",
        "--host", target.url, "--api-key-file", str(target.key_file), "--room", target.room,
        "--crowd", str(crowd), "--seconds", str(seconds), "--figures", str(figures), "--exit-code-on-error", "0",
    )  # fmt: skip
    with Child("locust", command) as locust:
        status = locust.wait(seconds + 60)
        if status != 0 or not figures.exists():
            raise ChildFailed("locust", f"ended with status {status}; it said: {locust.last_words()}")
    return Figures.from_json(figures.read_text())


def run(crowd: int, seconds: float, target: Target | None = None) -> tuple[Figures, Verdict]:
    """Visit `target`, or a server started for it, and judge what was seen."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="liveroom-smoke-")))
        if target is None:
            print("starting a server …", file=sys.stderr, flush=True)
            target, _ = start_server(folder, "smoke", stack)
        print(
            f"{crowd} people for {seconds:g} s in room {target.room} of {target.url} …",
            file=sys.stderr,
            flush=True,
        )
        figures = visit(target, crowd, seconds, folder)
    return figures, judge(figures, limits_for(crowd, seconds))


def limits_for(crowd: int, seconds: float) -> Limits:
    """Return what must at least have happened in a run of this size. Pure.

    The shop lifts somebody every 8 s; half of these shout-outs, at three quarters of the viewers, is far less than
    what comes and far more than chance.
    """
    viewers = crowd - SHOP_SHARE
    lifted = int(seconds / 8 / 2)
    return Limits(least_viewers=viewers, least_moments=max(1, int(lifted * viewers * 0.75)))
