"""What goes with a room's item when it is removed."""

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Numbered, Position, Pulse, RoomItem, Snapshot
from broadcaster.roomstate import RoomState


@pytest.mark.parametrize(
    "key,pulse",
    [
        ("tasks/t1", "task:t1"),
        ("gates/g1", "gate:g1"),
        ("polls/p1", "poll:p1"),
        ("first_n/f1", "first_n:f1"),
        ("pinned", None),
    ],
)
def test_BUS29_an_item_knows_the_pulse_of_its_numbers(key: str, pulse: str | None) -> None:
    assert RoomItem(key, 1, None).pulse_key == pulse


def test_BUS29_a_nodes_copy_of_the_room_forgets_them_too() -> None:
    likes, done = Pulse("likes", encoded(5)), Pulse("task:t1", encoded({"done": 1}))
    state = RoomState(Snapshot(Position("e", 0), (RoomItem("tasks/t1", 1, encoded({})),), (likes, done), ()))
    state.fold(Numbered(1, RoomItem("tasks/t1", 2, None), 0))
    assert state.snapshot().pulses == (likes,)
