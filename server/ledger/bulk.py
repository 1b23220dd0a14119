"""Many rows in one statement, and “these keys” as a table: what SQLite and PostgreSQL say differently.

PostgreSQL takes a batch as one array per column (`unnest`): prepared once whatever the size, one round
trip. Arrays travel as PostgreSQL writes them (`{"a","b",NULL}`), for asyncpg asks of every element
of an array whether it is an array itself: that was half the cost of the column (0.65 µs an element, now
0.25). Many rows that can meet none of the table are copied (`COPY`), which is a quarter of that. SQLite takes the rows one after the other inside one call, which it does three times faster than
unpacking JSON. Statements are put together from the names in `tables`, never from data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.type_api import TypeEngine

from server.ledger import postgres_calls, sqlite_calls

Value = str | int | bool | None
Row = tuple[Value, ...]
"""Values in the order of the columns named beside it."""
Found = Sequence[Any]
"""A row as the driver gives it: the statement's columns say more than mypy can know."""

_TEXT = "text"
COPIED = 32
"""So many rows are copied: below, a statement that is prepared already is as cheap."""
# Longest first: a BigInteger is an Integer.
_POSTGRES_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (Text, _TEXT),
)

# A look-up, from its join to the end of its condition.
_LOOK_UP = re.compile(
    r"CROSS JOIN (\w+) t( LEFT JOIN .+?)? +WHERE (.+?)"
    r"(?= ORDER BY | GROUP BY | UNION | ON CONFLICT | LIMIT | FOR UPDATE |$)"
)


