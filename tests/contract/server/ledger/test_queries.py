"""What the ledger answers, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from server.ids import OrderId, RoomId, ShowId
from server.ledger.doorbook import ABANDONED_MS
from server.ledger.extent import LATE_DAYS
from server.ledger.ports import KeyRecord, SourceRecord, StoredAnswer
from tests.support.ledger import (
    DAY_MS,
    NOW,
    ROOM,
    SHOW,
    Ledger,
    commented,
    joined,
    liked,
    linked,
    member,
    paid,
    put_room,
    refunded,
    watched,
    who_of,
)

KEY = KeyRecord("k1", "shop", "digest", frozenset({"events", "members"}), "shop", None, NOW, None)
ANSWER = StoredAnswer("d1", 201, (("content-type", "application/json"),), '{"名":1}'.encode())


async def test_LED8_nothing_is_known_of_what_was_never_there(ledger: Ledger) -> None:
    queries = ledger.queries
    assert await queries.members([member("m1")], NOW) == {}
    assert await queries.members([], NOW) == {}
    assert await queries.versions([]) == {}
    assert await queries.resolve([who_of("m1"), who_of("wx:a")]) == {}
    assert await queries.resolve([]) == {}
    assert await queries.entries(member("m1"), None, 10) == []
    assert await queries.identities(member("m1")) == []
    assert (await queries.rooms(), await queries.room(ROOM), await queries.room_items(ROOM)) == (
        [],
        None,
        None,
    )
    assert (await queries.show(ShowId("s1")), await queries.order(OrderId("o1"))) == (None, None)
    await queries.ping()


async def test_LED8_versions_are_those_of_the_members_that_exist(ledger: Ledger) -> None:
    await ledger.apply(joined("j1", "m1"), joined("j2", "m2"))
    await ledger.apply(paid("e1", "m2", "o1", 5))
    found = await ledger.queries.versions([member("m1"), member("m2"), member("m3")])
    assert found == {"m1": 1, "m2": 2}


async def test_LED8_a_member_is_read_as_far_back_as_counts(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(paid("e1", "m1", "o1", 300), commented("c1", "m1"), liked("l1", "m1"))
    await ledger.apply(paid("e2", "m1", "o2", 10, at_ms=NOW + 8 * DAY_MS))

    async def days_read(after_days: int) -> list[int]:
        found = await ledger.queries.members([member("m1")], NOW + after_days * DAY_MS)
        return [bucket.orders for bucket in found[member("m1")].days]

    today = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert (len(today.coupons), len(today.comments)) == (1, 1)
    assert {scope for scope, _ in today.awards} == {"total", "d20370"}
    tomorrow = (await ledger.queries.members([member("m1")], NOW + DAY_MS))[member("m1")]
    assert (tomorrow.coupons, tomorrow.comments) == ((), ())
    assert {scope for scope, _ in tomorrow.awards} == {"total"}
    assert await days_read(365 + LATE_DAYS) == [1, 1]
    assert await days_read(366 + LATE_DAYS) == [1]
    # The newest stand in the row, and come with it however old they are (LED68).
    assert await days_read(374 + LATE_DAYS) == [1]


async def test_LED8_entries_come_newest_first_and_page_by_page(ledger: Ledger) -> None:
    await ledger.apply(*(paid(f"e{n}", "m1", f"o{n}", 10) for n in range(4)), paid("x", "m2", "ox", 10))
    await ledger.apply(refunded("r0", "m1", "o0", 10))
    first = await ledger.queries.entries(member("m1"), None, 3)
    assert [(entry.book, entry.delta, entry.event) for entry in first] == [
        ("growth", -30, "r0"),
        ("points", -20, "r0"),
        ("growth", 30, "e3"),
    ]
    second = await ledger.queries.entries(member("m1"), first[-1].id, 100)
    assert [entry.event for entry in second] == ["e3", "e2", "e2", "e1", "e1", "e0", "e0"]
    assert sum(entry.delta for entry in [*first, *second] if entry.book == "points") == 30


async def test_X1_identities_stand_in_the_order_linked(ledger: Ledger) -> None:
    await ledger.apply(
        linked("k1", "m1", "wx", "b", at_ms=NOW), linked("k2", "m1", "app", "a", at_ms=NOW + 1)
    )
    assert await ledger.queries.identities(member("m1")) == [("wx", "b"), ("app", "a")]


async def test_LED7_rooms_and_their_items_are_read_back_whole(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(put_room("put b", "另一间", room="b-room", members_only="gold"))
    rooms = await ledger.queries.rooms()
    assert [(room.id, room.name, room.members_only) for room in rooms] == [
        ("b-room", "另一间", "gold"),
        (ROOM, "Demo", None),
    ]
    assert rooms[1] == await ledger.queries.room(ROOM)
    assert rooms[1].show == await ledger.queries.show(SHOW)
    items = await ledger.queries.room_items(RoomId("b-room"))
    assert items is not None
    found = {change.key: change.value for change in items}
    assert (found["name"], found["members_only"]) == ("另一间", "gold")
    assert [change.key for change in items] == sorted(found)


async def test_LED16_milestones_are_counted_by_what_was_told_not_by_what_was_earned(ledger: Ledger) -> None:
    await ledger.with_live_show()
    receipts = await ledger.receipts(
        watched("m1", 1),
        watched("m1", 2),
        watched("m1", 1, 10),
        watched("m2", 1),
        watched("m1", 1, show="s2"),
    )
    assert [receipt.code for receipt in receipts] == [None, "not_watching", None, None, "off_air"]
    assert await ledger.queries.watch_counts(member("m1"), SHOW) == (2, 1)
    assert await ledger.queries.watch_counts(member("m2"), SHOW) == (1, 0)
    assert await ledger.queries.watch_counts(member("m"), SHOW) == (0, 0)


async def test_LED14_a_key_is_claimed_once_and_then_shows_what_stands(ledger: Ledger) -> None:
    queries = ledger.queries
    assert await queries.claim_answer("shop", "a", "d1", NOW) is None
    running = await queries.claim_answer("shop", "a", "d2", NOW)
    assert running == StoredAnswer("d1", 0, (), b"")
    assert await queries.claim_answer("other shop", "a", "d1", NOW) is None
    await queries.store_answer("shop", "a", ANSWER)
    assert await queries.claim_answer("shop", "a", "d1", NOW + DAY_MS) == ANSWER


async def test_LED14_a_request_that_failed_lets_go_of_its_key(ledger: Ledger) -> None:
    queries = ledger.queries
    await queries.claim_answer("shop", "a", "d1", NOW)
    await queries.drop_answer("shop", "a", NOW)
    assert await queries.claim_answer("shop", "a", "d2", NOW) is None
    await queries.store_answer("shop", "a", ANSWER)
    await queries.drop_answer("shop", "a", NOW)
    assert await queries.claim_answer("shop", "a", "d1", NOW) == ANSWER, "an answer is not let go"


async def test_LED14_a_claim_that_was_taken_over_is_not_let_go_by_who_had_it_before(ledger: Ledger) -> None:
    queries = ledger.queries
    later = NOW + ABANDONED_MS
    assert await queries.claim_answer("shop", "a", "d1", NOW) is None
    assert await queries.claim_answer("shop", "a", "d1", later) is None
    await queries.drop_answer("shop", "a", NOW)
    assert await queries.claim_answer("shop", "a", "d1", later) == StoredAnswer("d1", 0, (), b""), "it runs"


async def test_LED14_a_claim_whose_process_died_is_taken_over_by_the_same_request(ledger: Ledger) -> None:
    queries = ledger.queries
    await queries.claim_answer("shop", "a", "d1", NOW)
    assert await queries.claim_answer("shop", "a", "d1", NOW + ABANDONED_MS - 1) is not None
    assert await queries.claim_answer("shop", "a", "d2", NOW + ABANDONED_MS) is not None
    assert await queries.claim_answer("shop", "a", "d1", NOW + ABANDONED_MS) is None
    assert await queries.claim_answer("shop", "a", "d1", NOW + ABANDONED_MS) is not None


async def test_LED15_keys_are_listed_with_those_revoked_and_revoking_counts_once(ledger: Ledger) -> None:
    queries = ledger.queries
    signing = KeyRecord("k0", "签名", "other", frozenset(), None, "sealed", NOW + 1, None)
    await queries.add_key(KEY)
    await queries.add_key(signing)
    assert list(await queries.keys()) == [KEY, signing]
    assert [await queries.revoke_key(key, NOW + 5) for key in ("k1", "k1", "k9")] == [True, False, False]
    assert list(await queries.keys()) == [replace(KEY, revoked_ms=NOW + 5), signing]


async def test_X6_what_a_source_can_prove_is_known_of_its_keys(ledger: Ledger) -> None:
    queries = ledger.queries
    await queries.add_key(KEY)
    assert (list(await queries.sources()), [key.can for key in await queries.keys()]) == ([], [None])
    declared = SourceRecord("shop", frozenset({"liked", "order.paid"}), NOW, "operator:o1")
    await queries.put_source(declared)
    await queries.put_source(SourceRecord("other", frozenset(), NOW, "operator:o1"))
    assert [source.name for source in await queries.sources()] == ["other", "shop"]
    assert [key.can for key in await queries.keys()] == [declared.can]
    await queries.put_source(replace(declared, can=None, changed_ms=NOW + 1))
    assert [key.can for key in await queries.keys()] == [None]
