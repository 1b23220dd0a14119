"""What `RoomStore` and `Presence` promise, on memory and on real Redis."""

from __future__ import annotations

import asyncio

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Comment, Moment, Position, Pulse, Rank, Retract, RoomFrame, RoomItem
from broadcaster.keys import PRESENCE_TTL_MS
from broadcaster.node import Store
from broadcaster.roomlog import MAX_AGE_MS, MAX_FRAMES
from broadcaster.testing import text_item
from tests.contract.broadcaster.conftest import NOW, Place, some_items


def moment(name: str, padding: int = 0) -> Moment:
    return Moment(
        name, "level_up", Rank.LOUD, NOW + 60_000, encoded({"id": name, "pad": "x" * padding}), "a_1"
    )


def comment(name: str, author: str = "a_1") -> Comment:
    return Comment(name, author, encoded({"id": name, "text": "好看"}))


async def built(store: Store, room: str = "demo") -> Position:
    return (await store.rebuild(room, some_items(), NOW)).position


async def test_BUS1_frames_are_numbered_from_one_without_a_hole(place: Place) -> None:
    store = place.store()
    start = await built(store)
    assert start.offset == 0
    first = await store.publish("demo", [text_item("name", 2, "A"), moment("m1")], NOW)
    second = await store.publish("demo", [Retract(("c1",)), Pulse("likes", encoded(1))], NOW + 1)
    assert (first.position, first.numbered) == (Position(start.epoch, 2), (1, 2))
    assert (second.position, second.numbered) == (Position(start.epoch, 3), (3,))
    missed = await store.since("demo", start, 100)
    assert missed is not None
    assert [one.offset for one in missed] == [1, 2, 3]
    assert [one.frame for one in missed] == [text_item("name", 2, "A"), moment("m1"), Retract(("c1",))]
    assert [one.sent_ms for one in missed] == [NOW, NOW, NOW + 1]


async def test_HUB9_the_whole_log_of_an_epoch_can_be_read_and_of_another_nothing(place: Place) -> None:
    store = place.store()
    start = await built(store)
    assert list(await store.recent("demo", start.epoch)) == []
    await store.publish("demo", [text_item("name", 2, "A"), moment("m1")], NOW)
    await store.publish("demo", [moment("m2"), Pulse("likes", encoded(1))], NOW + 1)
    recent = await store.recent("demo", start.epoch)
    assert [(one.offset, one.frame) for one in recent] == [
        (1, text_item("name", 2, "A")),
        (2, moment("m1")),
        (3, moment("m2")),
    ]
    assert list(await store.recent("demo", "another")) == []
    assert list(await store.recent("unheard of", start.epoch)) == []


async def test_BUS1_concurrent_publishers_share_one_sequence(place: Place) -> None:
    stores = [place.store() for _ in range(3)]
    start = await built(stores[0])
    results = await asyncio.gather(
        *(
            store.publish("demo", [moment(f"m{at}.{n}")], NOW)
            for n, store in enumerate(stores)
            for at in range(20)
        )
    )
    assert sorted(offset for result in results for offset in result.numbered) == list(range(1, 61))
    missed = await stores[0].since("demo", start, 100)
    assert missed is not None
    assert len(missed) == 60


async def test_BUS2_an_item_whose_rev_is_not_higher_is_dropped(place: Place) -> None:
    store = place.store()
    start = await built(store)
    await store.publish("demo", [text_item("name", 5, "new")], NOW)
    late = await store.publish("demo", [text_item("name", 5, "same"), text_item("name", 4, "old")], NOW)
    assert (late.position, late.numbered) == (Position(start.epoch, 1), ())
    snapshot = await store.snapshot("demo")
    assert snapshot is not None
    assert snapshot.items == (text_item("name", 5, "new"), text_item("tasks/t1", 1, "task"))


