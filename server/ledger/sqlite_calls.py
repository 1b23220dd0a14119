"""One statement, one call into SQLite's thread.

SQLAlchemy's cursor makes four of a statement (open, execute, fetch, close), each of them a wake-up of the
driver's thread and one back: with some twenty statements in a commit that was a third of its processor time.
The driver itself offers both words that are needed as one call each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import aiosqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

Bound = Sequence[str | int | bool | None]


async def fetch(connection: AsyncConnection, sql: str, bound: Bound) -> Sequence[Any]:
    """Run one statement inside the open transaction; return its rows as tuples."""
    with _as_ever(sql):
        return list(await _driver(connection).execute_fetchall(sql, bound))


async def write(connection: AsyncConnection, sql: str, rows: Sequence[Bound]) -> None:
    """Run one statement for each of `rows` inside the open transaction."""
    with _as_ever(sql):
        await _driver(connection).executemany(sql, rows)


def _driver(connection: AsyncConnection) -> aiosqlite.Connection:
    # The transaction is open, so the connection is there and nothing is waited for.
    driver = connection.sync_connection and connection.sync_connection.connection.driver_connection
    if not isinstance(driver, aiosqlite.Connection):
        raise TypeError(f"a transaction of aiosqlite is needed, not of {type(driver).__name__}")
    return driver


@contextmanager
def _as_ever(sql: str) -> Iterator[None]:
    """Raise what SQLAlchemy would have raised, so that nobody above needs to know which way a statement went."""
    try:
        yield
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, None, error, sqlite3.Error) from error
