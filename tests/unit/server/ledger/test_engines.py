"""Addresses that cannot work, and whose fault a driver's error is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from server.ledger.engines import Engines, away, may_go_again
from server.ledger.errors import LedgerUnavailable
from server.ledger.journal import MAX_BATCH


def test_INT1_each_database_takes_as_many_commands_at_once_as_are_cheapest(tmp_path: Path) -> None:
    on_sqlite = Engines(f"sqlite+aiosqlite:///{tmp_path}/ledger.db")
    on_postgres = Engines("postgresql+asyncpg://nobody@/nothing")
    assert (on_sqlite.commands_at_once, on_postgres.commands_at_once) == (MAX_BATCH, 512)


class DriverError(Exception):
    """What asyncpg raises, as SQLAlchemy wraps it."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("said by the server")
        self.sqlstate = sqlstate


def wrapped(origin: Exception, *, broken: bool = False) -> DBAPIError:
    return DBAPIError("SELECT 1", None, origin, connection_invalidated=broken)


def from_sqlite(code: int) -> DBAPIError:
    origin = sqlite3.OperationalError("said by SQLite")
    origin.sqlite_errorcode = code
    return wrapped(origin)


@pytest.mark.parametrize(
    "url, namespace, said",
    [
        ("sqlite+aiosqlite://", "liveroom", "needs a file"),
        ("sqlite+aiosqlite:///:memory:", "liveroom", "needs a file"),
        ("sqlite:///x.db", "liveroom", r"sqlite\+aiosqlite"),
        ("mysql+aiomysql://h/d", "liveroom", "database-url"),
        ("sqlite+aiosqlite:///x.db", "Live room", "namespace"),
        ("sqlite+aiosqlite:///x.db", "", "namespace"),
        ("sqlite+aiosqlite:///x.db", '1"; DROP SCHEMA public; --', "namespace"),
    ],
)
def test_LED19_what_cannot_work_is_refused_with_the_remedy(url: str, namespace: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Engines(url, namespace)


@pytest.mark.parametrize("state", ["08006", "57P01", "53300", "28P01", "3D000", "55P03", "25006"])
def test_LED18_a_server_that_cannot_serve_is_away(state: str) -> None:
    assert state in str(away(wrapped(DriverError(state))))
    assert not may_go_again(wrapped(DriverError(state)))


@pytest.mark.parametrize("code", [5, 6, 8, 10, 11, 13, 14, 26, 5 | 2 << 8])
def test_LED18_a_file_that_cannot_serve_is_away(code: int) -> None:
    assert "said by SQLite" in str(away(from_sqlite(code)))


def test_LED18_a_wrong_statement_is_nobody_s_absence() -> None:
    assert away(from_sqlite(1)) is None
    assert away(wrapped(DriverError("42601"))) is None
    assert away(wrapped(DriverError(None))) is None
    assert "broke" in str(away(wrapped(DriverError(None), broken=True)))


@pytest.mark.parametrize(
    "state, again", [("40001", True), ("40P01", True), ("23505", True), ("23514", False)]
)
def test_LED6_only_what_others_caused_goes_again(state: str, again: bool) -> None:
    assert may_go_again(wrapped(DriverError(state))) is again
    assert away(wrapped(DriverError(state))) is None


async def test_LED18_a_directory_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    engines = Engines(f"sqlite+aiosqlite:///{tmp_path}/nowhere/ledger.db")
    for way in (engines.read, engines.write):
        with pytest.raises(LedgerUnavailable, match="nowhere"):
            async with way():
                pass
    await engines.close()
