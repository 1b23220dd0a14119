"""Words that mean something to a database, carried there and back as they are."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.ledger.bulk import Row, insert, keyed
from server.ledger.engines import Engines, away
from server.ledger.tables import identities
from tests.support.ledger import Ledger, joined, member

WORDS = ("", "NULL", "null", '"', "\\", '\\"', "{}", "a,b", "{a,\"b\",NULL}", "'", "line\nbreak\t", " a ", "会员🎉")  # fmt: skip


@pytest.fixture
def engines(database: Ledger) -> Engines:
    assert database.engines is not None
    return database.engines


async def test_LED23_keys_are_found_as_they_were_given(engines: Engines) -> None:
    echo = keyed(engines.dialect, "SELECT k.n, k.word FROM {keys}", (("n", "bigint"), ("word", "text")))
    keys: list[Row] = [*enumerate(WORDS), (len(WORDS), None)]
    async with engines.read() as connection:
        assert sorted(tuple(row) for row in await echo.run(connection, keys)) == keys


async def test_LED23_rows_are_kept_as_they_were_given(database: Ledger, engines: Engines) -> None:
    await database.apply(joined("j", "m1"))
    columns = ("platform", "openid", "member", "linked_ms")
    rows: list[Row] = [("wx", word, member("m1"), at) for at, word in enumerate(WORDS)]
    async with engines.write() as connection:
        await insert(engines.dialect, identities, columns).run(connection, rows)
    assert set(await database.queries.identities(member("m1"))) == {("wx", word) for word in WORDS}


async def test_LED18_what_a_constraint_refuses_is_named_alike_on_both_databases(
    database: Ledger, engines: Engines
) -> None:
    await database.apply(joined("j", "wx:anna"))
    one = insert(engines.dialect, identities, ("platform", "openid", "member", "linked_ms"))
    with pytest.raises(IntegrityError):
        async with engines.write() as connection:
            await one.run(connection, [("wx", "bert", "nobody", 1)])
    missing = keyed(engines.dialect, "SELECT t.nothing FROM {keys} CROSS JOIN members t", (("id", "text"),))
    with pytest.raises(DBAPIError) as wrong:
        async with engines.read() as connection:
            await missing.run(connection, [("m1",)])
    assert away(wrong.value) is None
    assert await database.queries.members([member("m1")], 0) == {}
