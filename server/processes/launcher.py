"""Starts the processes of one server, restarts the dead, and takes all of them down with itself (R12).

Each worker owns its listening socket under one port (SO_REUSEPORT), so no worker's queue waits for another.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import structlog
from pydantic import SecretStr

from server.errors import LiveroomError, SettingWrong
from server.processes.children import Fork, Process, Program, run_fork, run_program
from server.processes.embedded import DataDirLock, find_redis, redis_answers, redis_command, redis_socket
from server.settings import EMBEDDED, Settings, prepare_data_dir, token_secret

READY_WITHIN_S = 60.0
REDIS_WITHIN_S = 10.0
DRAIN_S = 35.0
"""A worker lets its viewers go for up to 30 s (DESIGN §4, Drain); then it had its chance."""
STEADY_S = 10.0
"""Up for this long: the next death counts as the first."""
_log = structlog.get_logger(__name__)


class ChildFailed(LiveroomError):
    """A process could not be started; `exit_code` is what the launcher should end with."""

    def __init__(self, name: str, exit_code: int) -> None:
        super().__init__(name, exit_code)
        self.name = name
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.name} did not start (exit code {self.exit_code}); the reason is above"


@dataclass(slots=True, eq=False)
class _Child:
    program: Program | Fork
    process: Process
    started: float
    ready: int | None = None
    failures: int = 0
    due: float | None = None
    """When to start it again; None = it runs, or shall not run again."""
    done: bool = False


def restart_delay_s(failures: int) -> float:
    """Return how long to wait before start number `failures` + 1: at once after the first death, at most 5 s."""
    return 0.0 if failures <= 1 else min(5.0, 0.1 * 2.0 ** (failures - 2))


def reserve_port(host: str, port: int) -> socket.socket:
    """Return a bound, not listening socket that reserves `port` (0 = any free) for our workers.

    Raises `SettingWrong` when somebody listens there already, also if that somebody would share the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    probe = socket.socket(family)
    reserved = socket.socket(family)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)  # the probe does not share, so a listener of anybody's is found out
        chosen = int(probe.getsockname()[1])
        probe.close()
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, chosen))
    except OSError as problem:
        probe.close()
        reserved.close()
        raise SettingWrong(
            "--host/--port", f"cannot listen on {host}:{port}: {problem.strerror}"
        ) from problem
    return reserved


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a worker's own socket under the reserved port."""
    own = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind((host, port))
    return own


OnReady = Callable[[str], Sequence[Program]]
Worker = Callable[[Settings, int], int]
"""Serves as one process, says so on the descriptor, and returns the exit code."""


