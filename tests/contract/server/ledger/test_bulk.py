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


async def plan_of(engines: Engines, sql: str) -> str:
    async with engines.read() as connection:
        return "\n".join(str(tuple(step)) for step in await connection.exec_driver_sql(sql))


async def test_LED24_a_batch_looks_things_up_by_key_however_many_they_are(ledger_url: str) -> None:
    serving, patient = Engines(ledger_url), Engines(ledger_url, patient=True)
    find = "SELECT t.code FROM {keys} CROSS JOIN events t WHERE t.source = k.source AND t.event = k.event"
    sql = keyed(serving.dialect, find, (("source", "text"), ("event", "text"))).sql
    if serving.dialect == "postgresql":
        # Nobody has analysed the table, and the keys are many: left alone, the planner would read all of it.
        async with serving.write() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO events (source, event, digest, received_ms, outcome) "
                "SELECT 's', n::text, '', 0, 'applied' FROM generate_series(1, 20000) n"
            )
        keys = f"'{{{','.join(map(str, range(256)))}}}'"
        explain = "EXPLAIN " + sql.replace("$1", keys).replace("$2", keys)
        assert "Index Scan using pk_events" in await plan_of(serving, explain)
        assert "Seq Scan on events" in await plan_of(patient, explain), "reports keep the planner's judgement"
        assert "force_generic_plan" in await plan_of(serving, "SHOW plan_cache_mode")
    else:
        assert "SEARCH t USING" in await plan_of(serving, "EXPLAIN QUERY PLAN " + sql.replace("?1", "'[]'"))
    for engines in (serving, patient):
        await engines.close()
