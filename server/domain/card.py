"""What a member sees of themselves, rendered from record, rulebook and now (PROTOCOL §1.3, L7, T10). Pure.

Every node renders the card from the same record at its own `now`, so nothing here may depend on the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from server.domain.days import Calendar, date_of
from server.domain.decide.awards import all_left_today, multiplied, multiplier_of
from server.domain.decide.check_in import streak_of
from server.domain.decide.coupons import usable
from server.domain.hints import keep_hint, next_hint, smallest_order
from server.domain.ladder import as_called_now, effective_tier, growth_to_retain, retains, totals
from server.domain.phrases import Hint
from server.domain.pricing import VIP_SERVICE, benefit_of
from server.domain.rewards import NearestReward, Reward, nearest_reward
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Show, TierHold
from server.domain.unguarded import unguarded
from server.ids import AuthorTag, CouponId, MemberId, RuleId, ShowId, TierId


@unguarded
@dataclass(frozen=True, slots=True)
class Next:
    """How far the next tier is (T10)."""

    tier: TierId
    growth_to_go: int
    spend_to_go: int
    """Minor units of the smallest single order that gets there, its extra growth included."""
    hint: Hint


@unguarded
@dataclass(frozen=True, slots=True)
class Way:
    """One rule that still pays today: `points` for each of `left` awards."""

    rule: RuleId
    points: int
    left: int


@unguarded
@dataclass(frozen=True, slots=True)
class Today:
    earned: int
    claimable: int
    """All that `ways` still hold (今日可领积分)."""
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """What keeps the tier when its year ends (T7)."""

    growth_to_keep: int
    deadline_ms: int
    hint: Hint


@unguarded
@dataclass(frozen=True, slots=True)
class CardCoupon:
    id: CouponId
    title: str
    off: int
    min: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class CardTask:
    count: int
    target: int
    state: str


@dataclass(frozen=True, slots=True)
class Service:
    """Who helps a member of this tier, and where (B3)."""

    text: str
    link: str | None


@dataclass(frozen=True, slots=True)
class DayOffer:
    """What today, a member day, gives everybody (E11)."""

    percent: int
    """Off the live price; the better of this and the tier's own price counts."""
    multiplier: float
    until_ms: int


_NO_TASKS: Final[Mapping[str, CardTask]] = MappingProxyType({})


@unguarded
@dataclass(frozen=True, slots=True)
class MemberCard:
    """All keys of PROTOCOL §1.3; `real_tier`, `service` and `member_day` are left out on the wire when None."""

    member: MemberId
    author: AuthorTag
    name: str
    version: int
    as_of_ms: int
    tier: TierId
    """The one that has effect (T8)."""
    real_tier: TierId | None
    """None = the same."""
    until_ms: int | None
    """When the effective tier ends; None for the lowest."""
    boost: TierHold | None
    growth: int
    """Of the last 365 days; may be negative (V3)."""
    points: int
    held: int
    next: Next | None
    """None at the top of the ladder."""
    today: Today
    nearest_reward: NearestReward | None
    retention: Retention | None
    """None unless a drop is near (T7)."""
    tasks: Mapping[str, CardTask]
    coupons: tuple[CardCoupon, ...]
    multiplier: float
    streak: int
    cohort: str | None
    service: Service | None = None
    """None = not for this tier (B3)."""
    member_day: DayOffer | None = None
    """None = today is none (E11)."""
    tickets: int = 0
    """Blind boxes to be opened for nothing (E5)."""


