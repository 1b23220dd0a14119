"""A child process that answers lines with lines: swarms, benchmark servers, a server under test. CHD1-CHD3.

Children of ours end when their standard input ends, so none outlives us; another's program gets SIGTERM.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from loadtest.errors import ChildFailed

ROOT = Path(__file__).resolve().parent.parent


def python_module(name: str, *arguments: str) -> list[str]:
    """Return the command line that runs one of our modules with this interpreter."""
    return [sys.executable, "-m", name, *arguments]


class Child:
    """A started process with a line-wise conversation. Standard error goes to a file whose end explains failures."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ends_with_input: bool = True,
    ) -> None:
        """`env` is the child's whole environment; None = ours."""
        self.name = name
        self._ends_with_input = ends_with_input
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the child)
        self._buffer = b""
        environment = dict(os.environ if env is None else env)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
            )
        except OSError as error:
            self._errors.close()
            raise ChildFailed(name, str(error)) from error

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Return when `ready()` is true. Raises `ChildFailed` when the child ends first, or time is up."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                raise self._failed(f"ended with status {self._process.returncode}")
            if time.monotonic() > deadline:
                raise self._failed(f"not ready within {timeout_s:g} s")
            time.sleep(0.02)

    def last_words(self) -> str:
        """Return the end of what the child wrote to standard error."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 2000))
        return self._errors.read().decode(errors="replace").strip()

    def say(self, line: str) -> None:
        """Write one line to the child. Raises `ChildFailed` when it is gone."""
        assert self._process.stdin
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._failed(f"gone when told {line!r}") from error

    def hear(self, timeout_s: float) -> str:
        """Return the child's next line. Raises `ChildFailed` when it ends or stays silent for `timeout_s`."""
        assert self._process.stdout
        fd = self._process.stdout.fileno()
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise self._failed(f"silent for {timeout_s:g} s")
            chunk = os.read(fd, 65536)
            if not chunk:
                raise self._failed(f"ended with status {self._process.wait()}")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode(errors="replace")

    def hear_starting(self, prefix: str, timeout_s: float) -> str:
        """Return the rest of the next line that starts with `prefix`, skipping others (a banner, say)."""
        deadline = time.monotonic() + timeout_s
        while True:
            line = self.hear(max(0.0, deadline - time.monotonic()))
            if line.startswith(prefix):
                return line[len(prefix) :].strip()

    def hear_all(self, timeout_s: float) -> list[str]:
        """Return every line the child still says until it ends well. Raises `ChildFailed` when it does not."""
        lines = []
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                lines.append(self.hear(max(0.0, deadline - time.monotonic())))
            except ChildFailed:
                if self._process.poll() == 0:
                    return lines
                raise

    def wait(self, timeout_s: float) -> int:
        """Wait for the child to end by itself, throwing away what it says; returns its status."""
        try:
            self.hear_all(timeout_s)
        except ChildFailed:
            if self._process.poll() is None:
                raise
        return self._process.wait()

    def ask(self, line: str, timeout_s: float) -> str:
        self.say(line)
        return self.hear(timeout_s)

    def stop(self, grace_s: float = 5.0) -> int:
        """End the child: input closed, then SIGTERM, then SIGKILL. Returns its status."""
        process = self._process
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.close()
        except OSError:
            pass  # it was gone already, with our last line unread
        asked_kindly = () if not self._ends_with_input else (None,)
        for sign in (*asked_kindly, signal.SIGTERM, signal.SIGKILL):
            if sign is not None and process.poll() is None:
                process.send_signal(sign)
            try:
                process.wait(grace_s)
                break
            except subprocess.TimeoutExpired:
                continue
        process.stdout.close()
        self._errors.close()
        return process.wait()

    def _failed(self, what: str) -> ChildFailed:
        words = self.last_words()
        return ChildFailed(self.name, f"{what}; it said: {words}" if words else what)

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
