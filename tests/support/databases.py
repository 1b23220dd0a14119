"""Any ledger test on both databases: ask for `database_url` (migrated) or `empty_database_url`.

Each test gets a database of its own. The migrated one is a copy of a template that the public command
`liveroom migrate` fills once per run and kind.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast

import pytest

from tests.support.liveroom_process import CHECKOUT, clean_environment
from tests.support.postgres_server import PostgresServer

DatabaseKind = Literal["sqlite", "postgres"]


def sqlite_url(path: Path) -> str:
    """SQLAlchemy's URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def migrate(url: str, data_dir: Path) -> None:
    """Bring the database at `url` up to date by the public command; raise with its words if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "migrate", "--database-url", url, "--data-dir", str(data_dir)],
        cwd=CHECKOUT,
        env=clean_environment(os.environ),
        capture_output=True,
        timeout=60.0,
        check=False,
    )
    assert done.returncode == 0, f"liveroom migrate failed: {done.stderr.decode(errors='replace')}"


@pytest.fixture(scope="session")
def _migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("migrated")
    file = directory / "ledger.db"
    migrate(sqlite_url(file), directory)
    leftover = [path.name for path in directory.glob("ledger.db-*") if path.stat().st_size]
    assert not leftover, f"migrate left work outside the file: {leftover}"
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Which database this round of the test is on. A test for one of them parametrizes it directly:
    `@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)`."""
    return cast("DatabaseKind", request.param)


@pytest.fixture
def empty_database_url(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of a database of the test's own with nothing in it."""
    if database_kind == "sqlite":
        yield sqlite_url(tmp_path / "ledger.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def database_url(
    database_kind: DatabaseKind,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """The URL of a migrated database of the test's own."""
    if database_kind == "sqlite":
        template: Path = request.getfixturevalue("_migrated_sqlite_file")
        shutil.copyfile(template, tmp_path / "ledger.db")
        yield sqlite_url(tmp_path / "ledger.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database_from(
        "migrated", lambda url: migrate(url, tmp_path_factory.mktemp("migrate"))
    )
    yield server.url(name)
    server.drop_database(name)
