"""What time does to tiers: kept or one step down when their year ends, and a warning before (T6, T7)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import KeepTime
from server.domain.decision import Applied, Decision
from server.domain.facts import Fact, TierDropped, TierEnding, TierKept, TierMoved
from server.domain.folding import member_after
from server.domain.gift_facts import TierHoldEnded
from server.domain.ladder import Totals, growth_to_retain, retains, supported, totals, up_to
from server.domain.rulebook import Rulebook
from server.domain.state import Member, TierHold
from server.domain.world import World
from server.ids import MemberId


def keep_time(command: KeepTime, who: MemberId, world: World, now_ms: int) -> Decision:
    """Warn the member when the tier is about to be lost, and let go of tiers for a while that are over (T8).

    Years that have ended are over before this is asked.
    """
    member = world.members.get(who)
    if member is None:
        return Decision(Applied())
    warning = ending(member, world, now_ms)
    return Decision(Applied(), (*(() if warning is None else (warning,)), *holds_ended(member, now_ms)))


def years_ended(member: Member, world: World, now_ms: int) -> tuple[TierKept | TierDropped, ...]:
    """Return what became of the tier at the end of every year that is over by now, in order (T6).

    Judged by what counted on the day the year ended, however late that is: who was away a week is not to
    gain or lose by it. A new year begins where the old one ended.
    """
    facts: list[TierKept | TierDropped] = []
    while member.tier_until_ms is not None and member.tier_until_ms <= now_ms:
        fact = _judged(member, member.tier_until_ms, world)
        facts.append(fact)
        member = member_after(member, fact)
    return tuple(facts)


def left_of(hold: TierHold, member: Member, world: World, now_ms: int) -> TierHold | None:
    """Return what time has made of a tier that `member` would have by itself; None = the lowest one.

    Its year goes on behind the tier of an order: who gets it back has no more than if there had been no order.
    """
    tier = world.rulebook.now_called(hold.tier)
    if tier == world.rulebook.lowest:
        return None
    member = replace(member, tier=tier, tier_until_ms=hold.until_ms, tier_by_order=None)
    for fact in years_ended(member, world, now_ms):
        member = member_after(member, fact)
    return None if member.tier_until_ms is None else TierHold(member.tier, member.tier_until_ms)


def holds_ended(member: Member, now_ms: int) -> tuple[TierHoldEnded, ...]:
    """Return which boost or granted tier is over (T8, P4)."""
    return tuple(
        TierHoldEnded(member.id, kind, hold.tier, now_ms)
        for kind, hold in (("boost", member.boost), ("grant", member.grant))
        if hold is not None and hold.until_ms <= now_ms
    )


def ending(member: Member, world: World, now_ms: int) -> TierEnding | None:
    """Return the warning that is due: the tier ends soon, would not be kept, and nobody has said so yet (T7)."""
    until_ms = member.tier_until_ms
    year = world.rulebook.year
    if (
        until_ms is None
        or not now_ms < until_ms <= now_ms + year.warn_ms
        or member.warned_until_ms == until_ms
    ):
        return None
    tier = world.rulebook.tier(member.tier)
    has = _counted(member, until_ms, world)
    if retains(tier, has, year):
        return None
    return TierEnding(member.id, tier.id, until_ms, growth_to_retain(tier, year) - has.growth, now_ms)


def _judged(member: Member, until_ms: int, world: World) -> TierKept | TierDropped:
    rulebook = world.rulebook
    has = _counted(member, until_ms, world)
    next_ms = until_ms + rulebook.year.valid_ms
    if retains(rulebook.tier(member.tier), has, rulebook.year):
        return TierKept(member.id, member.tier, next_ms, until_ms)
    below = rulebook.ladder[rulebook.ranks[member.tier] - 1]
    if rulebook.year.to_supported:
        below = min(below, supported(has, rulebook), key=lambda tier: rulebook.ranks[tier.id])
    lowest = below.id == rulebook.lowest
    return TierDropped(member.id, below.id, member.tier, None if lowest else next_ms, until_ms)


def _counted(member: Member, at_ms: int, world: World) -> Totals:
    day = world.calendar.day_of(at_ms)
    return totals(up_to(member.days, day), day, world.rulebook.year.window_days)


def moved(member: Member, rulebook: Rulebook, now_ms: int) -> TierMoved:
    """Return the step to the tier that a former one is now (X3). The year goes on; one that had none begins."""
    tier, until_ms = rulebook.now_called(member.tier), member.tier_until_ms
    if tier == rulebook.lowest:
        until_ms = None
    elif until_ms is None:
        until_ms = now_ms + rulebook.year.valid_ms
    return TierMoved(member.id, tier, member.tier, until_ms, now_ms)


def with_time_passed(who: MemberId, world: World, now_ms: int) -> tuple[tuple[Fact, ...], World]:
    """Return what time has done to the member unnoticed, and the world in which it has.

    Other rules first: a year is judged by the tier that stands on the ladder now (decision 0073).
    """
    member = world.members.get(who)
    if member is None:
        return (), world
    facts: tuple[Fact, ...] = ()
    if member.tier in world.rulebook.former:
        facts = (moved(member, world.rulebook, now_ms),)
        world = world.supposing(facts)
        member = world.members[who]
    if member.tier_until_ms is not None and member.tier_until_ms <= now_ms:
        ended = years_ended(member, world, now_ms)
        facts, world = (*facts, *ended), world.supposing(ended)
    return facts, world