@dataclass(frozen=True, slots=True)
class Write:
    """One statement that takes many rows with the values of `columns`. Built once per process and dialect."""

    sql: str
    types: tuple[str, ...] | None
    """The PostgreSQL type of each column; None = rows go in one by one inside a single call (SQLite)."""
    copied: tuple[str, tuple[str, ...]] | None = None
    """The table and columns that many rows are copied into, where PostgreSQL can; it cannot where rows may be there."""

    @property
    def many(self) -> bool:
        """Whether rows go in one by one inside a single call."""
        return self.types is None

    async def run(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Write `rows`; nothing is sent for none. Raises IntegrityError where a constraint says no."""
        if not rows:
            return
        if self.types is None:
            await sqlite_calls.write(connection, self.sql, rows)
        elif (
            self.copied is None
            or len(rows) < COPIED
            or not await postgres_calls.copy(connection, *self.copied, rows)
        ):
            await postgres_calls.write(connection, self.sql, _arrays(rows, self.types))


@dataclass(frozen=True, slots=True)
class Keyed:
    """One statement that reads or writes by a list of keys and gives rows back."""

    sql: str
    types: tuple[str, ...] | None
    """The PostgreSQL type of each key column; None = keys go in as one JSON text (SQLite)."""

    async def run(self, connection: AsyncConnection, keys: Sequence[Row], *more: Value) -> Sequence[Found]:
        """Bind `keys` (at least one), then `more` to the placeholders that follow; return all rows."""
        if self.types is None:
            return await sqlite_calls.fetch(connection, self.sql, (json.dumps(keys), *more))
        return await postgres_calls.fetch(connection, self.sql, (*_arrays(keys, self.types), *more))


def ahead(connection: AsyncConnection) -> AbstractAsyncContextManager[None]:
    """Inside, writes run while their sender goes on, where the database is another process (`postgres_calls.ahead`)."""
    if connection.dialect.name == "sqlite":
        return nullcontext()  # its thread would only fight with ours for the interpreter
    return postgres_calls.ahead(connection)


def insert(dialect: str, table: Table, columns: Sequence[str], on_conflict: str = "") -> Write:
    """Add rows. `on_conflict` is what follows the words ON CONFLICT; empty = a row that exists is an error."""
    into = f"INSERT INTO {table.name} ({_names(columns)})"
    tail = f" ON CONFLICT {on_conflict}" if on_conflict else ""
    if dialect == "sqlite":
        return Write(f"{into} VALUES ({', '.join('?' * len(columns))}){tail}", None)
    types = _types_of(table, columns)
    copied = None if on_conflict else (table.name, tuple(columns))
    return Write(f"{into} SELECT * FROM {_unnest(types)}{tail}", types, copied)


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
        return Write(f"UPDATE {table.name} SET {assignments} WHERE {where}", None)
    types = _types_of(table, columns)
    assignments = ", ".join(f"{name} = v.{name}" for name in changed)
    # Said so that each of `v` can only be looked up by index: `=` alone may as well be answered by walking through the
    # table and comparing each row with all of `v`, which is what the planner keeps to once it has seen the table empty.
    where = " AND ".join(f"{table.name}.{name} = ANY (ARRAY[v.{name}])" for name in by)
    values = f"{_unnest(types)} AS v({_names(columns)})"
    return Write(f"UPDATE {table.name} SET {assignments} FROM {values} WHERE {where}", types)


def keyed(dialect: str, sql: str, keys: Sequence[tuple[str, str]]) -> Keyed:
    """Fill ``{keys}`` of `sql` with a table ``k`` of the bound keys and ``{1}``, ``{2}`` … with what follows.

    `keys` are (column name, PostgreSQL type). Write ``FROM {keys} CROSS JOIN things t WHERE t.x = k.x``, a table
    always as ``t``: each key is looked up then, never the other way round, and what is locked is locked in the
    order of the keys. SQLite reads the words so; PostgreSQL is told (`_each_key_looked_up`). Where another index
    begins with a column that is compared besides (a time), write ``t.at_ms + 0 > {1}``: a table believed to be
    empty is as well found by that one. Raises ValueError for a statement that says it otherwise.
    """
    names = _names([name for name, _ in keys])
    if dialect == "sqlite":
        unpacked = ", ".join(f"value ->> {at} AS {name}" for at, (name, _) in enumerate(keys))
        source = f"(SELECT {unpacked} FROM json_each(?1)) AS k"
        return Keyed(_filled(sql, source, "?", 1), None)
    types = tuple(kind for _, kind in keys)
    sql = _each_key_looked_up(sql)
    return Keyed(_filled(sql, f"{_unnest(types)} AS k({names})", "$", len(keys)), types)


def _each_key_looked_up(sql: str) -> str:
    """Return the statement so that PostgreSQL can only walk through the keys and look up each.

    Left alone it walks through the whole table and compares each row with all keys, if the table was (nearly)
    empty when it was last analysed, and keeps that plan while the table grows: two thirds of its time for an
    event (decision 0067). A subquery with OFFSET is not merged into the join.
    """
    told = _LOOK_UP.sub(r"CROSS JOIN LATERAL (SELECT * FROM \1 t WHERE \3 OFFSET 0) t\2", sql)
    if sql.count("CROSS JOIN") != told.count("CROSS JOIN LATERAL"):
        raise ValueError(f"write FROM {{keys}} CROSS JOIN table t WHERE …, not {sql!r}")
    return told


def _filled(sql: str, source: str, mark: str, bound: int) -> str:
    filled = sql.replace("{keys}", source)
    for at in range(1, 5):
        filled = filled.replace(f"{{{at}}}", f"{mark}{bound + at}")
    return filled


def _arrays(rows: Sequence[Row], types: Sequence[str]) -> tuple[object, ...]:
    columns = zip(types, zip(*rows, strict=True), strict=True)
    return tuple(_written(column) if kind == _TEXT else _listed(column) for kind, column in columns)


def _written(column: Sequence[Value]) -> str:
    """Return a column of texts as the literal of a PostgreSQL array."""
    try:
        joined = '","'.join(column)  # type: ignore[arg-type]  # a TypeError says where it is not all texts
    except TypeError:
        return f"{{{','.join(['NULL' if value is None else _quoted(str(value)) for value in column])}}}"
    # All at once, ten times as fast as one by one: hardly any text holds what must be escaped.
    if "\\" in joined or joined.count('"') != 2 * len(column) - 2:
        return f"{{{','.join([_quoted(str(value)) for value in column])}}}"
    return f'{{"{joined}"}}'


def _listed(column: Sequence[Value]) -> str:
    """Return a column of numbers or truths as the literal of a PostgreSQL array."""
    return f"{{{str(list(column))[1:-1].replace('None', 'NULL')}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unnest(types: Sequence[str]) -> str:
    # Through text, for then the driver sends what it is given and the server reads the literal.
    arrays = (f"${at}::text::{kind}[]" for at, kind in enumerate(types, 1))
    return f"unnest({', '.join(arrays)})"


def _types_of(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(_type_of(table, column) for column in columns)


def _type_of(table: Table, column: str) -> str:
    kind = table.columns[column].type
    for python, name in _POSTGRES_TYPES:
        if isinstance(kind, python):
            return name
    raise TypeError(f"{table.name}.{column}: no array of {kind} is ever written")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(columns)
