"""What facts change in the member they are about. Pure: a member and facts in, the member after them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Final, TypedDict, Unpack, assert_never

from server.domain.box_facts import BoxOpened, BoxTicketGiven
from server.domain.facts import (
    Acted,
    Awarded,
    CheckedIn,
    CommentPosted,
    CouponFreed,
    CouponGranted,
    CouponUsed,
    DrawEntered,
    Granted,
    IdentityLinked,
    InviteAccepted,
    InviteCompleted,
    Lapsed,
    Liked,
    MemberChange,
    MemberUpdated,
    OrderPaid,
    PerkGiven,
    PointsCaptured,
    PointsHeld,
    PointsReleased,
    PrizeWon,
    RedemptionFact,
    RewardCancelled,
    RewardRedeemed,
    ShoutedOut,
    TakenBack,
    TaskDone,
    TaskProgressed,
    TicketFact,
    TicketReturned,
    TierDropped,
    TierEnding,
    TierKept,
    TierReached,
    VoteCast,
)
from server.domain.gift_facts import (
    BoostBought,
    GiftFact,
    GiftReturned,
    GiftSetAside,
    PointsGiven,
    TierHoldEnded,
)
from server.domain.held_awards import AwardHeld, AwardReleased
from server.domain.moderation import MemberRestricted, Restriction
from server.domain.rulebook import GRANT, RECALL, WATCH10, WATCH15
from server.domain.state import (
    AwardCount,
    AwardKey,
    Coupon,
    DayBucket,
    Member,
    RecentComment,
    TaskCount,
    TierHold,
)
from server.ids import MemberId, OrderId, TierId

NOT_YET: Final = AwardCount()
REPEAT_MS: Final = 600_000
"""So long a member's comments are remembered: nothing of E9 looks further back, whatever the rulebook says."""
MOST_TASKS: Final = 50
"""Countdown tasks a member is remembered to have taken part in: more than a day's shows can hold open."""


_KEPT_APART: Final = (IdentityLinked, Lapsed, Liked, VoteCast, TaskDone, PrizeWon)
"""Identities, reaction totals and votes are not in the member; a task's reward and a prize are there by what
follows."""


_GIVEN_TO_THE_ABSENT: Final = (RECALL, GRANT)
"""Awards that say nothing about whether the member was there (L11)."""


class Changes(TypedDict, total=False):
    """What may change of a member: the rest is given once."""

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
    held: int
    days: tuple[DayBucket, ...]
    awards: Mapping[AwardKey, AwardCount]
    coupons: tuple[Coupon, ...]
    shouted: Mapping[TierId, int]
    given: Mapping[str, int]
    comments: tuple[RecentComment, ...]
    last_act_ms: int
    last_watch_award_ms: int
    last_watch10_award_ms: int
    last_active_ms: int
    first_order_ms: int | None
    warned_until_ms: int
    boost: TierHold | None
    grant: TierHold | None
    streak: int
    streak_day: int
    box_tickets: int
    invited_by: MemberId | None
    invite_open: bool
    tasks: tuple[TaskCount, ...]
    restrictions: tuple[Restriction, ...]
    version: int
    """No fact's: the ledger raises it."""


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
    _write(copy, **changes)
    return copy


def _write(draft: Member, **changes: Unpack[Changes]) -> None:
    """Change a copy that nobody else holds yet. Whatever has left this module is never written again."""
    for name, value in changes.items():
        _SETTER_OF[name](draft, value)


def award_keys(fact: Awarded) -> tuple[AwardKey, ...]:
    """Return the counters that `fact` raises: its day's, its show's, and the one for ever (E8, L3)."""
    day = (f"d{fact.day}", fact.rule)
    if ":" in fact.rule:
        # An award of one thing (`task:{id}`) that is over soon: a member must not carry them all for ever.
        return (day,)
    total = ("total", fact.rule)
    return (day, total) if fact.show is None else (day, (f"s:{fact.show}", fact.rule), total)


