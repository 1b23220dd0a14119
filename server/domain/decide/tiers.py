"""Up at once and in public (T5, T12, L2); down, quietly, after a refund: `lifts` (V3)."""

from __future__ import annotations

from server.domain.commands import Origin
from server.domain.days import DAY_MS
from server.domain.decide.coupons import level_up_coupon
from server.domain.facts import Fact, ShoutedOut, TierReached
from server.domain.ladder import Totals, supported, totals
from server.domain.state import Member
from server.domain.world import World
from server.ids import OrderId


def promoted(member: Member, gained: Totals, origin: Origin, world: World, now_ms: int) -> tuple[Fact, ...]:
    """Return what follows when behaviour brings `gained` on top of what `member` has: usually nothing."""
    reached = tier_reached(member, gained, world, now_ms)
    return () if reached is None else (reached, *celebrated(member, reached, origin, world, now_ms))


def tier_reached(
    member: Member, gained: Totals, world: World, now_ms: int, by_order: OrderId | None = None
) -> TierReached | None:
    """Return the step up that `gained` makes possible; several at once are one, to the highest (T5)."""
    rulebook = world.rulebook
    tier = supported(_standing(member, gained, world, now_ms), rulebook).id
    if rulebook.ranks[tier] <= rulebook.ranks[member.tier]:
        return None
    until_ms = now_ms + rulebook.year.valid_ms
    return TierReached(member.id, tier, member.tier, until_ms, now_ms, by_order)


def celebrated(
    member: Member, reached: TierReached, origin: Origin, world: World, now_ms: int
) -> tuple[Fact, ...]:
    """Return coupon and shout-out of a tier just reached, once per member and tier in a year (L2, T12)."""
    rulebook = world.rulebook
    offer = rulebook.level_up
    tier = reached.tier
    if rulebook.ranks[tier] < rulebook.ranks[offer.from_tier]:
        return ()
    # What was shouted under earlier rules counts for the tier that has taken its place (T12).
    last_ms = max(
        (at_ms for one, at_ms in member.shouted.items() if rulebook.now_called(one) == tier), default=None
    )
    if last_ms is not None and now_ms - last_ms < offer.once_in_days * DAY_MS:
        return ()
    coupon, facts = level_up_coupon(member, tier, origin, world, now_ms)
    shout = ShoutedOut(
        member=member.id,
        author=member.author,
        name="" if member.announce_optout else member.name,
        tier=tier,
        room=origin.room if world.on_air(origin.room) is not None else None,
        coupon=coupon,
        at_ms=now_ms,
        is_test=origin.is_test,
    )
    return (*facts, shout)


def _standing(member: Member, change: Totals, world: World, now_ms: int) -> Totals:
    today = world.calendar.day_of(now_ms)
    has = totals(member.days, today, world.rulebook.year.window_days)
    return Totals(has.growth + change.growth, has.paid + change.paid, has.orders + change.orders)
