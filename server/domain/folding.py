"""What facts change in the member they are about. Pure: a member and facts in, the member after them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from operator import attrgetter
from typing import Final, Protocol, assert_never, cast

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
    TierMoved,
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
    EVER,
    AwardCount,
    AwardKey,
    Coupon,
    DayBucket,
    Member,
    RecentComment,
    TaskCount,
    TierHold,
)
from server.ids import MemberId, OrderId, RuleId, ShowId, TierId

NOT_YET: Final = AwardCount()
REPEAT_MS: Final = 600_000
"""So long a member's comments are remembered: nothing of E9 looks further back, whatever the rulebook says."""
MOST_TASKS: Final = 50
"""Countdown tasks a member is remembered to have taken part in: more than a day's shows can hold open."""


KEYS_SHARED: Final = 4_096
"""Keys of counters that are remembered to be shared: those of today, and of all shows that are on."""
_KEPT_APART: Final = frozenset((IdentityLinked, Lapsed, Liked, VoteCast, TaskDone, PrizeWon))
"""Identities, reaction totals and votes are not in the member; a task's reward and a prize are there by what
follows."""


_GIVEN_TO_THE_ABSENT: Final = (RECALL, GRANT)
"""Awards that say nothing about whether the member was there (L11)."""


class MemberDraft(Protocol):
    """A member while facts are folded into it: a copy that nobody else holds, and all that may change of it."""

    id: MemberId
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
    """No fact's: raised once in every batch that touches the member."""


_values_of: Final = attrgetter(*(field.name for field in fields(Member)))


def drafted(member: Member) -> tuple[Member, MemberDraft]:
    """Return a copy of `member`, and the same copy to write to. Once it has left this module nobody does."""
    copy = Member(*_values_of(member))
    return copy, cast(MemberDraft, copy)


@lru_cache(KEYS_SHARED)
def award_key(scope: str, rule: RuleId) -> AwardKey:
    """Return the key of a counter, the same object for everybody: thousands of members have the same few."""
    return scope, rule


def award_keys(fact: Awarded) -> tuple[AwardKey, ...]:
    """Return the counters that `fact` raises: its day's, its show's, and the one for ever (E8, L3)."""
    return _award_keys(fact.rule, fact.day, fact.show)


@lru_cache(KEYS_SHARED)
def _award_keys(rule: RuleId, day: int, show: ShowId | None) -> tuple[AwardKey, ...]:
    of_day = award_key(f"d{day}", rule)
    if ":" in rule:
        # An award of one thing (`task:{id}`) that is over soon: a member must not carry them all for ever.
        return (of_day,)
    total = award_key(EVER, rule)
    return (of_day, total) if show is None else (of_day, award_key(f"s:{show}", rule), total)


def member_after(
    member: Member,
    *facts: MemberChange | RedemptionFact | GiftFact | TicketFact | OrderPaid,
    version: int | None = None,
) -> Member:
    """Return `member` once `facts`, all about this member, have happened, with `version` (None = as it was).

    However many they are, the member is copied once: an event has several facts, and the copies were half
    the cost of folding.
    """
    if version is None:
        version = member.version
    telling = [fact for fact in facts if type(fact) not in _KEPT_APART]
    if not telling and version == member.version:
        return member
    after, draft = drafted(member)
    draft.version = version
    for fact in telling:
        _fold(draft, fact)
    return after