def member_after(
    member: Member, *facts: MemberChange | RedemptionFact | GiftFact | TicketFact | OrderPaid
) -> Member:
    """Return `member` once `facts`, all about this member, have happened. The version is the ledger's.

    However many they are, the member is copied once: an event has several facts, and the copies were half
    the cost of folding.
    """
    draft: Member | None = None
    for fact in facts:
        if not isinstance(fact, _KEPT_APART):
            draft = draft or changed(member)
            _fold(draft, fact)
    return draft or member


def _fold(draft: Member, fact: MemberChange | RedemptionFact | GiftFact | TicketFact | OrderPaid) -> None:
    match fact:
        case Awarded():
            _fold_award(draft, fact)
        case Acted():
            _write(
                draft,
                last_act_ms=max(draft.last_act_ms, fact.at_ms),
                last_active_ms=max(draft.last_active_ms, fact.at_ms),
            )
        case OrderPaid():
            order = fact.order
            _write(
                draft,
                days=bucket_added(draft.days, order.day, paid=order.amount, orders=1),
                first_order_ms=order.paid_ms if draft.first_order_ms is None else draft.first_order_ms,
                last_act_ms=max(draft.last_act_ms, fact.at_ms),
                last_active_ms=max(draft.last_active_ms, fact.at_ms),
            )
        case TakenBack():
            _write(
                draft,
                points=draft.points - fact.points,
                days=bucket_added(draft.days, fact.day, -fact.growth, -fact.paid, -fact.orders),
            )
        case CommentPosted():
            recent = tuple(comment for comment in draft.comments if comment.at_ms > fact.at_ms - REPEAT_MS)
            _write(draft, comments=(*recent, RecentComment(fact.digest, fact.at_ms, fact.counted)))
        case PointsHeld():
            _write(draft, held=draft.held + fact.redemption.points)
        case PointsCaptured():
            spent = fact.redemption.points
            _write(draft, points=draft.points - spent, held=draft.held - spent)
        case PointsReleased():
            if fact.held:
                _write(draft, held=draft.held - fact.points)
            else:
                _write(draft, points=draft.points + fact.points)
        case RewardRedeemed():
            _write(draft, points=draft.points - fact.claim.cost)
        case RewardCancelled():
            _write(draft, points=draft.points + fact.claim.cost)
        case DrawEntered():
            _write(
                draft,
                points=draft.points - fact.ticket.points,
                last_active_ms=max(draft.last_active_ms, fact.at_ms),
            )
        case TicketReturned():
            _write(draft, points=draft.points + fact.ticket.points)
        case GiftSetAside():
            _write(draft, held=draft.held + fact.gift.points)
        case MemberRestricted():
            _write(draft, restrictions=fact.restrictions)
        case AwardHeld():
            _write(draft, held=draft.held + fact.award.points)
        case AwardReleased():
            _write(draft, held=draft.held - fact.points)
        case GiftReturned():
            _write(draft, held=draft.held - fact.gift.points)
        case PointsGiven():
            _fold_gift(draft, fact)
        case BoostBought():
            _write(draft, points=draft.points - fact.points, boost=fact.boost)
        case TierHoldEnded():
            if fact.kind == "boost":
                _write(draft, boost=None)
            else:
                _write(draft, grant=None)
        case TierEnding():
            _write(draft, warned_until_ms=fact.until_ms)
        case Granted():
            if fact.tier is not None:
                _write(draft, grant=fact.tier)
        case TaskProgressed():
            others = (one for one in draft.tasks if one.task != fact.task and one.forget_ms > fact.at_ms)
            here = TaskCount(fact.task, fact.count, fact.target, fact.forget_ms)
            _write(draft, tasks=(*others, here)[-MOST_TASKS:])
        case CheckedIn():
            _write(draft, streak=fact.streak, streak_day=fact.day)
        case BoxTicketGiven():
            _write(draft, box_tickets=draft.box_tickets + 1)
        case BoxOpened():
            spent = 1 if fact.by_ticket else 0
            _write(
                draft,
                box_tickets=draft.box_tickets - spent,
                last_active_ms=max(draft.last_active_ms, fact.at_ms),
            )
        case InviteAccepted():
            _write(draft, invited_by=fact.inviter, invite_open=True)
        case InviteCompleted():
            _write(draft, invite_open=False)
        case TierReached():
            _write_tier(draft, fact.tier, fact.at_ms, fact.until_ms, fact.by_order)
        case TierDropped():
            _write_tier(draft, fact.tier, fact.at_ms, fact.until_ms, fact.by_order)
        case TierKept():
            _write(draft, tier_until_ms=fact.until_ms, tier_by_order=None)
        case CouponGranted():
            _write(draft, coupons=(*draft.coupons, fact.coupon))
        case CouponUsed():
            coupons = tuple(
                replace(coupon, used_by=fact.order) if coupon.id == fact.coupon else coupon
                for coupon in draft.coupons
            )
            _write(draft, coupons=coupons)
        case CouponFreed(coupon=freed):
            rest = (coupon for coupon in draft.coupons if coupon.id != freed.id)
            # Where it stood: as they were given, the way they are read.
            coupons = tuple(sorted((*rest, freed), key=lambda one: (one.granted_ms, one.id)))
            _write(draft, coupons=coupons)
        case PerkGiven():
            _write(draft, given={**draft.given, fact.perk: fact.at_ms})
        case ShoutedOut():
            _write(draft, shouted={**draft.shouted, fact.tier: fact.at_ms})
        case MemberUpdated():
            _fold_update(draft, fact)
        case IdentityLinked() | Lapsed() | Liked() | VoteCast() | TaskDone() | PrizeWon():
            pass  # see _KEPT_APART
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


