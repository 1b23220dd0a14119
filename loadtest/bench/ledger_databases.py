"""Where the ledger benchmark writes: new databases, and filled ones that stay on a shelf. BEN11, BEN13.

A shelf is a folder. A ledger that is asked for is loaded there once and never written to again: whoever measures gets
a copy of it, which is gone afterwards, so that every run begins with the same ledger.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import asyncpg

from loadtest.bench.cores import Cores
from loadtest.bench.flushing import flushing_in
from loadtest.bench.postgres import DISK, Postgres
from loadtest.child import Child, python_module
from server.ledger import migrating
from server.ledger.engines import Engines

FILLING_S = 5_400.0
"""For ten million entries on a slow disk beside others."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where each side writes, and the processor time of its own processes (None = it has none)."""

    ours: str
    plain: str
    cpu_s: Callable[[], float] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    """To be added to the environment of whoever writes."""


class Open(Protocol):
    def __call__(self, cores: Cores, /, flush_ms: float = 0.0) -> AbstractContextManager[Database]:
        """Give a new one, whose flushes take at least `flush_ms` (0 = as the disk is). Raises `NotInstalled`."""


@contextmanager
def sqlite(_cores: Cores, flush_ms: float = 0.0) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="bench-ledger-", dir=DISK) as folder:
        env = flushing_in(flush_ms, Path(folder)) if flush_ms else {}
        yield Database(f"sqlite+aiosqlite:///{folder}/ledger.db", f"sqlite:///{folder}/plain.db", env=env)


@contextmanager
def postgres(cores: Cores, flush_ms: float = 0.0) -> Iterator[Database]:
    with ExitStack() as stack:
        library = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-flush-", dir=DISK))
        Path(library).chmod(0o755)  # the server runs as another user
        env = flushing_in(flush_ms, Path(library)) if flush_ms else {}
        server = Postgres(cores, stack, env=env)
        yield Database(server.url("postgresql+asyncpg"), server.url("postgresql"), server.cpu_s)


KINDS: Mapping[str, Open] = {"sqlite": sqlite, "postgres": postgres}


def fill(url: str, members: int, lines: int) -> None:
    """Load an empty database. Raises `ChildFailed`."""
    sizes = ("--members", str(members), "--lines", str(lines))
    module = "loadtest.bench.filled_ledger"
    with Child("filled_ledger", python_module(module, "--database-url", url, *sizes)) as child:
        child.hear_all(FILLING_S)


class Shelf(Protocol):
    def copy(self, members: int, lines: int) -> AbstractContextManager[Database]:
        """Give a copy of the ledger of that size, which is loaded first where the shelf has none."""


class SqliteShelf:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def copy(self, members: int, lines: int) -> Iterator[Database]:
        kept = self._folder / f"sqlite-{members}x{lines}.db"
        if not kept.exists():
            self._load(kept, members, lines)
        with tempfile.TemporaryDirectory(prefix="run-", dir=self._folder) as run:
            shutil.copyfile(kept, f"{run}/ledger.db")
            url = f"sqlite+aiosqlite:///{run}/ledger.db"
            asyncio.run(_upgrade(url))
            # What the copying left to be written is none of the run's: a gigabyte keeps the other core busy for a minute.
            with Path(run, "ledger.db").open("rb") as written:
                os.fsync(written.fileno())
            yield Database(url, "")

    def _load(self, kept: Path, members: int, lines: int) -> None:
        with tempfile.TemporaryDirectory(prefix="loading-", dir=self._folder) as loading:
            file = Path(loading) / "ledger.db"
            fill(f"sqlite+aiosqlite:///{file}", members, lines)
            with sqlite3.connect(
                file
            ) as database:  # the log stands in the file from here: one file is the ledger
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()
            file.replace(kept)


class PostgresShelf:
    """A server with a database per size, and one for the run."""

    def __init__(self, folder: Path, cores: Cores, stack: ExitStack) -> None:
        """Raises `NotInstalled`."""
        # A vacuum begins once a minute: whether it falls into a run of seconds would be a draw of lots.
        self._server = Postgres(cores, stack, data=folder / "postgres", settings=("autovacuum=off",))

    @contextmanager
    def copy(self, members: int, lines: int) -> Iterator[Database]:
        kept = f"filled_{members}x{lines}"
        self._say("DROP DATABASE IF EXISTS run WITH (FORCE)", "DROP DATABASE IF EXISTS loading WITH (FORCE)")
        if not self._has(kept):
            self._say("CREATE DATABASE loading")
            fill(self._server.url("postgresql+asyncpg", "loading"), members, lines)
            self._say(f"ALTER DATABASE loading RENAME TO {kept}")
        self._say(f"CREATE DATABASE run TEMPLATE {kept} STRATEGY FILE_COPY")
        url = self._server.url("postgresql+asyncpg", "run")
        try:
            asyncio.run(_upgrade(url))
            self._say("CHECKPOINT")  # what the copying left to be written is none of the run's
            yield Database(url, "", self._server.cpu_s)
        finally:
            self._say("DROP DATABASE IF EXISTS run WITH (FORCE)")

    def _has(self, name: str) -> bool:
        async def ask() -> bool:
            connection = await asyncpg.connect(self._server.url("postgresql"))
            try:
                return bool(await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))
            finally:
                await connection.close()

        return asyncio.run(ask())

    def _say(self, *statements: str) -> None:
        async def say() -> None:
            connection = await asyncpg.connect(self._server.url("postgresql"))
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(say())


@contextmanager
def sqlite_shelf(folder: Path, _cores: Cores) -> Iterator[Shelf]:
    yield SqliteShelf(folder)


@contextmanager
def postgres_shelf(folder: Path, cores: Cores) -> Iterator[Shelf]:
    """Raises `NotInstalled`."""
    with ExitStack() as stack:
        yield PostgresShelf(folder, cores, stack)


OpenShelf = Callable[[Path, Cores], AbstractContextManager[Shelf]]
SHELVES: dict[str, OpenShelf] = {"sqlite": sqlite_shelf, "postgres": postgres_shelf}


async def _upgrade(url: str) -> None:
    """Bring a ledger that was loaded by an older program to today's schema, as a server's migrate does."""
    engines = Engines(url, patient=True)
    try:
        await migrating.upgrade(engines)
    finally:
        await engines.close()
