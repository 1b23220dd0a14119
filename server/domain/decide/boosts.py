"""The tier above for the rest of the day, paid in points (P4)."""

from __future__ import annotations

from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.gift_commands import BuyBoost
from server.domain.gift_facts import BoostBought
from server.domain.ladder import effective_tier
from server.domain.rulebook import BOOST
from server.domain.spendable import free_points
from server.domain.state import TierHold
from server.domain.world import World
from server.ids import MemberId


def buy_boost(command: BuyBoost, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give the member the tier above the real one until the programme's midnight; tier and growth stay (T8)."""
    rulebook = world.rulebook
    if rulebook.boost is None:
        return _refused("closed", "boosts are not open in this programme")
    if command.tier not in rulebook.privileges:
        return _refused("bad_request", f"tier: the ladder has {', '.join(rulebook.privileges)}")
    member = world.members.get(who)
    real = rulebook.lowest if member is None else member.tier
    above = rulebook.tier_after(real)
    if above is None:
        return _refused("closed", f"tier: {real} is the highest, there is nothing above it")
    if command.tier != above.id:
        return _refused("bad_request", f"tier: {above.id} can be bought, the one above yours")
    if member is not None and member.boost is not None and member.boost.until_ms > now_ms:
        return _refused("limit_reached", "tier: one boost at a time, and yours lasts until the day ends")
    if (
        member is not None
        and rulebook.ranks[effective_tier(member, rulebook, now_ms)] >= rulebook.ranks[above.id]
    ):
        return _refused("closed", f"tier: you enjoy {above.id} already")
    free = (
        0
        if member is None
        else free_points(member, world.orders.values(), rulebook, now_ms, world.held_awards.values())
    )
    cost = rulebook.boost.points
    if free < cost:
        message = f"tier: it costs {cost} points, {free} may be spent; points of orders that may still be returned pay orders only"
        return Decision(Refusal("not_enough_points", message, (("points", cost), ("free", free))))
    day = world.calendar.day_of(now_ms)
    boost = TierHold(above.id, world.calendar.start_of(day + 1))
    return Decision(Applied(Earned(points=-cost), BOOST), (BoostBought(who, cost, boost, day, now_ms),))


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
