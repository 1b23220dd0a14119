"""What stands in the tables afterwards, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.ledger.engines import Engines
from server.ledger.ports import StoredAnswer
from server.ledger.pruning import Pruned, prune
from server.ledger.rulebook_tables import APPEND_ONLY as RULEBOOKS
from server.ledger.rulebooks import LiveRulebooks
from server.ledger.tables import APPEND_ONLY
from server.ledger.verify import Difference, verify, verify_in
from tests.support.ledger import (
    DAY_MS,
    MINUTE_MS,
    NOW,
    Ledger,
    commented,
    liked,
    member,
    paid,
    refunded,
    shared,
    show_status,
    watched,
)


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


async def rows(ledger: Ledger, sql: str) -> Sequence[tuple[object, ...]]:
    async with engines_of(ledger).read() as connection:
        return [tuple(row) for row in (await connection.execute(text(sql))).all()]


async def execute(ledger: Ledger, sql: str) -> None:
    async with engines_of(ledger).write() as connection:
        await connection.execute(text(sql))


async def with_history(ledger: Ledger) -> Ledger:
    """A member with something in every table that is recomputed."""
    await ledger.with_live_show()
    await ledger.apply(
        paid("e1", "wx:anna", "o1", 300),
        paid("e2", "m2", "o2", 40),
        liked("l1", "m2", 3),
        commented("c1", "m2"),
        watched("m2", 1, 10),
        watched("m2", 1, 15),
        shared("s1", "m2"),
    )
    await ledger.apply(refunded("r1", "wx:anna", "o1", 100), refunded("r2", "m2", "o2", 40))
    await ledger.apply(refunded("r3", "m2", "o3", 7), show_status("end", "ended"))
    return ledger


@pytest.mark.parametrize("table", [*APPEND_ONLY, *RULEBOOKS])
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = ''", "DELETE FROM {}"])
async def test_LED9_X7_the_database_itself_refuses_to_change_the_record(
    database: Ledger, table: str, change: str
) -> None:
    await database.apply(paid("e1", "m1", "o1", 300))
    assert database.engines is not None
    await LiveRulebooks(database.engines, "jifen", "CNY").refresh(NOW)
    before = await rows(database, f"SELECT * FROM {table}")
    assert before
    with pytest.raises(IntegrityError, match="append-only"):
        await execute(database, change.format(table))
    assert await rows(database, f"SELECT * FROM {table}") == before


async def test_LED9_X7_every_change_names_who_when_which_event_and_which_rules(database: Ledger) -> None:
    await with_history(database)
    found = await rows(database, "SELECT kind, member, room, ref, amount FROM changes ORDER BY id")
    anna = (await rows(database, "SELECT member FROM identities"))[0][0]
    assert ("order_paid", "m2", "demo", "o2", 4_000) in found
    assert ("order_refunded", "m2", "demo", "o2", 4_000) in found
    assert ("refund_waiting", "m2", None, "o3", 700) in found
    assert ("tier_reached", anna, None, "silver", None) in found
    assert ("shouted_out", anna, "demo", "silver", None) in found
    assert ("tier_dropped", anna, None, "bronze", None) in found
    assert ("show_ended", None, "demo", "s1", None) in found
    origins = await rows(
        database,
        "SELECT COUNT(*) FROM changes WHERE source = '' OR event = '' OR actor <> 'key-1' OR at_ms = 0",
    )
    assert origins == [(0,)]


async def test_LED10_webhooks_are_told_with_the_member_s_version(database: Ledger) -> None:
    await with_history(database)
    found = await rows(database, "SELECT type, member, version, body FROM outbox ORDER BY id")
    anna = (await rows(database, "SELECT member FROM identities"))[0][0]
    kinds = [(kind, whose, version) for kind, whose, version, _ in found]
    assert kinds == [
        ("tier.upgraded", anna, 1),
        ("coupon.granted", anna, 1),
        ("tier.upgraded", "m2", 1),
        ("points.changed", anna, 2),
        ("points.changed", "m2", 2),
        ("tier.downgraded", anna, 2),
        ("show.ended", None, None),
    ]
    overtaken = json.loads(str(found[3][3]))
    assert overtaken == {"member": anna, "version": 2, "points": 400, "held": 0}


async def test_LED10_points_changed_is_overtaken_only_while_nobody_has_tried_to_send_it(
    database: Ledger,
) -> None:
    waiting = "SELECT version FROM outbox WHERE type = 'points.changed' ORDER BY id"
    await database.apply(paid("e1", "m1", "o1", 1))
    await database.apply(paid("e2", "m1", "o2", 1))
    assert await rows(database, waiting) == [(2,)]
    await execute(database, "UPDATE outbox SET attempts = 1")
    await database.apply(paid("e3", "m1", "o3", 1))
    await database.apply(paid("e4", "m1", "o4", 1))
    assert await rows(database, waiting) == [(2,), (4,)]


async def test_LED11_R3_a_clean_ledger_verifies_clean(database: Ledger) -> None:
    await with_history(database)
    verified = await verify(engines_of(database))
    assert verified.differences == ()
    assert (verified.members, verified.entries > 10) == (2, True)


DAMAGE = [
    ("UPDATE members SET points = points + 1 WHERE id = 'm2'", "balance"),
    ("UPDATE members SET tier = 'black' WHERE id = 'm2'", "tier"),
    ("UPDATE members SET merged_into = 'm1' WHERE id = 'm2'", "merged account"),
    ("UPDATE members SET invited_by = 'm1' WHERE id = 'm2'", "invitation"),
    ("INSERT INTO days VALUES ('m2', 5, 1, 0, 0)", "growth bucket"),
    ("UPDATE members SET newest_days = NULL WHERE id <> 'm2'", "growth bucket"),
    ("INSERT INTO days VALUES ('m2', 5, 0, 0, 1)", "paid bucket"),
    ("UPDATE members SET newest_days = NULL WHERE id <> 'm2'", "paid bucket"),
    (
        "DELETE FROM awards WHERE member = 'm2' AND rule = 'like' AND scope = 'd20370'",
        "award counter of the day",
    ),
    ("UPDATE awards SET n = 4 WHERE rule = 'like' AND scope = 's:s1'", "award counter of the show"),
    ("UPDATE members SET ever = 'like:4' WHERE id = 'm2'", "award counter for ever"),
    ("UPDATE orders SET refunded = 0 WHERE id = 'o2'", "order's amounts"),
    ("UPDATE orders SET points_taken = 1 WHERE id = 'o2'", "what an order gave and was taken back"),
    ("UPDATE coupons SET off = 1", "coupon"),
    ("DELETE FROM shouts", "shout"),
    ("UPDATE budgets SET spent = spent - 1 WHERE name LIKE 'day:%'", "budget of a day"),
    ("DELETE FROM budgets WHERE name LIKE 'show:%'", "budget of a show"),
    ("UPDATE budgets SET spent = spent + 1 WHERE name LIKE 'coupons:%'", "budget of coupons"),
    ("DELETE FROM events WHERE event = 'l1'", "line without its event"),
]


async def test_LED11_each_kind_of_damage_is_named(database: Ledger) -> None:
    await with_history(database)
    for damage, what in DAMAGE:
        async with engines_of(database).write() as connection:
            await connection.execute(text(damage))
            named = {difference.what for difference in (await verify_in(connection)).differences}
            await connection.rollback()
        assert what in named, damage
    assert (await verify(engines_of(database))).differences == ()


async def test_LED11_a_difference_says_whose_and_both_values(database: Ledger) -> None:
    await database.apply(paid("e1", "m1", "o1", 300))
    await execute(database, "UPDATE members SET points = 601")
    await execute(database, "INSERT INTO days VALUES ('m1', 5, 7, 0, 0)")
    verified = await verify(engines_of(database))
    assert verified.differences == (
        Difference("balance", "m1", computed="600", kept="601"),
        Difference("growth bucket", "m1 5", computed="", kept="7"),
    )


async def test_LED12_what_expired_goes_and_the_record_stays(database: Ledger) -> None:
    await with_history(database)
    await database.queries.claim_answer("shop", "a", "d", NOW)
    await database.queries.store_answer("shop", "a", StoredAnswer("d", 200, (), b""))
    engines = engines_of(database)
    assert await prune(engines, NOW + 10 * MINUTE_MS - 1) == Pruned(0, 0, 0, 0)
    assert await prune(engines, NOW + 10 * MINUTE_MS) == Pruned(1, 0, 0, 0)
    await execute(database, f"UPDATE outbox SET done_ms = {NOW} WHERE type = 'show.ended'")
    assert await prune(engines, NOW + 7 * DAY_MS - 1) == Pruned(0, 0, 0, 0)
    assert await prune(engines, NOW + 7 * DAY_MS) == Pruned(0, 1, 1, 1)
    left = (await rows(database, "SELECT COUNT(*) FROM outbox"))[0][0]
    assert await prune(engines, NOW + 30 * DAY_MS) == Pruned(0, 0, 0, left)  # type: ignore[arg-type]
    assert (await verify(engines)).differences == ()
    assert await database.queries.order(paid("", "", "o2", 1).order) is not None
    assert (await database.queries.members([member("m2")], NOW))[member("m2")].points == 68