async def test_BUS29_the_numbers_of_an_item_leave_with_it(place: Place) -> None:
    store = place.store()
    await built(store)
    likes = Pulse("likes", encoded(5))
    numbers = [
        Pulse("task:t9", encoded({"done": 1}), rev=2),
        Pulse("first_n:f9", encoded({"taken": 3}), rev=4),
    ]
    shown = [text_item("tasks/t9", 1, "A"), text_item("first_n/f9", 1, "B")]
    await store.publish("demo", [*shown, likes, *numbers], NOW)
    await store.publish("demo", [RoomItem("tasks/t9", 1, None)], NOW)  # too old to count
    snapshot = await store.snapshot("demo")
    assert snapshot is not None
    assert set(snapshot.pulses) >= {likes, *numbers}
    await store.publish("demo", [RoomItem("tasks/t9", 2, None), RoomItem("first_n/f9", 2, None)], NOW)
    snapshot = await store.snapshot("demo")
    assert snapshot is not None
    assert likes in snapshot.pulses
    assert not {pulse.key for pulse in snapshot.pulses} & {"task:t9", "first_n:f9"}


async def test_BUS2_a_pulse_that_only_grows_is_never_taken_back(place: Place) -> None:
    store = place.store()
    await built(store)
    taken = [Pulse("first_n:f1", encoded({"taken": n}), rev=n + 1) for n in range(3)]
    await store.publish("demo", [taken[2], Pulse("likes", encoded(9))], NOW)
    await store.publish("demo", [taken[1], taken[2], Pulse("likes", encoded(1))], NOW)
    snapshot = await store.snapshot("demo")
    assert snapshot is not None
    assert set(snapshot.pulses) == {taken[2], Pulse("likes", encoded(1))}
    await store.publish("demo", [Pulse("first_n:f1", encoded({"taken": 3}), rev=4)], NOW)
    snapshot = await store.snapshot("demo")
    assert snapshot is not None
    assert Pulse("first_n:f1", encoded({"taken": 3})) in snapshot.pulses


async def test_BUS2_a_late_publish_cannot_revive_what_was_removed(place: Place) -> None:
    store = place.store()
    await built(store)
    await store.publish("demo", [text_item("tasks/t1", 7, None)], NOW)
    late = await store.publish("demo", [text_item("tasks/t1", 6, "zombie")], NOW)
    assert late.numbered == ()
    snapshot = await store.snapshot("demo")
    assert snapshot is not None
    assert snapshot.items == (text_item("name", 1, "Demo"),)


async def test_HUB1_the_snapshot_holds_the_latest_of_everything(place: Place) -> None:
    store = place.store()
    start = await built(store)
    frames: list[RoomFrame] = [
        Pulse("likes", encoded(1)),
        Pulse("online", encoded(9)),
        Pulse("likes", encoded(2)),
    ]
    await store.publish("demo", frames, NOW)
    for n in range(25):
        await store.publish("demo", [comment(f"c{n}", f"a_{n}")], NOW)
    await store.publish("demo", [Retract(("c24",), "a_23")], NOW)
    snapshot = await store.snapshot("demo")
    assert snapshot is not None
    assert snapshot.position == Position(start.epoch, 1)
    assert snapshot.pulses == (Pulse("likes", encoded(2)), Pulse("online", encoded(9)))
    assert snapshot.comments == tuple(comment(f"c{n}", f"a_{n}") for n in range(5, 23))


async def test_BUS4_a_room_without_hot_state_numbers_nothing_and_its_items_wait_for_the_rebuild(
    place: Place,
) -> None:
    store = place.store()
    assert await store.snapshot("demo") is None
    published = await store.publish(
        "demo", [text_item("name", 6, "new"), moment("m1"), text_item("tasks/t1", 0, "x")], NOW
    )
    assert (published.position, published.numbered) == (None, ())
    snapshot = await store.rebuild("demo", some_items(), NOW)  # read from the truth just before rev 6
    assert snapshot.items == (text_item("name", 6, "new"), text_item("tasks/t1", 1, "task"))
    assert snapshot.position.offset == 0


