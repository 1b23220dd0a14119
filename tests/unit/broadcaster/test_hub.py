"""Rooms and audiences of one node, turned by hand."""

from __future__ import annotations

import pytest

from broadcaster import fanout
from broadcaster.codec import JSON, encoded
from broadcaster.frames import (
    Beacon,
    Comment,
    Moment,
    Numbered,
    Position,
    Pulse,
    Rank,
    RoomItem,
    Snapshot,
    Void,
)
from broadcaster.hub import MAX_KNOWN, Hub
from broadcaster.testing import text_item
from broadcaster.window import caught_up
from tests.unit.broadcaster.rooms_by_hand import T0, FakeViewer, RoomByHand


def moment(n: int, expires_ms: int = T0 + 60_000, rank: Rank = Rank.LOUD) -> Moment:
    return Moment(f"m{n}", "level_up", rank, expires_ms, encoded({"id": f"m{n}"}))


def pulse(value: int) -> Pulse:
    return Pulse("likes", encoded(value))


@pytest.fixture
async def by_hand(monkeypatch: pytest.MonkeyPatch) -> RoomByHand:
    monkeypatch.setattr(fanout, "SLICE_S", 60.0)  # the loop is not turned here, however slow the machine
    return RoomByHand([text_item("name", 1, "Demo")])


async def test_WIN1_the_first_frame_goes_at_once_and_what_follows_is_gathered(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(1)))
    assert len(viewer.messages) == 2
    by_hand.publish(by_hand.numbered(moment(2)))
    by_hand.publish(by_hand.numbered(moment(3)), [pulse(1)])
    assert len(viewer.messages) == 2
    by_hand.close_window()
    assert len(viewer.messages) == 3
    assert viewer.kinds() == ["welcome", "moment", "moment", "moment", "pulse"]


async def test_WIN2_a_room_item_takes_along_what_waits(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(2)))
    by_hand.publish(by_hand.numbered(text_item("name", 2, "New")))
    assert viewer.kinds() == ["welcome", "moment", "moment", "room"]


async def test_HUB2_who_comes_while_frames_wait_gets_only_what_came_later(by_hand: RoomByHand) -> None:
    by_hand.publish(by_hand.numbered(moment(1)))
    early = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(2)))
    late = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(3)))
    latest = FakeViewer().enter(by_hand.room)
    by_hand.close_window()
    assert [frame.get("offset") for frame in early.frames] == [1, 2, 3]
    assert [frame.get("offset") for frame in late.frames] == [2, 3]
    assert [frame.get("offset") for frame in latest.frames] == [3]


async def test_HUB2_who_says_hello_again_is_treated_as_a_newcomer(by_hand: RoomByHand) -> None:
    by_hand.publish(by_hand.numbered(moment(1)))
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(2)))
    viewer.enter(by_hand.room)
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "welcome"]
    assert by_hand.room.audience == 1


async def test_HUB3_a_gap_is_reported_and_nothing_is_shown_until_it_is_filled(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    missed = by_hand.numbered(moment(1))
    by_hand.publish(by_hand.numbered(text_item("name", 2, "x")))
    assert by_hand.lost == [by_hand.room]
    by_hand.publish(by_hand.numbered(moment(3)))
    assert viewer.kinds() == ["welcome"]
    by_hand.room.caught_up(missed, by_hand.clock.now_ms())
    by_hand.close_window()
    assert [frame.get("offset") for frame in viewer.frames] == [0, 1, 2, 3]
    assert by_hand.room.is_in_step


async def test_HUB3_a_lost_publish_without_frames_of_ours_is_noticed_too(by_hand: RoomByHand) -> None:
    by_hand.numbered(moment(1))
    by_hand.publish(passing=[pulse(1)])
    assert by_hand.lost == [by_hand.room]


async def test_HUB3_what_comes_twice_is_shown_once(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    numbered = by_hand.numbered(text_item("name", 2, "x"))
    comment = Comment("c1", "a", encoded({"id": "c1", "author": "a"}))
    by_hand.publish(numbered, [comment])
    by_hand.publish(numbered, [comment])
    by_hand.publish(passing=[comment])
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "room", "comment"]


async def test_WIN4_WIN5_what_a_window_leaves_out_is_counted_with_its_reason(by_hand: RoomByHand) -> None:
    FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(0)))  # what follows waits for the window
    by_hand.publish(passing=[pulse(1), pulse(2), *(Comment(f"c{n}", "a", encoded({})) for n in range(63))])
    by_hand.publish(by_hand.numbered(*(moment(n) for n in range(1, 103)), moment(200, expires_ms=T0)))
    by_hand.close_window()
    counts = by_hand.meter.counts
    dropped = {label: n for (name, label), n in counts.items() if name == "dropped"}
    assert dropped == {"replaced": 1, "overload": 3 + 2, "expired": 1}