def _fold_award(draft: Member, fact: Awarded) -> None:
    awards = dict(draft.awards)
    for key in award_keys(fact):
        old = awards.get(key, NOT_YET)
        awards[key] = AwardCount(old.n + fact.awards, old.points + fact.points, old.growth + fact.growth)
    _write(
        draft,
        awards=awards,
        points=draft.points + fact.points,
    )
    if fact.rule not in _GIVEN_TO_THE_ABSENT:
        _write(draft, last_active_ms=max(draft.last_active_ms, fact.at_ms))
    if fact.growth:
        _write(draft, days=bucket_added(draft.days, fact.day, fact.growth))
    if fact.rule == WATCH15:
        _write(draft, last_watch_award_ms=fact.at_ms)
    elif fact.rule == WATCH10:
        _write(draft, last_watch10_award_ms=fact.at_ms)


def _fold_gift(draft: Member, fact: PointsGiven) -> None:
    """The same fact is folded into both: here one of them."""
    points = fact.gift.points
    if draft.id != fact.gift.giver:
        _write(draft, points=draft.points + points)
    else:
        held = draft.held - points if fact.set_aside else draft.held
        _write(draft, points=draft.points - points, held=held)


def _fold_update(draft: Member, fact: MemberUpdated) -> None:
    if fact.name is not None:
        _write(draft, name=fact.name)
    if fact.name_as_of_ms is not None:
        _write(draft, name_as_of_ms=fact.name_as_of_ms)
    if fact.birthday is not None:
        _write(draft, birthday=fact.birthday, birthday_set_ms=fact.at_ms)
    if fact.announce_optout is not None:
        _write(draft, announce_optout=fact.announce_optout)


def _write_tier(
    draft: Member, tier: TierId, since_ms: int, until_ms: int | None, by_order: OrderId | None
) -> None:
    _write(draft, tier=tier, tier_since_ms=since_ms, tier_until_ms=until_ms, tier_by_order=by_order)
