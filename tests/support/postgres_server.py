"""A real PostgreSQL for tests: own data directory, unix socket only, a clean database per test."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.children import Child, ChildFailed
from tests.support.postgres_reset import FILLED, fingerprint, reset
from tests.support.programs import postgres_program

_START_S = 60.0
_ANSWER_S = 60.0
MOST_DROPPING = 3
IN_TURN = 3
_USER = "liveroom"
# Nothing of a test survives a power cut anyway, and a commit costs a tenth without the disk.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer:
    """One server process. PostgreSQL refuses to run as root: then it runs as Debian's user `postgres`."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable` leaves fsync and synchronous_commit on, for tests that kill the server (R1)."""
        self._settings = () if durable else _FAST
        self._dir = Path(tempfile.mkdtemp(prefix="liveroom-pg-"))
        self._data = self._dir / "data"
        self.log = self._dir / "postgres.log"
        self._as_user = "postgres" if os.geteuid() == 0 else None
        self._child: Child | None = None
        self._templates: dict[str, str] = {}
        self._resets: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._used: dict[str, list[tuple[str, subprocess.Popen[bytes]]]] = {}
        self._dropping: list[subprocess.Popen[bytes]] = []
        self._made = 0

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of one of its databases, by asyncpg over the unix socket."""
        return f"postgresql+asyncpg://{_USER}@/{database}?host={self._dir}"

    def start(self) -> None:
        """Start it and return when it takes connections. Does nothing when it runs already."""
        if self._child is not None and self._child.is_running():
            return
        if not self._data.exists():
            self._init()
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self._dir}",
            "max_connections=200",
            "shared_buffers=64MB",
            "lc_messages=C",
            *self._settings,
        ]
        self._child = Child.start(
            [
                postgres_program("postgres"),
                "-D",
                self._data,
                *(word for one in settings for word in ("-c", one)),
            ],
            self.log,
            cwd=self._dir,
            user=self._as_user,
        )
        self._child.wait_until(self._answers, "postgres", _START_S)

    def kill(self) -> None:
        """`kill -9` of the whole server; committed work is still there after `start()` if it is durable."""
        assert self._child is not None, "start() first"
        self._child.kill_all()
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """SIGSTOP of every server process: connections stay open, nothing is answered."""
        assert self._child is not None, "start() first"
        self._child.freeze()

    def thaw(self) -> None:
        assert self._child is not None, "start() first"
        self._child.thaw()

    def create_database(self, template: str = "template0") -> str:
        """Make a database and return its name."""
        self._made += 1
        name = f"test_{self._made}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def create_database_from(self, label: str, prepare: Callable[[str], None]) -> str:
        """Return a database like the one that `prepare(url)` fills, which is called once per `label`.

        It is a copy, or a used one whose rows are gone: copying nine hundred files costs several times as much.
        """
        if label not in self._templates:
            template = self.create_database()
            prepare(self.url(template))
            kept = self._answer(template, FILLED).split()
            self._resets[label] = reset(kept, self._answer(template, fingerprint(kept)))
            self._templates[label] = template
        used = self._used.setdefault(label, [])
        # The one used longest ago has been emptied while the others were in use.
        while len(used) >= IN_TURN:
            name, emptying = used.pop(0)
            if emptying.wait(_ANSWER_S) == 0:
                return name
            self._labels.pop(name)
            self.drop_database(name)
        name = self.create_database(self._templates[label])
        self._labels[name] = label
        return name

    def drop_database(self, name: str) -> None:
        """Empty or remove it, whoever is still connected; soon, and not before anybody waits for it."""
        if name in self._labels:
            label = self._labels[name]
            emptying = self._begin(self._resets[label], database=name)
            self._used.setdefault(label, []).append((name, emptying))
            return
        self._dropping = [one for one in self._dropping if one.poll() is None]
        while len(self._dropping) >= MOST_DROPPING:
            self._dropping.pop(0).wait(_ANSWER_S)
        self._dropping.append(self._begin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    def close(self) -> None:
        """End it and remove its files."""
        emptying = [begun for used in self._used.values() for _, begun in used]
        for begun in (*self._dropping, *emptying):
            begun.kill()
            begun.wait(10.0)
        if self._child is not None:
            self._child.kill_all()
        shutil.rmtree(self._dir, ignore_errors=True)

    def _init(self) -> None:
        if self._as_user:
            account = pwd.getpwnam(self._as_user)
            os.chown(self._dir, account.pw_uid, account.pw_gid)
        self._dir.chmod(0o755)
        init = Child.start(
            [
                postgres_program("initdb"),
                *("--pgdata", self._data, "--username", _USER, "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
            ],
            self.log,
            cwd=self._dir,
            user=self._as_user,
        )
        if init.process.wait(2 * _START_S) != 0:
            raise ChildFailed("initdb", self.log)

    def _answers(self) -> bool:
        return self._psql("SELECT 1").returncode == 0

    def _begin(self, statement: str, *, database: str = "postgres") -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self._command(database), "-c", statement], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _sql(self, statement: str) -> None:
        self._answer("postgres", statement)

    def _answer(self, database: str, statement: str) -> str:
        done = self._psql(statement, database)
        assert done.returncode == 0, f"{statement}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode().strip()

    def _command(self, database: str) -> list[str]:
        psql = [str(postgres_program("psql")), "-X", "-q", "-A", "-t", "-h", str(self._dir), "-U", _USER]
        return [*psql, "-d", database, "-v", "ON_ERROR_STOP=1"]

    def _psql(self, statement: str, database: str = "postgres") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self._command(database), "-c", statement],
            capture_output=True,
            timeout=_ANSWER_S,
            check=False,
        )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The run's PostgreSQL, started by the first test that asks for it. Fast, not durable."""
    server = PostgresServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def durable_postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own that really syncs: for killing and freezing."""
    server = PostgresServer(durable=True)
    server.start()
    yield server
    server.close()
