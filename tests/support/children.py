"""Starting, freezing and killing real processes, so that none outlives the test run."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import ClassVar

import psutil

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
# From another place in each process of tests, and never the same twice.
_PORTS = chain(range(10_000 + os.getpid() * 101 % 20_000, 32_000), range(10_000, 32_000))
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildFailed(Exception):
    """A process a test started ended early or was not ready in time; carries the end of its log."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(f"{what}\n--- end of {log} ---\n{tail(log)}")


class Child:
    """One process in a process group of its own, its output in a file. Dies with the test run."""

    logs: ClassVar[dict[Path, None]] = {}
    """Where all processes of this run wrote, in the order of their first starts: shown with a test that fails."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    @classmethod
    def start(
        cls,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        stdout: Path | None = None,
    ) -> "Child":
        """Start `command`. Errors (and output, unless `stdout` names a file for it) are appended to `log`."""
        cls.logs[log] = None
        with log.open("ab") as errors, (stdout or log).open("ab") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=None if env is None else dict(env),
                cwd=cwd,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                start_new_session=True,
                # `kill -9` of the test run must not leave servers behind.
                preexec_fn=_die_with_parent,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], what: str, timeout_s: float) -> None:
        """Return when `ready()` is true; raise `ChildFailed` when the process ends or time is up."""
        __tracebackhide__ = True  # the log says it all
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.is_running():
                raise ChildFailed(f"{what}: ended with {self.process.returncode}", self.log)
            if time.monotonic() > deadline:
                raise ChildFailed(f"{what}: not ready within {timeout_s} s", self.log)
            time.sleep(0.01)  # another process: nothing here could tell us when it is ready

    def freeze(self) -> None:
        """SIGSTOP to it and all it started: connections stay open, nothing is answered."""
        # The first one before its children are looked up: it must not start another meanwhile.
        for process in (self._tree()[:1], self._tree()):
            _each(process, psutil.Process.suspend)

    def thaw(self) -> None:
        _each(self._tree(), psutil.Process.resume)

    def kill(self) -> None:
        """`kill -9` of the process alone; what it leaves behind is its own affair (R12)."""
        if self.is_running():
            self.process.kill()
        self.process.wait()

    def stop(self, timeout_s: float = 60.0) -> int:
        """End it as an operator would; it and all it started are killed if that takes too long. Returns the exit code."""
        if self.is_running():
            self.thaw()
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                pass  # killed below, which is what taking too long costs
        self.kill_all()
        return self.process.wait()

    def kill_all(self) -> None:
        """`kill -9` of it and of all it started, in whatever sessions they are."""
        tree = self._tree()
        _each(tree, psutil.Process.kill)
        try:
            os.killpg(self.pid, signal.SIGKILL)  # descendants whose parent was gone already
        except ProcessLookupError:
            pass  # nobody left: as it should be
        self.process.wait()
        psutil.wait_procs(tree, timeout=30.0)

    def _tree(self) -> list[psutil.Process]:
        try:
            top = psutil.Process(self.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _each(processes: Iterable[psutil.Process], do: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        try:
            do(process)
        except psutil.NoSuchProcess:
            continue  # ended meanwhile, as a database's helpers do


def free_port() -> int:
    """A TCP port that was free a moment ago; who takes it must be ready to try again.

    Below those the system gives to outgoing connections: none of them takes it while a server that had it is dead.
    """
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody else's
            return port
    raise AssertionError("no port is free")


def tail(log: Path, lines: int = 60) -> str:
    """The last lines of a log; says so when there is none."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) or "(empty)"


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
