"""Any ledger test on both databases: ask for `database_url` (migrated) or `empty_database_url`.

Each test gets a database of its own. The migrated one is a copy of a template that the public command
`liveroom migrate` fills once per run and kind.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast

import pytest

from tests.support import in_process
from tests.support.migrated import LEDGER, put_migrated_ledger
from tests.support.postgres_server import PostgresServer

DatabaseKind = Literal["sqlite", "postgres"]


def sqlite_url(path: Path) -> str:
    """SQLAlchemy's URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def migrate(url: str, data_dir: Path) -> None:
    """Bring the database at `url` up to date by `liveroom migrate`, in this process."""
    in_process.command("migrate", "--database-url", url, "--data-dir", str(data_dir))


@pytest.fixture(scope="session")
def _migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("migrated")
    put_migrated_ledger(directory)
    return directory / LEDGER


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


def fresh(empty_file: Path, directory: Path) -> str:
    """Return the URL of a migrated database that nobody has used."""
    number = len(list(directory.glob("*.db")))
    shutil.copyfile(empty_file, directory / f"{number}.db")
    return sqlite_url(directory / f"{number}.db")
