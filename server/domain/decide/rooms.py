"""The room that a command is about, or why there is none. Pure."""

from __future__ import annotations

from server.domain.decision import Refusal
from server.domain.state import Room
from server.domain.world import World
from server.ids import RoomId


def known_room(room_id: RoomId | None, world: World) -> Room | Refusal:
    """Return the room; a refusal naming the remedy when there is none, or none was named."""
    room = world.rooms.get(room_id) if room_id is not None else None
    return Refusal("not_found", f"room: there is no room {room_id}; PUT it first") if room is None else room
