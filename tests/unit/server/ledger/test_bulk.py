"""Statements put together for both dialects."""

from __future__ import annotations

import pytest

from server.ledger.bulk import insert, keyed, update, upsert
from server.ledger.door_tables import answers
from server.ledger.tables import shouts

COLUMNS = ("member", "tier", "at_ms")


def test_many_rows_are_one_statement_with_an_array_per_column_on_postgresql() -> None:
    statement = insert("postgresql", shouts, COLUMNS)
    assert statement.sql == (
        "INSERT INTO shouts (member, tier, at_ms) SELECT * FROM "
        "unnest($1::text::text[], $2::text::text[], $3::text::bigint[])"
    )
    assert not statement.many


def test_many_rows_are_one_call_on_sqlite() -> None:
    statement = insert("sqlite", shouts, COLUMNS)
    assert statement.sql == "INSERT INTO shouts (member, tier, at_ms) VALUES (?, ?, ?)"
    assert statement.many


def test_an_upsert_replaces_what_is_not_key() -> None:
    tail = " ON CONFLICT (member, tier) DO UPDATE SET at_ms = excluded.at_ms"
    for dialect in ("sqlite", "postgresql"):
        assert upsert(dialect, shouts, COLUMNS).sql.endswith(tail)


def test_an_update_finds_rows_by_its_last_columns() -> None:
    columns = ("at_ms", "member", "tier")
    assert (
        update("sqlite", shouts, columns, keys=2).sql
        == "UPDATE shouts SET at_ms = ? WHERE member = ? AND tier = ?"
    )
    assert update("postgresql", shouts, columns, keys=2).sql == (
        "UPDATE shouts SET at_ms = v.at_ms FROM unnest($1::text::bigint[], $2::text::text[], $3::text::text[]) "
        "AS v(at_ms, member, tier) WHERE shouts.member = ANY (ARRAY[v.member]) AND shouts.tier = ANY (ARRAY[v.tier])"
    )


def test_keys_come_as_a_table_and_what_follows_is_numbered_on() -> None:
    sql = (
        "SELECT t.at_ms FROM {keys} CROSS JOIN shouts t WHERE t.member = k.member AND t.at_ms > {1} LIMIT {2}"
    )
    keys = (("member", "text"), ("tier", "text"))
    assert keyed("postgresql", sql, keys).sql == (
        "SELECT t.at_ms FROM unnest($1::text::text[], $2::text::text[]) AS k(member, tier) "
        "CROSS JOIN LATERAL (SELECT * FROM shouts t WHERE t.member = k.member AND t.at_ms > $3 OFFSET 0) t LIMIT $4"
    )
    assert keyed("sqlite", sql, keys).sql == (
        "SELECT t.at_ms FROM (SELECT value ->> 0 AS member, value ->> 1 AS tier FROM json_each(?1)) AS k "
        "CROSS JOIN shouts t WHERE t.member = k.member AND t.at_ms > ?2 LIMIT ?3"
    )


def test_LED24_a_look_up_keeps_what_is_joined_to_what_it_finds_and_its_locks() -> None:
    sql = "SELECT s.id FROM {keys} CROSS JOIN rooms t LEFT JOIN shows s ON s.id = t.show WHERE t.id = k.id ORDER BY t.id FOR UPDATE OF t"
    assert keyed("postgresql", sql, (("id", "text"),)).sql == (
        "SELECT s.id FROM unnest($1::text::text[]) AS k(id) "
        "CROSS JOIN LATERAL (SELECT * FROM rooms t WHERE t.id = k.id OFFSET 0) t LEFT JOIN shows s ON s.id = t.show "
        "ORDER BY t.id FOR UPDATE OF t"
    )


@pytest.mark.parametrize(
    "otherwise", ["CROSS JOIN shouts t", "CROSS JOIN shouts s WHERE s.member = k.member"]
)
def test_LED24_a_look_up_said_otherwise_is_refused_when_the_statement_is_built(otherwise: str) -> None:
    with pytest.raises(ValueError, match="CROSS JOIN table t WHERE"):
        keyed("postgresql", f"SELECT 1 FROM {{keys}} {otherwise}", (("member", "text"),))


def test_a_column_that_no_array_can_carry_is_refused_when_the_statement_is_built() -> None:
    with pytest.raises(TypeError, match=r"answers\.body"):
        insert("postgresql", answers, ("owner", "body"))
