"""Connections to the truth, for SQLite and PostgreSQL, behind two words: `write` and `read`.

SQLite gets two engines: one writer connection, whose transactions begin with BEGIN IMMEDIATE behind
`file_lock` (a deferred BEGIN fails under concurrency, and two processes starve each other without the
file lock), and readers that cannot write. PostgreSQL gets one engine: READ COMMITTED and row locks for
writing, one snapshot per read.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.ledger.errors import LedgerUnavailable
from server.ledger.file_lock import FileLock

WAIT_S = 5.0
"""How long a writer waits for a lock or a connection before the answer is 503."""
_POOL = 8
_COMMAND_S = 10.0
"""Longer than any batch takes; a server that froze is away after this."""
_IDLE_S = 10.0
"""For so long a transaction of ours may stand still; longer, and its process hangs."""
_READ_S = 3.0
"""A join asks up to three times and has 10 s in all; with SQL away it goes on with what is known (R5)."""
_SILENT_S = 1.0
"""For so long after a read without an answer readers are told at once, instead of each waiting as long."""
_NAMESPACE = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")
# Primary result codes of SQLite that say “not now” or “not here”, never “wrong statement”.
_SQLITE_AWAY = {
    5: "busy",
    6: "locked",
    8: "read-only",
    10: "disk error",
    11: "corrupt",
    13: "disk full",
    14: "cannot open",
    26: "not a database",
}
# Classes and codes of PostgreSQL's SQLSTATE that say the same.
_POSTGRES_AWAY = ("08", "53", "57", "58", "25006", "3D000", "28", "55P03")
# Not serialisable, deadlock, unique violation.
_POSTGRES_AGAIN = ("40001", "40P01", "23505")


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...

    def close(self) -> None: ...


class _DriverConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


class Engines:
    """The ways to the database. Opens nothing until asked: a process starts with the database away (R11)."""

    def __init__(self, url: str, namespace: str = "liveroom", *, patient: bool = False) -> None:
        """`namespace` is the PostgreSQL schema; on SQLite the file itself separates programmes.

        `patient` lifts the limits on how long a statement and a read may take: for verifying and migrating.
        """
        if _NAMESPACE.match(namespace) is None:
            raise ValueError(f"namespace {namespace!r}: use a–z, 0–9 and _, not beginning with a digit")
        self.namespace = namespace
        self._silent_until_s = 0.0
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        # Where commits stop getting cheaper per command. A commit on PostgreSQL is some 35 statements whatever its
        # size, a fifth of 256 commands' cost (decision 0067), and locks rows that other servers wait for; what SQLite
        # saves up to 1 000 is the work on members met more than once (decision 0066).
        self.commands_at_once = 512 if self.dialect == "postgresql" else 1_000
        # PostgreSQL gets what is to be written of a batch while more of it is decided (`member_keeping`); SQLite works in
        # our own process.
        self.keeps_early = self.dialect == "postgresql"
        if parsed.drivername == "sqlite+aiosqlite":
            lock_file = _lock_file_of(parsed)
            self._directory: Path | None = lock_file.parent
            self._read_s: float | None = None  # a file does not fall silent; SQLite's own limits do
            self._lock: FileLock | None = FileLock(lock_file, WAIT_S)
            self._writer = _sqlite_engine(parsed, 1, _WRITING)
            self._reader = _sqlite_engine(parsed, _POOL, _READING)
        elif parsed.drivername == "postgresql+asyncpg":
            self._lock = self._directory = None
            self._read_s = None if patient else _READ_S
            self._writer = _postgres_engine(parsed, namespace, None if patient else _COMMAND_S)
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            raise ValueError(
                f"database-url names {parsed.drivername!r}: use sqlite+aiosqlite:///… or postgresql+asyncpg://…"
            )

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed when the body ends well, rolled back when it raises.

        Raises `LedgerUnavailable` when the database is away or kept busy by others. If the connection
        breaks while the commit is under way its outcome is unknown; the same events again are safe (R2).
        """
        turn = _no_turn if self._lock is None else self._lock.held
        async with _named_unavailable(), turn(), self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self, *, hurried: bool = True) -> AsyncIterator[AsyncConnection]:
        """One snapshot, in which nothing can be written.

        Raises `LedgerUnavailable`, soon and then at once also for a server that is there and does not answer. Who is
        not `hurried` has as long as each statement takes: nobody waits for a report as for a page.
        """
        # A driver thread that fails to open its file outlives the loop and says so when that is closed.
        if self._directory is not None and not self._directory.is_dir():
            raise LedgerUnavailable(f"there is no directory {self._directory}")
        async with _named_unavailable(), self._in_time(hurried), self._reader.begin() as connection:
            yield connection

    @asynccontextmanager
    async def _in_time(self, hurried: bool) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        if loop.time() < self._silent_until_s:
            raise LedgerUnavailable("it did not answer a moment ago")
        try:
            async with asyncio.timeout(self._read_s if hurried else None):
                yield
        except TimeoutError:
            self._silent_until_s = loop.time() + _SILENT_S
            raise

    async def close(self) -> None:
        await self._writer.dispose()
        if self._lock is not None:
            await self._reader.dispose()
            self._lock.close()


