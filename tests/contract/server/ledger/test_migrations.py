"""One history of migrations for both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from server.ledger import migrating
from server.ledger.engines import Engines
from server.ledger.errors import LedgerBehind, LedgerUnavailable
from server.ledger.figure_tables import SHOUTED
from server.ledger.prompt_tables import prompts_said
from server.ledger.rulebook_tables import publications
from server.ledger.tables import metadata
from server.ledger.widget_tables import widgets
from tests.support.ledger import joined, on_database


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[Engines]:
    """Engines on a database with nothing in it."""
    engines = Engines(empty_database_url)
    yield engines
    await engines.close()


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_LED13_from_empty_the_migrations_end_at_exactly_our_tables(empty: Engines) -> None:
    tables = (publications, widgets, prompts_said)
    assert all(table.metadata is metadata for table in tables), "every module of tables counts"
    assert SHOUTED, "and the one of indexes"
    assert await migrating.upgrade(empty)
    async with empty.read() as connection:
        assert await connection.run_sync(differences) == []
    await migrating.check(empty)


async def test_LED13_upgrading_again_does_nothing(empty: Engines) -> None:
    assert await migrating.upgrade(empty)
    assert not await migrating.upgrade(empty)


async def test_LED13_several_may_upgrade_at_once(empty_database_url: str) -> None:
    several = [Engines(empty_database_url) for _ in range(3)]
    assert sorted(await asyncio.gather(*map(migrating.upgrade, several))) == [False, False, True]
    for engines in several:
        await engines.close()


async def test_LED13_a_database_at_another_migration_is_behind(
    empty: Engines, empty_database_url: str
) -> None:
    with pytest.raises(LedgerBehind, match="liveroom migrate"):
        await migrating.check(empty)
    await migrating.upgrade(empty)
    async with empty.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    async with on_database(empty_database_url) as ledger:
        with pytest.raises(LedgerBehind, match="9999"):
            await ledger.queries.ping()


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_LED13_two_programmes_share_one_database_by_namespace(empty_database_url: str) -> None:
    for namespace in ("first", "second"):
        engines = Engines(empty_database_url, namespace)
        assert await migrating.upgrade(engines)
        await engines.close()
    async with on_database(empty_database_url, namespace="first") as first:
        await first.apply(joined("j1", "m1"))
        async with on_database(empty_database_url, namespace="second") as second:
            assert [receipt.outcome for receipt in await second.receipts(joined("j1", "m1"))] == ["applied"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_LED18_a_file_that_is_no_database_is_unavailable(empty_database_url: str) -> None:
    path = empty_database_url.removeprefix("sqlite+aiosqlite:///")
    with open(path, "wb") as file:  # noqa: ASYNC230 - three bytes
        file.write(b"not a database, but long enough to be looked at as one" * 20)
    engines = Engines(empty_database_url)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        await migrating.upgrade(engines)
    await engines.close()
