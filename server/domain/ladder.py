"""Where a member stands: what counts, which tier it supports, which one has effect (T1, T8, T11). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.domain.rulebook import Rulebook, Tier, TierYear
from server.domain.state import DayBucket, Member
from server.domain.unguarded import unguarded
from server.ids import TierId


@unguarded
@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the rolling window, net of refunds; growth may be negative (V3)."""

    growth: int = 0
    paid: int = 0
    """Minor units."""
    orders: int = 0


def totals(days: tuple[DayBucket, ...], today: int, window_days: int) -> Totals:
    """Return what counts on `today`: that day and the `window_days` − 1 before it (T11)."""
    after = today - window_days
    growth = paid = orders = 0
    for bucket in reversed(days):
        if bucket.day <= after:
            break
        growth += bucket.growth
        paid += bucket.paid
        orders += bucket.orders
    return Totals(growth, paid, orders)


def reaches(tier: Tier, has: Totals) -> bool:
    """Whether `has` meets any one of the tier's alternatives (T1)."""
    entry = tier.entry
    return (
        has.growth >= entry.growth
        or (entry.paid is not None and has.paid >= entry.paid)
        or (entry.orders is not None and has.orders >= entry.orders)
    )


def up_to(days: tuple[DayBucket, ...], last: int) -> tuple[DayBucket, ...]:
    """Return the buckets of the days up to `last`: what counted then, whatever has come since."""
    at = len(days)
    while at and days[at - 1].day > last:
        at -= 1
    return days[:at]


def changed(days: tuple[DayBucket, ...], day: int, by: Totals) -> tuple[DayBucket, ...]:
    """Return the buckets with `by` added to the one of `day`, if there is one."""
    return tuple(
        DayBucket(one.day, one.growth + by.growth, one.paid + by.paid, one.orders + by.orders)
        if one.day == day
        else one
        for one in days
    )


def growth_to_retain(tier: Tier, year: TierYear) -> int:
    """Return the growth that keeps `tier` when its year ends (T6)."""
    return -(-tier.entry.growth * year.retention_percent // 100)


def retains(tier: Tier, has: Totals, year: TierYear) -> bool:
    """Whether `has` keeps `tier` when its year ends: by any one of its alternatives (T6, T11)."""
    entry = tier.entry
    return (
        has.growth >= growth_to_retain(tier, year)
        or (entry.paid is not None and has.paid * 100 >= entry.paid * year.retention_percent)
        or (entry.orders is not None and has.orders * 100 >= entry.orders * year.retention_percent)
    )


def supported(has: Totals, rulebook: Rulebook) -> Tier:
    """Return the highest tier that `has` reaches; the lowest one is everybody's (T4)."""
    for tier in reversed(rulebook.ladder):
        if reaches(tier, has):
            return tier
    return rulebook.ladder[0]


def as_called_now(member: Member, rulebook: Rulebook) -> Member:
    """Return the member with every former tier replaced by the one that has its place now (X3)."""
    former = rulebook.former
    boost, grant = member.boost, member.grant
    if (
        member.tier not in former
        and (boost is None or boost.tier not in former)
        and (grant is None or grant.tier not in former)
    ):
        return member
    return replace(
        member,
        tier=rulebook.now_called(member.tier),
        boost=None if boost is None else replace(boost, tier=rulebook.now_called(boost.tier)),
        grant=None if grant is None else replace(grant, tier=rulebook.now_called(grant.tier)),
    )


def settled_tier(member: Member, rulebook: Rulebook, now_ms: int) -> TierId:
    """Return the higher of real tier and manual grant: what early access, gifts and coupons look at (P4)."""
    grant, best = member.grant, member.tier
    if grant is not None and grant.until_ms > now_ms and rulebook.ranks[grant.tier] > rulebook.ranks[best]:
        best = grant.tier
    return rulebook.now_called(best)


def effective_tier(member: Member, rulebook: Rulebook, now_ms: int) -> TierId:
    """Return the highest of real tier, boost and manual grant that has not run out (T8)."""
    best = member.tier
    for hold in (member.boost, member.grant):
        if hold is not None and hold.until_ms > now_ms and rulebook.ranks[hold.tier] > rulebook.ranks[best]:
            best = hold.tier
    return rulebook.now_called(best)
