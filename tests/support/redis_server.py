"""A real Redis for tests: private, nothing kept on disk, on an OS-given port and a unix socket."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.support.children import Child, ChildFailed, free_port
from tests.support.programs import embedded_redis_program, redis_server_program

_START_S = 60.0
_ANSWER_S = 30.0


class RedisServer:
    """One server process, which a test may kill, freeze, restart (empty, as after a crash) or flush.

    Address and port stay the same over restarts.
    """

    def __init__(self, program: Path) -> None:
        self._program = program
        # Not under tmp_path: a unix socket's path may have 107 bytes at most.
        self._dir = Path(tempfile.mkdtemp(prefix="liveroom-redis-"))
        self.socket_path = self._dir / "redis.sock"
        self.log = self._dir / "redis.log"
        self.port = 0
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """`redis://127.0.0.1:<port>/0`"""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def unix_url(self) -> str:
        return f"unix://{self.socket_path}?db=0"

    @property
    def link_url(self) -> str:
        """The address that costs least."""
        return self.unix_url

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> None:
        """Start it and return when it answers. Does nothing when it runs already."""
        if self._child is not None and self._child.is_running():
            return
        if self.port:
            self._start_on(self.port)
            return
        for attempt in range(5):
            self.port = free_port()
            try:
                self._start_on(self.port)
                return
            except ChildFailed:
                if attempt == 4:
                    raise

    def _start_on(self, port: int) -> None:
        self.socket_path.unlink(missing_ok=True)
        self._child = Child.start(
            [
                self._program,
                *("--bind", "127.0.0.1", "--port", str(port), "--unixsocket", str(self.socket_path)),
                *("--save", "", "--appendonly", "no", "--dir", str(self._dir), "--daemonize", "no"),
            ],
            self.log,
        )
        self._child.wait_until(self._answers, f"redis-server on port {port}", _START_S)

    def kill(self) -> None:
        """`kill -9`. Everything it held is gone."""
        child = self._running()
        child.thaw()
        child.kill()

    def restart(self) -> None:
        """`kill -9` and start again, empty, at the same address."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, nothing is answered."""
        self._running().freeze()

    def thaw(self) -> None:
        self._running().thaw()

    def flushall(self) -> None:
        self.command("FLUSHALL", "SYNC")

    def command(self, *words: str) -> bytes:
        """Send one command; return the raw reply (up to 64 KiB), or raise `RedisRefused`."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_S)
            connection.connect(str(self.socket_path))
            request = b"*%d\r\n" % len(words)
            for word in words:
                encoded = word.encode()
                request += b"$%d\r\n%s\r\n" % (len(encoded), encoded)
            connection.sendall(request)
            reply = connection.recv(65536)
        if reply.startswith(b"-"):
            raise RedisRefused(reply.decode(errors="replace").strip())
        return reply

    def ready_for_a_test(self) -> None:
        """Running, thawed and empty, whatever the test before did to it."""
        self.start()
        self.thaw()
        self.command("CONFIG", "SET", "maxmemory", "0")
        self.flushall()

    def close(self) -> None:
        """End it and remove its files."""
        if self._child is not None:
            self._child.kill_all()
        shutil.rmtree(self._dir, ignore_errors=True)

    def _running(self) -> Child:
        assert self._child is not None, "start() first"
        return self._child

    def _answers(self) -> bool:
        try:
            return self.command("PING").startswith(b"+PONG")
        except (OSError, RedisRefused):
            return False


def answers(port: int, pid: int) -> bool:
    """Whether the Redis of this process answers on this port: who took the port before it would answer, too."""
    try:
        with redis.Redis(port=port, socket_timeout=5.0) as connection:
            return int(dict(connection.info("server"))["process_id"]) == pid
    except redis.RedisError:
        return False


class RedisRefused(Exception):
    """Redis answered with an error."""


@pytest.fixture(scope="session")
def _shared_redis() -> Iterator[RedisServer]:
    server = RedisServer(redis_server_program())
    yield server
    server.close()


@pytest.fixture(scope="session")
def _shared_embedded_redis() -> Iterator[RedisServer]:
    server = RedisServer(embedded_redis_program())
    yield server
    server.close()


@pytest.fixture
def redis_server(_shared_redis: RedisServer) -> RedisServer:
    """The run's Redis (from the PATH, else embedded): running and empty. A test may kill or freeze it."""
    _shared_redis.ready_for_a_test()
    return _shared_redis


@pytest.fixture
def embedded_redis_server(_shared_embedded_redis: RedisServer) -> RedisServer:
    """The oldest Redis our scripts must run on: the 6.2 of the extra `embedded`."""
    _shared_embedded_redis.ready_for_a_test()
    return _shared_embedded_redis
