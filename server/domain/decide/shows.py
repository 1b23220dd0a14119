"""Rooms and their shows: scheduled → live → ended, then replay."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import PutRoom, ScheduleShow, SetRoom, SetShowStatus
from server.domain.decide.first_n import all_closed
from server.domain.decide.gates import cancelled_with_show
from server.domain.decide.polls import closed_with_show
from server.domain.decide.rooms import known_room
from server.domain.decide.tasks import ended_with_show
from server.domain.decision import Applied, Conflict, Decision, Refusal
from server.domain.facts import RoomPut, ShowEnded, ShowScheduled, ShowStarted
from server.domain.rulebook import Rulebook
from server.domain.state import Room, Show
from server.domain.world import World
from server.ids import TierId

WRITERS = ("all", "members")
UNCHANGED = Decision(Applied())


def put_room(command: PutRoom, world: World, now_ms: int) -> Decision:
    """Make the room, or change its name and who may enter; rooms exist only by this (PROTOCOL §2)."""
    room_id = command.origin.room
    if room_id is None:
        return _refused("bad_request", "room: name the room to put")
    gate = _tier(command.members_only, world.rulebook)
    if isinstance(gate, Refusal):
        return Decision(gate)
    old = world.rooms.get(room_id)
    if old is None:
        room = Room(room_id, command.name, members_only=gate)
    else:
        room = replace(old, name=command.name, members_only=gate)
    return UNCHANGED if room == old else Decision(Applied(), (RoomPut(room, now_ms),))


def set_room(command: SetRoom, world: World, now_ms: int) -> Decision:
    """Change how the room behaves. Theme given = the whole theme anew."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    if command.writers is not None and command.writers not in WRITERS:
        return _refused("bad_request", "writers: all or members")
    if command.slow_s is not None and command.slow_s < 0:
        return _refused("bad_request", "slow_s: seconds between two comments of one member, 0 = no limit")
    changed = replace(
        room,
        slow_s=room.slow_s if command.slow_s is None else command.slow_s,
        writers=room.writers if command.writers is None else command.writers,
        theme=room.theme if command.theme is None else command.theme,
    )
    return UNCHANGED if changed == room else Decision(Applied(), (RoomPut(changed, now_ms),))


def schedule_show(command: ScheduleShow, world: World, now_ms: int) -> Decision:
    """Plan a show of the room; without a start time it may start from now on."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    if command.show in world.shows:
        return Decision(Conflict())
    gate = _tier(command.members_only, world.rulebook)
    if isinstance(gate, Refusal):
        return Decision(gate)
    offers: list[tuple[TierId, int, str]] = []
    for name, percent, text in command.offers:
        tier = _tier(name, world.rulebook)
        if isinstance(tier, Refusal) or tier is None or not 0 <= percent <= 100:
            return _refused("bad_request", f"offers.{name}: a tier of the rulebook, percent 0–100")
        offers.append((tier, percent, text))
    show = Show(
        id=command.show,
        room=room.id,
        title=command.title,
        status="scheduled",
        starts_ms=now_ms if command.starts_ms is None else command.starts_ms,
        offers=tuple(offers),
        members_only=gate,
    )
    return Decision(Applied(), (ShowScheduled(show, now_ms),))


def set_show_status(command: SetShowStatus, world: World, now_ms: int) -> Decision:
    """Start or end a show. Asking for what already is changes nothing; what has ended stays ended."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    show = world.shows.get(command.show)
    if show is None or show.room != room.id:
        return _refused("not_found", f"show: room {room.id} has no show {command.show}")
    match command.status:
        case "live":
            return _start(show, room, now_ms)
        case "ended":
            return _end(show, room, command.replay_url, world, now_ms)
        case _:
            return _refused("bad_request", "status: live or ended")


def _start(show: Show, room: Room, now_ms: int) -> Decision:
    if show.status == "live":
        return UNCHANGED
    if show.status != "scheduled":
        return _refused("closed", f"show: {show.id} is over; schedule a new one")
    if room.show is not None and room.show.status == "live":
        return Decision(
            Refusal("show_live", "show: another one is live; end it first", (("show", room.show.id),))
        )
    return Decision(Applied(), (ShowStarted(replace(show, status="live", starts_ms=now_ms), now_ms),))


def _end(show: Show, room: Room, replay_url: str | None, world: World, now_ms: int) -> Decision:
    url = show.replay_url if replay_url is None else replay_url
    over = replace(
        show,
        status="ended" if url is None else "replay",
        ended_ms=now_ms if show.ended_ms is None else show.ended_ms,
        replay_url=url,
    )
    if over == show:
        return UNCHANGED
    if show.status != "live":
        return Decision(Applied(), (ShowEnded(over, now_ms),))
    # A replay shows neither task nor campaign (L12); one prepared for the next show outlives a replay's link.
    return Decision(
        Applied(),
        (
            *ended_with_show(room, world, now_ms),
            *cancelled_with_show(room, now_ms),
            *closed_with_show(room, world, now_ms),
            ShowEnded(over, now_ms),
            *all_closed(room, now_ms),
        ),
    )


def _tier(name: str | None, rulebook: Rulebook) -> TierId | Refusal | None:
    if name is None:
        return None
    tier = TierId(name)
    if tier not in rulebook.privileges:
        return Refusal(
            "bad_request", f"members_only: no tier {name}; the ladder has {', '.join(rulebook.privileges)}"
        )
    return tier


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
