"""A PostgreSQL for one benchmark: Debian's server with its own data, on a unix socket, durable as it comes (fsync on)."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from loadtest.bench.cores import Cores, children_of, starting_on, tick_clock_ns
from loadtest.child import Child
from loadtest.errors import ChildFailed, NotInstalled

USER = "liveroom"
READY_S = 120.0
"""Soon; longer where kept data were left in disorder and are mended from the log first."""
DISK = Path("/var/tmp")
"""A disk on every system, where /tmp may be memory; the folders made in it are ours alone."""


class Postgres:
    """A running server; it and its files are gone with the stack."""

    def __init__(
        self,
        cores: Cores,
        stack: ExitStack,
        *,
        data: Path | None = None,
        settings: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start it on the generator's core. Raises `NotInstalled`, `ChildFailed`.

        `data` is the folder of its data, made where there is none, which stays; None = its own. `settings` are
        `name=value` of its configuration, `env` is added to its environment.
        """
        initdb, postgres = _program("initdb"), _program("postgres")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-pg-", dir=DISK)))
        account = _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        self.folder = folder
        data = folder / "data" if data is None else data.resolve()
        if not (data / "PG_VERSION").exists():
            _make(data, initdb, account, folder)
        self._says = data / "postmaster.pid"
        self._left = self._said()
        with starting_on(cores.generator):
            server = Child(
                "postgres",
                [
                    *_as(account),
                    *(postgres, "-D", str(data), "-c", "listen_addresses="),
                    *("-c", f"unix_socket_directories={folder}"),
                    *(word for setting in settings for word in ("-c", setting)),
                ],
                env={**os.environ, **(env or {})},
                ends_with_input=False,
            )
        stack.callback(server.stop)
        self._pid = server.pid
        server.wait_until(self._ready, READY_S)

    def url(self, scheme: str, database: str = "postgres") -> str:
        """Return its address for SQLAlchemy (`postgresql+asyncpg`) or for asyncpg itself (`postgresql`)."""
        return f"{scheme}://{USER}@/{database}?host={self.folder}"

    def cpu_s(self) -> float:
        """Return the processor time of the server so far, of the connections that have ended too (whole ticks)."""
        ended = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[13:15]
        running = sum(tick_clock_ns(pid) for pid in (self._pid, *children_of(self._pid)))
        return sum(map(int, ended)) / os.sysconf("SC_CLK_TCK") + running / 1e9

    def _ready(self) -> bool:
        """Whether it takes connections: it listens sooner, and says so in its file."""
        said = self._said()
        return said != self._left and said.rstrip().endswith("ready")

    def _said(self) -> str:
        return self._says.read_text() if self._says.exists() else ""


def _make(data: Path, initdb: str, account: pwd.struct_passwd | None, where: Path) -> None:
    data.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(data, account.pw_uid, account.pw_gid)
    made = subprocess.run(
        [
            *(*_as(account), initdb, "-D", str(data), "-U", USER, "--auth", "trust"),
            *("--encoding", "UTF8", "--no-sync"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=where,
    )
    if made.returncode:
        raise ChildFailed("initdb", made.stderr.strip()[-500:])


def _program(name: str) -> str:
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")) or [shutil.which(name) or ""]
    if not found[-1]:
        raise NotInstalled("the PostgreSQL server", "apt-get install postgresql")
    return found[-1]


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as Debian's user for it. None = as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise NotInstalled("the user postgres", "apt-get install postgresql") from None


def _as(account: pwd.struct_passwd | None) -> list[str]:
    """Return what makes a command run as that user; it ends when we are killed."""
    setpriv = shutil.which("setpriv")
    if account is None:
        return [setpriv, "--pdeathsig", "TERM"] if setpriv else []
    if setpriv is None:
        return ["runuser", "-u", account.pw_name, "--"]
    ids = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return [setpriv, *ids, "--pdeathsig", "TERM"]
