"""What is known of a member, an order and a room while a batch is decided. Frozen; change returns a new value.

Loaded by `server.ledger.loading`, changed only by folding facts (`server.domain.world`), written back by
`server.ledger.keeping`. A `Member` is also the content of the hot member record, from which every
node renders the card (`server.domain.card`) at its own `now`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from server.domain.gates import Gate
from server.domain.moderation import Restriction
from server.domain.polls import Pinned, Poll
from server.domain.shout_control import AS_RULED, ShoutControl
from server.domain.unguarded import unguarded
from server.ids import (
    AuthorTag,
    CouponId,
    FirstNId,
    GiftId,
    MemberId,
    OrderId,
    RedemptionId,
    RoomId,
    RuleId,
    ShowId,
    TaskId,
    TierId,
)


@unguarded
@dataclass(frozen=True, slots=True)
class DayBucket:
    """What one day of the programme's time zone brought, net of refunds of that day's orders (T11).

    There is one, perhaps of zeros, of every day on which a line of the ledger about the member stands (decision 0088).
    """

    day: int
    """Days since 1970-01-01 in the programme's time zone."""
    growth: int = 0
    paid: int = 0
    """Minor units."""
    orders: int = 0


@unguarded
@dataclass(frozen=True, slots=True)
class AwardCount:
    """How often one rule has paid in one scope, and, but for ever, what (E8)."""

    n: int = 0
    points: int = 0
    growth: int = 0


@dataclass(frozen=True, slots=True)
class Coupon:
    id: CouponId
    title: str
    off: int
    """Minor units off."""
    min: int
    """Smallest order in minor units; 0 = any."""
    granted_ms: int
    expires_ms: int
    reason: str
    """``level_up:silver``, ``birthday_coupon`` …"""
    used_by: OrderId | None = None


@dataclass(frozen=True, slots=True)
class TierHold:
    """A tier above the real one for a while: a boost (P4) or a manual grant (T8)."""

    tier: TierId
    until_ms: int


@unguarded
@dataclass(frozen=True, slots=True)
class RecentComment:
    """One comment of this member within the last 10 min (E9)."""

    digest: str
    at_ms: int
    counted: bool


@dataclass(frozen=True, slots=True)
class TaskCount:
    """How far a member has come with one countdown task (L3)."""

    task: TaskId
    count: int
    target: int
    forget_ms: int
    """From then on nothing asks for it any more."""


AwardKey = tuple[str, RuleId]
"""(scope, rule); scope is ``d<day>``, ``s:<show>`` or `EVER`."""
EVER: Final = "total"
"""The scope of what is counted for ever: how often alone, not what it brought."""

_NO_AWARDS: Mapping[AwardKey, AwardCount] = MappingProxyType({})
_NEVER: Mapping[TierId, int] = MappingProxyType({})
_NOTHING_GIVEN: Mapping[str, int] = MappingProxyType({})


@unguarded
@dataclass(frozen=True, slots=True)
class Member:
    id: MemberId
    author: AuthorTag
    name: str
    created_ms: int
    tier: TierId
    """The real tier (T8); boosts and grants stand apart."""
    tier_since_ms: int
    """When it was reached; where it hangs on an order, when that was paid."""
    tier_until_ms: int | None
    """None for the lowest tier."""
    tier_by_order: OrderId | None = None
    """The order that reached the tier, or of several that it rests on the latest: their refunds within their windows
    are judged at once (V3, `decide.lifts`)."""
    version: int = 0
    """Raised once in every commit that touches the member; 0 = never stored (a virtual card)."""
    name_as_of_ms: int = 0
    birthday: str | None = None
    birthday_set_ms: int | None = None
    announce_optout: bool = False
    boost: TierHold | None = None
    grant: TierHold | None = None
    points: int = 0
    held: int = 0
    days: tuple[DayBucket, ...] = ()
    """Ascending; only days that matter for the last 365 (T11), plus the order days they touch."""
    awards: Mapping[AwardKey, AwardCount] = field(default_factory=lambda: _NO_AWARDS)
    """Scopes of today, of the room's current show, and ``total``; absent = none yet."""
    coupons: tuple[Coupon, ...] = ()
    """Unused and unexpired ones when loaded."""
    shouted: Mapping[TierId, int] = field(default_factory=lambda: _NEVER)
    """Tier → when it was last shouted with a coupon (T12)."""
    given: Mapping[str, int] = field(default_factory=lambda: _NOTHING_GIVEN)
    """Perk → when it was last handed over (`server.domain.perks`)."""
    comments: tuple[RecentComment, ...] = ()
    """Newest last, last 10 min."""
    last_act_ms: int = 0
    """Last own act (comment, like, share, vote …), for E8's second watching award."""
    last_watch_award_ms: int = 0
    """The last 15-min award (``watch15``) …"""
    last_watch10_award_ms: int = 0
    """… and the last 10-min one (``watch10``): each rule asks for an own act since its own last award (E8)."""
    last_active_ms: int = 0
    first_order_ms: int | None = None
    warned_until_ms: int = 0
    """The end of the tier's year that the member was warned of (T7); 0 = of none yet."""
    streak: int = 0
    """Days in a row with a check-in (E5), as of …"""
    streak_day: int = 0
    """… the day of the last one; 0 = never."""
    box_tickets: int = 0
    """Blind boxes that may be opened for nothing (E5)."""
    invited_by: MemberId | None = None
    """Who brought this member into the programme (E4), for good; None = nobody."""
    invite_open: bool = False
    """Whether that invitation still waits for this member to watch."""
    tasks: tuple[TaskCount, ...] = ()
    """Countdown tasks taken part in of late (L3), oldest first."""
    restrictions: tuple[Restriction, ...] = ()
    """Mutes and bans, those that are over perhaps included (L13)."""
    merged_into: MemberId | None = None
    """Whom this account is part of by now (X1), for good; None = it stands for itself."""