def card_of(
    member: Member,
    rulebook: Rulebook,
    calendar: Calendar,
    show: Show | None,
    now_ms: int,
    offered: Sequence[Reward] = (),
    budget: int | None = None,
) -> MemberCard:
    """Return the member's card as of `now_ms`.

    `show` is the one of the room it is shown in: while it is not live, nobody is told to earn in it, and where a
    rule has a cap of the show, what is left of it is left in this one. None = no room in view, hinted as if in a
    show that has just begun. The record holds the counters of all
    shows on air as it was committed or read (E8). `version` is the record's, 0
    for a member never stored (a virtual card). `budget`: points that behaviour may still bring anybody in that
    show; None = not known, hinted as if enough. Growth needs none (E8), so steps to a tier stay. `offered` is the reward shop as `rewards.on_offer` gives it; the
    nearest one counts all points that are not held: those of an order that may still be returned are on their
    way, and the record does not know them apart.
    """
    member = as_called_now(member, rulebook)
    today = calendar.day_of(now_ms)
    counts = totals(member.days, today, rulebook.year.window_days)
    tier = effective_tier(member, rulebook, now_ms)
    boost = member.boost if member.boost is not None and member.boost.until_ms > now_ms else None
    multiplier = multiplier_of(member, rulebook, calendar, now_ms)
    target = rulebook.tier_after(member.tier)
    on_air = show.id if show is not None and show.status == "live" else None
    return MemberCard(
        member=member.id,
        author=member.author,
        name=member.name,
        version=member.version,
        as_of_ms=now_ms,
        tier=tier,
        real_tier=member.tier if member.tier != tier else None,
        until_ms=_until(member, tier, now_ms),
        boost=boost,
        growth=counts.growth,
        points=member.points,
        held=member.held,
        next=None
        if target is None
        else Next(
            tier=target.id,
            growth_to_go=max(0, target.entry.growth - counts.growth),
            spend_to_go=smallest_order(target.entry, counts, rulebook),
            hint=next_hint(
                member, target, counts, rulebook, today, on_air, earning=show is None or on_air is not None
            ),
        ),
        today=_today(member, rulebook, today, multiplier, on_air, budget),
        nearest_reward=nearest_reward(offered, member.points - member.held),
        retention=_retention(member, rulebook, calendar, now_ms, on_air),
        tasks=_tasks(member, now_ms),
        coupons=tuple(
            [
                CardCoupon(coupon.id, coupon.title, coupon.off, coupon.min, coupon.expires_ms)
                for coupon in member.coupons
                if usable(coupon, now_ms)
            ]
        ),
        multiplier=multiplier / 100,
        streak=streak_of(member, today),
        cohort=None,
        service=_service(tier, rulebook),
        member_day=_member_day(rulebook, calendar, today),
        tickets=member.box_tickets,
    )


def _service(tier: TierId, rulebook: Rulebook) -> Service | None:
    vip = benefit_of(tier, VIP_SERVICE, rulebook)
    return None if vip is None else Service(vip.text, vip.link)


def _member_day(rulebook: Rulebook, calendar: Calendar, today: int) -> DayOffer | None:
    rule = rulebook.member_day
    if rule is None or not rule.falls_on(date_of(today)):
        return None
    return DayOffer(rule.percent, rule.multiplier / 100, calendar.start_of(today + 1))


def _tasks(member: Member, now_ms: int) -> Mapping[str, CardTask]:
    if not member.tasks:
        return _NO_TASKS
    return {
        one.task: CardTask(one.count, one.target, "done" if one.count >= one.target else "running")
        for one in member.tasks
        if one.forget_ms > now_ms
    }


def _until(member: Member, tier: TierId, now_ms: int) -> int | None:
    """Return when `tier`, the effective one, ends: of several reasons for it the one that lasts longest."""
    if member.tier == tier:
        return member.tier_until_ms
    return max(
        hold.until_ms
        for hold in (member.boost, member.grant)
        if hold is not None and hold.tier == tier and hold.until_ms > now_ms
    )


def _today(
    member: Member,
    rulebook: Rulebook,
    today: int,
    multiplier: int,
    show: ShowId | None,
    budget: int | None,
) -> Today:
    left = all_left_today(member, rulebook, today, show)
    points = tuple([rule.points for rule in rulebook.behaviours.values()])
    ways, claimable = _ways(tuple(left), points, tuple(left.values()), multiplier)
    if budget is not None and budget < claimable:
        ways = tuple([way for way in ways if way.points <= budget])
        claimable = min(budget, sum([way.points * way.left for way in ways]))
    earned = 0
    scope = f"d{today}"
    for (key, _), count in member.awards.items():
        if key == scope:
            earned += count.points
    return Today(earned, claimable, ways)


@lru_cache(maxsize=1_024)
def _ways(
    rules: tuple[RuleId, ...], points: tuple[int, ...], left: tuple[int, ...], multiplier: int
) -> tuple[tuple[Way, ...], int]:
    """Return the ways that still pay, and all they hold; remembered, because the cards of a crowd are alike in this."""
    each = zip(rules, points, left, strict=True)
    ways = [Way(rule, multiplied(worth, multiplier), more) for rule, worth, more in each if more]
    paying = tuple([way for way in ways if way.points])
    return paying, sum([way.points * way.left for way in paying])


def _retention(
    member: Member, rulebook: Rulebook, calendar: Calendar, now_ms: int, show: ShowId | None
) -> Retention | None:
    """Return what is missing when the tier's year ends soon; None when nothing is, or it is not soon (T7)."""
    until_ms = member.tier_until_ms
    year = rulebook.year
    if until_ms is None or not now_ms < until_ms <= now_ms + year.warn_ms:
        return None
    tier = rulebook.tier(member.tier)
    counts = totals(member.days, calendar.day_of(until_ms), year.window_days)
    if retains(tier, counts, year):
        return None
    missing = growth_to_retain(tier, year) - counts.growth
    return Retention(
        missing, until_ms, keep_hint(member, tier, missing, until_ms, rulebook, calendar, now_ms, show)
    )
