"""The webhooks' queue, on both databases: what is told to whom, in which order, by one server at a time."""

from __future__ import annotations

import asyncio
import json

import pytest

from server.ledger.engines import Engines
from server.ledger.hook_queue import (
    LEASE_MS,
    POINTS_EVERY_MS,
    PORTION,
    FannedOut,
    HookQueue,
    Settled,
)
from server.ledger.hooks import Change
from server.webhooks.message import message_of
from tests.support.hooks import LONG_AGO, Hooks, by
from tests.support.ledger import NOW, Ledger, joined, paid, show_status, updated

ALL = ("tier.upgraded", "tier.downgraded", "points.changed", "coupon.granted", "show.ended")


def ended(delivery: int, attempts: int = 1, state: str = "delivered", due_ms: int = NOW) -> Settled:
    return Settled(delivery, attempts, state, due_ms, NOW, 200, None)  # type: ignore[arg-type]


async def drain(hooks: Hooks, endpoint: str, now_ms: int = NOW) -> list[tuple[str, int | None]]:
    """Deliver all there is; return what was told, with the version, in the order of the attempts."""
    told: list[tuple[str, int | None]] = []
    while claimed := (await hooks.claim(endpoint, now_ms))[1]:
        told += [(one.type, json.loads(one.body)["data"].get("version")) for one in claimed]
        await hooks.queue.settle([ended(one.id) for one in claimed])
    return told


