"""The processes a launcher starts. Each asks the kernel to be killed when the launcher is gone, however it went (R12).

A worker is a fork of its launcher, which has read all the code by then: it serves in a fraction of the time that an
interpreter of its own would take to read it again, and shares the memory it lies in. So a launcher has one thread, no
event loop and no connection when it forks.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """A program to keep running."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stop_with: signal.Signals = signal.SIGTERM
    keep: bool = True
    """False = when it ends it stays ended."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A copy of this process to keep running."""

    name: str
    run: Callable[[int], int]
    """Gets a descriptor on which to write a byte when it serves; returns the exit code."""
    stop_with: signal.Signals = signal.SIGTERM
    keep: bool = True


class Process(Protocol):
    """What `subprocess.Popen` and `Forked` have in common."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def kill(self) -> None: ...


class Forked:
    """A forked child, spoken to as `subprocess.Popen` is; a signal that ended it is a negative exit code."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._reap(os.WNOHANG)

    def wait(self) -> int:
        code = self._reap(0)
        if code is None:
            raise ChildProcessError(f"process {self.pid} has not ended")
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:  # an id that was given back may be somebody else's by now
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _reap(self, how: int) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, how)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


def run_program(program: Program) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own: Ctrl-C reaches the launcher alone, which stops its children in order."""
    launcher = os.getpid()
    return subprocess.Popen(
        program.argv,
        env=dict(program.env),
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,  # stdout carries the ready line alone
        process_group=0,
        preexec_fn=lambda: _die_with(launcher),  # the launcher has one thread, so this is safe
    )


def run_fork(fork: Fork) -> tuple[Forked, int]:
    """Start it likewise; return it and the descriptor on which it says that it serves (end of file = it ended)."""
    launcher = os.getpid()
    ready, handed = os.pipe()
    gc.freeze()  # a collection in either process would touch, and so copy, every page they share
    # Until it has forgotten the launcher's handlers a signal must wait: the launcher's would swallow it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            _become(fork, launcher, handed, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(handed)
    return Forked(pid), ready


def _become(fork: Fork, launcher: int, handed: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Be the child. Nothing of the launcher's is run again, not even its `finally`s."""
    code = 1
    try:
        _die_with(launcher)
        _libc.prctl(_PR_SET_NAME, b"liveroom-worker", 0, 0, 0)
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(2, 1)  # stdout carries the ready line alone
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        # The launcher's locks, its port and its ends of pipes: held here, too, they would outlive it.
        for held in map(int, os.listdir("/proc/self/fd")):
            if held > 2 and held != handed:
                with suppress(OSError):  # the listing's own is closed already
                    os.close(held)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        code = fork.run(handed)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _die_with(launcher: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != launcher:  # it died before we could ask
        os._exit(1)
