"""A member's lines, newest first: found by the days on which there are any (decision 0088)."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ledger import migrating
from server.ledger.bulk import Keyed
from server.ledger.engines import Engines
from server.ledger.history import History
from server.ledger.ports import Entry
from server.ledger.verify import verify
from tests.support.every_command import RULES, Script, tell
from tests.support.ledger import (
    DAY_MS,
    NOW,
    Ledger,
    granted,
    in_memory,
    joined,
    liked,
    member,
    merged,
    on_database,
    paid,
    refunded,
    shared,
    watched,
    with_budgets,
)
from tests.support.migrations import upgraded_to

A_PASS = 60
"""In so many batches of a turn every kind of command comes at least once."""


async def lines_of(ledger: Ledger, who: str, page: int = 100) -> list[Entry]:
    """Read the whole history of a member page by page."""
    found: list[Entry] = []
    while more := await ledger.queries.entries(member(who), found[-1].id if found else None, page):
        assert len(more) <= page
        found += more
    return found


def survivor(who: str, into: Mapping[str, str | None]) -> str:
    while (next_ := into[who]) is not None:
        who = next_
    return who


async def verified(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


@pytest.fixture
async def strict(any_ledger_url: str | None) -> AsyncIterator[Ledger]:
    """A ledger whose budget of a day is spent at once."""
    rulebook = with_budgets(day=3)
    if any_ledger_url is None:
        yield in_memory(rulebook)
        return
    async with on_database(any_ledger_url, rulebook) as opened:
        yield opened


@pytest.mark.parametrize("page", [1, 4, 100])
async def test_LED69_lines_of_many_days_come_newest_first_page_by_page(ledger: Ledger, page: int) -> None:
    await ledger.with_live_show()
    days = [NOW + day * DAY_MS for day in (0, 1, 5, 8, 16, 17, 40, 364, 500)]
    for n, at_ms in enumerate(days):
        await ledger.apply(
            granted(f"g{n}", "m1", points=n + 1, at_ms=at_ms),
            shared(f"s{n}", "m1", at_ms=at_ms),
            granted(f"x{n}", "m2", points=9, at_ms=at_ms),
        )
    found = await lines_of(ledger, "m1", page)
    assert [line.id for line in found] == sorted({line.id for line in found}, reverse=True)
    assert [line.delta for line in found if line.rule == "grant"] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert {line.at_ms for line in found if line.rule == "share"} == set(days)
    assert {line.member for line in found} == {"m1"}
    await verified(ledger)


async def test_LED69_days_that_brought_points_alone_have_their_lines_and_count_for_nothing(
    ledger: Ledger,
) -> None:
    await ledger.apply(paid("e", "m1", "o1", 100))
    before = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    for day in range(1, 12):
        await ledger.apply(granted(f"g{day}", "m1", points=1, at_ms=NOW + day * DAY_MS))
    after = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert len(await lines_of(ledger, "m1")) == 2 + 11
    assert [bucket.growth for bucket in after.days] == [before.days[0].growth, *[0] * 11]
    assert (after.tier, after.tier_until_ms) == (before.tier, before.tier_until_ms)
    await verified(ledger)


async def test_LED69_V3_a_line_of_an_earlier_day_stands_where_it_was_written(ledger: Ledger) -> None:
    await ledger.apply(paid("e1", "m1", "o1", 100))
    await ledger.apply(granted("g", "m1", points=1, at_ms=NOW + 20 * DAY_MS))
    await ledger.apply(refunded("r", "m1", "o1", 40, at_ms=NOW + 21 * DAY_MS))
    await ledger.apply(granted("h", "m1", points=2, at_ms=NOW + 22 * DAY_MS))
    found = await lines_of(ledger, "m1", 2)
    assert [line.event for line in found] == ["h", "r", "r", "g", "e1", "e1"]
    await verified(ledger)


async def test_LED69_X1_a_chain_of_merges_has_the_lines_of_all_their_days(ledger: Ledger) -> None:
    for n, who in enumerate("abcd"):
        for day in (n, n + 10, n + 30):
            await ledger.apply(granted(f"{who}{day}", who, points=1, at_ms=NOW + day * DAY_MS))
    apart = {who: len(await lines_of(ledger, who)) for who in "abcd"}
    assert set(apart.values()) == {3}
    for n, (who, gone) in enumerate((("b", "a"), ("d", "c"), ("d", "b"))):
        await ledger.apply(merged(f"m{n}", who, gone, at_ms=NOW + (50 + n) * DAY_MS))
    found = await lines_of(ledger, "d", 3)
    assert sorted((line.member, line.event) for line in found if line.rule == "grant") == sorted(
        (who, f"{who}{day}") for n, who in enumerate("abcd") for day in (n, n + 10, n + 30)
    )
    assert [line.id for line in found] == sorted({line.id for line in found}, reverse=True)
    assert sum(line.delta for line in found) == 12
    # Whoever still holds a former name reads the same: it means the survivor.
    assert await lines_of(ledger, "a") == found
    await verified(ledger)


async def test_LED69_X1_an_account_without_a_day_of_its_own_has_those_of_the_other(ledger: Ledger) -> None:
    await ledger.apply(joined("j", "b"))
    await ledger.apply(granted("g", "a", points=5))
    await ledger.apply(merged("m", "b", "a", at_ms=NOW + 9 * DAY_MS))
    assert [(line.member, line.delta) for line in await lines_of(ledger, "b")] == [
        ("b", 5),
        ("a", -5),
        ("a", 5),
    ]
    await verified(ledger)


async def test_LED69_lines_that_only_count_are_left_out(strict: Ledger) -> None:
    await strict.with_live_show()
    await strict.apply(liked("l1", "m1", 3), watched("m1", 1), watched("m2", 1))
    await strict.apply(liked("l2", "m1", 3, at_ms=NOW + DAY_MS))
    found = await lines_of(strict, "m1")
    assert all(line.delta for line in found)
    assert [line.event for line in found if line.rule == "like"] == ["l2", "l1"]
    await verified(strict)


async def test_LED69_of_every_command_there_is_each_line_is_found_by_its_day(ledger_url: str) -> None:
    async with on_database(ledger_url, RULES) as ledger:
        for batch in itertools.islice(Script(0, 20261122).batches(), A_PASS):
            await tell(ledger, batch)
        await verified(ledger)
        assert ledger.engines is not None
        async with ledger.engines.read() as connection:
            told = await connection.execute(
                text("SELECT id, member FROM entries WHERE delta <> 0 ORDER BY id DESC")
            )
            found = await connection.execute(text("SELECT id, merged_into FROM members"))
            into: dict[str, str | None] = {row[0]: row[1] for row in found}
            lines: dict[str, list[int]] = {}
            for id_, who in told:
                lines.setdefault(survivor(who, into), []).append(id_)
        assert any(into.values()), "somebody was merged"
        for who in into:
            expected = lines.get(survivor(who, into), [])
            assert [line.id for line in await lines_of(ledger, who)] == expected


async def test_LED69_LED11_verify_names_a_day_whose_lines_nobody_would_find(database: Ledger) -> None:
    await database.apply(granted("g1", "m1", points=5), granted("g2", "m2", points=5))
    await database.apply(granted("g3", "m1", points=5, at_ms=NOW + 10 * DAY_MS))
    await verified(database)
    assert database.engines is not None
    async with database.engines.write() as connection:
        # One stands in the table, the other in the row.
        await connection.execute(text("DELETE FROM days WHERE member = 'm1'"))
        await connection.execute(text("UPDATE members SET newest_days = NULL WHERE id = 'm2'"))
    assert [(one.what, one.key, one.kept) for one in (await verify(database.engines)).differences] == [
        ("day of a line", "m1 20370", ""),
        ("day of a line", "m2 20370", ""),
    ]


async def test_LED69_LED24_lines_are_read_off_the_index_however_empty_the_tables_were(
    ledger_url: str,
) -> None:
    engines = Engines(ledger_url)
    try:
        async with engines.write() as connection:
            await connection.exec_driver_sql("ANALYZE")
            plan = await plan_of(engines, connection)
    finally:
        await engines.close()
    if engines.dialect == "sqlite":
        index = "COVERING INDEX ix_entries_day_member_id_delta (day=? AND member=?"
    else:
        index = "Index Only Scan using ix_entries_day_member_id_delta on entries"
        assert "Index Cond: ((day = d.day) AND (member = n.id)" in plan, plan
    assert index in plan, plan


async def plan_of(engines: Engines, connection: AsyncConnection) -> str:
    [newest] = (value for value in vars(History(engines.dialect)).values() if isinstance(value, Keyed))
    if engines.dialect == "sqlite":
        steps = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {newest.sql}", ("[]", 9, 9))
        return "\n".join(str(step[-1]) for step in steps)
    await connection.exec_driver_sql(f"PREPARE history (text, bigint, bigint) AS {newest.sql}")
    return "\n".join(
        str(step[0])
        for step in await connection.exec_driver_sql("EXPLAIN EXECUTE history (NULL, NULL, NULL)")
    )


BEFORE = (
    "INSERT INTO members (id, author, name, name_as_of_ms, created_ms, version, tier, tier_since_ms, announce_optout, "
    "points, held, last_act_ms, last_watch_award_ms, last_watch10_award_ms, last_active_ms, newest_days, merged_into) VALUES "
    + ", ".join(
        f"('{id_}', 'x{id_}', 'N', 0, 0, 1, 'basic', 0, false, {points}, 0, 0, 0, 0, 0, {newest}, {into})"
        for id_, points, newest, into in (
            ("a", 10, "'[[160,5,0,0],[165,6,0,0]]'", "NULL"),
            ("b", 1, "'[[160,5,0,0],[165,6,0,0]]'", "NULL"),
            ("c", 2, "NULL", "NULL"),
            ("g", 1, "NULL", "'h'"),
            ("h", 0, "NULL", "'a'"),
            ("n", 0, "NULL", "NULL"),
            ("z", 1, "'[[160,5,0,0]]'", "NULL"),
        )
    ),
    "INSERT INTO days (member, day, growth, paid, orders) VALUES ('a', 100, 4, 0, 0)",
    "INSERT INTO events (source, event, digest, received_ms, member, outcome) VALUES ('/s', 'e', 'd', 0, 'a', 'applied')",
    "INSERT INTO changes (kind, member, ref, data, source, event, at_ms, rulebook_version, actor) VALUES "
    + ", ".join(
        f"('{kind}', '{id_}', '{ref}', '{{}}', '/s', 'e', 0, 1, '')"
        for kind, id_, ref in (
            *(("member_created", id_, "basic") for id_ in "abcghnz"),
            ("merged_away", "g", "h"),
            ("merged_away", "h", "a"),
        )
    ),
    # Of no award, so that no counter follows from them.
    "INSERT INTO entries (member, book, delta, rule, awards, behaviour, taken_back, source, event, day, at_ms, "
    "rulebook_version, actor) VALUES "
    + ", ".join(
        f"('{id_}', '{book}', {delta}, 'order', 0, false, true, '/s', 'e', {day}, 0, 1, '')"
        for id_, book, delta, day in (
            ("a", "growth", 4, 100),
            ("g", "points", 1, 140),
            ("a", "growth", 5, 160),
            ("a", "points", 3, 101),
            ("a", "points", 3, 162),
            ("a", "growth", 6, 165),
            ("a", "points", 4, 165),
            ("b", "growth", 5, 160),
            ("b", "growth", 6, 165),
            ("b", "points", 1, 200),
            ("c", "points", 1, 50),
            ("c", "points", 1, 51),
            ("z", "growth", 5, 160),
            ("z", "points", 1, 160),
        )
    ),
)


async def test_LED13_LED69_a_ledger_of_before_has_its_lines_found_by_day(empty_database_url: str) -> None:
    engines = Engines(empty_database_url)
    try:
        await upgraded_to("0032", engines)
        async with engines.write() as connection:
            for statement in BEFORE:
                await connection.exec_driver_sql(statement)
        assert await migrating.upgrade(engines)
        async with on_database(empty_database_url) as ledger:
            async with engines.read() as connection:
                rows = await connection.exec_driver_sql("SELECT id, newest_days FROM members ORDER BY id")
                assert [tuple(row) for row in rows] == [
                    ("a", "[[160,5,0,0],[162,0,0,0],[165,6,0,0]]"),
                    # A later block has begun: what stood in the row is in the table.
                    ("b", "[[200,0,0,0]]"),
                    ("c", "[[50,0,0,0],[51,0,0,0]]"),
                    ("g", None),
                    ("h", None),
                    ("n", None),
                    ("z", "[[160,5,0,0]]"),
                ]
                rows = await connection.exec_driver_sql(
                    "SELECT member, day, growth FROM days ORDER BY member, day"
                )
                assert [tuple(row) for row in rows] == [
                    ("a", 100, 4),
                    ("a", 101, 0),
                    ("a", 140, 0),
                    ("b", 160, 5),
                    ("b", 165, 6),
                ]
            assert [line.id for line in await lines_of(ledger, "a", 3)] == [7, 6, 5, 4, 3, 2, 1]
            assert [line.id for line in await lines_of(ledger, "b")] == [10, 9, 8]
            assert [line.id for line in await lines_of(ledger, "c")] == [12, 11]
            assert await lines_of(ledger, "n") == []
            await verified(ledger)
    finally:
        await engines.close()