async def test_BUS5_of_two_rebuilds_one_wins_and_both_see_it(place: Place) -> None:
    one, two = place.store(), place.store()
    snapshots = await asyncio.gather(
        one.rebuild("demo", some_items(), NOW), two.rebuild("demo", some_items(), NOW)
    )
    assert snapshots[0] == snapshots[1]


async def test_BUS5_after_a_flush_a_new_epoch_begins(place: Place) -> None:
    store = place.store()
    before = await built(store)
    await store.publish("demo", [moment("m1")], NOW)
    place.flush()
    assert await store.snapshot("demo") is None
    assert await store.positions(["demo"]) == {}
    assert await store.since("demo", before, 10) is None
    after = await built(store)
    assert after.epoch != before.epoch
    assert after.offset == 0


async def test_BUS1_positions_of_many_rooms_come_in_one_round(place: Place) -> None:
    store = place.store()
    rooms = [f"room{n}" for n in range(100)]
    expected = {}
    for n, room in enumerate(rooms):
        start = await built(store, room)
        if n % 2:
            await store.publish(room, [moment("m")], NOW)
        expected[room] = Position(start.epoch, n % 2)
    assert await store.positions([*rooms, "unknown"]) == expected


@pytest.mark.parametrize("behind", [0, 1, 40])
async def test_LOG1_R6_who_is_not_too_far_behind_gets_exactly_what_it_missed(
    place: Place, behind: int
) -> None:
    store = place.store()
    start = await built(store)
    for n in range(40):
        await store.publish("demo", [moment(f"m{n}")], NOW)
    missed = await store.since("demo", Position(start.epoch, 40 - behind), 100)
    assert missed is not None
    assert [one.offset for one in missed] == list(range(41 - behind, 41))


async def test_LOG1_R6_other_epoch_and_future_cannot_be_recovered(place: Place) -> None:
    store = place.store()
    start = await built(store)
    await store.publish("demo", [moment("m1")], NOW)
    assert await store.since("demo", Position("other", 0), 100) is None
    assert await store.since("demo", Position(start.epoch, 2), 100) is None
    assert await store.since("nowhere", start, 100) is None
    assert await store.since("demo", start, 0) is None  # more than the caller takes


async def test_LOG2_R6_what_is_older_than_the_log_keeps_cannot_be_recovered(place: Place) -> None:
    store = place.store()
    start = await built(store)
    await store.publish("demo", [moment("m1")], NOW)
    place.clock.advance(MAX_AGE_MS)
    assert await store.since("demo", start, 100) is not None
    place.clock.advance(1)
    assert await store.since("demo", start, 100) is None
    await store.publish("demo", [moment("m2")], place.clock.now_ms())
    assert await store.since("demo", start, 100) is None
    missed = await store.since("demo", Position(start.epoch, 1), 100)
    assert missed is not None
    assert [one.offset for one in missed] == [2]


async def test_LOG2_R6_a_log_holds_so_many_frames(place: Place) -> None:
    store = place.store()
    start = await built(store)
    for n in range(0, MAX_FRAMES + 5, 15):
        await store.publish("demo", [moment(f"m{n + at}") for at in range(15)], NOW)
    last = (await store.positions(["demo"]))["demo"].offset
    assert await store.since("demo", Position(start.epoch, last - MAX_FRAMES - 1), 2_000) is None
    missed = await store.since("demo", Position(start.epoch, last - MAX_FRAMES), 2_000)
    assert missed is not None
    assert len(missed) == MAX_FRAMES


async def test_BUS10_presence_sums_the_nodes_that_reported_lately(place: Place) -> None:
    store = place.store()
    assert await store.report("demo", "n1", 5, NOW) == 5
    assert await store.report("demo", "n2", 7, NOW + 1_000) == 12
    assert await store.report("demo", "n1", 2, NOW + 2_000) == 9
    assert await store.report("demo", "n2", 7, NOW + PRESENCE_TTL_MS + 2_001) == 7
    assert await store.report("demo", "n2", 0, NOW + PRESENCE_TTL_MS + 2_002) == 0
