"""Coupons: given within the day's budget, the one of a level-up among them, and used by an order (L2)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import Origin
from server.domain.facts import BudgetSpent, CouponFreed, CouponGranted, CouponUsed, Fact
from server.domain.offers import CouponOffer
from server.domain.state import Coupon, Member, Order
from server.domain.world import World
from server.ids import CouponId, OrderId, TierId, derived


def level_up_coupon(
    member: Member, tier: TierId, origin: Origin, world: World, now_ms: int
) -> tuple[Coupon | None, tuple[Fact, ...]]:
    """Give the single-use coupon of a level-up; None when the offer is off or the day's budget is spent (L2)."""
    rule = world.rulebook.level_up
    if not rule.coupon_off:
        return None, ()
    offer = CouponOffer(rule.coupon_title, rule.coupon_off, rule.coupon_min, rule.coupon_ms)
    return given_coupon(member, offer, f"level_up:{tier}", origin, world, now_ms)


def given_coupon(
    member: Member,
    offer: CouponOffer,
    reason: str,
    origin: Origin,
    world: World,
    now_ms: int,
    *,
    beside: int = 0,
) -> tuple[Coupon | None, tuple[Fact, ...]]:
    """Give a single-use coupon; None when the day's budget, which all given ones share, has no room for it (L2).

    `reason` is one of a kind within the event. `beside`: what the same command has charged to the budget already.
    """
    budgets = world.rulebook.budgets
    name = budgets.coupons_name(world.calendar.day_of(now_ms))
    if not world.affords(name, beside + offer.off, budgets.coupons_day):
        return None, ()
    coupon = Coupon(
        id=CouponId(derived("c", member.id, reason, origin.source, origin.event)),
        title=offer.title,
        off=offer.off,
        min=offer.min,
        granted_ms=now_ms,
        expires_ms=now_ms + offer.valid_ms,
        reason=reason,
    )
    spent = BudgetSpent(name, offer.off, budgets.coupons_day)
    return coupon, (spent, CouponGranted(member.id, coupon, now_ms))


def usable(coupon: Coupon, now_ms: int) -> bool:
    """Whether `coupon` may still pay into an order."""
    return coupon.used_by is None and coupon.expires_ms > now_ms


def use_coupon(member: Member, coupon_id: str, order: OrderId, amount: int, now_ms: int) -> CouponUsed | None:
    """Let an order use up one of the member's own coupons; None when it may not.

    `amount` is what the order came to after the coupon and before points, so what the coupon took off counts
    towards its minimum.
    """
    for coupon in member.coupons:
        if coupon.id == coupon_id and usable(coupon, now_ms) and amount + coupon.off >= coupon.min:
            return CouponUsed(member.id, coupon.id, order, now_ms)
    return None


def freed_with(order: Order, world: World, now_ms: int) -> tuple[CouponFreed, ...]:
    """Return the coupon that paid into `order`, as it stands after a refund, if nothing of it is left (P1).

    One that has expired meanwhile stays used.
    """
    coupon = world.spent_coupons.get(order.id)
    if coupon is None or order.refunded < order.amount:
        return ()
    freed = replace(coupon, used_by=None)
    return (CouponFreed(order.member, freed, order.id, now_ms),) if usable(freed, now_ms) else ()
