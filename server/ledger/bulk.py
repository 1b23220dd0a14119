"""Many rows in one statement, and “these keys” as a table: what SQLite and PostgreSQL say differently.

PostgreSQL takes a batch as one array per column (`unnest`): prepared once whatever the size, one round
trip. SQLite takes the rows one after the other inside one call, which it does three times faster than
unpacking JSON. Statements are put together from the names in `tables`, never from data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.type_api import TypeEngine

Value = str | int | bool | None
Row = tuple[Value, ...]
"""Values in the order of the columns named beside it."""
Found = Sequence[Any]
"""A row as the driver gives it: the statement's columns say more than mypy can know."""

# Longest first: a BigInteger is an Integer.
_POSTGRES_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (Text, "text"),
)


@dataclass(frozen=True, slots=True)
class Write:
    """One statement that takes many rows with the values of `columns`. Built once per process and dialect."""

    sql: str
    many: bool
    """Rows go in one by one inside a single call (SQLite), not as an array per column."""

    async def run(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Write `rows`; nothing is sent for none. Raises IntegrityError where a constraint says no."""
        if rows:
            await connection.exec_driver_sql(self.sql, list(rows) if self.many else _arrays(rows))


@dataclass(frozen=True, slots=True)
class Keyed:
    """One statement that reads or writes by a list of keys and gives rows back."""

    sql: str
    arrays: bool

    async def run(self, connection: AsyncConnection, keys: Sequence[Row], *more: Value) -> Sequence[Found]:
        """Bind `keys` (at least one), then `more` to the placeholders that follow; return all rows."""
        bound = _arrays(keys) if self.arrays else (json.dumps(keys),)
        return (await connection.exec_driver_sql(self.sql, (*bound, *more))).all()


def insert(dialect: str, table: Table, columns: Sequence[str], on_conflict: str = "") -> Write:
    """Add rows. `on_conflict` is what follows the words ON CONFLICT; empty = a row that exists is an error."""
    into = f"INSERT INTO {table.name} ({_names(columns)})"
    tail = f" ON CONFLICT {on_conflict}" if on_conflict else ""
    if dialect == "sqlite":
        return Write(f"{into} VALUES ({', '.join('?' * len(columns))}){tail}", many=True)
    types = [_type_of(table, column) for column in columns]
    return Write(f"{into} SELECT * FROM {_unnest(types)}{tail}", many=False)


def upsert(dialect: str, table: Table, columns: Sequence[str]) -> Write:
    """Add rows, or replace every other column of the row with the same primary key."""
    keys = [column.name for column in table.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    return insert(dialect, table, columns, f"({_names(keys)}) DO UPDATE SET {changed}")


def update(dialect: str, table: Table, columns: Sequence[str], keys: int = 1) -> Write:
    """Change rows that exist: the last `keys` of `columns` say which, the others what."""
    changed, by = columns[:-keys], columns[-keys:]
    if dialect == "sqlite":
        assignments = ", ".join(f"{name} = ?" for name in changed)
        where = " AND ".join(f"{name} = ?" for name in by)
        return Write(f"UPDATE {table.name} SET {assignments} WHERE {where}", many=True)
    types = [_type_of(table, column) for column in columns]
    assignments = ", ".join(f"{name} = v.{name}" for name in changed)
    where = " AND ".join(f"{table.name}.{name} = v.{name}" for name in by)
    values = f"{_unnest(types)} AS v({_names(columns)})"
    return Write(f"UPDATE {table.name} SET {assignments} FROM {values} WHERE {where}", many=False)


def keyed(dialect: str, sql: str, keys: Sequence[tuple[str, str]]) -> Keyed:
    """Fill ``{keys}`` of `sql` with a table ``k`` of the bound keys and ``{1}``, ``{2}`` … with what follows.

    `keys` are (column name, PostgreSQL type). Write ``FROM {keys} CROSS JOIN t WHERE t.x = k.x``: SQLite
    then looks up each key, never the other way round, and PostgreSQL does as it likes.
    """
    names = _names([name for name, _ in keys])
    if dialect == "sqlite":
        unpacked = ", ".join(f"value ->> {at} AS {name}" for at, (name, _) in enumerate(keys))
        source = f"(SELECT {unpacked} FROM json_each(?1)) AS k"
        return Keyed(_filled(sql, source, "?", 1), arrays=False)
    source = f"{_unnest([kind for _, kind in keys])} AS k({names})"
    return Keyed(_filled(sql, source, "$", len(keys)), arrays=True)


def _filled(sql: str, source: str, mark: str, bound: int) -> str:
    filled = sql.replace("{keys}", source)
    for at in range(1, 5):
        filled = filled.replace(f"{{{at}}}", f"{mark}{bound + at}")
    return filled


def _arrays(rows: Sequence[Row]) -> tuple[object, ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


def _unnest(types: Sequence[str]) -> str:
    return f"unnest({', '.join(f'${at}::{kind}[]' for at, kind in enumerate(types, 1))})"


def _type_of(table: Table, column: str) -> str:
    kind = table.columns[column].type
    for python, name in _POSTGRES_TYPES:
        if isinstance(kind, python):
            return name
    raise TypeError(f"{table.name}.{column}: no array of {kind} is ever written")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(columns)
