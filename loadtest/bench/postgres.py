"""A PostgreSQL for one benchmark: Debian's server with its own data, on a unix socket, durable as it comes (fsync on)."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from loadtest.bench.cores import Cores, children_of, starting_on, tick_clock_ns
from loadtest.child import Child
from loadtest.errors import ChildFailed, NotInstalled

USER = "liveroom"
DISK = Path("/var/tmp")
"""A disk on every system, where /tmp may be memory; the folders made in it are ours alone."""


class Postgres:
    """A running server; it and its files are gone with the stack."""

    def __init__(self, cores: Cores, stack: ExitStack) -> None:
        """Start it on the generator's core. Raises `NotInstalled`, `ChildFailed`."""
        initdb, postgres = _program("initdb"), _program("postgres")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-pg-", dir=DISK)))
        account = _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        self.folder = folder
        data = folder / "data"
        made = subprocess.run(
            [*_as(account), initdb, "-D", str(data), "-U", USER, "--auth", "trust", "--encoding", "UTF8"],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
        if made.returncode:
            raise ChildFailed("initdb", made.stderr.strip()[-500:])
        with starting_on(cores.generator):
            server = Child(
                "postgres",
                [
                    *_as(account),
                    *(postgres, "-D", str(data), "-c", "listen_addresses="),
                    *("-c", f"unix_socket_directories={folder}"),
                ],
                ends_with_input=False,
            )
        stack.callback(server.stop)
        self._pid = server.pid
        server.wait_until(self._listens, 20.0)

    def url(self, scheme: str) -> str:
        """Return its address for SQLAlchemy (`postgresql+asyncpg`) or for asyncpg itself (`postgresql`)."""
        return f"{scheme}://{USER}@/postgres?host={self.folder}"

    def cpu_s(self) -> float:
        """Return the processor time of the server so far, of the connections that have ended too (whole ticks)."""
        ended = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[13:15]
        running = sum(tick_clock_ns(pid) for pid in (self._pid, *children_of(self._pid)))
        return sum(map(int, ended)) / os.sysconf("SC_CLK_TCK") + running / 1e9

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.folder / ".s.PGSQL.5432")) == 0


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
