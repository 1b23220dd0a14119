"""What applying a batch promises, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from server.domain.commands import Command
from server.domain.decide.redemptions import redemption_id
from server.domain.decision import Earned
from server.domain.facts import CouponGranted, ShoutedOut, TierDropped, TierEnding, TierKept, TierReached
from server.domain.state import TierHold
from server.ids import OrderId, TierId
from server.ledger.errors import BatchTooLarge
from server.ledger.journal import MAX_BATCH
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    NOW,
    ROOM,
    RULEBOOK,
    SHOW,
    Ledger,
    as_test,
    captured,
    checked_in,
    clear_spotlight,
    commented,
    followed,
    granted,
    held,
    joined,
    liked,
    linked,
    member,
    paid,
    put_room,
    put_spotlight,
    refunded,
    released,
    schedule_show,
    set_room,
    shared,
    show_status,
    time_kept,
    updated,
    watched,
    who_of,
)


async def test_LED1_the_same_event_again_changes_nothing_and_gets_the_first_answer(ledger: Ledger) -> None:
    order = paid("e1", "m1", "o1", 300)
    [first] = await ledger.receipts(order)
    assert (first.outcome, first.earned) == ("applied", Earned(points=600, growth=320))
    before = await ledger.queries.members([member("m1")], NOW)

    again = await ledger.apply(order)

    assert again.receipts == (replace(first, outcome="duplicate"),)
    assert (again.facts, again.members, again.items) == ((), (), ())
    assert await ledger.queries.members([member("m1")], NOW) == before


async def test_LED1_a_repeat_inside_one_batch_is_a_repeat_too(ledger: Ledger) -> None:
    first, second, third = await ledger.receipts(
        paid("e1", "m1", "o1", 300), paid("e1", "m1", "o1", 300), paid("e1", "m1", "o1", 400)
    )
    assert (first.outcome, second.outcome, third.outcome) == ("applied", "duplicate", "conflict")
    assert (second.earned, second.rule, second.member) == (first.earned, first.rule, first.member)
    assert third.earned == Earned()


async def test_LED21_a_test_event_is_answered_and_keeps_nothing(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(joined("j", "m1"))
    before = await ledger.queries.members([member("m1")], NOW)
    tests: list[Command] = [
        as_test(paid("t1", "m1", "o1", 300)),
        as_test(liked("t2", "m1", 3)),
        as_test(joined("t3", "m2")),
        as_test(paid("t4", "m1", "o1", 300)),
    ]
    first = await ledger.apply(*tests)
    assert [receipt.outcome for receipt in first.receipts] == ["applied"] * 4
    assert [receipt.earned.points for receipt in first.receipts] == [600, 3, 0, 600]
    assert (first.facts, first.members, first.items, first.budgets) == ((), (), (), ())
    assert [(one.source, one.event) for one in first.rehearsed] == [
        (test.origin.source, test.origin.event) for test in tests
    ]
    shouted = [fact for one in first.rehearsed for fact in one.facts if isinstance(fact, ShoutedOut)]
    assert [(shout.tier, shout.is_test) for shout in shouted] == [("silver", True)] * 2

    assert await ledger.queries.members([member("m1"), member("m2")], NOW) == before
    assert await ledger.queries.entries(member("m1"), None, 9) == []
    assert await ledger.queries.order(OrderId("o1")) is None
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()

    again = await ledger.apply(*tests)
    assert [receipt.outcome for receipt in again.receipts] == ["duplicate"] * 4
    assert [receipt.earned for receipt in again.receipts] == [receipt.earned for receipt in first.receipts]
    assert again.rehearsed == ()


async def test_LED21_what_was_rehearsed_happens_when_it_is_meant(ledger: Ledger) -> None:
    await ledger.apply(as_test(paid("t", "m1", "o1", 300)))
    [real] = await ledger.receipts(paid("e", "m1", "o1", 300))
    assert (real.outcome, real.earned.points) == ("applied", 600)
    [test] = await ledger.receipts(as_test(paid("t2", "m1", "o2", 10)))
    assert test.earned.points == 10, "a test sees the world as it is: this would be no first order"


async def test_LED22_a_commit_says_how_the_budgets_it_charged_stand(ledger: Ledger) -> None:
    await ledger.with_live_show()
    first = await ledger.apply(liked("l1", "m1", 3), liked("l2", "m2", 4))
    assert [(one.name.partition(":")[0], one.charged, one.spent) for one in first.budgets] == [
        ("day", 7, 7),
        ("show", 7, 7),
    ]
    second = await ledger.apply(liked("l3", "m3", 2))
    assert [(one.charged, one.spent, one.max) for one in second.budgets] == [
        (2, 9, RULEBOOK.budgets.day),
        (2, 9, RULEBOOK.budgets.show),
    ]
    assert (await ledger.apply(joined("j", "m9"))).budgets == ()


async def test_LED1_the_same_id_from_another_source_is_another_event(ledger: Ledger) -> None:
    await ledger.with_live_show()
    outcomes = [
        receipt.outcome
        for receipt in await ledger.receipts(liked("x1", "m1"), joined("x1", "m1"), paid("x1", "m1", "o1", 5))
    ]
    assert outcomes == ["applied"] * 3


async def test_LED1_other_content_under_the_same_id_is_a_conflict_and_changes_nothing(ledger: Ledger) -> None:
    await ledger.apply(paid("e1", "m1", "o1", 300))
    committed = await ledger.apply(paid("e1", "m1", "o2", 900))
    [receipt] = committed.receipts
    assert (receipt.outcome, receipt.code, receipt.earned) == ("conflict", "conflict", Earned())
    assert committed.facts == ()


async def test_LED1_a_refusal_is_the_answer_for_good(ledger: Ledger) -> None:
    start = show_status("start", "live")
    [refused] = await ledger.receipts(start)
    assert (refused.outcome, refused.code) == ("refused", "not_found")

    await ledger.apply(put_room("put"), schedule_show("schedule"))
    [again] = await ledger.receipts(start)
    assert again == refused, "by now it would be allowed, but this event has had its answer"
    [other] = await ledger.receipts(show_status("start again", "live"))
    assert other.outcome == "applied"


async def test_LED1_details_and_retry_times_of_a_refusal_are_kept_with_it(ledger: Ledger) -> None:
    await ledger.apply(paid("e1", "m1", "o1", 10))
    too_much = refunded("r1", "m1", "o1", 11)
    [refused] = await ledger.receipts(too_much)
    assert (refused.code, refused.details) == ("refund_exceeds", (("left", 1_000),))
    assert await ledger.receipts(too_much) == (refused,)


async def test_LED1_an_order_told_by_another_event_is_answered_and_that_answer_is_kept(
    ledger: Ledger,
) -> None:
    [first] = await ledger.receipts(paid("e1", "m1", "o1", 300))
    second = paid("e2", "m1", "o1", 300)
    [repeat] = await ledger.receipts(second)
    assert (repeat.outcome, repeat.earned) == ("duplicate", first.earned)
    assert await ledger.receipts(second) == (repeat,)
    elsewhere = paid("e3", "m2", "o1", 300)
    [conflict] = await ledger.receipts(elsewhere)
    assert conflict.outcome == "conflict"
    assert await ledger.receipts(elsewhere) == (conflict,)


async def test_R2_everything_three_times_in_any_order_ends_the_same(ledger: Ledger) -> None:
    await ledger.with_live_show()
    commands: list[Command] = [
        *(liked(f"l{n}", f"m{n % 3}", at_ms=NOW + n) for n in range(30)),
        *(commented(f"c{n}", f"m{n % 3}", f"说一句话{n}", at_ms=NOW + n * 70_000) for n in range(9)),
        *(paid(f"e{n}", f"m{n % 3}", f"o{n}", 40 + n) for n in range(6)),
        *(refunded(f"r{n}", f"m{n % 3}", f"o{n}", 20) for n in range(3)),
        shared("s1", "m1"),
        watched("m1", 1),
    ]
    first = {(receipt.source, receipt.event): receipt for receipt in (await ledger.apply(*commands)).receipts}
    ids = [member(f"m{n}") for n in range(3)]
    before = await ledger.queries.members(ids, NOW)

    shuffled = random.Random(7).sample(commands * 3, len(commands) * 3)
    for at in range(0, len(shuffled), 50):
        for receipt in await ledger.receipts(*shuffled[at : at + 50]):
            assert receipt == replace(first[receipt.source, receipt.event], outcome="duplicate")
    assert await ledger.queries.members(ids, NOW) == before


async def test_LED2_a_refusal_stops_nobody_else(ledger: Ledger) -> None:
    committed = await ledger.apply(
        paid("e1", "m1", "o1", 300),
        paid("e2", "m2", "o2", 300, currency="USD"),
        refunded("e3", "m1", "o1", 301),
        paid("e4", "m3", "o4", 300),
    )
    assert [receipt.outcome for receipt in committed.receipts] == ["applied", "refused", "refused", "applied"]
    assert {one.id for one in committed.members} == {"m1", "m3"}


async def test_LED2_a_batch_that_meets_a_bug_leaves_nothing(ledger: Ledger) -> None:
    broken = replace(paid("e2", "m2", "o2", 5), amount=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        await ledger.apply(paid("e1", "m1", "o1", 300), broken)
    assert await ledger.queries.members([member("m1")], NOW) == {}
    [receipt] = await ledger.receipts(paid("e1", "m1", "o1", 300))
    assert receipt.outcome == "applied", "its event was not claimed by the batch that failed"


async def test_LED2_R3_a_long_batch_is_decided_as_one_in_its_order(ledger: Ledger) -> None:
    orders = [paid(f"e{n}", "m1", f"o{n}", 10_000) for n in range(200)]
    committed = await ledger.apply(*orders, orders[7])
    assert [receipt.event for receipt in committed.receipts] == [f"e{n}" for n in (*range(200), 7)]
    assert [receipt.outcome for receipt in committed.receipts] == [*["applied"] * 200, "duplicate"]
    [after] = committed.members
    assert after.version == 1
    assert after.points == sum(receipt.earned.points for receipt in committed.receipts[:200])
    assert after.points > 199 * 100, (
        "the later ones by the multiplier of a tier that the earlier ones reached"
    )


async def test_LED2_more_than_a_batch_holds_is_a_bug_of_the_caller(ledger: Ledger) -> None:
    with pytest.raises(BatchTooLarge):
        await ledger.apply(*(joined(f"j{n}", f"m{n}") for n in range(MAX_BATCH + 1)))


async def test_LED2_an_empty_batch_is_nothing(ledger: Ledger) -> None:
    committed = await ledger.journal.apply([], NOW)
    assert (committed.receipts, committed.facts) == ((), ())


async def test_LED3_each_command_sees_what_the_ones_before_it_did(ledger: Ledger) -> None:
    committed = await ledger.apply(
        put_room("put"),
        schedule_show("schedule"),
        show_status("start", "live"),
        liked("l1", "m1", 7),
        liked("l2", "m1", 7),
        paid("e1", "m1", "o1", 10),
        paid("e2", "m1", "o2", 10),
        refunded("r1", "m1", "o1", 10),
    )
    earned = [receipt.earned.points for receipt in committed.receipts]
    assert earned == [0, 0, 0, 7, 3, 20, 10, -20], "the cap, the first order and the refund follow the order"
    assert [receipt.event for receipt in committed.receipts[3:5]] == ["l1", "l2"]


async def test_LED4_a_commit_raises_the_version_once_however_much_it_holds(ledger: Ledger) -> None:
    await ledger.with_live_show()
    first = await ledger.apply(liked("l1", "m1"), paid("e1", "m1", "o1", 300), commented("c1", "m1"))
    [one] = first.members
    assert (one.id, one.version, one.tier, one.points) == ("m1", 1, "silver", 1 + 600 + 5)
    second = await ledger.apply(liked("l2", "m1"), joined("j2", "m2"))
    assert {found.id: found.version for found in second.members} == {"m1": 2, "m2": 1}
    assert (await ledger.apply(liked("l2", "m1"))).members == ()
    assert (await ledger.queries.members([member("m1")], NOW))[member("m1")].version == 2


async def test_LED5_the_first_event_creates_the_member_whichever_way_it_comes_in(ledger: Ledger) -> None:
    committed = await ledger.apply(joined("j1", "m1", "小美"), paid("e1", "wx:anna", "o1", 5))
    known = await ledger.queries.resolve([who_of("m1"), who_of("wx:anna"), who_of("wx:bert"), who_of("m9")])
    assert known == {who_of("m1"): "m1", who_of("wx:anna"): committed.receipts[1].member}
    assert await ledger.queries.identities(member(str(committed.receipts[1].member))) == [("wx", "anna")]


async def test_LED5_a_refused_first_event_creates_nobody(ledger: Ledger) -> None:
    committed = await ledger.apply(paid("e1", "wx:anna", "o1", 5, currency="USD"))
    assert committed.members == ()
    assert await ledger.queries.resolve([who_of("wx:anna")]) == {}


async def test_LED5_an_identity_linked_in_this_batch_means_its_member_from_the_next_command_on(
    ledger: Ledger,
) -> None:
    receipts = await ledger.receipts(
        joined("j1", "m1"), linked("k1", "m1", "app", "77"), paid("e1", "app:77", "o1", 5)
    )
    assert [receipt.member for receipt in receipts] == ["m1", "m1", "m1"]
    [taken] = await ledger.receipts(linked("k2", "m2", "app", "77"))
    assert (taken.outcome, taken.code) == ("refused", "identity_taken")


async def test_LED7_only_the_items_that_differ_rise(ledger: Ledger) -> None:
    created = await ledger.apply(put_room("put", members_only="gold"))
    assert {change.rev for change in created.items} == {1}
    assert {change.key for change in created.items} >= {"id", "name", "members_only", "theme", "tiers/black"}

    slowed = await ledger.apply(set_room("slow", slow_s=5))
    assert [(change.key, change.rev, change.value) for change in slowed.items] == [("slow_s", 2, 5)]

    opened = await ledger.apply(put_room("open"))
    assert [(change.key, change.rev, change.value) for change in opened.items] == [("members_only", 2, None)]
    closed = await ledger.apply(put_room("close", members_only="gold"))
    assert [(change.key, change.rev) for change in closed.items] == [("members_only", 3)]

    assert (await ledger.apply(put_room("same", members_only="gold"))).items == ()
    standing = await ledger.queries.room_items(ROOM)
    assert standing is not None
    assert {change.key: change.rev for change in standing}["members_only"] == 3


async def test_LED7_the_room_shows_what_is_on_air_else_what_comes_next(ledger: Ledger) -> None:
    await ledger.apply(
        put_room("put"),
        schedule_show("a", "s1", starts_ms=NOW + 1),
        schedule_show("b", "s2", starts_ms=NOW + 2),
    )
    for event, status, show, shown in (
        ("start s2", "live", "s2", ("s2", "live")),
        ("end s2", "ended", "s2", ("s1", "scheduled")),
        ("start s1", "live", "s1", ("s1", "live")),
        ("end s1", "ended", "s1", ("s1", "ended")),
    ):
        committed = await ledger.apply(show_status(event, status, show, at_ms=NOW + len(event)))
        [change] = committed.items
        assert isinstance(change.value, dict)
        assert (change.key, change.value["id"], change.value["status"]) == ("show", *shown)
        room = await ledger.queries.room(ROOM)
        assert room is not None
        assert room.show is not None
        assert (room.show.id, room.show.status) == shown


async def test_LED7_one_batch_may_end_a_show_and_start_the_next(ledger: Ledger) -> None:
    await ledger.with_live_show()
    committed = await ledger.apply(
        schedule_show("b", "s2"), show_status("end s1", "ended"), show_status("start s2", "live", "s2")
    )
    assert [receipt.outcome for receipt in committed.receipts] == ["applied"] * 3
    [change] = committed.items
    assert change.rev == 2


async def test_LED7_a_second_live_show_is_refused(ledger: Ledger) -> None:
    await ledger.with_live_show()
    [_, receipt] = await ledger.receipts(schedule_show("b", "s2"), show_status("start s2", "live", "s2"))
    assert (receipt.code, receipt.details) == ("show_live", (("show", SHOW),))


async def test_B7_LED7_the_product_on_show_is_an_item_that_rises_and_goes(ledger: Ledger) -> None:
    await ledger.with_live_show()
    [put] = (await ledger.apply(put_spotlight("p1", "sku-1"))).items
    assert isinstance(put.value, dict)
    assert (put.key, put.rev, put.value["member_prices"]) == (
        "spotlight",
        1,
        {"basic": 10_000, "bronze": 10_000, "silver": 9_500, "gold": 9_000, "black": 8_500},
    )
    room = await ledger.queries.room(ROOM)
    assert room is not None
    assert room.spotlight == put_spotlight("p1", "sku-1").spotlight
    assert (await ledger.apply(put_spotlight("p2", "sku-1"))).items == ()
    assert [item.rev for item in (await ledger.apply(put_spotlight("p3", "sku-2"))).items] == [2]
    [cleared] = (await ledger.apply(clear_spotlight("c1"))).items
    assert (cleared.key, cleared.rev, cleared.value) == ("spotlight", 3, None)


async def test_LED8_what_is_read_is_what_was_committed(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(joined("j1", "wx:anna", "小美"), paid("e1", "wx:anna", "o1", 2_000))
    committed = await ledger.apply(
        liked("l1", "wx:anna", 3),
        commented("c1", "wx:anna"),
        refunded("r1", "wx:anna", "o1", 30),
        updated("u1", "wx:anna", name="小美美", at_ms=NOW + 1),
    )
    [told] = committed.members
    read = (await ledger.queries.members([told.id], NOW))[told.id]
    of_shows = {key for key in told.awards if key[0].startswith("s:")}
    assert read == replace(told, awards={key: n for key, n in told.awards.items() if key not in of_shows})
    assert (read.name, len(read.comments), len(read.coupons), read.tier) == ("小美美", 1, 1, "silver")


async def test_T5_X7_facts_carry_the_whole_story_in_the_order_decided(ledger: Ledger) -> None:
    await ledger.with_live_show()
    committed = await ledger.apply(paid("e1", "m1", "o1", 300))
    kinds = [type(fact) for fact in committed.facts]
    assert kinds.index(TierReached) < kinds.index(CouponGranted) < kinds.index(ShoutedOut)
    entries = await ledger.queries.entries(member("m1"), None, 10)
    assert [(entry.book, entry.delta, entry.rule, entry.order) for entry in entries] == [
        ("growth", 320, "first_order", "o1"),
        ("points", 600, "first_order", "o1"),
    ]
    assert {(entry.source, entry.event, entry.actor, entry.rulebook_version) for entry in entries} == {
        ("shop", "e1", "key-1", 1)
    }


async def test_V3_a_refund_before_its_order_waits_for_it(ledger: Ledger) -> None:
    [waiting] = await ledger.receipts(refunded("r1", "m1", "o1", 100))
    assert (waiting.outcome, waiting.earned) == ("applied", Earned())
    committed = await ledger.apply(paid("e1", "m1", "o1", 300))
    [one] = committed.members
    assert (one.points, one.tier) == (400, "bronze")
    order = await ledger.queries.order(paid("", "", "o1", 1).order)
    assert order is not None
    assert (order.amount, order.refunded, order.points_taken) == (30_000, 10_000, 200)


async def test_E9_the_same_text_of_five_members_earns_the_later_ones_nothing(ledger: Ledger) -> None:
    await ledger.with_live_show()
    codes = []
    for n in range(6):
        [receipt] = await ledger.receipts(commented(f"c{n}", f"m{n}", "冲冲冲冲", at_ms=NOW + n * 1_000))
        codes.append(receipt.code)
    assert codes[0] is None
    assert codes[-1] == "invalid_comment"


async def test_E5_a_streak_is_kept_from_day_to_day(ledger: Ledger) -> None:
    await ledger.with_live_show()
    days = [checked_in(f"e{day}", "m1", at_ms=NOW + day * DAY_MS) for day in range(7)]
    earned = [(await ledger.receipts(day))[0].earned.points for day in days]
    assert earned == [10] * 6 + [210]
    again = await ledger.receipts(checked_in("e7", "m1", at_ms=NOW + 6 * DAY_MS + 1))
    assert again[0].code == "duplicate"
    last_ms = NOW + 6 * DAY_MS
    known = (await ledger.queries.members([member("m1")], last_ms))[member("m1")]
    assert (known.streak, known.points) == (7, 270)
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_E4_following_is_paid_once_whichever_door_told_of_it(ledger: Ledger) -> None:
    first, second = await ledger.receipts(followed("f1", "m1"), followed("f2", "m1", room=None))
    assert (first.earned.points, second.earned.points, second.code) == (20, 0, "duplicate")
    [later] = await ledger.receipts(followed("f3", "m1", at_ms=NOW + 40 * DAY_MS))
    assert (later.earned.points, later.code) == (0, "duplicate")


async def test_P1_held_captured_and_given_back_with_the_refund(ledger: Ledger) -> None:
    await ledger.receipts(paid("e1", "m1", "o1", 300))
    await ledger.receipts(held("h1", "m1", "o2", 500), captured("c1", "m1", "h1"))
    await ledger.receipts(held("h2", "m1", "o3", 50))
    [again] = await ledger.receipts(captured("c2", "m1", "h1"))
    assert (again.outcome, again.code) == ("refused", "already_captured")
    known = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert (known.points, known.held) == (100, 50)
    await ledger.receipts(paid("e2", "m1", "o2", 10))
    await ledger.receipts(refunded("r1", "m1", "o2", 4))
    one = await ledger.queries.redemption(redemption_id("api", "h1"))
    assert one is not None
    assert (one.state, one.points, one.returned) == ("captured", 500, 200)
    assert await ledger.queries.redemption(redemption_id("api", "never")) is None
    lines = await ledger.queries.entries(member("m1"), None, 50)
    assert [line.delta for line in lines if line.rule == "redemption"] == [200, -500]
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_P1_a_refund_reaches_the_points_of_whoever_paid_with_them(ledger: Ledger) -> None:
    await ledger.receipts(paid("e1", "m1", "o1", 300))
    await ledger.receipts(held("h1", "m1", "o2", 500), captured("c1", "m1", "h1"))
    await ledger.receipts(paid("e2", "m2", "o2", 10))
    committed = await ledger.apply(refunded("r1", "m2", "o2", 10))
    assert {one.id: one.points for one in committed.members} == {member("m1"): 600, member("m2"): 0}


async def test_P1_a_released_redemption_is_found_again_although_somebody_else_paid_the_order(
    ledger: Ledger,
) -> None:
    await ledger.receipts(paid("e1", "m1", "o1", 300))
    await ledger.receipts(held("h1", "m1", "o2", 500))
    await ledger.receipts(released("r1", "m1", "h1"))
    await ledger.receipts(paid("e2", "m2", "o2", 10))
    [again] = await ledger.receipts(released("r2", "m2", "h1"))
    assert again.outcome == "refused"
    [late] = await ledger.receipts(captured("c1", "m2", "h1"))
    assert late.outcome == "refused"


async def test_P1_a_released_hold_makes_room_in_the_same_batch(ledger: Ledger) -> None:
    await ledger.receipts(paid("e1", "m1", "o1", 300), held("h1", "m1", "o2", 500))
    receipts = await ledger.receipts(released("r1", "m1", "h1"), held("h2", "m1", "o2", 600))
    assert [receipt.outcome for receipt in receipts] == ["applied", "applied"]


async def test_T6_a_year_that_ended_is_judged_before_anything_else_happens(ledger: Ledger) -> None:
    await ledger.receipts(paid("e1", "m1", "o1", 300))
    late = NOW + 372 * DAY_MS
    committed = await ledger.apply(paid("e2", "m1", "o2", 300, at_ms=late))
    steps = [fact for fact in committed.facts if isinstance(fact, TierDropped | TierKept | TierReached)]
    # The first order is as old as the year and counts no longer when it ends; the second climbs again.
    assert [(type(step), step.tier, step.at_ms) for step in steps] == [
        (TierDropped, "bronze", NOW + 365 * DAY_MS),
        (TierReached, "silver", late),
    ]
    known = (await ledger.queries.members([member("m1")], late))[member("m1")]
    assert (known.tier, known.tier_until_ms) == ("silver", late + 365 * DAY_MS)
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_T8_a_granted_tier_is_kept_with_its_end(ledger: Ledger) -> None:
    until_ms = NOW + DAY_MS
    await ledger.receipts(joined("j1", "m1"))
    await ledger.receipts(granted("g1", "m1", tier="gold", until_ms=until_ms))
    known = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert (known.tier, known.grant) == ("basic", TierHold(TierId("gold"), until_ms))


async def test_T7_a_warning_is_given_once(ledger: Ledger) -> None:
    await ledger.receipts(granted("g1", "m1", growth=300, at_ms=NOW - DAY_MS))
    soon = NOW + 360 * DAY_MS
    first = await ledger.apply(time_kept("t1", "m1", at_ms=soon))
    again = await ledger.apply(time_kept("t2", "m1", at_ms=soon + DAY_MS))
    assert [type(fact) for fact in (*first.facts, *again.facts)] == [TierEnding]
