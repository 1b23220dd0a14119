"""Endpoints and what became of their deliveries, on both databases."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from server.ledger.hook_queue import Settled
from server.ledger.hooks import Change
from server.ledger.pruning import SENT_MS, UNSENT_MS, prune
from server.ledger.verify import verify
from tests.support.hooks import Hooks, an_endpoint, by
from tests.support.ledger import NOW, Ledger, joined, paid

TYPES = ("tier.upgraded", "points.changed")


async def test_HOK12_who_did_what_to_an_endpoint_is_written_down_without_secrets(hooks: Hooks) -> None:
    await hooks.add("we_1", *TYPES)
    changed = await hooks.book.change("we_1", Change(url="https://b.example/", paused=True), by("key:k1", 2))
    assert changed is not None
    assert (changed.url, changed.paused_why, changed.types) == (
        "https://b.example/",
        "operator",
        frozenset(TYPES),
    )
    assert await hooks.book.rotate("we_1", "sealed-new", NOW + 9, by("operator:o1", 3))
    assert await hooks.book.delete("we_1", by("operator:o1", 4))
    lines = await hooks.rows("SELECT kind, ref, actor, data FROM changes ORDER BY id")
    assert [line[:3] for line in lines] == [
        ("webhook_endpoint_added", "we_1", "operator:o1"),
        ("webhook_endpoint_changed", "we_1", "key:k1"),
        ("webhook_secret_rotated", "we_1", "operator:o1"),
        ("webhook_endpoint_removed", "we_1", "operator:o1"),
    ]
    assert json.loads(str(lines[1][3])) == {"url": "https://b.example/", "paused": True}
    assert "sealed" not in "".join(str(line) for line in lines)
    assert (await verify(hooks.engines)).differences == (), "a line like any other of the record"


async def test_HOK12_R2_the_same_write_again_after_a_crash_is_no_fault(hooks: Hooks) -> None:
    await hooks.add("we_1")
    for _ in range(2):
        assert await hooks.book.change("we_1", Change(paused=True), by(n=2)) is not None
    assert (await verify(hooks.engines)).differences == ()


async def test_HOK12_what_changes_nothing_leaves_no_line(hooks: Hooks) -> None:
    await hooks.add("we_1")
    assert (await hooks.book.change("we_1", Change(), by())) == await hooks.book.endpoint("we_1")
    assert await hooks.book.change("we_2", Change(paused=True), by()) is None
    assert not await hooks.book.delete("we_2", by())
    assert not await hooks.book.rotate("we_2", "s", NOW, by())
    assert await hooks.book.resend(7, by()) == "unknown"
    assert await hooks.count("changes") == 1


async def test_HOK13_only_so_many_endpoints_fit_however_many_are_added_at_once(hooks: Hooks) -> None:
    added = [hooks.book.add(an_endpoint(f"we_{n}"), 3, by(n=n)) for n in range(6)]
    assert sorted(await asyncio.gather(*added)) == [False, False, False, True, True, True]
    [first, *_] = await hooks.book.endpoints()
    await hooks.book.delete(first.id, by())
    assert await hooks.book.add(an_endpoint("we_9"), 3, by())


async def test_HOK11_a_removed_endpoint_keeps_no_secret_and_is_gone(hooks: Hooks) -> None:
    await hooks.add("we_1")
    await hooks.book.rotate("we_1", "sealed-new", NOW + 9, by())
    found = await hooks.book.endpoint("we_1")
    assert found is not None
    assert (found.secret, found.old_secret, found.old_until_ms) == ("sealed-new", "sealed", NOW + 9)
    await hooks.book.delete("we_1", by())
    assert await hooks.book.endpoint("we_1") is None
    assert await hooks.book.endpoints() == []
    assert await hooks.rows("SELECT secret, old_secret FROM hook_endpoints") == [("", None)]


async def test_HOK6_deliveries_are_listed_newest_first_by_endpoint_and_state(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", "points.changed")
    await hooks.add("we_2", "points.changed")
    await database.apply(joined("j1", "m1"), paid("e1", "m1", "o1", 5), paid("e2", "m2", "o2", 5))
    await hooks.fan_out(NOW)
    [(_, [dead, _])] = [await hooks.claim("we_1", NOW)]
    await hooks.queue.settle([Settled(dead.id, 1, "dead", NOW, NOW + 5, 500, "http_500")])
    everything = await hooks.listed()
    assert [one.id for one in everything] == sorted((one.id for one in everything), reverse=True)
    assert len(everything) == 4
    assert {one.endpoint for one in await hooks.listed(endpoint="we_2")} == {"we_2"}
    [letter] = await hooks.listed(state="dead")
    assert (letter.id, letter.attempts, letter.last_status, letter.last_error, letter.last_ms) == (
        dead.id,
        1,
        500,
        "http_500",
        NOW + 5,
    )
    assert [one.id for one in await hooks.listed(before=everything[1].id, limit=1)] == [everything[2].id]
    assert await hooks.book.delivery(dead.id) == letter


async def test_HOK6_a_dead_letter_is_sent_again_with_all_its_tries_and_under_its_id(
    hooks: Hooks, database: Ledger
) -> None:
    await hooks.add("we_1", "points.changed")
    await database.apply(paid("e1", "m1", "o1", 5))
    await hooks.fan_out(NOW)
    (_, [first]) = await hooks.claim("we_1", NOW)
    assert await hooks.book.resend(first.id, by()) == "being_sent"
    await hooks.queue.settle([Settled(first.id, 1, "dead", NOW, NOW, 500, "http_500")])
    assert (await hooks.claim("we_1", NOW))[1] == []
    at_ms = NOW + SENT_MS
    assert await hooks.book.resend(first.id, by(at_ms=at_ms)) == "resent"
    (_, [again]) = await hooks.claim("we_1", at_ms)
    assert again == replace(first, attempts=2, tries=1, began_ms=at_ms)
    assert [line[0] for line in await hooks.rows("SELECT kind FROM changes WHERE ref = 'we_1'")] == [
        "webhook_endpoint_added",
        "webhook_resent",
    ]


async def test_HOK16_what_ended_goes_after_its_time_and_what_is_wanted_stays(
    hooks: Hooks, database: Ledger
) -> None:
    for id_ in ("we_1", "we_2", "we_3"):
        await hooks.add(id_, "points.changed")
    await database.apply(paid("e1", "m1", "o1", 5))
    await hooks.fan_out(NOW)
    for id_, state in (("we_1", "delivered"), ("we_2", "dead")):
        (_, [one]) = await hooks.claim(id_, NOW)
        await hooks.queue.settle([Settled(one.id, 1, state, NOW, NOW, 200, None)])  # type: ignore[arg-type]
    assert (await prune(hooks.engines, NOW + SENT_MS - 1)).deliveries == 0
    assert (await prune(hooks.engines, NOW + SENT_MS)).deliveries == 1
    assert {one.endpoint for one in await hooks.listed()} == {"we_2", "we_3"}
    assert (await prune(hooks.engines, NOW + UNSENT_MS)).deliveries == 2
    await hooks.book.delete("we_1", by())
    await prune(hooks.engines, NOW)
    assert {one.id for one in await hooks.book.endpoints()} == {"we_2", "we_3"}
    assert await hooks.count("hook_endpoints") == 2


async def test_HOK16_a_removed_endpoint_takes_its_deliveries_along(hooks: Hooks, database: Ledger) -> None:
    await hooks.add("we_1", "points.changed")
    await database.apply(paid("e1", "m1", "o1", 5))
    await hooks.fan_out(NOW)
    await hooks.book.delete("we_1", by())
    assert await hooks.listed() == []
    assert await hooks.queue.claim("we_1", 8, NOW) is None
    assert (await hooks.queue.waiting(NOW)).endpoints == ()
    assert (await prune(hooks.engines, NOW)).deliveries == 1
    assert await hooks.count("hook_endpoints") == 0
