"""Who is measured: processes that accept viewers and publish one message to all of them at a given rate.

Each is a context manager that starts pinned to the server's core. `NotInstalled` on entering means just that.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from loadtest.bench.cores import Cores, children_of, starting_on
from loadtest.bench.publisher import HttpPublisher
from loadtest.child import ROOT, Child, python_module
from loadtest.errors import ChildFailed, NotInstalled
from loadtest.native import build

PAYLOAD = 200
"""Bytes of one message, as in DESIGN §6."""

NODE_PEERS = ROOT / "var" / "bench-peers"
"""Where `python -m loadtest.bench install-peers` puts node's `ws`."""

NCHAN_MODULES = (
    Path("/usr/lib/nginx/modules/ngx_nchan_module.so"),
    Path("/etc/nginx/modules/ngx_nchan_module.so"),
)


@dataclass(frozen=True, slots=True)
class Door:
    """How viewers get in."""

    port: int
    path: str
    subprotocol: str | None = None
    records: tuple[bytes, ...] = ()
    wait_for_message: bool = False
    text: bool = False


def nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Viewers who come in alike. `who` names their row; `prepare` makes the server what each round of them meets."""

    who: str
    door: Door
    prepare: Callable[[], None] = nothing
    at_most: int | None = None
    """Viewers of one round for whom it still is as prepared; None = any number."""


class Peer(ABC):
    """One server under measurement."""

    who: str

    def __init__(self, cores: Cores) -> None:
        self.cores = cores
        self._stack = ExitStack()

    @abstractmethod
    def start(self) -> None:
        """Start the process and wait until it listens. Raises `NotInstalled`, `ChildFailed`."""

    @property
    @abstractmethod
    def door(self) -> Door: ...

    def crowds(self) -> Sequence[Crowd]:
        """Return who joins here, for the benchmark of joining."""
        return (Crowd(self.who, self.door),)

    @property
    @abstractmethod
    def pids(self) -> tuple[int, ...]:
        """The processes whose processor time counts."""

    @abstractmethod
    def publish(self, per_second: float) -> None:
        """Publish that many messages a second from now on; 0 = none."""

    def complaint(self) -> str:
        """Return the last line the server wrote to standard error; empty when it had nothing to say."""
        return ""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


class LinePeer(Peer):
    """A server of ours that prints ``ready <port>`` and takes ``rate <n>`` on standard input."""

    path = "/"
    start_timeout_s = 20.0

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line. Raises `NotInstalled`."""

    def start(self) -> None:
        command = self.command()
        with starting_on(self.cores.server):
            self.child = self._stack.enter_context(Child(self.who, command))
        self._port = int(self.child.hear_starting("ready ", self.start_timeout_s))

    @property
    def door(self) -> Door:
        return Door(self._port, self.path)

    @property
    def pids(self) -> tuple[int, ...]:
        return (self.child.pid,)

    def complaint(self) -> str:
        return self.child.last_words().rpartition("\n")[2]

    def publish(self, per_second: float) -> None:
        self.child.say(f"rate {per_second:.6f}")


class Floor(LinePeer):
    """One `send()` per viewer in C; without a compiler the same in Python, which is no floor to judge by."""

    who = "floor"

    def command(self) -> list[str]:
        arguments = ["--payload", str(PAYLOAD)]
        try:
            return [str(build(Path(__file__).with_name("floor.c"))), *arguments]
        except NotInstalled:
            self.who = "floor (python)"
            return python_module("loadtest.bench.floor_python", *arguments)


class NodeWs(LinePeer):
    """Node's `ws`, the library most live rooms are built on."""

    who = "ws"

    def command(self) -> list[str]:
        node = shutil.which("node")
        if node is None:
            raise NotInstalled("node", "apt-get install nodejs npm")
        for folder in (NODE_PEERS, ROOT / "overlay_web"):
            if (folder / "node_modules" / "ws" / "package.json").exists():
                return [node, str(Path(__file__).with_name("peer_ws.cjs")), str(folder), str(PAYLOAD)]
        raise NotInstalled("node's ws", "python -m loadtest.bench install-peers")


class Nchan(Peer):
    """nginx with the Nchan module: one worker, a WebSocket subscriber location, messages published over HTTP.

    The worker's time includes taking the HTTP posts: about 100 µs per message, shared by all its viewers.
    """

    who = "nchan"

    def start(self) -> None:
        nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        module = next((path for path in NCHAN_MODULES if path.exists()), None)
        if nginx is None or module is None:
            raise NotInstalled("nginx with Nchan", "apt-get install nginx libnginx-mod-nchan")
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-nchan-")))
        self._port = _free_port()
        config = folder / "nginx.conf"
        config.write_text(_nchan_config(module, folder, self._port))
        command = [nginx, "-c", str(config), "-p", str(folder), "-e", str(folder / "error.log")]
        setpriv = shutil.which("setpriv")
        if setpriv:  # nginx does not watch its parent: with this it ends even when we are killed
            command = [setpriv, "--pdeathsig", "TERM", *command]
        with starting_on(self.cores.server):
            self._child = self._stack.enter_context(Child(self.who, command, ends_with_input=False))
        # The master listens before it has forked its worker.
        self._child.wait_until(lambda: _listens(self._port) and bool(children_of(self._child.pid)), 10.0)
        self._workers = tuple(children_of(self._child.pid))
        if not self._workers:
            raise ChildFailed(self.who, "nginx has no worker")
        with starting_on(self.cores.generator):
            self._publisher = self._stack.enter_context(HttpPublisher(self._port, "/publish", PAYLOAD))

    @property
    def door(self) -> Door:
        return Door(self._port, "/live", text=True)

    @property
    def pids(self) -> tuple[int, ...]:
        return self._workers

    def publish(self, per_second: float) -> None:
        self._publisher.rate(per_second)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _nchan_config(module: Path, folder: Path, port: int) -> str:
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
load_module {module};
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 60000; use epoll; }}
http {{
{temporary}
    access_log off;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /live {{ nchan_subscriber websocket; nchan_channel_id bench; nchan_subscriber_first_message newest; }}
        location = /publish {{ nchan_publisher http; nchan_channel_id bench; nchan_message_buffer_length 10; }}
    }}
}}
"""
