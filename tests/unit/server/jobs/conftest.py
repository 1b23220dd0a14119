"""A migrated ledger of the test's own, on SQLite."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.databases import sqlite_url
from tests.support.ledger import on_database
from tests.unit.server.jobs.working import Working


@pytest.fixture
async def working(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Working]:
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    async with on_database(sqlite_url(tmp_path / "ledger.db")) as ledger:
        yield Working(ledger)