@asynccontextmanager
async def _no_turn() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _named_unavailable() -> AsyncIterator[None]:
    """Turn what says “the database is away” into `LedgerUnavailable`; let bugs through as they are."""
    try:
        yield
    except DBAPIError as error:
        why = away(error)
        if why is None:
            raise
        raise LedgerUnavailable(why) from error
    except PoolTimeout as error:
        raise LedgerUnavailable("no free connection") from error
    except (OSError, TimeoutError) as error:
        raise LedgerUnavailable(str(error) or type(error).__name__) from error


def sqlstate_of(error: SQLAlchemyError) -> str | None:
    """Return PostgreSQL's five-character code, None where there is none."""
    origin = error.orig if isinstance(error, DBAPIError) else None
    state: object = getattr(origin, "sqlstate", None)
    return state if isinstance(state, str) else None


def may_go_again(error: SQLAlchemyError) -> bool:
    """Whether the same transaction may simply be tried again: a deadlock, or somebody made the row first."""
    return sqlstate_of(error) in _POSTGRES_AGAIN


def away(error: DBAPIError) -> str | None:
    """Return why the database cannot serve now; None = it can, and `error` is about what was asked."""
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        code: object = getattr(origin, "sqlite_errorcode", None)
        if isinstance(code, int) and code & 0xFF in _SQLITE_AWAY:
            return f"{_SQLITE_AWAY[code & 0xFF]} ({origin})"
        return None
    state = sqlstate_of(error)
    if state is not None:
        return f"{state} {origin}" if state.startswith(_POSTGRES_AWAY) else None
    return f"the connection broke ({origin})" if error.connection_invalidated else None


def _lock_file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ValueError("database-url: SQLite needs a file, for example sqlite+aiosqlite:///var/ledger.db")
    return Path(f"{url.database}.lock")


@dataclass(frozen=True, slots=True)
class _SqliteUse:
    """How connections of one kind begin a transaction and what they are told when they open."""

    begin: str
    pragmas: tuple[str, ...]


_WRITING = _SqliteUse(
    "BEGIN IMMEDIATE",
    (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "synchronous=FULL",
        # 32 MB of log. A batch writes several hundred pages, mostly the same ones again: at the default of
        # 1000 every second commit copied them into the file, at the commit's expense.
        "wal_autocheckpoint=8000",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ),
)
_READING = _SqliteUse("BEGIN", ("busy_timeout=5000", "query_only=ON", "cache_size=-16384"))


def _sqlite_engine(url: URL, pool_size: int, use: _SqliteUse) -> AsyncEngine:
    if sqlite3.sqlite_version_info < (3, 38):
        raise ValueError(f"SQLite {sqlite3.sqlite_version} is too old: 3.38 or newer is needed")
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=WAIT_S)

    def connected(connection: _DriverConnection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        cursor = connection.cursor()
        for pragma in use.pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(use.begin))
    return engine


# A running server looks things up by key, hundreds at a time. A plan made anew for every array costs more than
# its run, and reads the whole table as soon as the array is long; one made once while the tables were empty
# does the same until they are analysed. So: one plan per statement, and that by index. What reads whole tables
# (verify, reports) asks a patient engine, which keeps the planner's own judgement.
_BY_KEY = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
}


def _postgres_engine(url: URL, namespace: str, command_s: float | None) -> AsyncEngine:
    connect: dict[str, object] = {
        "timeout": WAIT_S,
        "command_timeout": command_s,
        "server_settings": {
            "application_name": "liveroom",
            "search_path": namespace,
            # Batches are short and their plans are cheap; compiling them costs more than running them.
            "jit": "off",
            "lock_timeout": str(int(WAIT_S * 1_000)),
            # A process that hangs in the middle of a transaction must not keep everybody's locks.
            "idle_in_transaction_session_timeout": str(int(_IDLE_S * 1_000)),
            **(_BY_KEY if command_s is not None else {}),
        },
    }
    # All statements of a ledger stay prepared, for as long as a connection lives.
    connect |= {"statement_cache_size": 1_000, "max_cached_statement_lifetime": 0}
    # Behind a transaction-mode PgBouncer both statement caches must be 0; SQLAlchemy reads only its own one.
    if "statement_cache_size" in url.query:
        connect["statement_cache_size"] = int(str(url.query["statement_cache_size"]))
        url = url.difference_update_query(["statement_cache_size"])
    return create_async_engine(
        url,
        pool_size=_POOL,
        max_overflow=0,
        pool_timeout=WAIT_S,
        isolation_level="READ COMMITTED",
        connect_args=connect,
    )
