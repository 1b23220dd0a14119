"""A real Redis behind Sentinel for tests: a primary, a replica and three sentinels, on OS-given ports."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import redis

from tests.support.children import Child, ChildFailed, free_port
from tests.support.programs import redis_server_program
from tests.support.redis_server import RedisServer, answers

SERVICE = "live"
DOWN_AFTER_MS = 500
_START_S = 60.0
_ANSWER_S = 30.0


class SentinelServers:
    """Two servers and who watches them; a test may kill or freeze the primary."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="liveroom-sentinel-"))
        self._servers = [RedisServer(program), RedisServer(program)]
        self._sentinels: list[tuple[int, Child]] = []

    @property
    def link_url(self) -> str:
        """`redis+sentinel://127.0.0.1:<port>,…/live`"""
        hosts = ",".join(f"127.0.0.1:{port}" for port, _ in self._sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}"

    @property
    def primary(self) -> RedisServer:
        """Whom the sentinels call so."""
        port = self._state(self._sentinels[0][0])["port"]
        return next(server for server in self._servers if server.port == port)

    def ready_for_a_test(self) -> None:
        """Both servers there, one replicating the other, empty; three sentinels who know all of it."""
        for server in self._servers:
            server.start()
            server.thaw()
        if not self._sentinels:
            self._servers[1].command("REPLICAOF", "127.0.0.1", str(self._servers[0].port))
            self._until_replicated()
            for n in range(3):
                self._start_sentinel(n)
        self._until_replicated()
        ends = time.monotonic() + _START_S
        while not all(self._knows_all(port) for port, _ in self._sentinels):
            assert time.monotonic() < ends, "waited in vain for sentinels who know each other"
            time.sleep(0.05)  # other processes: nothing here could tell us
        self.primary.flushall()

    def close(self) -> None:
        for _, child in self._sentinels:
            child.kill_all()
        for server in self._servers:
            server.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_sentinel(self, n: int) -> None:
        for attempt in range(5):
            try:
                self._start_on(free_port(), self._folder / f"{n}.{attempt}")
                return
            except ChildFailed:
                if attempt == 4:
                    raise

    def _start_on(self, port: int, folder: Path) -> None:
        folder.mkdir()
        settings = folder / "sentinel.conf"
        settings.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {SERVICE} 127.0.0.1 {self._servers[0].port} 2\n"
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}\n"
            f"sentinel failover-timeout {SERVICE} 3000\n"
        )
        child = Child.start([self._program, settings, "--sentinel"], folder / "sentinel.log")
        self._sentinels.append((port, child))
        try:
            child.wait_until(lambda: answers(port, child.pid), f"sentinel on port {port}", _START_S)
        except ChildFailed:
            self._sentinels.pop()
            child.kill_all()
            raise

    def _knows_all(self, port: int) -> bool:
        state = self._state(port)
        return (state["num-other-sentinels"], state["num-slaves"], state["flags"]) == (2, 1, "master")

    def _until_replicated(self) -> None:
        ends = time.monotonic() + _START_S
        while not any(
            b"master_link_status:up" in server.command("INFO", "replication") for server in self._servers
        ):
            assert time.monotonic() < ends, "waited in vain for a replica"
            time.sleep(0.02)  # other processes: nothing here could tell us

    def _state(self, port: int) -> Mapping[str, object]:
        with redis.Redis(port=port, socket_timeout=_ANSWER_S) as connection:
            return dict(connection.sentinel_master(SERVICE))


@pytest.fixture(scope="session")
def _shared_sentinels() -> Iterator[SentinelServers]:
    servers = SentinelServers(redis_server_program())
    yield servers
    servers.close()


@pytest.fixture
def redis_sentinels(_shared_sentinels: SentinelServers) -> SentinelServers:
    """The run's Redis behind Sentinel: whole and empty. A test may kill or freeze the primary."""
    _shared_sentinels.ready_for_a_test()
    return _shared_sentinels
