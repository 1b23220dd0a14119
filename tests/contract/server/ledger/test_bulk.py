"""Words that mean something to a database, carried there and back as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.ledger.bulk import COPIED, Keyed, Row, Write, insert, keyed
from server.ledger.claiming import Claiming
from server.ledger.engines import Engines, away
from server.ledger.keeping import Keeping
from server.ledger.loading import Loading
from server.ledger.tables import identities
from tests.support.ledger import Ledger, joined, member

OF_FEW = ("ix_permits_open", "ix_box_seeds_day", "ix_members_merged_into")
"""Indexes of rows of which there are few at any time: walking through one of them costs no more than its keys."""
Said = TypeVar("Said", Keyed, Write)
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


async def test_LED23_a_text_is_the_same_whatever_else_stands_in_its_column(engines: Engines) -> None:
    echo = keyed(engines.dialect, "SELECT k.n, k.word FROM {keys}", (("n", "bigint"), ("word", "text")))
    async with engines.read() as connection:
        for word in (*WORDS, '","', None):
            keys: list[Row] = [(1, "plain"), (2, word), (3, "plain"), (None, "last")]
            assert [tuple(row) for row in await echo.run(connection, keys)] == keys


async def test_LED23_rows_are_kept_as_they_were_given(database: Ledger, engines: Engines) -> None:
    await database.apply(joined("j", "m1"))
    columns = ("platform", "openid", "member", "linked_ms")
    few: list[Row] = [("wx", word, member("m1"), at) for at, word in enumerate(WORDS)]
    many: list[Row] = [(f"p{at}", *row[1:]) for at in range(COPIED) for row in few]
    async with engines.write() as connection:
        await connection.exec_driver_sql("SELECT 1")  # what comes first in a transaction is never copied
        for rows in (few, many):
            await insert(engines.dialect, identities, columns).run(connection, rows)
    assert set(await database.queries.identities(member("m1"))) == {row[:2] for row in (*few, *many)}


async def test_LED18_what_a_constraint_refuses_is_named_alike_on_both_databases(
    database: Ledger, engines: Engines
) -> None:
    await database.apply(joined("j", "wx:anna"))
    one = insert(engines.dialect, identities, ("platform", "openid", "member", "linked_ms"))
    with pytest.raises(IntegrityError):
        async with engines.write() as connection:
            await one.run(connection, [("wx", "bert", "nobody", 1)])
    missing = keyed(
        engines.dialect,
        "SELECT t.nothing FROM {keys} CROSS JOIN members t WHERE t.id = k.id",
        (("id", "text"),),
    )
    with pytest.raises(DBAPIError) as wrong:
        async with engines.read() as connection:
            await missing.run(connection, [("m1",)])
    assert away(wrong.value) is None
    assert await database.queries.members([member("m1")], 0) == {}


async def plan_of(engines: Engines, sql: str) -> str:
    async with engines.read() as connection:
        return lines(await connection.exec_driver_sql(sql))


def lines(steps: Iterable[Sequence[object]]) -> str:
    return "\n".join(str(step[0]) for step in steps)


def statements_of(parts: object, kind: type[Said]) -> Iterator[Said]:
    """All statements of a kind anywhere inside an object of ours."""
    if isinstance(parts, kind):
        yield parts
    elif isinstance(parts, dict | tuple | list):
        for part in parts.values() if isinstance(parts, dict) else parts:
            yield from statements_of(part, kind)
    elif type(parts).__module__.startswith("server.ledger."):
        yield from statements_of(getattr(parts, "__dict__", {}), kind)


async def test_LED40_what_ends_is_found_by_an_index_of_those_who_have_such_a_time(engines: Engines) -> None:
    explain = "EXPLAIN QUERY PLAN" if engines.dialect == "sqlite" else "EXPLAIN"
    for kind in ("tier", "boost", "grant"):
        sql = f"{explain} SELECT id FROM members WHERE {kind}_until_ms <= 5 ORDER BY {kind}_until_ms"
        async with engines.read() as connection:
            plan = str((await connection.exec_driver_sql(sql)).all())
        assert f"ix_members_{kind}_until_ms" in plan


async def test_LED24_a_batch_looks_things_up_by_key_however_many_they_are(engines: Engines) -> None:
    find = "SELECT t.code FROM {keys} CROSS JOIN events t WHERE t.source = k.source AND t.event = k.event"
    sql = keyed(engines.dialect, find, (("source", "text"), ("event", "text"))).sql
    if engines.dialect == "sqlite":
        async with engines.read() as connection:
            explained = "EXPLAIN QUERY PLAN " + sql.replace("?1", "'[]'")
            steps = (await connection.exec_driver_sql(explained)).all()
        assert any("SEARCH t USING" in str(step[-1]) for step in steps)
        return
    # Nobody has analysed the table, and the keys are many: left alone, the planner would read all of it.
    async with engines.write() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO events (source, event, digest, received_ms, outcome) "
            "SELECT 's', n::text, '', 0, 'applied' FROM generate_series(1, 20000) n"
        )
    keys = f"'{{{','.join(map(str, range(256)))}}}'"
    explain = "EXPLAIN " + sql.replace("$1", keys).replace("$2", keys)
    assert "Index Cond: ((source = k.source) AND (event = k.event))" in await plan_of(engines, explain)
    assert await plan_of(engines, "SHOW plan_cache_mode") == "force_generic_plan"


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_LED24_who_reads_whole_tables_keeps_the_planner_s_judgement(ledger_url: str) -> None:
    patient = Engines(ledger_url, patient=True)
    try:
        assert await plan_of(patient, "SHOW enable_seqscan") == "on"
        assert await plan_of(patient, "SHOW plan_cache_mode") == "auto"
    finally:
        await patient.close()


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_LED24_what_was_empty_when_it_was_analysed_is_looked_up_by_key_all_the_same(
    ledger_url: str,
) -> None:
    engines = Engines(ledger_url)
    try:
        async with engines.write() as connection:
            await connection.exec_driver_sql("ANALYZE")  # now the planner takes every table for empty
        parts = (Loading(engines.dialect), Keeping(engines.dialect), Claiming(engines.dialect))
        looked_up = {(one.sql, one.types) for one in statements_of(parts, Keyed) if "LATERAL" in one.sql}
        assert len(looked_up) > 40
        for sql, types in looked_up:
            plan = await plan_of_prepared(engines, sql, types)
            by_key = re.findall(r"Index Cond: .*\b\w+ = [kud](?:_\d+)?\.", plan)
            if not any(index in plan for index in OF_FEW):
                assert len(by_key) == sql.count("LATERAL"), plan
        updates = {
            (one.sql, one.types) for one in statements_of(parts, Write) if one.sql.startswith("UPDATE")
        }
        assert len(updates) > 10
        for sql, types in updates:
            plan = await plan_of_prepared(engines, sql, types)
            assert re.search(r"Index Cond: .*= ANY \(ARRAY\[v\.", plan), plan
    finally:
        await engines.close()


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("comments", [0, 75])
async def test_LED24_the_posts_of_a_text_are_found_by_the_text(ledger_url: str, comments: int) -> None:
    engines = Engines(ledger_url)
    try:
        async with engines.write() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO recent_comments (member, room, digest, counted, at_ms) "
                f"SELECT 'm', 'r', 'text ' || n, true, n FROM generate_series(1, {comments}) n"
            )
            await connection.exec_driver_sql("ANALYZE recent_comments")
        waves = {
            (one.sql, one.types)
            for one in statements_of(Loading(engines.dialect), Keyed)
            if "recent_comments t WHERE t.room" in one.sql
        }
        for sql, types in waves:
            plan = await plan_of_prepared(engines, sql, types)
            assert "Index Scan Backward using ix_recent_comments_room_digest_at_ms" in plan, plan
        assert waves
    finally:
        await engines.close()


async def plan_of_prepared(engines: Engines, sql: str, types: Sequence[str] | None) -> str:
    """The plan that is made once, for whatever is bound."""
    bound = len(types or ())
    more = sum(f"${at}" in sql for at in range(bound + 1, 9))
    kinds = ", ".join(["text"] * bound + ["bigint"] * more)
    values = ", ".join(["NULL"] * (bound + more))
    async with engines.write() as connection:
        await connection.exec_driver_sql(f"PREPARE looked_up ({kinds}) AS {sql}")
        plan = lines(await connection.exec_driver_sql(f"EXPLAIN EXECUTE looked_up ({values})"))
        await connection.exec_driver_sql("DEALLOCATE looked_up")
    return plan
