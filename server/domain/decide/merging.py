"""Merging two accounts of one person (X1)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import MergeMembers
from server.domain.decide.lifts import rests_on, without
from server.domain.decide.tiers import celebrated, tier_reached
from server.domain.decide.years import left_of, with_time_passed
from server.domain.decision import Applied, Decision, Duplicate, Refusal
from server.domain.facts import Fact, MemberRetired, MembersMerged, OrderBacked
from server.domain.ladder import Totals
from server.domain.meaning import meant
from server.domain.rulebook import MERGE
from server.domain.state import Member, Order, TierHold
from server.domain.uniting import united
from server.domain.world import World
from server.ids import MemberId


def merge_members(command: MergeMembers, who: MemberId, world: World, now_ms: int) -> Decision:
    """Let `who` have all that the other account had; from then on the other's id means `who`, for good.

    Merging what is one member already is a repeat. The sum of both may reach a tier, which is celebrated
    like any other; no tier is lost. A tier that the sum reaches only with orders that may still be returned rests
    on these: what comes of their refunds does not hang on whether the merge came before (V3).
    """
    gone_id = meant(command.gone, world)
    if command.gone == command.who:
        return Decision(Refusal("bad_request", "from: is this very member; name the other account"))
    if gone_id == who:
        return Decision(Duplicate(Applied(rule=MERGE)))
    kept = world.members.get(who)
    if kept is None or gone_id not in world.members:
        named = "id" if kept is None else "from"
        return Decision(Refusal("not_found", f"{named}: there is no such member"))
    passed, world = with_time_passed(gone_id, world, now_ms)
    gone = world.members[gone_id]
    today = world.calendar.day_of(now_ms)
    after = united(kept, gone, world.rulebook, today)
    facts: tuple[Fact, ...] = (
        *passed,
        MembersMerged(who, after, gone, today, now_ms),
        MemberRetired(gone_id, who, now_ms),
    )
    reached = tier_reached(after, Totals(0), world, now_ms)
    resting: Order | None = None
    if reached is not None:
        resting = rests_on(after, reached.tier, _orders_of((kept, gone), world, now_ms), world, now_ms)
    if after.tier_by_order is not None or resting is not None:
        facts += _backed(who, (kept, gone), resting, world, now_ms)
    if reached is not None:
        if resting is not None:
            reached = replace(reached, by_order=resting.id, since_ms=resting.paid_ms)
        facts += (reached, *celebrated(after, reached, command.origin, world, now_ms))
    return Decision(Applied(rule=MERGE), facts)


def _orders_of(both: tuple[Member, Member], world: World, now_ms: int) -> list[Order]:
    """Return the paid orders of both that may still be returned, by id."""
    since_ms = now_ms - world.rulebook.order.return_window_ms
    ids = {one.id for one in both}
    orders = [one for one in world.orders.values() if one.member in ids and one.paid_ms >= since_ms]
    return sorted((one for one in orders if one.amount), key=lambda one: one.id)


def _backed(
    who: MemberId, both: tuple[Member, Member], resting: Order | None, world: World, now_ms: int
) -> tuple[OrderBacked, ...]:
    """Put behind every order that a refund may still judge what the person has by itself in either account (V3).

    Of tiers that cannot be added the better one stands; when it goes with its order, the other one is there. So it
    is behind `resting`, the last order that they need for what they have reached only together.
    """
    standing_on = {one.tier_by_order for one in both} | {None if resting is None else resting.id}
    orders = _orders_of(both, world, now_ms)
    lifting = [one for one in orders if one.reached is not None or one.id in standing_on]
    holds = [hold for one in both for hold in _by_itself(one, lifting, world, now_ms)]
    if not holds:
        return ()
    best = max(holds, key=lambda hold: (world.rulebook.ranks[hold.tier], hold.until_ms))
    return tuple(
        OrderBacked(replace(order, member=who, replaced=best), best, now_ms)
        for order in lifting
        if order.replaced != best
    )


def _by_itself(member: Member, lifting: list[Order], world: World, now_ms: int) -> list[TierHold]:
    """Return the tiers that `member` has whatever becomes of the orders: its own one, or what stands behind them."""
    theirs = [one for one in lifting if one.member == member.id]
    if member.tier_by_order not in {one.id for one in theirs}:
        return [] if member.tier_until_ms is None else [TierHold(member.tier, member.tier_until_ms)]
    alone = without(theirs, member)
    behind = [left_of(one.replaced, alone, world, now_ms) for one in theirs if one.replaced is not None]
    return [hold for hold in behind if hold is not None]