async def test_HUB9_a_moment_numbered_twice_is_shown_once(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(2)))
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "moment", "void", "moment"]
    assert [frame.get("offset") for frame in viewer.frames[1:]] == [1, 2, 3]
    logged = caught_up(by_hand.room.log.after(1), T0)
    assert [type(one) for one in logged] == [Void, Numbered], "who recovers has seen it, too"


async def test_HUB9_a_node_that_came_later_knows_what_was_shown_before_it_came(by_hand: RoomByHand) -> None:
    recent = by_hand.numbered(moment(1), moment(2), text_item("name", 2, "x"))
    hub = Hub(by_hand.clock, by_hand.meter, by_hand.lost.append)
    room = by_hand.room = hub.room("demo")
    ahead = by_hand.numbered(moment(3))  # published between the reading of snapshot and log
    room.loaded(Snapshot(Position("e1", 3), (), (), ()), T0, [*recent, *ahead])
    assert [one.offset for one in room.log.after(0)] == [1, 2, 3]
    from_elsewhere = FakeViewer().enter(room)
    by_hand.publish(ahead)
    by_hand.publish(by_hand.numbered(moment(2)))
    by_hand.close_window()
    assert from_elsewhere.kinds() == ["welcome", "moment", "void"]
    assert [type(one) for one in caught_up(room.log.after(1), T0)] == [Numbered, Numbered, Numbered, Void]


async def test_HUB9_a_log_that_does_not_reach_the_snapshot_is_good_for_ids_alone(by_hand: RoomByHand) -> None:
    [first] = by_hand.numbered(moment(1))
    by_hand.numbered(moment(2))
    hub = Hub(by_hand.clock, by_hand.meter, by_hand.lost.append)
    room = by_hand.room = hub.room("demo")
    room.loaded(Snapshot(Position("e1", 2), (), (), ()), T0, [first])
    assert room.log.first is None
    viewer = FakeViewer().enter(room)
    by_hand.publish(by_hand.numbered(moment(1), moment(3)))
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "void", "moment"]


async def test_HUB9_a_room_forgets_the_oldest_of_many_moments(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    for n in (*range(MAX_KNOWN + 1), 0, MAX_KNOWN):
        by_hand.publish(by_hand.numbered(moment(n)))
    by_hand.close_window()
    shown = [frame["id"] for frame in viewer.frames if frame["type"] == "moment"]
    assert (shown.count("m0"), shown.count(f"m{MAX_KNOWN}")) == (2, 1)


async def test_HUB9_what_the_old_epoch_had_shown_is_void_in_the_new_one_and_what_it_had_not_is_shown(
    by_hand: RoomByHand,
) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(2)))  # waits in the window, and nobody gets it
    by_hand.epoch, by_hand.offset = "e2", 0
    by_hand.room.replaced(Snapshot(Position("e2", 0), (), (), ()), by_hand.clock.now_ms())
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(2)))
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "moment", "welcome", "void", "moment"]


async def test_HUB9_what_waited_when_a_state_was_replaced_may_come_again_in_the_same_epoch(
    by_hand: RoomByHand,
) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    shown, waits = by_hand.numbered(moment(1)), by_hand.numbered(moment(2))
    by_hand.publish(shown)
    by_hand.publish(waits)  # in the window, and nobody gets it
    snapshot = Snapshot(Position("e1", 2), (), (), ())
    by_hand.room.replaced(snapshot, by_hand.clock.now_ms(), (*shown, *waits))
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(2)))
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "moment", "welcome", "void", "moment"]


async def test_HUB4_a_new_epoch_gives_everybody_one_welcome_and_then_what_came_after_it(
    by_hand: RoomByHand,
) -> None:
    viewers = [FakeViewer().enter(by_hand.room), FakeViewer(JSON).enter(by_hand.room)]
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(2)))  # waits in the window, and is part of the old state
    by_hand.epoch, by_hand.offset = "e2", 0
    by_hand.publish(by_hand.numbered(text_item("name", 5, "From e2")))
    assert by_hand.lost == [by_hand.room]
    fresh = Snapshot(Position("e2", 0), (text_item("name", 4, "Rebuilt"),), (), ())
    by_hand.room.replaced(fresh, by_hand.clock.now_ms())
    by_hand.close_window()
    assert viewers[0].kinds() == ["welcome", "moment", "welcome", "room"]
    assert viewers[0].frames[2]["room"] == {"name": "Rebuilt"}
    assert [viewer.welcomes for viewer in viewers] == [2, 2]
    assert by_hand.room.position == Position("e2", 1)