@unguarded
@dataclass(frozen=True, slots=True)
class Order:
    """A paid order, or (`amount` 0) refunds that came before it and wait up to 7 days."""

    id: OrderId
    member: MemberId
    amount: int
    refunded: int
    paid_ms: int
    day: int
    points_given: int
    growth_given: int
    points_taken: int
    growth_taken: int
    room: RoomId | None
    reached: TierId | None = None
    """The tier this order reached, if any, until something of it goes back within its return window (V3)."""
    replaced: TierHold | None = None
    """What `reached` took the place of, where that stood by itself, or what an account merged since had by
    itself (X1): a refund gives back what its own year has left of it (V3, T6, T11). None: nothing, the lowest
    tier, or a tier whose own order may still be refunded."""
    code: str | None = None
    """`Applied.code` of the payment, for whoever sends the same order again."""
    show: ShowId | None = None
    """The show that was live in `room` when it was paid."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """Points on their way into an order: held → captured → or released (P1)."""

    id: RedemptionId
    member: MemberId
    order: OrderId
    points: int
    discount: int
    """Minor units that the points take off."""
    state: str
    """held · captured · released."""
    held_ms: int
    expires_ms: int
    """When a hold lets go by itself."""
    returned: int = 0
    """Of captured points, so many came back."""


@dataclass(frozen=True, slots=True)
class Gift:
    """Points from one member to another (P5): given at once, or waiting behind a link."""

    id: GiftId
    giver: MemberId
    points: int
    state: str
    """waiting · given · returned."""
    at_ms: int
    day: int
    """The day that counts it as given, whenever it is claimed."""
    receiver: MemberId | None = None
    """None = nobody has claimed it."""
    received_day: int | None = None
    """The day that counts it as received."""
    code: str | None = field(default=None, repr=False)
    """What the link carries; None = given without one."""
    expires_ms: int | None = None
    """When an unclaimed one goes back."""


@dataclass(frozen=True, slots=True)
class Show:
    id: ShowId
    room: RoomId
    title: str
    status: str
    """scheduled · live · ended · replay."""
    starts_ms: int | None
    ended_ms: int | None = None
    offers: tuple[tuple[TierId, int, str], ...] = ()
    members_only: TierId | None = None
    replay_url: str | None = None


@dataclass(frozen=True, slots=True)
class Spotlight:
    """The product on show (B7, L8)."""

    sku: str
    title: str
    price: int
    """The live price, minor units."""
    image: str | None = None


@dataclass(frozen=True, slots=True)
class FirstN:
    """A campaign for the first `n` members who order: so many points on top of what the order gives (L4)."""

    id: FirstNId
    title: str
    n: int
    points: int
    opened_ms: int
    full: bool = False
    """All places are taken; it is still shown, until it is closed."""


@dataclass(frozen=True, slots=True)
class Task:
    """A countdown task of a show (L3): who reaches the target before the end gets the reward, while the budget lasts."""

    id: TaskId
    room: RoomId
    show: ShowId
    kind: str
    """share · password · like · watch · order · vote · invite."""
    title: str
    reward: int
    target: int
    budget: int
    """Points."""
    password: str | None
    """Digest of the comment that counts (`kind` password)."""
    starts_ms: int
    ends_ms: int
    """Absolute; while paused, what it was when the pause began."""
    state: str
    """running · paused · ended · cancelled."""
    rev: int = 1
    """Raised by every change: two who press at once are told apart."""
    remaining_ms: int | None = None
    """Of a paused one."""
    grace_ms: int = 0
    """So long after the end acts still count: burned-in video is late."""
    order: int = 0
    """Its place among the show's tasks."""
    audience: int = 0
    """Viewers when it began; 0 = not known."""


@dataclass(frozen=True, slots=True)
class Room:
    id: RoomId
    name: str
    members_only: TierId | None = None
    writers: str = "all"
    slow_s: int = 0
    theme: tuple[tuple[str, str], ...] = ()
    show: Show | None = None
    """The one on air, else the next scheduled one, else the last one."""
    spotlight: Spotlight | None = None
    first_n: tuple[FirstN, ...] = ()
    """Campaigns that are not closed, oldest first."""
    tasks: tuple[Task, ...] = ()
    """Countdown tasks on the screen: those open, and those over while the show goes on, oldest first."""
    polls: tuple[Poll, ...] = ()
    """Of the show that is live, oldest first."""
    pinned: Pinned | None = None
    gates: tuple[Gate, ...] = ()
    """Of the show that is live, oldest first."""
    shouts: ShoutControl = AS_RULED
    """What a host has set for its shout-outs (L2)."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Members who posted the same text in one room within the last 60 s (E9)."""

    digest: str
    members: frozenset[MemberId]
