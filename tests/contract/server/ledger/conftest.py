"""The contract suite's ledger: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.databases import sqlite_url
from tests.support.hooks import Hooks
from tests.support.ledger import Ledger, in_memory, migrate, on_database
from tests.support.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ledger") / "ledger.db"
    migrate(sqlite_url(file))
    return file


def _url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if kind == "sqlite":
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), tmp_path / "ledger.db")
        yield sqlite_url(tmp_path / "ledger.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database_from("ledger", migrate)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the test's own."""
    yield from _url(request.param, tmp_path, request)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def any_ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """The same, and None for the ledger in memory."""
    if request.param == "memory":
        yield None
    else:
        yield from _url(request.param, tmp_path, request)


@pytest.fixture
async def ledger(any_ledger_url: str | None) -> AsyncIterator[Ledger]:
    """A ledger on each of its implementations."""
    if any_ledger_url is None:
        yield in_memory()
        return
    async with on_database(any_ledger_url) as opened:
        yield opened


@pytest.fixture
async def database(ledger_url: str) -> AsyncIterator[Ledger]:
    """A ledger on each database."""
    async with on_database(ledger_url) as opened:
        yield opened


@pytest.fixture
def hooks(database: Ledger) -> Hooks:
    """The webhooks' tables of the same database."""
    assert database.engines is not None
    return Hooks(database.engines)
