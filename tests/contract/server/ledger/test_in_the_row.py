"""Where the buckets and counters of a member stand, on SQLite and on PostgreSQL: in the row, or in tables of their own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from server.ledger import migrating
from server.ledger.engines import Engines
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    NOW,
    RULEBOOK,
    Ledger,
    in_memory,
    joined,
    liked,
    member,
    merged,
    on_database,
    paid,
    refunded,
)
from tests.support.migrations import upgraded_to

TODAY = 20_370
BLOCK_MS = 8 * DAY_MS
assert TODAY % 8 == 2


async def rows(ledger: Ledger, sql: str) -> Sequence[tuple[object, ...]]:
    assert ledger.engines is not None
    async with ledger.engines.read() as connection:
        return [tuple(row) for row in (await connection.execute(text(sql))).all()]


async def verified(ledger: Ledger) -> None:
    assert ledger.engines is not None
    assert (await verify(ledger.engines)).differences == ()


async def same_as_memory(database: Ledger, memory: Ledger, at_ms: int, *who: str) -> None:
    ids = [member(one) for one in who]
    assert await database.queries.members(ids, at_ms) == await memory.queries.members(ids, at_ms)


async def test_T11_LED68_buckets_move_to_their_table_with_the_first_act_of_a_later_block(
    ledger_url: str,
) -> None:
    memory = in_memory()
    async with on_database(ledger_url) as database, on_database(ledger_url) as other:
        for day in range(7):  # 20_370 to 20_376, which begins the next block
            for ledger in (memory, (database, other)[day % 2]):
                await ledger.apply(paid(f"e{day}", "m1", f"o{day}", 100, at_ms=NOW + day * DAY_MS))
            if day == 5:
                assert await rows(database, "SELECT COUNT(*) FROM days") == [(0,)]
        assert await rows(database, "SELECT day, orders FROM days ORDER BY day") == [
            (TODAY + day, 1) for day in range(6)
        ]
        stands = await rows(database, "SELECT newest_days, ever FROM members")
        assert stands == [(f"[[{TODAY + 6},120,10000,1]]", "first_order:1,order:6")]
        await same_as_memory(database, memory, NOW + 6 * DAY_MS, "m1")
        # A refund of a day that stands in the table, and of one that stands in the row.
        for ledger in (memory, database):
            await ledger.apply(
                refunded("r1", "m1", "o1", 100, at_ms=NOW + 7 * DAY_MS),
                refunded("r6", "m1", "o6", 40, at_ms=NOW + 7 * DAY_MS),
            )
        await same_as_memory(other, memory, NOW + 7 * DAY_MS, "m1")
        assert (await rows(database, f"SELECT orders, paid FROM days WHERE day = {TODAY + 1}")) == [(0, 0)]
        await verified(database)


async def test_T11_LED68_who_comes_back_after_years_loses_no_bucket_and_no_counter(ledger_url: str) -> None:
    memory = in_memory()
    years = 1_000 * DAY_MS
    async with on_database(ledger_url) as database, on_database(ledger_url) as other:
        for ledger in (memory, database):
            await ledger.apply(paid("e1", "m1", "o1", 100), liked("l1", "m1", 3))
        # One server remembers the member, the other reads; neither needs those days for anything by now.
        for ledger, at_ms in ((database, NOW + years), (other, NOW + years + BLOCK_MS)):
            for one in (memory, ledger):
                await one.apply(
                    liked(f"l-{at_ms}", "m1", 3, at_ms=at_ms),
                    paid(f"e-{at_ms}", "m1", f"o-{at_ms}", 10, at_ms=at_ms),
                )
            await same_as_memory(ledger, memory, at_ms, "m1")
        kept = await rows(database, "SELECT day, orders FROM days ORDER BY day LIMIT 1")
        assert kept == [(TODAY, 1)]
        assert await rows(database, "SELECT ever FROM members") == [("first_order:1,order:2",)]
        await verified(database)


async def test_X1_LED68_merged_accounts_have_the_buckets_and_counters_of_both_wherever_they_stood(
    ledger_url: str,
) -> None:
    memory = in_memory()
    async with on_database(ledger_url) as database:
        for ledger in (memory, database):
            await ledger.with_live_show()
            await ledger.apply(
                paid("e1", "a", "o1", 100, at_ms=NOW - BLOCK_MS), joined("j", "b", at_ms=NOW - BLOCK_MS)
            )
            await ledger.apply(
                liked("l0", "b", 3, at_ms=NOW - BLOCK_MS), liked("l3", "a", 3, at_ms=NOW - DAY_MS)
            )
            await ledger.apply(paid("e2", "a", "o2", 10), liked("l1", "a", 3), liked("l2", "b", 3))
            await ledger.apply(merged("m", "b", "a"))
            await ledger.apply(paid("e3", "b", "o3", 10, at_ms=NOW + BLOCK_MS))
        await same_as_memory(database, memory, NOW + BLOCK_MS, "b")
        assert await rows(database, "SELECT newest_days, ever FROM members WHERE id = 'a'") == [(None, None)]
        assert await rows(database, "SELECT COUNT(*) FROM awards WHERE member = 'a'") == [(0,)]
        assert await rows(database, "SELECT COUNT(*) FROM days WHERE member = 'a'") == [(0,)]
        await verified(database)
        # What came with the first account goes on with the second one.
        for ledger in (memory, database):
            await ledger.apply(joined("k", "c", at_ms=NOW + BLOCK_MS))
            await ledger.apply(merged("n", "c", "b", at_ms=NOW + 2 * BLOCK_MS))
        await same_as_memory(database, memory, NOW + 2 * BLOCK_MS, "c")
        assert await rows(database, "SELECT DISTINCT member FROM awards") == [("c",)]
        await verified(database)


async def test_LED68_verifying_names_what_is_wrong_in_the_row(database: Ledger) -> None:
    # The other member has paid more in a day than fits into 32 bits.
    await database.apply(paid("e1", "m1", "o1", 100), paid("e2", "m2", "o2", 30_000_000))
    assert database.engines is not None
    async with database.engines.write() as connection:
        await connection.execute(
            text("UPDATE members SET newest_days = '[[20370,99,10000,1]]', ever = 'order:2' WHERE id = 'm1'")
        )
    found = {
        (one.what, one.key, one.computed, one.kept) for one in (await verify(database.engines)).differences
    }
    assert found == {
        ("growth bucket", "m1 20370", "120", "99"),
        ("award counter for ever", "m1 order", "", "2"),
        ("award counter for ever", "m1 first_order", "1", ""),
    }


# Of each member whom a batch touched, at the least, the version before wrote these.
WRITTEN_BEFORE = (
    "version points held last_act_ms last_watch_award_ms last_watch10_award_ms last_active_ms first_order_ms streak "
    "streak_day box_tickets"
).split()


async def test_LED68_a_server_of_before_that_was_left_running_can_write_no_member(database: Ledger) -> None:
    await database.apply(paid("e1", "m1", "o1", 100))
    assert database.engines is not None
    # It remembers the member, and takes a refund from a bucket that stands in the row by now.
    write = f"UPDATE members SET {', '.join(f'{name} = {name}' for name in WRITTEN_BEFORE)} WHERE id = 'm1'"
    with pytest.raises(DBAPIError, match="box_tickets"):
        async with database.engines.write() as connection:
            await connection.execute(text(write))
    await database.apply(refunded("r1", "m1", "o1", 40))
    await verified(database)


BEFORE = (
    "INSERT INTO members (id, author, name, name_as_of_ms, created_ms, version, tier, tier_since_ms, announce_optout, "
    "points, held, last_act_ms, last_watch_award_ms, last_watch10_award_ms, last_active_ms) VALUES "
    "('a', 'xa', 'A', 0, 0, 1, 'basic', 0, false, 6, 0, 0, 0, 0, 0), "
    "('b', 'xb', 'B', 0, 0, 1, 'basic', 0, false, 0, 0, 0, 0, 0, 0)",
    "INSERT INTO events (source, event, digest, received_ms, member, outcome) VALUES ('/s', 'e', 'd', 0, 'a', 'applied')",
    "INSERT INTO changes (kind, member, ref, data, source, event, at_ms, rulebook_version, actor) VALUES "
    "('member_created', 'a', 'basic', '{}', '/s', 'e', 0, 1, ''), ('member_created', 'b', 'basic', '{}', '/s', 'e', 0, 1, '')",
    *(
        "INSERT INTO entries (member, book, delta, rule, awards, behaviour, taken_back, source, event, day, at_ms, "
        f"rulebook_version, actor) VALUES ('a', '{book}', {delta}, '{rule}', {awards}, false, false, '/s', 'e', {day}, 0, 1, '')"
        for book, delta, rule, awards, day in (
            ("growth", 4, "like", 1, 100),
            ("growth", 5, "like", 1, 160),
            ("growth", 6, "share", 1, 165),
            ("points", 6, "share", 0, 165),
        )
    ),
    "INSERT INTO days (member, day, growth, paid, orders) VALUES ('a', 100, 4, 0, 0), ('a', 160, 5, 0, 0), ('a', 165, 6, 0, 0)",
    "INSERT INTO awards (member, scope, rule, n, points, growth) VALUES ('a', 'd100', 'like', 1, 0, 4), "
    "('a', 'd160', 'like', 1, 0, 5), ('a', 'd165', 'share', 1, 6, 6), ('a', 'total', 'like', 2, 0, 9), "
    "('a', 'total', 'share', 1, 6, 6)",
)


async def test_LED13_LED68_a_ledger_of_before_is_brought_there(empty_database_url: str) -> None:
    engines = Engines(empty_database_url)
    try:
        await upgraded_to("0031", engines)
        async with engines.write() as connection:
            for statement in BEFORE:
                await connection.execute(text(statement))
        with capture_logs() as logs:
            assert await migrating.upgrade(engines)
        # A large ledger is kept waiting by this: what it waits for is said first.
        wanted = {"event": "ledger.migrating", "stands": "0031", "wanted": migrating.head()}
        assert wanted in [{key: line.get(key) for key in wanted} for line in logs]
        async with on_database(empty_database_url) as ledger:
            assert await rows(ledger, "SELECT id, newest_days, ever FROM members ORDER BY id") == [
                ("a", "[[160,5,0,0],[165,6,0,0]]", "like:2,share:1"),
                ("b", None, None),
            ]
            assert await rows(ledger, "SELECT day, growth FROM days") == [(100, 4)]
            assert await rows(ledger, "SELECT scope, n FROM awards ORDER BY scope") == [
                ("d100", 1),
                ("d160", 1),
                ("d165", 1),
            ]
            await verified(ledger)
            a = (await ledger.queries.members([member("a")], 165 * DAY_MS))[member("a")]
            assert [(bucket.day, bucket.growth) for bucket in a.days] == [(100, 4), (160, 5), (165, 6)]
            assert RULEBOOK.ladder, "read by a rulebook as always"
    finally:
        await engines.close()
