"""What is told of a room's items."""

from __future__ import annotations

from itertools import permutations

from server.domain.state import Room
from server.domain.world import World
from server.ids import RoomId
from server.ledger.keeping import item_changes
from tests.support.ledger import CALENDAR, ROOM, RULEBOOK


def test_LED7_items_that_go_at_once_go_in_the_same_order_however_they_were_read() -> None:
    world = World(RULEBOOK, CALENDAR)
    world.rooms[ROOM] = Room(ROOM, "Demo")
    world.touched_rooms.add(ROOM)
    shown = {(RoomId(ROOM), key): (1, '"x"') for key in ("spotlight", "first_n/f1", "notice/n1")}
    told = {
        tuple(change.key for change in item_changes(world, dict(read)) if change.value is None)
        for read in permutations(shown.items())
    }
    assert len(told) == 1
    assert set(told.pop()) >= {"first_n/f1", "spotlight"}