class Launcher:
    """One start of `liveroom serve`. `run` returns the exit code after everything it started is gone."""

    def __init__(
        self,
        settings: Settings,
        load: Callable[[], Worker],
        *,
        on_ready: OnReady | None = None,
        greet: Callable[[str], None],
    ) -> None:
        """`load` imports all that a worker is made of. `greet` gets the address when all workers serve; `on_ready`
        then may add programs (the demo's crowd)."""
        self._settings = settings
        self._load = load
        self._on_ready = on_ready
        self._greet = greet
        self._lock = DataDirLock(settings.data_dir)
        self._children: list[_Child] = []
        self._redis_socket: Path | None = None
        self._stop_signals = 0
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def run(self, prepare: Callable[[], None]) -> int:
        """Serve until SIGTERM, SIGINT or SIGHUP. `prepare` runs once the data dir is ours (migrations).

        Raises `SettingWrong` for what can be known before anything was started.
        """
        settings = self._settings
        prepare_data_dir(settings)
        self._lock.acquire()
        token_secret(settings)
        reserved = reserve_port(settings.host, settings.port)
        port = int(reserved.getsockname()[1])
        shutil.rmtree(settings.run_dir, ignore_errors=True)
        settings.run_dir.mkdir(mode=0o700)
        (settings.run_dir / "metrics").mkdir(mode=0o700)
        try:
            listening = self._start_redis() if settings.redis == EMBEDDED else None
            prepare()  # while that Redis comes up
            worker = self._loaded()
            with self._signals():
                try:
                    self._await_redis(listening)
                    return self._serve(port, listening, worker)
                except ChildFailed as failed:
                    if not self._stopping():
                        _log.error("launcher.start_failed", problem=str(failed))
                    return 0 if self._stopping() else failed.exit_code
                finally:
                    self._stop_all()
        finally:
            self._stop_all()
            reserved.close()
            self._lock.release()

    def _loaded(self) -> Worker:
        """Read the code once, for all workers. What it leaves in memory stays: looking for garbage in it is idle."""
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self._settings.run_dir / "metrics")  # read by an import
        collecting = gc.isenabled()
        gc.disable()
        try:
            return self._load()
        finally:
            if collecting:
                gc.enable()

    def _serve(self, port: int, redis: Path | None, worker: Worker) -> int:
        theirs = self._settings.model_copy(
            update={
                "port": port,
                "redis_url": self._settings.redis_url if redis is None else SecretStr(f"unix://{redis}"),
            }
        )
        for number in range(self._settings.workers):
            self._start(Fork(f"worker {number}", partial(worker, theirs)))
        self._await_ready()
        if self._stopping():
            return 0
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        address = f"http://{host}:{port}"
        self._greet(address)
        for program in self._on_ready(address) if self._on_ready is not None else ():
            self._start(program)
        while not self._stopping():
            self._wait(self._seconds_to_restart())
            self._tend()
        return 0

    def _start_redis(self) -> Path:
        run_dir = self._settings.run_dir
        self._redis_socket = listening = redis_socket(run_dir)
        self._start(Program("redis", redis_command(find_redis(), listening, run_dir)))
        return listening

    def _await_redis(self, listening: Path | None) -> None:
        if listening is None:
            return
        [child] = self._children
        deadline = time.monotonic() + REDIS_WITHIN_S
        while not redis_answers(listening):
            if child.process.poll() is not None or time.monotonic() > deadline:
                raise ChildFailed(f"the private Redis (see {self._settings.run_dir / 'redis.log'})", 1)
            self._wait(0.01)
            if self._stopping():
                raise ChildFailed("redis", 0)

    # --- children ---------------------------------------------------------------------------------

    def _start(self, program: Program | Fork) -> None:
        self._children.append(_Child(program, *_spawned(program)))

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        awaited = [child for child in self._children if child.ready is not None]
        while awaited and not self._stopping():
            self._wait(
                deadline - time.monotonic(), *(child.ready for child in awaited if child.ready is not None)
            )
            for child in tuple(awaited):
                if _readable(child.ready):
                    said = os.read(child.ready, 1) if child.ready is not None else b""
                    _close_ready(child)
                    if not said:
                        raise ChildFailed(child.program.name, child.process.wait() or 1)
                    awaited.remove(child)
            if awaited and time.monotonic() > deadline:
                raise ChildFailed(awaited[0].program.name, 1)

    def _tend(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.done:
                continue
            if child.due is None:
                code = child.process.poll()
                if code is None:
                    continue
                self._forget_gauges(child.process.pid)
                _close_ready(child)
                if not child.program.keep:
                    child.done = True
                    continue
                child.failures = 1 if now - child.started > STEADY_S else child.failures + 1
                child.due = now + restart_delay_s(child.failures)
                _log.error("launcher.child_died", child=child.program.name, exit_code=code)
            if child.due <= now:
                child.process, child.started, child.ready = _spawned(child.program)
                child.due = None

    def _seconds_to_restart(self) -> float | None:
        due = [child.due for child in self._children if child.due is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _forget_gauges(self, pid: int) -> None:
        for left in (self._settings.run_dir / "metrics").glob(f"gauge_live*_{pid}.db"):
            left.unlink(missing_ok=True)

    def _stop_all(self) -> None:
        """Newest first: the crowd, the workers (who say goodbye), and Redis when nobody needs it any more."""
        redis = [child for child in self._children if child.program.name == "redis"]
        others = [child for child in self._children if child.program.name != "redis"]
        for group, patience_s in ((others, DRAIN_S), (redis, 2.0)):
            for child in reversed(group):
                if child.process.poll() is None:
                    child.process.send_signal(child.program.stop_with)
            signals = self._stop_signals
            deadline = time.monotonic() + patience_s
            while any(child.process.poll() is None for child in group):
                left = deadline - time.monotonic()
                if left <= 0 or self._stop_signals > max(signals, 1):  # a second Ctrl-C: now
                    break
                self._wait(min(left, 0.2))
            for child in group:
                if child.process.poll() is None:
                    child.process.kill()
                child.process.wait()
                _close_ready(child)
        if self._redis_socket is not None and self._redis_socket.parent != self._settings.run_dir:
            shutil.rmtree(self._redis_socket.parent, ignore_errors=True)  # the short one, elsewhere

    # --- signals ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        before = {
            number: signal.signal(number, self._told_to_stop)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        wakeup = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stopping(self) -> bool:
        return self._stop_signals > 0

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1

    def _wait(self, seconds: float | None, *descriptors: int) -> None:
        select.select([self._wake_read, *descriptors], [], [], None if seconds is None else max(0.0, seconds))
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake_read, 64):
                pass


def _spawned(program: Program | Fork) -> tuple[Process, float, int | None]:
    if isinstance(program, Fork):
        process, ready = run_fork(program)
        return process, time.monotonic(), ready
    return run_program(program), time.monotonic(), None


def _readable(descriptor: int | None) -> bool:
    return descriptor is not None and bool(select.select([descriptor], [], [], 0)[0])


def _close_ready(child: _Child) -> None:
    if child.ready is not None:
        os.close(child.ready)
        child.ready = None
