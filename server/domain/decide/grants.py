"""What an operator gives by hand: points, growth, or a tier for a while (T8)."""

from __future__ import annotations

from server.domain.commands import GrantByHand
from server.domain.decide.membership import arrival
from server.domain.decide.tiers import promoted
from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.facts import Awarded, Fact, Granted
from server.domain.ladder import Totals
from server.domain.rulebook import GRANT
from server.domain.state import TierHold
from server.domain.world import World
from server.ids import MemberId, TierId


def grant_by_hand(command: GrantByHand, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give exactly one thing. No cap, budget or multiplier binds it; a granted tier never touches the real one.

    A later tier grant takes the place of an earlier one, shorter or lower as it may be: the operator's last
    word counts.
    """
    given = sum((command.points != 0, command.growth != 0, command.tier is not None))
    if given != 1 or command.points < 0 or command.growth < 0:
        return _refused("points: give exactly one of points, growth and tier, and more than nothing")
    hold: TierHold | None = None
    if command.tier is not None:
        if command.tier not in world.rulebook.privileges:
            return _refused(f"tier: the ladder has {', '.join(world.rulebook.privileges)}")
        if command.until_ms is None or command.until_ms <= now_ms:
            return _refused("until_ms: a granted tier ends at a time to come")
        hold = TierHold(TierId(command.tier), command.until_ms)
    elif command.until_ms is not None:
        return _refused("until_ms: only a tier ends; points and growth stay")
    member, facts = arrival(who, command.who, world, now_ms)
    facts += (Granted(who, command.reason, command.points, command.growth, hold, now_ms),)
    facts += _awarded(command, who, world, now_ms)
    if command.growth:
        facts += promoted(member, Totals(command.growth), command.origin, world, now_ms)
    return Decision(Applied(Earned(command.points, command.growth), GRANT), facts)


def _awarded(command: GrantByHand, who: MemberId, world: World, now_ms: int) -> tuple[Fact, ...]:
    if not command.points and not command.growth:
        return ()
    day = world.calendar.day_of(now_ms)
    return (Awarded(who, GRANT, command.points, command.growth, 1, day, now_ms, behaviour=False),)


def _refused(message: str) -> Decision:
    return Decision(Refusal("bad_request", message))