def _fold(
    draft: MemberDraft, fact: MemberChange | RedemptionFact | GiftFact | TicketFact | OrderPaid
) -> None:
    match fact:
        case Awarded():
            _fold_award(draft, fact)
        case Acted():
            draft.last_act_ms = max(draft.last_act_ms, fact.at_ms)
            draft.last_active_ms = max(draft.last_active_ms, fact.at_ms)
        case OrderPaid():
            order = fact.order
            draft.days = bucket_added(draft.days, order.day, paid=order.amount, orders=1)
            draft.first_order_ms = order.paid_ms if draft.first_order_ms is None else draft.first_order_ms
            draft.last_act_ms = max(draft.last_act_ms, fact.at_ms)
            draft.last_active_ms = max(draft.last_active_ms, fact.at_ms)
        case TakenBack():
            draft.points -= fact.points
            draft.days = bucket_added(draft.days, fact.day, -fact.growth, -fact.paid, -fact.orders)
        case CommentPosted():
            recent = tuple(comment for comment in draft.comments if comment.at_ms > fact.at_ms - REPEAT_MS)
            draft.comments = (*recent, RecentComment(fact.digest, fact.at_ms, fact.counted))
        case PointsHeld():
            draft.held += fact.redemption.points
        case PointsCaptured():
            spent = fact.redemption.points
            draft.points -= spent
            draft.held -= spent
            draft.days = day_opened(draft.days, fact.day)
        case PointsReleased():
            if fact.held:
                draft.held -= fact.points
            else:
                draft.points += fact.points
                draft.days = day_opened(draft.days, fact.day)
        case RewardRedeemed():
            draft.points -= fact.claim.cost
            draft.days = day_opened(draft.days, fact.day)
        case RewardCancelled():
            draft.points += fact.claim.cost
            draft.days = day_opened(draft.days, fact.day)
        case DrawEntered():
            draft.points -= fact.ticket.points
            draft.last_active_ms = max(draft.last_active_ms, fact.at_ms)
            draft.days = day_opened(draft.days, fact.day)
        case TicketReturned():
            draft.points += fact.ticket.points
            draft.days = day_opened(draft.days, fact.day)
        case GiftSetAside():
            draft.held += fact.gift.points
        case MemberRestricted():
            draft.restrictions = fact.restrictions
        case AwardHeld():
            draft.held += fact.award.points
        case AwardReleased():
            draft.held -= fact.points
        case GiftReturned():
            draft.held -= fact.gift.points
        case PointsGiven():
            _fold_gift(draft, fact)
        case BoostBought():
            draft.points -= fact.points
            draft.boost = fact.boost
            draft.days = day_opened(draft.days, fact.day)
        case TierHoldEnded():
            if fact.kind == "boost":
                draft.boost = None
            else:
                draft.grant = None
        case TierEnding():
            draft.warned_until_ms = fact.until_ms
        case Granted():
            if fact.tier is not None:
                draft.grant = fact.tier
        case TaskProgressed():
            others = (one for one in draft.tasks if one.task != fact.task and one.forget_ms > fact.at_ms)
            here = TaskCount(fact.task, fact.count, fact.target, fact.forget_ms)
            draft.tasks = (*others, here)[-MOST_TASKS:]
        case CheckedIn():
            draft.streak = fact.streak
            draft.streak_day = fact.day
        case BoxTicketGiven():
            draft.box_tickets += 1
        case BoxOpened():
            spent = 1 if fact.by_ticket else 0
            draft.box_tickets -= spent
            draft.last_active_ms = max(draft.last_active_ms, fact.at_ms)
        case InviteAccepted():
            draft.invited_by = fact.inviter
            draft.invite_open = True
        case InviteCompleted():
            draft.invite_open = False
        case TierReached() | TierDropped():
            since_ms = fact.at_ms if fact.since_ms is None else fact.since_ms
            _write_tier(draft, fact.tier, since_ms, fact.until_ms, fact.by_order)
        case TierKept():
            draft.tier_until_ms = fact.until_ms
            draft.tier_by_order = fact.by_order
            draft.tier_since_ms = draft.tier_since_ms if fact.since_ms is None else fact.since_ms
        case TierMoved():
            draft.tier = fact.tier
            draft.tier_until_ms = fact.until_ms
        case CouponGranted():
            # As they are read: what is told late was granted before what came first.
            draft.coupons = tuple(sorted((*draft.coupons, fact.coupon), key=by_grant))
        case CouponUsed():
            coupons = tuple(
                replace(coupon, used_by=fact.order) if coupon.id == fact.coupon else coupon
                for coupon in draft.coupons
            )
            draft.coupons = coupons
        case CouponFreed(coupon=freed):
            rest = (coupon for coupon in draft.coupons if coupon.id != freed.id)
            # Where it stood: as they were given, the way they are read.
            coupons = tuple(sorted((*rest, freed), key=by_grant))
            draft.coupons = coupons
        case PerkGiven():
            draft.given = {**draft.given, fact.perk: fact.at_ms}
        case ShoutedOut():
            draft.shouted = {**draft.shouted, fact.tier: fact.at_ms}
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


def day_opened(days: tuple[DayBucket, ...], day: int) -> tuple[DayBucket, ...]:
    """Return `days` (ascending) with a bucket of `day`; the very same where there is one.

    Every day of which a member has a line in the ledger has one, though it may be empty: by their days a member's
    lines are found (decision 0088).
    """
    for bucket in reversed(days):
        if bucket.day <= day:
            if bucket.day == day:
                return days
            break
    return bucket_added(days, day)


def _fold_award(draft: MemberDraft, fact: Awarded) -> None:
    awards = dict(draft.awards)
    for key in award_keys(fact):
        old = awards.get(key, NOT_YET)
        awards[key] = (
            AwardCount(old.n + fact.awards)
            if key[0] == EVER
            else AwardCount(old.n + fact.awards, old.points + fact.points, old.growth + fact.growth)
        )
    draft.awards = awards
    draft.points += fact.points
    if fact.rule not in _GIVEN_TO_THE_ABSENT:
        draft.last_active_ms = max(draft.last_active_ms, fact.at_ms)
    if fact.growth:
        draft.days = bucket_added(draft.days, fact.day, fact.growth)
    else:
        draft.days = day_opened(draft.days, fact.day)
    if fact.rule == WATCH15:
        draft.last_watch_award_ms = fact.at_ms
    elif fact.rule == WATCH10:
        draft.last_watch10_award_ms = fact.at_ms


def _fold_gift(draft: MemberDraft, fact: PointsGiven) -> None:
    """The same fact is folded into both: here one of them."""
    points = fact.gift.points
    draft.days = day_opened(draft.days, fact.day)
    if draft.id != fact.gift.giver:
        draft.points += points
        return
    draft.points -= points
    if fact.set_aside:
        draft.held -= points


def _fold_update(draft: MemberDraft, fact: MemberUpdated) -> None:
    if fact.name is not None:
        draft.name = fact.name
    if fact.name_as_of_ms is not None:
        draft.name_as_of_ms = fact.name_as_of_ms
    if fact.birthday is not None:
        draft.birthday = fact.birthday
        draft.birthday_set_ms = fact.at_ms
    if fact.announce_optout is not None:
        draft.announce_optout = fact.announce_optout


def _write_tier(
    draft: MemberDraft, tier: TierId, since_ms: int, until_ms: int | None, by_order: OrderId | None
) -> None:
    draft.tier = tier
    draft.tier_since_ms = since_ms
    draft.tier_until_ms = until_ms
    draft.tier_by_order = by_order


def by_grant(coupon: Coupon) -> tuple[int, str]:
    """The order in which a member's coupons are read and shown."""
    return coupon.granted_ms, coupon.id
