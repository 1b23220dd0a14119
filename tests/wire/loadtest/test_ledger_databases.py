"""The databases of the ledger benchmark: flushes of a stated length really taken, and ledgers that stay as loaded."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest

from loadtest.bench import ledger_databases
from loadtest.bench.cores import choose_cores
from loadtest.bench.flushing import flush_ms, flushing_in
from loadtest.bench.ledger_databases import PostgresShelf, SqliteShelf, postgres, sqlite
from loadtest.errors import NotInstalled

FLUSH_MS = 40.0
"""Longer than a commit takes anywhere without it, and short enough for some."""
COMMITS = 5
SQLITE_COMMITS = f"""
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
for say in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE t (n)"):
    database.execute(say)
waits = []
for n in range({COMMITS}):
    began = time.monotonic()
    database.execute("INSERT INTO t VALUES (?)", (n,))
    waits.append(time.monotonic() - began)
print(min(waits) * 1000)
"""


def test_BEN22_what_a_flush_takes_here_is_measured(tmp_path: Path) -> None:
    assert 0 < flush_ms(tmp_path) < 10_000
    assert list(tmp_path.iterdir()) == [], "the file it wrote has no name"


def test_BEN22_without_a_compiler_flushes_of_a_stated_length_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(NotInstalled, match="apt-get install gcc"):
        flushing_in(2.0, tmp_path)


def test_BEN22_every_commit_of_sqlite_takes_at_least_the_stated_flush(tmp_path: Path) -> None:
    with sqlite(choose_cores(), flush_ms=FLUSH_MS) as one:
        said = subprocess.run(
            [sys.executable, "-c", SQLITE_COMMITS, tmp_path / "one.db"],
            env={**os.environ, **one.env},
            capture_output=True,
            text=True,
            check=True,
        )
    assert float(said.stdout) >= FLUSH_MS, "the quickest of them"


async def waits_of_commits(url: str) -> list[float]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE t (n int)")
        waits = []
        for n in range(COMMITS):
            began = time.monotonic()
            await connection.execute("INSERT INTO t VALUES ($1)", n)
            waits.append((time.monotonic() - began) * 1_000)
        return waits
    finally:
        await connection.close()


def test_BEN22_every_commit_of_postgresql_takes_at_least_the_stated_flush() -> None:
    with postgres(choose_cores(), flush_ms=FLUSH_MS) as one:
        waits = asyncio.run(waits_of_commits(one.plain))
    assert min(waits) >= FLUSH_MS


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was loaded: a table of its members' numbers instead of a whole ledger."""
    loaded: list[str] = []

    def fill(url: str, members: int, _lines: int) -> None:
        loaded.append(url)
        put(url, "CREATE TABLE t (n int)", *(f"INSERT INTO t VALUES ({n})" for n in range(members)))

    async def as_it_is(_url: str) -> None:
        """What was loaded here is no ledger that could be of an older program."""

    monkeypatch.setattr(ledger_databases, "fill", fill)
    monkeypatch.setattr(ledger_databases, "_upgrade", as_it_is)
    return loaded


def put(url: str, *statements: str) -> None:
    if url.startswith("sqlite"):
        database = sqlite3.connect(url.partition(":///")[2])
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()
        return

    async def say() -> None:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.execute(";".join(statements))
        await connection.close()

    asyncio.run(say())


def rows(url: str) -> int:
    if url.startswith("sqlite"):
        database = sqlite3.connect(url.partition(":///")[2])
        [found] = database.execute("SELECT count(*) FROM t").fetchone()
        database.close()
        return int(found)

    async def ask() -> int:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        found = await connection.fetchval("SELECT count(*) FROM t")
        await connection.close()
        return int(found)

    return asyncio.run(ask())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_BEN13_a_ledger_is_loaded_once_and_every_run_gets_a_copy_of_it(kind: str, loads: list[str]) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-shelf-", dir="/var/tmp")))
        folder.chmod(0o755)  # PostgreSQL may run as another user
        sqlite_shelf = SqliteShelf(folder)
        shelf = sqlite_shelf if kind == "sqlite" else PostgresShelf(folder, choose_cores(), stack)
        for size in (3, 5, 3):
            with shelf.copy(size, 1) as one:
                assert rows(one.ours) == size
                put(one.ours, "INSERT INTO t VALUES (9)")
                assert rows(one.ours) == size + 1
        assert len(loads) == 2


def test_BEN13_a_ledger_whose_loading_broke_off_is_loaded_anew(
    loads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(url: str, _members: int, _lines: int) -> None:
        put(url, "CREATE TABLE t (n int)")
        raise KeyboardInterrupt

    shelf = SqliteShelf(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(ledger_databases, "fill", broken)
        with pytest.raises(KeyboardInterrupt), shelf.copy(3, 1):
            pass
    assert list(tmp_path.iterdir()) == []
    with shelf.copy(3, 1) as one:
        assert rows(one.ours) == 3
    assert len(loads) == 1
