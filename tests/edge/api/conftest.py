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


@pytest_asyncio.fixture
async def api(_migrated_sqlite_file: Path, tmp_path: Path) -> AsyncIterator[Api]:
    """The application on a fresh SQLite ledger."""
    shutil.copyfile(_migrated_sqlite_file, tmp_path / "ledger.db")
    async with api_on(sqlite_url(tmp_path / "ledger.db"), tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def api_without_sql(tmp_path: Path) -> AsyncIterator[Api]:
    """The same with its database away."""
    async with api_on(sqlite_url(tmp_path / "nowhere" / "ledger.db"), tmp_path) as made:
        yield made
