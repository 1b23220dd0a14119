"""Fixtures of the API's tests."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from server.settings import Settings
from tests.edge.api.under_test import Api, api_on
from tests.support.databases import sqlite_url


@pytest.fixture(autouse=True)
def _no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LIVEROOM_{name.upper()}", raising=False)


@pytest.fixture
def fresh_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated SQLite ledger of the test's own."""
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    return sqlite_url(tmp_path / "ledger.db")


@pytest_asyncio.fixture
async def api(fresh_ledger: str, tmp_path: Path) -> AsyncIterator[Api]:
    """The application on a fresh SQLite ledger."""
    async with api_on(fresh_ledger, tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def api_without_sql(tmp_path: Path) -> AsyncIterator[Api]:
    """The same with its database away."""
    async with api_on(sqlite_url(tmp_path / "nowhere" / "ledger.db"), tmp_path) as made:
        yield made
