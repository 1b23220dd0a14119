"""A database as it was at an earlier migration, for tests of what a later one makes of its rows."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from server.ledger.engines import Engines


async def upgraded_to(revision: str, engines: Engines) -> None:
    """Bring an empty database to that migration."""

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "server/ledger/migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with engines.write() as connection:
        if engines.dialect == "postgresql":
            await connection.execute(text(f"CREATE SCHEMA {engines.namespace}"))
        await connection.run_sync(upgrade)
