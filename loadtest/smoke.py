"""One minute of a crowd against a server: what `make load` runs. VRD1-VRD4.

It starts the server itself, in a data folder of its own with the embedded default, or visits one that runs.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2

from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed, ContractBroken
from loadtest.figures import Figures
from loadtest.verdict import Limits, Verdict, judge
from loadtest.wire import Json, text

READY = "liveroom ready at "
START_WITHIN_S = 60.0
SHOP_SHARE = 1
"""People of the crowd without a socket: the shop's server."""


@dataclass(frozen=True, slots=True)
class Target:
    """A running server and the shop's way in."""

    url: str
    key_file: Path
    room: str


def start_server(folder: Path, stack: ExitStack) -> Target:
    """Start a server with its own data, a key and a room whose show is live. It ends with the stack."""
    data = ["--data-dir", str(folder / "data")]
    server = Child("server", python_module("server", "serve", "--port", "0", *data), ends_with_input=False)
    stack.callback(server.stop)
    url = server.hear_starting(READY, START_WITHIN_S)
    key_file = folder / "key"
    key_file.touch(mode=0o600)
    key_file.write_text(_api_key(data))
    target = Target(url, key_file, "smoke")
    prepare_room(target)
    return target


def prepare_room(target: Target) -> None:
    """Create the target's room and start a show in it."""
    key = target.key_file.read_text().strip().splitlines()[-1]
    room = f"{target.url}/v1/rooms/{target.room}"
    _send("PUT", room, key, {"name": "直播间"})
    show = _send("POST", f"{room}/shows", key, {"title": "今晚专场"})
    if not isinstance(show, dict):
        raise ContractBroken(f"a new show must be a map, got {show!r:.200}")
    _send("PATCH", f"{room}/shows/{text(show, 'id')}", key, {"status": "live"})


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
            target = start_server(folder, stack)
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


def _api_key(data: list[str]) -> str:
    command = python_module("server", "api-key", "create", "--name", "loadtest", *data)
    with Child("api-key create", command) as child:
        lines = child.hear_all(START_WITHIN_S)
    if not lines:
        raise ChildFailed("api-key create", "gave no key")
    return lines[-1]


def _send(method: str, url: str, key: str, body: Json) -> Json:
    try:
        answer = httpx2.request(
            method, url, headers={"Authorization": f"Bearer {key}"}, json=body, timeout=10
        )
    except httpx2.HTTPError as error:
        raise ContractBroken(f"{method} {url}: {error}") from error
    if not answer.is_success:
        raise ContractBroken(f"{method} {url} answered {answer.status_code}: {answer.text[:300]}")
    document: Json = answer.json()
    return document
