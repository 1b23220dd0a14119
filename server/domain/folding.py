"""What a fact changes in the member it is about. Pure: a member and a fact in, the member after it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Final, TypedDict, Unpack, assert_never

from server.domain.facts import (
    Acted,
    Awarded,
    CommentPosted,
    CouponGranted,
    CouponUsed,
    IdentityLinked,
    Liked,
    MemberCreated,
    MemberFact,
    MemberUpdated,
    OrderPaid,
    ShoutedOut,
    TakenBack,
    TierDropped,
    TierKept,
    TierReached,
    VoteCast,
)
from server.domain.rulebook import WATCH10, WATCH15
from server.domain.state import AwardCount, AwardKey, Coupon, DayBucket, Member, RecentComment
from server.ids import OrderId, TierId

NOT_YET: Final = AwardCount()
REPEAT_MS: Final = 600_000
"""So long a member's comments are remembered: nothing of E9 looks further back, whatever the rulebook says."""


class Changes(TypedDict, total=False):
    """What facts may change of a member: the rest is given once, or is the ledger's."""

    name: str
    name_as_of_ms: int
    birthday: str | None
    birthday_set_ms: int | None
    announce_optout: bool
    tier: TierId
    tier_since_ms: int
    tier_until_ms: int | None
    tier_by_order: OrderId | None
    points: int
    days: tuple[DayBucket, ...]
    awards: Mapping[AwardKey, AwardCount]
    coupons: tuple[Coupon, ...]
    shouted: Mapping[TierId, int]
    comments: tuple[RecentComment, ...]
    last_act_ms: int
    last_watch_award_ms: int
    last_watch10_award_ms: int
    last_active_ms: int
    first_order_ms: int | None


_NAMES: Final = tuple(field.name for field in fields(Member))
_values_of: Final = attrgetter(*_NAMES)
_SETTERS: Final = tuple(getattr(Member, name).__set__ for name in _NAMES)
_SETTER_OF: Final = dict(zip(_NAMES, _SETTERS, strict=True))


def changed(member: Member, **changes: Unpack[Changes]) -> Member:
    """Return a copy of `member` with `changes`.

    What `dataclasses.replace` does, at half its cost: every event folds several facts into a member of
    thirty fields, and a frozen class's own `__init__` sets each of them the slow way.
    """
    copy = object.__new__(Member)
    for setter, value in zip(_SETTERS, _values_of(member), strict=True):
        setter(copy, value)
    for name, value in changes.items():
        _SETTER_OF[name](copy, value)
    return copy


def award_keys(fact: Awarded) -> tuple[AwardKey, ...]:
    """Return the counters that `fact` raises: its day's, its show's, and the one for ever (E8)."""
    day = (f"d{fact.day}", fact.rule)
    total = ("total", fact.rule)
    return (day, total) if fact.show is None else (day, (f"s:{fact.show}", fact.rule), total)


def member_after(member: Member, fact: MemberFact | OrderPaid) -> Member:
    """Return `member` once `fact`, which is about this member, has happened. The version is the ledger's."""
    match fact:
        case Awarded():
            return _after_award(member, fact)
        case Acted():
            return changed(
                member,
                last_act_ms=max(member.last_act_ms, fact.at_ms),
                last_active_ms=max(member.last_active_ms, fact.at_ms),
            )
        case OrderPaid():
            order = fact.order
            return changed(
                member,
                days=bucket_added(member.days, order.day, paid=order.amount, orders=1),
                first_order_ms=order.paid_ms if member.first_order_ms is None else member.first_order_ms,
                last_act_ms=max(member.last_act_ms, fact.at_ms),
                last_active_ms=max(member.last_active_ms, fact.at_ms),
            )
        case TakenBack():
            return changed(
                member,
                points=member.points - fact.points,
                days=bucket_added(member.days, fact.day, -fact.growth, -fact.paid, -fact.orders),
            )
        case CommentPosted():
            recent = tuple(comment for comment in member.comments if comment.at_ms > fact.at_ms - REPEAT_MS)
            return changed(member, comments=(*recent, RecentComment(fact.digest, fact.at_ms, fact.counted)))
        case TierReached():
            return _at_tier(member, fact.tier, fact.at_ms, fact.until_ms, fact.by_order)
        case TierDropped():
            return _at_tier(member, fact.tier, fact.at_ms, fact.until_ms, None)
        case TierKept():
            return changed(member, tier_until_ms=fact.until_ms, tier_by_order=None)
        case CouponGranted():
            return changed(member, coupons=(*member.coupons, fact.coupon))
        case CouponUsed():
            coupons = tuple(
                replace(coupon, used_by=fact.order) if coupon.id == fact.coupon else coupon
                for coupon in member.coupons
            )
            return changed(member, coupons=coupons)
        case ShoutedOut():
            return changed(member, shouted={**member.shouted, fact.tier: fact.at_ms})
        case MemberCreated():
            return fact.member
        case MemberUpdated():
            return _after_update(member, fact)
        case IdentityLinked() | Liked() | VoteCast():
            return member  # Identities, reaction totals and votes are kept apart from the member.
        case _:
            assert_never(fact)


def bucket_added(
    days: tuple[DayBucket, ...], day: int, growth: int = 0, paid: int = 0, orders: int = 0
) -> tuple[DayBucket, ...]:
    """Return `days` (ascending) with so much more in `day`; the bucket is made where there is none."""
    at = len(days)
    while at and days[at - 1].day > day:
        at -= 1
    if at and days[at - 1].day == day:
        old = days[at - 1]
        new = DayBucket(day, old.growth + growth, old.paid + paid, old.orders + orders)
        return (*days[: at - 1], new, *days[at:])
    return (*days[:at], DayBucket(day, growth, paid, orders), *days[at:])


def _after_award(member: Member, fact: Awarded) -> Member:
    awards = dict(member.awards)
    for key in award_keys(fact):
        old = awards.get(key, NOT_YET)
        awards[key] = AwardCount(old.n + fact.awards, old.points + fact.points, old.growth + fact.growth)
    return changed(
        member,
        awards=awards,
        points=member.points + fact.points,
        days=bucket_added(member.days, fact.day, fact.growth) if fact.growth else member.days,
        last_watch_award_ms=fact.at_ms if fact.rule == WATCH15 else member.last_watch_award_ms,
        last_watch10_award_ms=fact.at_ms if fact.rule == WATCH10 else member.last_watch10_award_ms,
        last_active_ms=max(member.last_active_ms, fact.at_ms),
    )


def _after_update(member: Member, fact: MemberUpdated) -> Member:
    born = fact.birthday is not None
    return changed(
        member,
        name=member.name if fact.name is None else fact.name,
        name_as_of_ms=member.name_as_of_ms if fact.name_as_of_ms is None else fact.name_as_of_ms,
        birthday=fact.birthday if born else member.birthday,
        birthday_set_ms=fact.at_ms if born else member.birthday_set_ms,
        announce_optout=member.announce_optout if fact.announce_optout is None else fact.announce_optout,
    )


def _at_tier(
    member: Member, tier: TierId, since_ms: int, until_ms: int | None, by_order: OrderId | None
) -> Member:
    return changed(member, tier=tier, tier_since_ms=since_ms, tier_until_ms=until_ms, tier_by_order=by_order)
