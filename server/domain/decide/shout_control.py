"""A host's presses on the room's shout-outs (L2): pause, skip, clear, mute, limits, replay, tests."""

from __future__ import annotations

from dataclasses import replace

from server.domain.decide.rooms import known_room
from server.domain.decision import Applied, Decision, Refusal
from server.domain.shout_control import (
    MOST_MUTED,
    MOST_PER_MINUTE,
    ControlShoutouts,
    MutedAuthor,
    ShoutControl,
    ShoutoutsControlled,
)
from server.domain.world import World
from server.ids import TierId


def control_shoutouts(command: ControlShoutouts, world: World, now_ms: int) -> Decision:
    """Do what was pressed. What stands already is left as it is; a press on what has moved meanwhile is refused."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    before = room.shouts
    if command.rev is not None and command.rev != before.rev:
        says = "somebody else has changed it meanwhile; look again"
        return Decision(Refusal("conflict", says, (("rev", before.rev),)))
    tier: TierId | None = None
    if command.action in ("limit", "test") and command.from_tier is not None:
        if command.from_tier not in world.rulebook.privileges:
            return Decision(Refusal("bad_request", f"from_tier: there is no tier {command.from_tier}"))
        tier = command.from_tier
    after = _after(command, before, now_ms)
    if isinstance(after, Refusal):
        return Decision(after)
    if after != before:
        after = replace(after, rev=before.rev + 1)
    elif command.action not in ("skip", "replay", "test"):
        return Decision(Applied())
    if command.action == "test" and tier is None:
        tier = before.from_tier or world.rulebook.level_up.from_tier
    pressed = ShoutoutsControlled(
        room.id,
        command.action,
        after,
        now_ms,
        command.origin.event,
        command.moment,
        command.author,
        tier if command.action == "test" else None,
    )
    return Decision(Applied(), (pressed,))


def _after(command: ControlShoutouts, before: ShoutControl, now_ms: int) -> ShoutControl | Refusal:
    match command.action:
        case "pause" | "resume":
            return replace(before, paused=command.action == "pause")
        case "clear":
            return replace(before, cleared_ms=max(before.cleared_ms, now_ms))
        case "limit":
            if command.per_minute is not None and not 1 <= command.per_minute <= MOST_PER_MINUTE:
                return Refusal("bad_request", f"per_minute: 1 to {MOST_PER_MINUTE}, or null")
            return replace(before, from_tier=command.from_tier, per_minute=command.per_minute)
        case "mute" | "unmute":
            return _muted(command, before)
        case "skip":
            if command.moment is None:
                return Refusal("bad_request", "id: of the shout-out to skip")
            return before
        case "replay":
            if command.moment is None:
                return Refusal("bad_request", "id: of the shout-out to show again")
            return before
        case "test":
            return before


def _muted(command: ControlShoutouts, before: ShoutControl) -> ShoutControl | Refusal:
    if command.author is None:
        return Refusal("bad_request", "author: whose shout-outs")
    is_muted = before.is_muted(command.author)
    if command.action == "unmute":
        left = tuple(one for one in before.muted if one.author != command.author)
        return replace(before, muted=left) if is_muted else before
    if is_muted:
        return before
    if len(before.muted) >= MOST_MUTED:
        says = f"at most {MOST_MUTED} at a time; let one speak again first"
        return Refusal("limit_reached", says, (("max", MOST_MUTED),))
    return replace(before, muted=(*before.muted, MutedAuthor(command.author, command.name)))
