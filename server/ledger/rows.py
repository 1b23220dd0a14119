"""Rows ⇄ the frozen values of `server.domain.state`. Pure. Each tuple of column names is the order of its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter

from server.domain.state import (
    AwardCount,
    AwardKey,
    Coupon,
    DayBucket,
    FirstN,
    Member,
    Order,
    RecentComment,
    Redemption,
    Room,
    Show,
    Spotlight,
    TaskCount,
    TierHold,
)
from server.ids import (
    AuthorTag,
    CouponId,
    FirstNId,
    MemberId,
    OrderId,
    RedemptionId,
    RoomId,
    RuleId,
    ShowId,
    TaskId,
    TierId,
)
from server.ledger import stage_rows
from server.ledger.bulk import Found, Row
from server.ledger.in_the_row import days_of, days_text, ever_of, ever_text
from server.ledger.moderation_rows import restrictions_of, restrictions_text
from server.ledger.packing import packed
from server.ledger.ports import Entry

MEMBER = (
    "author",
    "name",
    "name_as_of_ms",
    "created_ms",
    "version",
    "tier",
    "tier_since_ms",
    "tier_until_ms",
    "tier_by_order",
    "birthday",
    "birthday_set_ms",
    "announce_optout",
    "points",
    "held",
    "last_act_ms",
    "last_watch_award_ms",
    "last_watch10_award_ms",
    "last_active_ms",
    "first_order_ms",
    "boost_tier",
    "boost_until_ms",
    "grant_tier",
    "grant_until_ms",
    "warned_until_ms",
    "streak",
    "streak_day",
    "tickets",
    "newest_days",
    "ever",
    "invited_by",
    "invite_open",
    "tasks",
    "restrictions",
    "merged_into",
    "id",
)
# What a commit changes of a member who is there: numbers nearly always, words and tier seldom, and neither
# `author` nor (but for a merge) `created_ms` ever. SQLite writes every index anew whose column is named, changed or not.
MEMBER_NUMBERS = (
    "version",
    "points",
    "held",
    "last_act_ms",
    "last_watch_award_ms",
    "last_watch10_award_ms",
    "last_active_ms",
    "first_order_ms",
    "streak",
    "streak_day",
    "tickets",
    "newest_days",
    "ever",
    "id",
)
MEMBER_WORDS = (
    "name",
    "name_as_of_ms",
    "tier",
    "tier_since_ms",
    "tier_until_ms",
    "tier_by_order",
    "birthday",
    "birthday_set_ms",
    "announce_optout",
    "warned_until_ms",
    "invited_by",
    "invite_open",
    "boost_tier",
    "boost_until_ms",
    "grant_tier",
    "grant_until_ms",
    "tasks",
    "restrictions",
    "id",
)
MEMBER_NUMBERS_AND_WORDS = (*MEMBER_NUMBERS[:-1], *MEMBER_WORDS)
# What a merge changes besides: never anything else does.
MEMBER_MERGED = ("created_ms", "merged_into", "id")
ORDER = (
    "member",
    "amount",
    "refunded",
    "paid_ms",
    "day",
    "points_given",
    "growth_given",
    "points_taken",
    "growth_taken",
    "room",
    "reached",
    "replaced_tier",
    "replaced_until_ms",
    "code",
    "show",
    "id",
)
REDEMPTION = (
    "member",
    "order_id",
    "points",
    "discount",
    "state",
    "held_ms",
    "expires_ms",
    "returned",
    "id",
)
COUPON = ("id", "member", "title", "off", "min", "granted_ms", "expires_ms", "reason", "used_by")
DAY = ("member", "day", "growth", "paid", "orders")
AWARD = ("member", "scope", "rule", "n", "points", "growth")
SHOUT = ("member", "tier", "at_ms")
PERK = ("member", "perk", "at_ms")
COMMENT = ("member", "room", "digest", "counted", "at_ms")
IDENTITY = ("platform", "openid", "member", "linked_ms")
ROOM = (
    "id",
    "name",
    "members_only",
    "writers",
    "slow_s",
    "theme",
    "show",
    "spotlight",
    "first_n",
    "tasks_shown",
    "gates",
    "stage",
)
SHOW = ("id", "room", "title", "status", "starts_ms", "ended_ms", "offers", "members_only", "replay_url")
ITEM = ("room", "key", "rev", "value")
READ_ENTRY = (
    "id",
    "member",
    "book",
    "delta",
    "rule",
    "source",
    "event",
    "order_id",
    "room",
    "show",
    "at_ms",
    "rulebook_version",
    "actor",
)


def member_row(member: Member) -> Row:
    return (
        member.author,
        member.name,
        member.name_as_of_ms,
        member.created_ms,
        member.version,
        member.tier,
        member.tier_since_ms,
        member.tier_until_ms,
        member.tier_by_order,
        member.birthday,
        member.birthday_set_ms,
        member.announce_optout,
        member.points,
        member.held,
        member.last_act_ms,
        member.last_watch_award_ms,
        member.last_watch10_award_ms,
        member.last_active_ms,
        member.first_order_ms,
        *_hold_row(member.boost),
        *_hold_row(member.grant),
        member.warned_until_ms,
        member.streak,
        member.streak_day,
        member.box_tickets,
        days_text(member.days),
        ever_text(member.awards),
        member.invited_by,
        member.invite_open,
        _tasks_text(member),
        restrictions_text(member),
        member.merged_into,
        member.id,
    )


_plain_numbers_of: Callable[[Member], Row] = attrgetter(*MEMBER_NUMBERS[:-4], "box_tickets")
merged_row: Callable[[Member], Row] = attrgetter(*MEMBER_MERGED)
_plain_words_of = attrgetter(*MEMBER_WORDS[:-7])
words_of: Callable[[Member], tuple[object, ...]] = attrgetter(
    *MEMBER_WORDS[:-7], "boost", "grant", "tasks", "restrictions"
)
"""What `words_row` writes, to be compared: nearly always the very same objects stand there as before."""


def numbers_row(member: Member) -> Row:
    return (*_plain_numbers_of(member), days_text(member.days), ever_text(member.awards), member.id)


def words_row(member: Member) -> Row:
    return (
        *_plain_words_of(member),
        *_hold_row(member.boost),
        *_hold_row(member.grant),
        _tasks_text(member),
        restrictions_text(member),
        member.id,
    )


def _tasks_text(member: Member) -> str | None:
    """Most take part in none: nothing is written then, and nothing parsed."""
    if not member.tasks:
        return None
    return packed([[one.task, one.count, one.target, one.forget_ms] for one in member.tasks])


def _tasks_of(text: str | None) -> tuple[TaskCount, ...]:
    if text is None:
        return ()
    return tuple(TaskCount(TaskId(task), *numbers) for task, *numbers in json.loads(text))


def member_of(
    row: Found,
    days: tuple[DayBucket, ...],
    awards: Mapping[AwardKey, AwardCount],
    coupons: tuple[Coupon, ...],
    shouted: Mapping[TierId, int],
    given: Mapping[str, int],
    comments: tuple[RecentComment, ...],
) -> Member:
    """Put a member together: `days` are the older buckets, `awards` the counters of days and shows."""
    return Member(
        author=AuthorTag(row[0]),
        name=row[1],
        name_as_of_ms=row[2],
        created_ms=row[3],
        version=row[4],
        tier=TierId(row[5]),
        tier_since_ms=row[6],
        tier_until_ms=row[7],
        tier_by_order=row[8],
        birthday=row[9],
        birthday_set_ms=row[10],
        announce_optout=bool(row[11]),
        points=row[12],
        held=row[13],
        last_act_ms=row[14],
        last_watch_award_ms=row[15],
        last_watch10_award_ms=row[16],
        last_active_ms=row[17],
        first_order_ms=row[18],
        boost=_hold_of(row[19], row[20]),
        grant=_hold_of(row[21], row[22]),
        warned_until_ms=row[23],
        streak=row[24],
        streak_day=row[25],
        box_tickets=row[26],
        invited_by=row[29],
        invite_open=bool(row[30]),
        tasks=_tasks_of(row[31]),
        restrictions=restrictions_of(row[32]),
        merged_into=row[33],
        id=MemberId(row[34]),
        days=(*days, *days_of(row[27])),
        awards={**awards, **ever_of(row[28])},
        coupons=coupons,
        shouted=shouted,
        given=given,
        comments=comments,
    )


def _hold_row(hold: TierHold | None) -> tuple[str | None, int | None]:
    return (None, None) if hold is None else (hold.tier, hold.until_ms)


def _hold_of(tier: str | None, until_ms: int | None) -> TierHold | None:
    return None if tier is None or until_ms is None else TierHold(TierId(tier), until_ms)


def order_row(order: Order) -> Row:
    replaced = order.replaced
    return (
        order.member,
        order.amount,
        order.refunded,
        order.paid_ms,
        order.day,
        order.points_given,
        order.growth_given,
        order.points_taken,
        order.growth_taken,
        order.room,
        order.reached,
        replaced.tier if replaced is not None else None,
        replaced.until_ms if replaced is not None else None,
        order.code,
        order.show,
        order.id,
    )


def order_of(row: Found) -> Order:
    return Order(
        member=MemberId(row[0]),
        amount=row[1],
        refunded=row[2],
        paid_ms=row[3],
        day=row[4],
        points_given=row[5],
        growth_given=row[6],
        points_taken=row[7],
        growth_taken=row[8],
        room=row[9],
        reached=row[10],
        replaced=TierHold(TierId(row[11]), row[12]) if row[11] is not None else None,
        code=row[13],
        show=row[14],
        id=OrderId(row[15]),
    )


def redemption_row(redemption: Redemption) -> Row:
    return (
        redemption.member,
        redemption.order,
        redemption.points,
        redemption.discount,
        redemption.state,
        redemption.held_ms,
        redemption.expires_ms,
        redemption.returned,
        redemption.id,
    )


def redemption_of(row: Found) -> Redemption:
    return Redemption(
        member=MemberId(row[0]),
        order=OrderId(row[1]),
        points=row[2],
        discount=row[3],
        state=row[4],
        held_ms=row[5],
        expires_ms=row[6],
        returned=row[7],
        id=RedemptionId(row[8]),
    )


def coupon_row(member: MemberId, coupon: Coupon) -> Row:
    return (
        coupon.id,
        member,
        coupon.title,
        coupon.off,
        coupon.min,
        coupon.granted_ms,
        coupon.expires_ms,
        coupon.reason,
        coupon.used_by,
    )


def coupon_of(row: Found) -> Coupon:
    return Coupon(
        id=CouponId(row[0]),
        title=row[2],
        off=row[3],
        min=row[4],
        granted_ms=row[5],
        expires_ms=row[6],
        reason=row[7],
        used_by=row[8],
    )


def room_row(room: Room) -> Row:
    return (
        room.id,
        room.name,
        room.members_only,
        room.writers,
        room.slow_s,
        packed(room.theme),
        room.show.id if room.show is not None else None,
        None if room.spotlight is None else packed(_of_spotlight(room.spotlight)),
        packed([_campaign_row(campaign) for campaign in room.first_n]) if room.first_n else "[]",
        len(room.tasks),
        None if not room.gates else packed([stage_rows.gate_row(gate) for gate in room.gates]),
        stage_rows.stage_text(room),
    )


def _of_spotlight(shown: Spotlight) -> tuple[str, str, int, str | None]:
    return (shown.sku, shown.title, shown.price, shown.image)


def room_of(row: Found, show: Show | None) -> Room:
    """Return the room without its tasks."""
    return Room(
        id=RoomId(row[0]),
        name=row[1],
        members_only=row[2],
        writers=row[3],
        slow_s=row[4],
        theme=tuple((name, value) for name, value in json.loads(row[5])),
        show=show,
        spotlight=None if row[7] is None else Spotlight(*json.loads(row[7])),
        first_n=tuple(FirstN(FirstNId(id_), *more) for id_, *more in json.loads(row[8])),
        gates=() if row[10] is None else tuple(stage_rows.gate_of(gate) for gate in json.loads(row[10])),
        pinned=stage_rows.pinned_of(row[11]),
        polls=stage_rows.polls_of(row[11], RoomId(row[0])),
        shouts=stage_rows.shouts_of(row[11]),
    )


def _campaign_row(campaign: FirstN) -> Row:
    return (
        campaign.id,
        campaign.title,
        campaign.n,
        campaign.points,
        campaign.opened_ms,
        campaign.full,
    )


def show_row(show: Show) -> Row:
    return (
        show.id,
        show.room,
        show.title,
        show.status,
        show.starts_ms,
        show.ended_ms,
        packed(show.offers),
        show.members_only,
        show.replay_url,
    )


def show_of(row: Found) -> Show:
    return Show(
        id=ShowId(row[0]),
        room=RoomId(row[1]),
        title=row[2],
        status=row[3],
        starts_ms=row[4],
        ended_ms=row[5],
        offers=tuple((TierId(tier), percent, text) for tier, percent, text in json.loads(row[6])),
        members_only=row[7],
        replay_url=row[8],
    )


def entry_of(row: Found) -> Entry:
    return Entry(
        id=row[0],
        member=MemberId(row[1]),
        book=row[2],
        delta=row[3],
        rule=RuleId(row[4]),
        source=row[5],
        event=row[6],
        order=row[7],
        room=row[8],
        show=row[9],
        at_ms=row[10],
        rulebook_version=row[11],
        actor=row[12],
    )


def named(columns: Iterable[str], table: str) -> str:
    """Return the columns as a list for SELECT, each with its table."""
    return ", ".join(f"{table}.{column}" for column in columns)
