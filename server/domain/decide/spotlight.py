"""The product a room shows, with what each tier pays for it (B7)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import ClearSpotlight, PutSpotlight
from server.domain.decide.rooms import known_room
from server.domain.decision import Applied, Decision, Refusal
from server.domain.facts import SpotlightPut
from server.domain.money import MAX_AMOUNT
from server.domain.state import Spotlight
from server.domain.world import World


def put_spotlight(command: PutSpotlight, world: World, now_ms: int) -> Decision:
    """Show a product. The same again changes nothing."""
    if not 0 <= command.spotlight.price <= MAX_AMOUNT:
        return Decision(Refusal("bad_request", f"price: 0 to {MAX_AMOUNT} minor units"))
    return _shown(command, command.spotlight, world, now_ms)


def clear_spotlight(command: ClearSpotlight, world: World, now_ms: int) -> Decision:
    """Show none. Where there was none nothing changes."""
    return _shown(command, None, world, now_ms)


def _shown(
    command: PutSpotlight | ClearSpotlight, spotlight: Spotlight | None, world: World, now_ms: int
) -> Decision:
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    if room.spotlight == spotlight:
        return Decision(Applied())
    return Decision(Applied(), (SpotlightPut(replace(room, spotlight=spotlight), now_ms),))
