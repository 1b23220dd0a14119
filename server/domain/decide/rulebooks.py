"""A rulebook takes force: rooms show it. Nobody's tier changes by it (X3: prospective only)."""

from __future__ import annotations

from server.domain.commands import PresentRulebook
from server.domain.decision import Applied, Decision, Refusal
from server.domain.facts import RulebookPresented
from server.domain.world import World


def present_rulebook(command: PresentRulebook, world: World, now_ms: int) -> Decision:
    """Let the room show what is in force now; what it shows already stays as it is."""
    room = command.origin.room
    if room is None or room not in world.rooms:
        return Decision(Refusal("not_found", "there is no such room"))
    return Decision(Applied(), (RulebookPresented(room, now_ms),))
