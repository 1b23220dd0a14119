"""Brings a database to the schema this program was written for, or says that it is not there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from server.ledger.engines import Engines
from server.ledger.errors import LedgerBehind

_FOLDER = Path(__file__).with_name("migrations")
# Two processes migrating one PostgreSQL at once queue on this advisory lock; any fixed number would do.
_MIGRATION_LOCK = 0x6C69_7665


@cache
def head() -> str:
    """Return the migration this program wants."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise RuntimeError(f"no migrations in {_FOLDER}")
    return newest


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
    if _current(connection) == head():
        return False
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
