"""Many viewers of one room: each group is written to in its turn, and gets what has come by then."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from broadcaster import audience, fanout
from broadcaster.audience import Audiences
from broadcaster.codec import JSON, MSGPACK, encoded
from broadcaster.frames import Beacon, Moment, Position, Pulse, Rank, Snapshot
from broadcaster.testing import text_item
from tests.unit.broadcaster.rooms_by_hand import T0, FakeViewer, RoomByHand


def moment(n: int) -> Moment:
    return Moment(f"m{n}", "level_up", Rank.LOUD, T0 + 3_600_000, encoded({"id": f"m{n}"}))


class Meanwhile(FakeViewer):
    """A viewer to whom something happens while it is written to, once."""

    happens: Callable[[], None] | None = None

    def write_slow(self, data: bytes) -> None:
        super().write_slow(data)
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()


@pytest.fixture
async def by_hand(monkeypatch: pytest.MonkeyPatch) -> RoomByHand:
    monkeypatch.setattr(audience, "AT_MOST", 1)
    monkeypatch.setattr(fanout, "SLICE_S", 60.0)  # the loop is not turned here, however slow the machine
    return RoomByHand([text_item("name", 1, "Demo")])


def offsets(viewer: FakeViewer) -> list[int]:
    return [
        frame["offset"]
        for frame in viewer.frames
        if frame["type"] not in ("welcome", "beacon") and "offset" in frame
    ]


async def test_HUB10_who_is_written_to_later_gets_what_has_come_meanwhile(by_hand: RoomByHand) -> None:
    first, second, third = Meanwhile(), FakeViewer(), FakeViewer()
    for viewer in (first, second, third):
        viewer.enter(by_hand.room)
    first.happens = lambda: by_hand.publish(by_hand.numbered(moment(2)), [Pulse("likes", encoded(1))])
    by_hand.publish(by_hand.numbered(moment(1)))
    assert [len(one.messages) for one in (first, second, third)] == [2, 2, 2]
    assert [offsets(one) for one in (first, second, third)] == [[1], [1, 2], [1, 2]]
    by_hand.close_window()
    assert [len(one.messages) for one in (first, second, third)] == [3, 2, 2], "and nothing twice"
    assert [offsets(one) for one in (first, second, third)] == [[1, 2]] * 3
    assert first.kinds()[-1] == second.kinds()[-1] == "pulse"


async def test_HUB10_WIN2_state_that_comes_meanwhile_goes_at_once_to_those_written_to_before(
    by_hand: RoomByHand,
) -> None:
    first, second = Meanwhile(), FakeViewer()
    for viewer in (first, second):
        viewer.enter(by_hand.room)
    first.happens = lambda: by_hand.publish(by_hand.numbered(text_item("name", 2, "New")))
    by_hand.publish(by_hand.numbered(moment(1)))
    assert first.kinds() == second.kinds() == ["welcome", "moment", "room"]


async def test_HUB10_HUB2_who_enters_meanwhile_gets_only_what_comes_after(by_hand: RoomByHand) -> None:
    first, second, new = Meanwhile(), FakeViewer(), FakeViewer()
    for viewer in (first, second):
        viewer.enter(by_hand.room)

    def meanwhile() -> None:
        by_hand.publish(by_hand.numbered(moment(2)))
        new.enter(by_hand.room)
        second.enter(by_hand.room)  # and says hello again
        by_hand.publish(by_hand.numbered(moment(3)))

    first.happens = meanwhile
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.close_window()
    assert [offsets(one) for one in (first, second, new)] == [[1, 2, 3], [3], [3]]


async def test_HUB10_HUB5_who_is_shown_meanwhile_misses_nothing(by_hand: RoomByHand) -> None:
    first, hidden = Meanwhile(), FakeViewer(shown=False)
    for viewer in (first, hidden):
        viewer.enter(by_hand.room)

    def meanwhile() -> None:
        by_hand.publish(by_hand.numbered(moment(2)))
        hidden.shown = True
        by_hand.room.moved(hidden)

    first.happens = meanwhile
    by_hand.publish(by_hand.numbered(moment(1)))
    by_hand.publish(by_hand.numbered(moment(3)))
    by_hand.close_window()
    assert offsets(first) == offsets(hidden) == [1, 2, 3]


async def test_HUB10_each_frame_left_out_is_counted_once(by_hand: RoomByHand) -> None:
    viewers = [FakeViewer().enter(by_hand.room) for _ in range(3)]
    by_hand.publish(by_hand.numbered(Moment("m1", "level_up", Rank.LOUD, T0, encoded({}))))
    assert [one.kinds() for one in viewers] == [["welcome", "void"]] * 3
    assert by_hand.meter.counts["dropped", "expired"] == 1


def test_HUB10_small_audiences_at_the_same_entry_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "AT_MOST", 4)
    here, viewers = Audiences(), [FakeViewer() for _ in range(6)]
    for place, viewer in zip((9, 8, 7, 7, 9, 9), viewers, strict=True):
        here.add(viewer, place)  # who has less than an audience is being written starts another
    assert [(one.place, len(one.viewers)) for one in here.in_turn()] == [(9, 3), (8, 1), (7, 2)]
    here.all_told(9)
    here.join()
    assert [(one.place, len(one.viewers)) for one in here.in_turn()] == [(9, 3), (9, 3)]
    assert sorted(map(id, here.viewers())) == sorted(map(id, viewers))


@pytest.mark.parametrize("seed", range(12))
async def test_HUB10_HUB2_nobody_misses_or_repeats_a_kept_frame_whatever_happens_between_two_slices(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "AT_MOST", 3)
    monkeypatch.setattr(fanout, "SLICE_S", -1.0)  # one viewer a slice
    monkeypatch.setattr(fanout, "_CHECK_EVERY", 1)
    by_hand, chance = RoomByHand([text_item("name", 1, "Demo")]), random.Random(seed)
    room, here, gone = by_hand.room, list[FakeViewer](), list[FakeViewer]()

    def enter() -> None:
        viewer = FakeViewer(chance.choice([MSGPACK, MSGPACK, JSON]), chance.random() < 0.8)
        if viewer.wire is MSGPACK:
            here.append(viewer)
        viewer.enter(room)

    def publish() -> None:
        kind = text_item("name", by_hand.offset + 2, "x") if chance.random() < 0.2 else moment(by_hand.offset)
        passing = [Pulse("likes", encoded(by_hand.offset))] if chance.random() < 0.5 else []
        by_hand.publish(by_hand.numbered(kind) if chance.random() < 0.9 else [], passing)

    def turn() -> None:
        viewer = chance.choice(here)
        viewer.shown = not viewer.shown
        room.moved(viewer)

    def leave() -> None:
        viewer = here.pop(chance.randrange(len(here)))
        room.leave(viewer)
        gone.append(viewer)

    def again() -> None:
        chance.choice(here).enter(room)

    def beacon() -> None:
        room.beacon(Beacon(room.position, T0, "n"), by_hand.clock.now_ms())

    def replaced() -> None:
        state = room.snapshot()
        room.replaced(
            Snapshot(Position(by_hand.epoch, by_hand.offset), state.items, (), ()), by_hand.clock.now_ms()
        )

    for _ in range(8):
        enter()
    for _ in range(400):
        happens = chance.choices(
            (publish, enter, turn, again, leave, beacon, replaced, by_hand.close_window),
            (30, 6, 10, 4, 3, 2, 0.3, 20),
        )[0]
        if here or happens is enter:
            happens()
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
    for _ in range(3):
        by_hand.close_window()
        for _ in range(10 * len(here)):
            await asyncio.sleep(0)
    for viewer in here + gone:
        told = 0
        for frame in viewer.frames:
            if frame["type"] == "welcome":
                told = frame["offset"]
            elif frame["type"] != "beacon" and "offset" in frame:
                assert frame["offset"] == told + 1, f"seed {seed}: after {told} came {frame['offset']}"
                told = frame["offset"]
        if viewer in here:
            assert told == by_hand.offset
    assert not room._entries, "nothing is kept that everybody has"
