"""A real Redis Cluster for tests: three primaries, a replica each, on OS-given ports, nothing kept on disk."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from redis.crc import key_slot

from tests.support.children import Child, ChildFailed, free_port
from tests.support.programs import redis_server_program
from tests.support.redis_server import answers

_START_S = 60.0
_ANSWER_S = 30.0
PRIMARIES = 3
NODE_TIMEOUT_MS = 1_000


class ClusterMember:
    """One of the servers. Address and port stay the same over restarts; its memory of the cluster, too."""

    def __init__(self, program: Path, folder: Path) -> None:
        folder.mkdir()
        self._program = program
        self._folder = folder
        self.port = 0
        self.bus_port = 0
        self.id = ""
        self._child: Child | None = None

    def start(self) -> None:
        """Start it and return when it answers. Does nothing when it runs already."""
        if self._child is not None and self._child.is_running():
            return
        for attempt in range(5):
            port, bus_port = self.port or free_port(), self.bus_port or free_port()
            try:
                self._start_on(port, bus_port)
            except ChildFailed:
                if self.port or attempt == 4:
                    raise
                continue
            self.port, self.bus_port = port, bus_port
            self.id = str(self.ask("CLUSTER MYID"))
            return

    def _start_on(self, port: int, bus_port: int) -> None:
        self._child = Child.start(
            [
                self._program,
                *("--bind", "127.0.0.1", "--port", str(port), "--cluster-port", str(bus_port)),
                *("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"),
                *("--cluster-node-timeout", str(NODE_TIMEOUT_MS), "--cluster-replica-validity-factor", "0"),
                *("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"),
                *("--save", "", "--appendonly", "no", "--dir", str(self._folder), "--daemonize", "no"),
            ],
            self._folder / "redis.log",
        )
        pid = self._child.pid
        self._child.wait_until(lambda: answers(port, pid), f"cluster node on port {port}", _START_S)

    def ask(self, command: str, *words: str | int | bytes) -> object:
        """Send one command; return the answer with text for bytes."""
        with redis.Redis(port=self.port, socket_timeout=_ANSWER_S, decode_responses=True) as connection:
            answer: object = connection.execute_command(command, *words)
            return answer

    def info(self, section: str) -> dict[str, str]:
        with redis.Redis(port=self.port, socket_timeout=_ANSWER_S, decode_responses=True) as connection:
            return {name: str(value) for name, value in dict(connection.info(section)).items()}

    def cluster_info(self) -> dict[str, str]:
        answer = self.ask("CLUSTER INFO")
        assert isinstance(answer, dict)
        return answer

    @property
    def is_primary(self) -> bool:
        return self.info("replication")["role"] == "master"

    def kill(self) -> None:
        """`kill -9`. Everything it held is gone."""
        self.thaw()
        self._running().kill()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, nothing is answered."""
        self._running().freeze()

    def thaw(self) -> None:
        self._running().thaw()

    def close(self) -> None:
        if self._child is not None:
            self._child.kill_all()

    def _running(self) -> Child:
        assert self._child is not None, "start() first"
        return self._child


class ClusterServers:
    """The six of them, which a test may kill, freeze or have slots moved between."""

    def __init__(self, program: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="liveroom-cluster-"))
        self.members = [ClusterMember(program, self._folder / str(n)) for n in range(2 * PRIMARIES)]
        self._made = False

    @property
    def link_url(self) -> str:
        """`redis+cluster://127.0.0.1:<port>,…`"""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{member.port}" for member in self.members)

    def primary_of(self, key: str) -> ClusterMember:
        """Return who has the key's slot, as the others believe."""
        slot = key_slot(key.encode())
        for member in self.members:
            try:
                ranges = member.ask("CLUSTER SLOTS")
            except redis.RedisError:
                continue
            assert isinstance(ranges, list)
            for first, last, primary, *_ in ranges:
                if first <= slot <= last:
                    return next(one for one in self.members if one.port == primary[1])
        raise AssertionError(f"nobody has slot {slot}")

    def move_slot_of(self, key: str) -> ClusterMember:
        """Move the key's slot with all its keys to another primary, as operators do; return that one."""
        slot, source = key_slot(key.encode()), self.primary_of(key)
        target = next(one for one in self.members if one.is_primary and one is not source)
        target.ask("CLUSTER SETSLOT", slot, "IMPORTING", source.id)
        source.ask("CLUSTER SETSLOT", slot, "MIGRATING", target.id)
        while True:
            keys = source.ask(
                "CLUSTER GETKEYSINSLOT", slot, 1
            )  # one by one, so that rooms are torn apart meanwhile
            assert isinstance(keys, list)
            if not keys:
                break
            source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 30_000, "KEYS", *keys)
        for member in (target, source, *(one for one in self.members if one.is_primary)):
            member.ask("CLUSTER SETSLOT", slot, "NODE", target.id)
        return target

    def flushall(self) -> None:
        for member in self.members:
            if member.is_primary:
                member.ask("FLUSHALL", "SYNC")

    def forget_scripts(self) -> None:
        for member in self.members:
            member.ask("SCRIPT FLUSH")

    def ready_for_a_test(self) -> None:
        """All six there, three primaries with a replica each, empty: whatever the test before did."""
        for member in self.members:
            member.start()
            member.thaw()
        if not self._made:
            self._make()
            self._made = True
        self._until(self._is_whole, "a whole cluster")
        self.flushall()

    def close(self) -> None:
        for member in self.members:
            member.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        first, primaries, replicas = self.members[0], self.members[:PRIMARIES], self.members[PRIMARIES:]
        for n, member in enumerate(self.members):
            member.ask("CLUSTER SET-CONFIG-EPOCH", n + 1)
        for n, primary in enumerate(primaries):
            bounds = [16384 * at // PRIMARIES for at in (n, n + 1)]
            primary.ask("CLUSTER ADDSLOTSRANGE", bounds[0], bounds[1] - 1)
        for member in self.members[1:]:
            first.ask("CLUSTER MEET", "127.0.0.1", member.port, member.bus_port)
        self._until(
            lambda: all(self._knows_all(member) for member in self.members), "six who know each other"
        )
        for primary, replica in zip(primaries, replicas, strict=True):
            replica.ask("CLUSTER REPLICATE", primary.id)

    def _knows_all(self, member: ClusterMember) -> bool:
        return member.cluster_info()["cluster_known_nodes"] == str(len(self.members))

    def _is_whole(self) -> bool:
        roles = [member.info("replication") for member in self.members]
        replicas = [role for role in roles if role["role"] == "slave"]
        return (
            len(replicas) == PRIMARIES
            and all(role["master_link_status"] == "up" for role in replicas)
            and all(member.cluster_info()["cluster_state"] == "ok" for member in self.members)
        )

    def _until(self, true: Callable[[], bool], wanted: str) -> None:
        ends = time.monotonic() + _START_S
        while not true():
            assert time.monotonic() < ends, f"waited in vain for {wanted}"
            time.sleep(0.02)  # other processes: nothing here could tell us


@pytest.fixture(scope="session")
def _shared_cluster() -> Iterator[ClusterServers]:
    servers = ClusterServers(redis_server_program())
    yield servers
    servers.close()


@pytest.fixture
def redis_cluster(_shared_cluster: ClusterServers) -> ClusterServers:
    """The run's Redis Cluster: whole and empty. A test may kill or freeze its servers and move slots."""
    _shared_cluster.ready_for_a_test()
    return _shared_cluster
