"""What a member pays: member price, then one coupon, then points, each floored at 0 (B1, B9, E11). Pure.

Of several reasons for a member price – the tier's own, the live show's offers, the member day – the best for the
member wins; they are never added up. Prices look at the tier that has effect, a boost included; early access,
gifts and coupons look at the settled one (P4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd
from typing import Final

from server.domain.days import Calendar, date_of
from server.domain.decision import Earned
from server.domain.rulebook import Benefit, Rulebook
from server.domain.state import Coupon, Show
from server.ids import TierId

MEMBER_PRICE: Final = "member_price"
EARLY_ACCESS: Final = "early_access"
COBRAND_EARLY_ACCESS: Final = "cobrand_early_access"
VIP_SERVICE: Final = "vip_service"
CHANGES_DAYS: Final = 62
"""A member day comes every month at least."""


@dataclass(frozen=True, slots=True)
class Item:
    """So many pieces of one thing, at its live price."""

    price: int
    """Minor units of one piece, ≥ 0."""
    quantity: int = 1
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order comes to. All amounts in minor units, none below 0."""

    live_price: int
    member_price: int
    coupon_off: int
    points: int
    """So many points are used …"""
    points_off: int
    """… and take off so much."""
    to_pay: int


def benefit_of(tier: TierId, kind: str, rulebook: Rulebook) -> Benefit | None:
    """Return what `tier` has of a kind, inherited or its own (B6)."""
    for benefit in rulebook.privileges[tier].benefits:
        if benefit.kind == kind:
            return benefit
    return None


def day_percent(rulebook: Rulebook, calendar: Calendar, now_ms: int) -> int:
    """Return what the member day takes off the live price now; 0 when today is none (E11)."""
    rule = rulebook.member_day
    if rule is None or not rule.falls_on(date_of(calendar.day_of(now_ms))):
        return 0
    return rule.percent


def prices_since(rulebook: Rulebook, calendar: Calendar, now_ms: int) -> int | None:
    """Return the day on which a member day last changed what each tier pays, today included; None = not of late."""
    rule, today = rulebook.member_day, calendar.day_of(now_ms)
    if rule is None or not rule.percent:
        return None
    for day in range(today, today - CHANGES_DAYS, -1):
        if rule.falls_on(date_of(day)) != rule.falls_on(date_of(day - 1)):
            return day
    return None


def percent_off(tier: TierId, rulebook: Rulebook, show: Show | None = None, day: int = 0) -> int:
    """Return the percent off the live price for `tier`, the best of all reasons (B1, L1, E11).

    `show` counts while it is live. Its offer to a tier is one to every tier above as well: nobody pays more for
    standing higher. `day` is `day_percent`.
    """
    own = benefit_of(tier, MEMBER_PRICE, rulebook)
    percents = [day, 0 if own is None or own.percent is None else own.percent]
    if show is not None and show.status == "live":
        ranks = rulebook.ranks
        percents += [percent for to, percent, _ in show.offers if ranks.get(to, len(ranks)) <= ranks[tier]]
    return min(100, max(percents))


def member_price(price: int, percent: int) -> int:
    """Return `price` less `percent`, floored to the minor unit: the fraction is the member's."""
    return max(0, price * (100 - percent) // 100)


def member_prices(
    price: int, rulebook: Rulebook, show: Show | None = None, day: int = 0
) -> Mapping[TierId, int]:
    """Return what each tier pays for what costs `price` (B7); `day` is `day_percent`."""
    return {
        tier.id: member_price(price, percent_off(tier.id, rulebook, show, day)) for tier in rulebook.ladder
    }


def quote(
    items: Iterable[Item], percent: int, coupon: Coupon | None, points: int, rulebook: Rulebook
) -> Quote:
    """Return what `items` come to, in the one order that discounts have (B9).

    The member price is floored for each piece. `coupon` must be one that the order may use (`fits`). Of `points`
    (those there are) no more are used than the order takes, and none whose worth would be a fraction.
    """
    wanted = tuple(items)
    live = sum(item.price * item.quantity for item in wanted)
    member = sum(member_price(item.price, percent) * item.quantity for item in wanted)
    coupon_off = 0 if coupon is None else min(coupon.off, member)
    rest = member - coupon_off
    used = _points_for(rest, points, rulebook)
    off = used * rulebook.minor // rulebook.spending.points_per_unit
    return Quote(live, member, coupon_off, used, off, rest - off)


def fits(coupon: Coupon, member_total: int, now_ms: int) -> bool:
    """Whether an order of `member_total`, at member prices and before anything else, may use the coupon."""
    return coupon.used_by is None and coupon.expires_ms > now_ms and member_total >= coupon.min


def order_gain(paid: int, multiplier: int, rulebook: Rulebook) -> Earned:
    """Return what an order earns on what is paid, `multiplier` in percent (B9, E3, V2). Nothing paid earns nothing."""
    if paid <= 0:
        return Earned()
    rule = rulebook.order
    return Earned(
        points=paid * rule.points_percent * multiplier // (10_000 * rulebook.minor),
        growth=paid * rule.growth_percent // (100 * rulebook.minor) + rule.growth_extra,
    )


def opens_ms(public_ms: int, tier: TierId, rulebook: Rulebook, kind: str = EARLY_ACCESS) -> int:
    """Return when something that opens to all at `public_ms` opens to `tier`, the settled one (B2, P4).

    `kind` is the benefit that opens it; `COBRAND_EARLY_ACCESS` for what is made with another brand (T3).
    """
    early = benefit_of(tier, kind, rulebook)
    return public_ms - 1_000 * (0 if early is None or early.seconds is None else early.seconds)


def _points_for(rest: int, points: int, rulebook: Rulebook) -> int:
    rate = rulebook.spending.points_per_unit
    step = rate // gcd(rate, rulebook.minor)
    most = min(max(0, points), rest * rate // rulebook.minor)
    return most - most % step
