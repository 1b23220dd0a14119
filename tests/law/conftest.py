"""A database for each history: a migrated SQLite file, copied."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import sqlite_url
from tests.support.ledger import migrate


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("law") / "ledger.db"
    migrate(sqlite_url(file))
    return file


@pytest.fixture
def directory() -> Iterator[Path]:
    """A place for many databases."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)
