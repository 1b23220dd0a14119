"""The product as an operator runs it: `python -m server serve` as a real process in a data directory of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from tests.support import in_process
from tests.support.children import Child, ChildFailed, free_port, tail
from tests.support.logs import attach_log
from tests.support.migrated import put_migrated_ledger

CHECKOUT = Path(__file__).resolve().parents[2]
# The one line on stdout by which `serve` says that it takes connections (PROTOCOL 4).
READY = re.compile(rb"^liveroom ready at (http://[0-9.]+:(\d+))$", re.MULTILINE)
# 2 s on a machine of its own; ten processes beside it made that twelve.
_READY_S = 90.0
_COMMAND_S = 90.0
_TRIES = 5


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which no LIVEROOM_… setting of the caller's shell reaches the process under test.

    Nor does PYTHONDONTWRITEBYTECODE, which many containers set: every start would compile the whole server.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("LIVEROOM_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(CHECKOUT)}


class LiveroomProcess:
    """One installation (data directory and settings), whose server can be started, killed and started again."""

    def __init__(self, data_dir: Path, log: Path, options: Sequence[str] = ()) -> None:
        """`options` go to every command (`--database-url …`, `--redis-url …`), before those of a call."""
        self.data_dir = data_dir
        self.log = log
        self._stdout = log.with_suffix(".stdout")
        self._options = ["--data-dir", str(data_dir), *options]
        self._child: Child | None = None
        self.url = ""
        self.port = 0

    @property
    def live_url(self) -> str:
        """Address of the live socket."""
        return f"{self.url.replace('http', 'ws', 1)}/v1/live"

    @property
    def pid(self) -> int:
        assert self._child is not None, "start() first"
        return self._child.pid

    @property
    def child(self) -> Child:
        assert self._child is not None, "start() first"
        return self._child

    def start(self, *options: str, command: str = "serve", port: int | None = None) -> None:
        """Start the server and return when it is ready. `port` None: the one it had, at first a free one."""
        if port is not None or self.port:
            self._start_on(self.port if port is None else port, command, options)
            return
        for attempt in range(_TRIES):
            try:
                self._start_on(free_port(), command, options)
                return
            except ChildFailed as failed:
                if "cannot listen" not in str(failed) or attempt == _TRIES - 1:
                    raise

    def _start_on(self, port: int, command: str, options: Sequence[str]) -> None:
        self._stdout.unlink(missing_ok=True)
        self._child = Child.start(
            [
                *(sys.executable, "-m", "server", command, "--host", "127.0.0.1", "--port", str(port)),
                *(*self._options, *options),
            ],
            self.log,
            cwd=CHECKOUT,
            env=clean_environment(os.environ),
            stdout=self._stdout,
        )
        self._child.wait_until(self._is_ready, f"liveroom {command}", _READY_S)

    def kill(self) -> None:
        """`kill -9` of the process started; what becomes of its children is what R12 is about."""
        self.child.kill()

    def stop(self) -> int:
        """SIGTERM, and wait for the drain. Returns the exit code."""
        return self.child.stop(timeout_s=90.0)

    def close(self) -> None:
        """Leave nothing running, whatever the test did."""
        if self._child is not None:
            self._child.kill_all()

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run another command (`token`, `api-key`, `verify-ledger`, …) on the same installation; return its stdout.

        Raises `ChildFailed` if it exits with anything but `expect`.
        """
        done = subprocess.run(
            [sys.executable, "-m", "server", *arguments, *self._options],
            cwd=CHECKOUT,
            env=clean_environment(os.environ),
            capture_output=True,
            timeout=_COMMAND_S,
            check=False,
        )
        with self.log.open("ab") as log:
            log.write(b"$ liveroom %s\n%s" % (" ".join(arguments).encode(), done.stderr))
        if done.returncode != expect:
            raise ChildFailed(f"liveroom {arguments[0]}: exit {done.returncode}, not {expect}", self.log)
        return done.stdout.decode()

    def token(
        self,
        role: str,
        sub: str,
        *,
        rooms: Sequence[str] = ("*",),
        name: str | None = None,
        ttl_s: int = 3600,
    ) -> str:
        """A token by `liveroom token`, in this process."""
        words = ["token", "--role", role, "--sub", sub, "--ttl", str(ttl_s)]
        for room in rooms:
            words += ["--room", room]
        if name is not None:
            words += ["--name", name]
        return in_process.command(*words, *self._options).strip().splitlines()[-1]

    def api_key(self) -> str:
        """An API key with all scopes by `liveroom api-key create`, in this process."""
        words = ("api-key", "create", "--name", "tests")
        return in_process.command(*words, *self._options).strip().splitlines()[-1]

    def logged(self) -> str:
        """All the server wrote, to stdout and to stderr, over all its starts but stdout's earlier ones."""
        written = self._stdout.read_text(errors="replace") if self._stdout.exists() else ""
        return self.log.read_text(errors="replace") + written

    def last_words(self) -> str:
        return tail(self.log)

    def _is_ready(self) -> bool:
        found = READY.search(self._stdout.read_bytes()) if self._stdout.exists() else None
        if found is None:
            return False
        self.url, self.port = found[1].decode(), int(found[2])
        return True


class StartLiveroom(Protocol):
    """What the fixture `start_liveroom` gives: call it to get a server that is ready."""

    def __call__(self, *options: str, command: str = "serve") -> LiveroomProcess: ...


@pytest.fixture
def start_liveroom(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StartLiveroom]:
    """Starts real servers, each in a fresh data directory; all of them are gone when the test is over.

    `start_liveroom("--workers", "2")`; what they logged is attached to a failing test.
    """
    started: list[LiveroomProcess] = []
    closing: list[Callable[[], None]] = []

    def start(*options: str, command: str = "serve") -> LiveroomProcess:
        number = len(started) + 1
        data_dir = tmp_path / f"var{number}"
        data_dir.mkdir()
        if command == "serve":  # the demo shows a start in an empty directory
            put_migrated_ledger(data_dir)
        process = LiveroomProcess(data_dir, tmp_path / f"liveroom{number}.log")
        started.append(process)
        closing.append(process.close)
        attach_log(request.node, f"liveroom {number}", process.log)
        process.start(*options, command=command)
        return process

    yield start
    for close in closing:
        close()


@pytest.fixture
def liveroom_process(start_liveroom: StartLiveroom) -> LiveroomProcess:
    """One server with the embedded default, ready."""
    return start_liveroom()
