"""Up at once and in public, down quietly (T5, T8, T12, V3, L2)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import Origin
from server.domain.days import DAY_MS
from server.domain.decide.coupons import level_up_coupon
from server.domain.decide.years import left_of
from server.domain.facts import Fact, ShoutedOut, TierDropped, TierKept, TierReached
from server.domain.ladder import Totals, changed, supported, totals
from server.domain.state import Member, Order, TierHold
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


def judged_after_refund(
    member: Member, order: Order, taken: Totals, world: World, now_ms: int
) -> tuple[Fact, ...]:
    """Judge the tier again, but only if `order` reached it and may still be returned (V3); else ().

    The member falls to what the growth supports, or to the tier that the order took the place of, whichever
    is higher: a refund takes back what its order gave, not what the member had before. A tier that hangs on
    another order now was reached by this one as well, if this one reached it once: two orders, both returned,
    leave no tier behind.
    """
    rulebook = world.rulebook
    window_ms = rulebook.order.return_window_ms
    if member.tier_by_order is None or now_ms - order.paid_ms > window_ms:
        return ()
    reached_it = order.reached is not None and rulebook.now_called(order.reached) == member.tier
    if member.tier_by_order != order.id and not reached_it:
        return ()
    less = Totals(-taken.growth, -taken.paid, -taken.orders)
    tier = supported(_standing(member, less, world, now_ms), rulebook).id
    if rulebook.ranks[tier] >= rulebook.ranks[member.tier]:
        return ()
    until_ms = now_ms + rulebook.year.valid_ms if tier != rulebook.lowest else None
    # What is left of the order may hold a lower tier up: refunded in parts or at once, it ends the same.
    by_order = order.id if tier != rulebook.lowest else None
    behind = replace(member, days=changed(member.days, order.day, less))
    before = None if order.replaced is None else left_of(order.replaced, behind, world, now_ms)
    if before is not None and rulebook.ranks[before.tier] >= rulebook.ranks[tier]:
        tier, until_ms, by_order = before.tier, before.until_ms, None
    if tier == member.tier and until_ms is not None:
        # Of two accounts that had the same tier the longer year stood (X1), and that was the order's.
        return (TierKept(member.id, tier, until_ms, now_ms),)
    if rulebook.ranks[tier] >= rulebook.ranks[member.tier]:
        return ()
    return (TierDropped(member.id, tier, member.tier, until_ms, now_ms, by_order),)


def replaced_by_order(member: Member, world: World, now_ms: int) -> TierHold | None:
    """Return what a refund of an order that lifts `member` now would have to give back, if anything.

    A tier that itself hangs on an order in its return window gives nothing back: two orders, both
    returned, must not leave a tier behind.
    """
    window_ms = world.rulebook.order.return_window_ms
    if member.tier_by_order is not None and now_ms - member.tier_since_ms <= window_ms:
        return None
    if member.tier_until_ms is None or member.tier_until_ms <= now_ms:
        return None
    return TierHold(member.tier, member.tier_until_ms)


def _standing(member: Member, change: Totals, world: World, now_ms: int) -> Totals:
    today = world.calendar.day_of(now_ms)
    has = totals(member.days, today, world.rulebook.year.window_days)
    return Totals(has.growth + change.growth, has.paid + change.paid, has.orders + change.orders)
