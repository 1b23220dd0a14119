"""Brings a database to the schema this program was written for, or says that it is not there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect, text

from server.ledger.engines import Engines
from server.ledger.errors import LedgerBehind

_FOLDER = Path(__file__).with_name("migrations")
# Two processes migrating one PostgreSQL at once queue on this advisory lock; any fixed number would do.
_MIGRATION_LOCK = 0x6C69_7665
_STEP = re.compile(r'^(down_revision|revision)\b[^=]*= "(\w+)"$', re.MULTILINE)


@cache
def head() -> str:
    """Return the migration this program wants: the one that no other follows.

    Read off the files as they stand; alembic, which takes longer to import than all else here takes to run, is
    called only when there is something to do.
    """
    steps: list[dict[str, str]] = [
        dict(_STEP.findall(file.read_text())) for file in (_FOLDER / "versions").glob("[0-9]*.py")
    ]
    newest = {step["revision"] for step in steps} - {step.get("down_revision") for step in steps}
    if len(newest) != 1:
        raise RuntimeError(f"the migrations in {_FOLDER} have {len(newest)} ends")
    return newest.pop()


async def upgrade(engines: Engines) -> bool:
    """Bring the schema to `head` in one transaction; return whether anything had to be done.

    May run in several processes at once and beside a running server. Creates the PostgreSQL schema of the
    namespace. Raises `LedgerUnavailable`.
    """
    async with engines.write() as connection:
        if engines.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            # The namespace is checked against a pattern when the engines are made.
            await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{engines.namespace}"'))
        return await connection.run_sync(_upgrade)


async def check(engines: Engines) -> None:
    """Raise `LedgerBehind` unless the schema is at `head`, `LedgerUnavailable` when nobody answers."""
    async with engines.read() as connection:
        found = await connection.run_sync(_current)
    if found != head():
        raise LedgerBehind(found, head())


def _upgrade(connection: Connection) -> bool:
    stands = _current(connection)
    if stands == head():
        return False
    if stands is not None:
        # May take minutes, and a server on SQLite does it before it says that it is ready.
        structlog.get_logger(__name__).info("ledger.migrating", stands=stands, wanted=head())
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def _current(connection: Connection) -> str | None:
    """Return where alembic says the schema is; None = nowhere yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
