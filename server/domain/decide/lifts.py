"""What orders have lifted a member to, and what of it is left when they go back (V3, T6, X1).

A member's tier is the best of three: what the member has by itself, what an order has reached of which nothing
has gone back, and what the growth that is left supports. None of them asks in which order refunds came, nor
whether two accounts became one before or after.

- By itself: behind the order that took its place it stands in `Order.replaced`, and its year goes on.
- Reached by an order: `Order.reached`, until something of that order goes back inside its return window; from
  then on what is left of it counts like any other growth.
- Supported: the tier rests on all orders that may still be returned, and `Member.tier_by_order` names the
  latest of them; when that one's window is over, so are the others', and the tier is the member's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from server.domain.decide.years import left_of
from server.domain.facts import TierDropped, TierKept
from server.domain.ladder import Totals, changed, supported, totals
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Order, TierHold
from server.domain.world import World
from server.ids import OrderId, TierId


@dataclass(frozen=True, slots=True)
class _Behind:
    """A tier that is there when the one above it goes."""

    hold: TierHold
    order: Order | None = None
    """Which has reached it and may still be returned; None = the member's own."""


def look_back_ms(rulebook: Rulebook) -> int:
    """Return how long ago an order was paid at most behind which a refund may find something.

    Each tier may hang on an order that was paid within the window of the one below, and a refund in between
    may have put off the next by another window.
    """
    return 2 * len(rulebook.ladder) * rulebook.order.return_window_ms


def without_reach(order: Order, rulebook: Rulebook, now_ms: int) -> Order:
    """Return the order once something of it goes back now: inside its return window it has reached nothing any more."""
    return replace(order, reached=None) if _returnable(order, rulebook, now_ms) else order


def judged_after_refund(
    member: Member, order: Order, taken: Totals, world: World, now_ms: int
) -> tuple[TierDropped | TierKept, ...]:
    """Judge the tier again, but only if it hangs on `order` and that may still be returned (V3); else ().

    `order` stands as before the refund; `world` must hold the member's orders of `look_back_ms`, if the tier hangs
    on an order at all. The member falls to the best of what is left, quietly, and never below what it has by itself.
    """
    rulebook = world.rulebook
    if not _returnable(order, rulebook, now_ms) or not _hangs_on(member, order, world):
        return ()
    less = Totals(-taken.growth, -taken.paid, -taken.orders)
    left = replace(member, days=changed(member.days, order.day, less))
    orders = [
        one if one.id != order.id else _after(order, taken) for one in _lately_of(member, world, now_ms)
    ]
    rank = rulebook.ranks
    has = totals(left.days, world.calendar.day_of(now_ms), rulebook.year.window_days)
    # A refund lifts nobody: what is supported counts up to the tier that stands.
    rests = min(supported(has, rulebook).id, member.tier, key=lambda tier: rank[tier])
    if rests != member.tier:
        behind = _best_behind(left, orders, world, now_ms)
        if behind is not None and rank[behind.hold.tier] >= rank[rests]:
            return _fallen(member, behind.hold.tier, behind.hold.until_ms, behind.order, now_ms)
    if rests == rulebook.lowest:
        return _fallen(member, rests, None, None, now_ms)
    # What is left of the order, and the other orders, may hold a tier up: refunded in parts or at once, it ends the same.
    until_ms = member.tier_until_ms if rests == member.tier else now_ms + rulebook.year.valid_ms
    return _fallen(member, rests, until_ms, rests_on(left, rests, orders, world, now_ms), now_ms)


def rests_on(
    member: Member, tier: TierId, orders: Iterable[Order], world: World, now_ms: int
) -> Order | None:
    """Return the latest of `orders` that may still be returned, if `tier` would not be supported without all of them.

    None: the tier rests on what nobody can send back.
    """
    rulebook = world.rulebook
    theirs = [one for one in orders if _returnable(one, rulebook, now_ms) and one.refunded < one.amount]
    alone = without(theirs, member)
    has = totals(alone.days, world.calendar.day_of(now_ms), rulebook.year.window_days)
    if rulebook.ranks[supported(has, rulebook).id] >= rulebook.ranks[tier]:
        return None
    return max(theirs, key=lambda one: (one.paid_ms, one.id), default=None)


def without(orders: Iterable[Order], member: Member) -> Member:
    """Return the member as if what is left of `orders` had never been paid."""
    days = member.days
    for one in orders:
        growth, paid = one.growth_given - one.growth_taken, one.amount - one.refunded
        days = changed(days, one.day, Totals(-growth, -paid, -int(one.refunded < one.amount)))
    return replace(member, days=days)


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


def _returnable(order: Order, rulebook: Rulebook, now_ms: int) -> bool:
    return now_ms - order.paid_ms <= rulebook.order.return_window_ms


def _hangs_on(member: Member, order: Order, world: World) -> bool:
    """Whether the tier was reached by `order`, or rests on growth of which the order's may be a part."""
    if member.tier_by_order is None or member.tier_by_order == order.id:
        return member.tier_by_order is not None
    standing = world.orders.get(member.tier_by_order)
    if standing is None or order.paid_ms - standing.paid_ms > world.rulebook.order.return_window_ms:
        return False
    return standing.reached is None or world.rulebook.now_called(standing.reached) != member.tier


def _lately_of(member: Member, world: World, now_ms: int) -> list[Order]:
    """Return the member's paid orders that may stand behind one that is returned now."""
    since_ms = now_ms - look_back_ms(world.rulebook)
    return [
        one
        for one in world.orders.values()
        if one.member == member.id and one.paid_ms >= since_ms and one.amount
    ]


def _after(order: Order, taken: Totals) -> Order:
    return replace(
        order,
        reached=None,
        refunded=order.refunded + taken.paid,
        growth_taken=order.growth_taken + taken.growth,
    )


def _best_behind(member: Member, orders: Iterable[Order], world: World, now_ms: int) -> _Behind | None:
    """Return the best, up to the tier that stands, of what `member` has by itself and of what orders have reached."""
    rulebook = world.rulebook
    found: list[_Behind] = []
    for one in orders:
        own = None if one.replaced is None else left_of(one.replaced, member, world, now_ms)
        if own is not None:
            found.append(_Behind(own))
        if one.reached is None:
            continue
        reached = TierHold(rulebook.now_called(one.reached), one.paid_ms + rulebook.year.valid_ms)
        left = left_of(reached, member, world, now_ms)
        if left is not None:
            returnable = left == reached and _returnable(one, rulebook, now_ms)
            found.append(_Behind(left, one if returnable else None))
    found = [one for one in found if rulebook.ranks[one.hold.tier] <= rulebook.ranks[member.tier]]
    return max(found, key=lambda one: (rulebook.ranks[one.hold.tier], one.hold.until_ms), default=None)


def _fallen(
    member: Member, tier: TierId, until_ms: int | None, order: Order | None, now_ms: int
) -> tuple[TierDropped | TierKept, ...]:
    """Return the step to `tier`, which hangs on `order`; nothing, where that is how it stands."""
    by_order: OrderId | None = None if order is None else order.id
    since_ms = None if order is None else order.paid_ms
    if tier != member.tier:
        return (TierDropped(member.id, tier, member.tier, until_ms, now_ms, by_order, since_ms),)
    if until_ms is None or (until_ms == member.tier_until_ms and by_order == member.tier_by_order):
        return ()
    return (TierKept(member.id, tier, until_ms, now_ms, by_order, since_ms),)