async def test_HOK1_each_endpoint_is_told_what_it_subscribed_to_in_order_with_the_version(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_all", *ALL)
    await hooks.add("we_shows", "show.ended", "task.ended")
    await database.with_live_show()
    await database.apply(joined("j1", "m1"), paid("e1", "m1", "o1", 300))
    await database.apply(show_status("end", "ended"))
    assert (await hooks.queue.waiting(NOW)).fan_out
    assert await hooks.fan_out(NOW) == FannedOut(4, 0)
    [(raised,)] = await hooks.rows("SELECT version FROM members WHERE id = 'm1'")
    assert sorted((await hooks.queue.waiting(NOW)).endpoints) == ["we_all", "we_shows"]
    assert sorted(await drain(hooks, "we_all"), key=str) == sorted(
        [
            ("tier.upgraded", raised),
            ("coupon.granted", raised),
            ("points.changed", raised),
            ("show.ended", None),
        ],
        key=str,
    )
    assert await drain(hooks, "we_shows") == [("show.ended", None)]
    waiting = await hooks.queue.waiting(NOW)
    assert (waiting.fan_out, waiting.endpoints) == (False, ())


async def test_HOK1_a_message_has_one_id_for_all_its_endpoints(hooks: Hooks, database: Ledger) -> None:
    await hooks.add("we_1", "points.changed")
    await hooks.add("we_2", "points.changed")
    await database.apply(paid("e1", "m1", "o1", 5))
    await hooks.fan_out(NOW)
    (_, [first]), (_, [second]) = await hooks.claim("we_1", NOW), await hooks.claim("we_2", NOW)
    assert (first.message, first.body) == (second.message, second.body)


async def test_HOK1_an_endpoint_is_not_told_what_happened_before_it_was_there(
    hooks: Hooks, database: Ledger
) -> None:
    await database.apply(paid("e1", "m1", "o1", 300))
    await hooks.add("we_1", *ALL)
    await hooks.execute(f"UPDATE hook_endpoints SET created_ms = {NOW + 1}")
    assert (await hooks.fan_out(NOW)).rows == 3
    assert await hooks.listed() == []


async def test_HOK1_what_nobody_subscribed_to_is_let_go_and_what_somebody_did_stays(
    hooks: Hooks, database: Ledger
) -> None:
    await database.apply(paid("e1", "m1", "o1", 300))
    assert await hooks.fan_out(NOW) == FannedOut(0, 0)
    assert not (await hooks.queue.waiting(NOW)).fan_out
    await hooks.add("we_1", "points.changed")
    assert await hooks.queue.let_go() == 2
    assert await hooks.rows("SELECT type FROM outbox") == [("points.changed",)]
    await hooks.book.delete("we_1", by())
    assert await hooks.queue.let_go() == 1
    assert await hooks.queue.let_go() == 0


async def test_HOK2_a_points_row_that_was_overtaken_comes_after_what_it_overtook(
    hooks: Hooks, database: Ledger
) -> None:
    """`points.changed` waits under its old number with the newest version; versions must not go back."""
    await hooks.add("we_1", *ALL)
    await database.apply(paid("e1", "m1", "o1", 5))
    await hooks.fan_out(NOW)
    await drain(hooks, "we_1")
    await database.apply(paid("e2", "m1", "o2", 5))
    await database.apply(paid("e3", "m1", "o3", 300))  # tier and coupon, and overtakes the points row
    await database.apply(paid("e4", "m1", "o4", 5))
    waiting = await hooks.rows("SELECT type FROM outbox WHERE done_ms IS NULL ORDER BY id")
    assert waiting == [("points.changed",), ("tier.upgraded",), ("coupon.granted",)]
    await hooks.fan_out(NOW + POINTS_EVERY_MS)
    told = await drain(hooks, "we_1", NOW + POINTS_EVERY_MS)
    versions = [version for _, version in told if version is not None]
    assert versions == sorted(versions)
    assert [type_ for type_, _ in told] == ["tier.upgraded", "coupon.granted", "points.changed"]


async def test_HOK2_points_wait_while_there_is_more_of_the_rest_than_one_portion(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", *ALL)
    await database.apply(paid("e1", "m1", "o1", 5))
    columns = "(type, member, room, version, body, at_ms, attempts)"
    for start in range(0, PORTION + 1, 100):
        rows = ", ".join(
            f"""('show.ended', NULL, 'r{n}', NULL, '{{"n":1}}', {NOW}, 0)"""
            for n in range(start, min(start + 100, PORTION + 1))
        )
        await hooks.execute(f"INSERT INTO outbox {columns} VALUES {rows}".replace(":", r"\:"))
    waiting = await hooks.count("outbox")
    assert await hooks.fan_out(NOW) == FannedOut(PORTION, 0)
    assert await hooks.rows("SELECT COUNT(*) FROM hook_deliveries WHERE type = 'points.changed'") == [(0,)]
    assert await hooks.fan_out(NOW) == FannedOut(waiting - PORTION, 0)
    assert await hooks.rows("SELECT COUNT(*) FROM hook_deliveries WHERE type = 'points.changed'") == [(1,)]
    assert await hooks.fan_out(NOW) == FannedOut(0, 0)


async def test_HOK2_a_first_attempt_waits_until_the_one_before_it_of_its_member_has_ended(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", "tier.upgraded", "coupon.granted")
    await database.apply(paid("e1", "m1", "o1", 300), paid("e2", "m2", "o2", 300))
    await hooks.fan_out(NOW)
    (_, first) = await hooks.claim("we_1", NOW)
    assert [one.type for one in first] == ["tier.upgraded"] * 2
    assert (await hooks.claim("we_1", NOW))[1] == [], "both members' first is under way"
    failed = ended(first[0].id, state="waiting", due_ms=NOW + 9_000)
    await hooks.queue.settle([failed])
    (_, [second]) = await hooks.claim("we_1", NOW)
    assert second.type == "coupon.granted", "a failed one holds up nobody: its retry is not a first attempt"
    assert (await hooks.claim("we_1", NOW + 9_000))[1][0].id == first[0].id


async def test_HOK2_who_dies_in_a_first_attempt_holds_its_member_up_until_it_is_made_again(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", "tier.upgraded", "coupon.granted")
    await database.apply(paid("e1", "m1", "o1", 300))
    await hooks.fan_out(NOW)
    (_, [lost]) = await hooks.claim("we_1", NOW)
    later = NOW + LEASE_MS
    (_, [again]) = await hooks.claim("we_1", later)
    assert (again.id, again.message, again.attempts) == (lost.id, lost.message, 2)
    assert (await hooks.claim("we_1", later))[1] == []
    await hooks.queue.settle([ended(again.id, attempts=2)])
    (_, [next_one]) = await hooks.claim("we_1", later)
    assert next_one.type == "coupon.granted"


async def test_HOK2_points_that_waited_for_their_second_do_not_come_with_an_older_version(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", *ALL)
    await database.apply(paid("e1", "m1", "o1", 5))
    await hooks.fan_out(NOW)
    await drain(hooks, "we_1")
    await database.apply(paid("e2", "m1", "o2", 5))
    await database.apply(updated("u1", "m1", name="小美"))
    [(version, points)] = await hooks.rows("SELECT version, points FROM members")
    await hooks.execute(
        "INSERT INTO outbox (type, member, version, body, at_ms, attempts) "
        f"VALUES ('tier.downgraded', 'm1', {version}, '{{}}', {NOW}, 0)"
    )
    assert (await hooks.fan_out(NOW + 10)).rows == 1, "the points still wait for their second"
    assert (await hooks.fan_out(NOW + POINTS_EVERY_MS)).rows == 1
    told = await hooks.rows("SELECT type, version, body FROM hook_deliveries ORDER BY id DESC LIMIT 2")
    assert [row[:2] for row in told] == [("points.changed", version), ("tier.downgraded", version)]
    data = json.loads(told[0][2])["data"]
    assert data == {"member": "m1", "version": version, "points": points, "held": 0}


async def test_HOK3_points_changed_comes_at_most_once_per_member_and_second(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", "points.changed")
    await database.apply(paid("e1", "m1", "o1", 5))
    assert (await hooks.fan_out(NOW)).rows == 1
    for n in range(2, 6):
        await database.apply(paid(f"e{n}", "m1", f"o{n}", 5))
        assert (await hooks.fan_out(NOW + POINTS_EVERY_MS - 1)).rows == 0
    await database.apply(paid("e9", "m2", "o9", 5))
    assert (await hooks.fan_out(NOW + POINTS_EVERY_MS - 1)).rows == 1, (
        "another member has a second of its own"
    )
    assert (await hooks.fan_out(NOW + POINTS_EVERY_MS)).rows == 1
    bodies = await hooks.rows("SELECT body FROM hook_deliveries WHERE member = 'm1' ORDER BY id")
    points = [json.loads(body)["data"]["points"] for (body,) in bodies]
    assert points[0] < points[1], "the newest balance, not each step"
    assert [(points[1],)] == await hooks.rows("SELECT points FROM members WHERE id = 'm1'")


async def test_HOK6_only_a_live_lease_settles_and_a_settled_one_is_done(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", "points.changed")
    await database.apply(paid("e1", "m1", "o1", 5))
    await hooks.fan_out(NOW)
    (_, [mine]) = await hooks.claim("we_1", NOW)
    (_, [theirs]) = await hooks.claim("we_1", NOW + LEASE_MS)
    await hooks.queue.settle([ended(mine.id, attempts=mine.attempts, state="dead")])
    [seen] = await hooks.listed()
    assert seen.state == "waiting", "who lost its lease says nothing any more"
    await hooks.queue.settle([ended(theirs.id, attempts=theirs.attempts)])
    await hooks.queue.settle([ended(theirs.id, attempts=theirs.attempts, state="dead")])
    [seen] = await hooks.listed()
    assert (seen.state, seen.attempts) == ("delivered", 2)


async def test_HOK9_what_does_not_fit_into_an_endpoints_queue_is_a_dead_letter_at_once(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", "points.changed")
    await database.apply(*(paid(f"e{n}", f"m{n}", f"o{n}", 5) for n in range(4)))
    assert await hooks.queue.fan_out(NOW, message_of, most_waiting=3) == FannedOut(4, 1)
    [dead] = await hooks.listed(state="dead")
    assert (dead.last_error, dead.attempts) == ("queue_full", 0)
    assert len(await hooks.listed(state="waiting")) == 3
    assert await hooks.book.resend(dead.id, by()) == "resent"
    assert len((await hooks.claim("we_1", NOW))[1]) == 4


async def test_HOK10_many_servers_claim_each_delivery_once(
    hooks: Hooks, database: Ledger, ledger_url: str
) -> None:
    await hooks.add("we_1", "points.changed")
    await database.apply(*(paid(f"e{n}", f"m{n}", f"o{n}", 5) for n in range(60)))
    servers = [Engines(ledger_url) for _ in range(3)]
    queues = [HookQueue(engines) for engines in servers]
    fanned = await asyncio.gather(*(queue.fan_out(NOW, message_of) for queue in queues))
    assert sum(one.rows for one in fanned) == 60
    assert await hooks.count("hook_deliveries") == 60

    async def claims_all(queue: HookQueue) -> list[int]:
        mine: list[int] = []
        for _ in range(30):
            found = await queue.claim("we_1", 4, NOW)
            assert found is not None
            mine += [one.id for one in found[1]]
        return mine

    claimed = [one for mine in await asyncio.gather(*map(claims_all, queues)) for one in mine]
    assert len(claimed) == len(set(claimed)) == 60
    for engines in servers:
        await engines.close()


async def test_HOK10_a_journal_beside_the_fan_out_loses_and_doubles_no_change(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", *ALL)

    async def earns() -> None:
        for n in range(12):
            await database.apply(*(paid(f"e{n}.{m}", f"m{m}", f"o{n}.{m}", 40) for m in range(5)))

    async def fans_out(now_ms: int) -> None:
        for n in range(20):
            await hooks.fan_out(now_ms + n * POINTS_EVERY_MS)

    await asyncio.gather(earns(), fans_out(NOW), hooks.queue.let_go())
    await hooks.fan_out(NOW + 90_000)
    told = await hooks.rows("SELECT member, type, version, body FROM hook_deliveries ORDER BY id")
    for m in range(5):
        mine = [row for row in told if row[0] == f"m{m}"]
        versions = [row[2] for row in mine]
        assert versions == sorted(versions)
        reached = f"SELECT COUNT(*) FROM changes WHERE kind = 'tier_reached' AND member = 'm{m}'"
        assert await hooks.rows(reached) == [(len([row for row in mine if row[1] == "tier.upgraded"]),)]
        newest = [row for row in mine if row[1] == "points.changed"][-1]
        [balance] = await hooks.rows(f"SELECT points, version FROM members WHERE id = 'm{m}'")
        assert (json.loads(newest[3])["data"]["points"], newest[2]) == balance


async def test_HOK14_a_paused_endpoint_gets_nothing_and_loses_nothing(hooks: Hooks, database: Ledger) -> None:
    await hooks.add("we_1", *ALL)
    await hooks.book.change("we_1", Change(paused=True), by())
    await database.apply(paid("e1", "m1", "o1", 300))
    assert (await hooks.fan_out(NOW)).rows == 3
    assert (await hooks.queue.waiting(NOW)).endpoints == ()
    assert await hooks.queue.claim("we_1", 8, NOW) is None
    await hooks.book.change("we_1", Change(paused=False), by())
    assert [type_ for type_, _ in await drain(hooks, "we_1")] == [
        "tier.upgraded",
        "coupon.granted",
        "points.changed",
    ]


async def test_HOK14_an_endpoint_that_is_gone_is_paused_once_and_says_why(hooks: Hooks) -> None:
    await hooks.add("we_1")
    await hooks.book.gone("we_1", by("jobs"))
    await hooks.book.gone("we_1", by("jobs", 2))
    found = await hooks.book.endpoint("we_1")
    assert found is not None
    assert found.paused_why == "gone"
    assert await hooks.count("changes") == 2


@pytest.mark.parametrize("type_", ["points.changed", "show.ended"])
async def test_HOK1_the_searches_use_their_indexes(hooks: Hooks, type_: str) -> None:
    """A queue of fifty thousand must not be walked through for every look."""
    await hooks.add("we_1", type_)
    if hooks.engines.dialect != "sqlite":
        return  # its plan depends on the size of the tables
    plan = await hooks.rows(
        "EXPLAIN QUERY PLAN SELECT id FROM hook_deliveries d WHERE endpoint = 'we_1' AND state = 'waiting' "
        "AND due_ms <= 5 AND (d.tried OR NOT EXISTS (SELECT 1 FROM hook_deliveries e WHERE e.endpoint = d.endpoint "
        "AND e.lane = d.lane AND NOT e.tried AND e.id < d.id)) ORDER BY due_ms, id LIMIT 8"
    )
    said = " ".join(str(row[-1]) for row in plan)
    assert "ix_hook_deliveries_due" in said
    assert "ix_hook_deliveries_untried" in said
    assert LONG_AGO < NOW