async def test_HUB4_BUS4_a_publish_without_hot_state_is_a_sign_that_it_is_gone(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.room.received((Position("", 0), (), [pulse(1)]), T0)
    by_hand.room.received((Position("", 0), (), [pulse(2)]), T0)
    assert by_hand.lost == [by_hand.room]
    by_hand.room.replaced(Snapshot(Position("e2", 0), (), (), ()), T0)
    by_hand.close_window()
    assert by_hand.room.is_in_step
    assert by_hand.lost == [by_hand.room]
    assert viewer.kinds() == ["welcome", "pulse", "welcome", "pulse"]


async def test_HUB4_what_is_older_than_the_new_state_is_not_shown_again(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.room.out_of_step()
    by_hand.publish(by_hand.numbered(text_item("name", 2, "x")), [pulse(1)])
    by_hand.publish(passing=[Comment("c1", "a", encoded({"id": "c1", "author": "a"}))])
    by_hand.publish(by_hand.numbered(text_item("name", 3, "y")))
    snapshot = Snapshot(Position("e1", 2), (text_item("name", 3, "y"),), (pulse(1),), ())
    by_hand.room.replaced(snapshot, T0)
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "welcome"]


async def test_HUB5_hidden_viewers_get_kept_frames_and_beacons_only(by_hand: RoomByHand) -> None:
    hidden, shown = FakeViewer(shown=False).enter(by_hand.room), FakeViewer().enter(by_hand.room)
    by_hand.publish(passing=[pulse(1)])
    by_hand.publish(by_hand.numbered(text_item("name", 2, "x")), [pulse(2)])
    by_hand.room.beacon(Beacon(Position("e1", 1), T0, "n1"), T0)
    assert hidden.kinds() == ["welcome", "room", "beacon"]
    assert shown.kinds() == ["welcome", "pulse", "room", "pulse", "beacon"]


async def test_HUB5_changing_sides_neither_repeats_nor_loses_kept_frames(by_hand: RoomByHand) -> None:
    viewer = FakeViewer(shown=False).enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(2)))
    viewer.shown = True
    by_hand.room.moved(viewer)
    by_hand.publish(by_hand.numbered(moment(3)), [pulse(1)])
    by_hand.close_window()
    assert viewer.kinds() == ["welcome", "moment", "moment", "moment", "pulse"]
    assert by_hand.room.audience == 1


async def test_PRO6_the_last_two_nonces_of_a_room_are_known(by_hand: RoomByHand) -> None:
    for nonce in ("a", "b", "c"):
        by_hand.room.beacon(Beacon(by_hand.room.position, T0, nonce), T0)
    assert by_hand.room.nonces == ("b", "c")


async def test_WIN3_an_expired_moment_is_counted_and_void(by_hand: RoomByHand) -> None:
    viewer = FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(1, expires_ms=T0)))
    assert viewer.kinds() == ["welcome", "void"]
    assert by_hand.meter.counts["dropped", "expired"] == 1


async def test_HUB4_the_shared_part_of_a_welcome_is_made_once_per_version(by_hand: RoomByHand) -> None:
    part = by_hand.room.welcome_part(JSON)
    assert by_hand.room.welcome_part(JSON) is part
    by_hand.publish(by_hand.numbered(RoomItem("name", 2, encoded("new"))))
    assert by_hand.room.welcome_part(JSON) is not part


async def test_HUB1_what_was_delivered_is_counted_per_lane(by_hand: RoomByHand) -> None:
    for _ in range(3):
        FakeViewer().enter(by_hand.room)
    by_hand.publish(by_hand.numbered(moment(1), text_item("name", 2, "x")), [pulse(1)])
    by_hand.room.beacon(Beacon(by_hand.room.position, T0, "n"), T0)
    counts = by_hand.meter.counts
    assert [counts["delivered", lane] for lane in ("kept", "passing", "beacon")] == [6, 3, 3]
    assert len(by_hand.meter.seconds["event_to_socket"]) == 2
