"""What has happened: one frozen class per fact, past tense. Pure data.

The same facts become rows (`ledger.keeping`), records, frames (`framing`) and webhooks (`ledger.outbox`), so each carries all
the next room needs; nobody reaches back (DESIGN §1, HOUSE_STYLE 9).
"""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.box_facts import BoxMemberFact, BoxSeedFact
from server.domain.contacts import ContactChanged
from server.domain.gift_facts import GiftFact, HoldFact
from server.domain.held_awards import HeldAwardFact
from server.domain.moderation import CommentsRemoved, MemberRestricted
from server.domain.rewards import Reward, RewardClaim
from server.domain.room_facts import (
    DrawCancelled as DrawCancelled,
    DrawClosed as DrawClosed,
    DrawEntered as DrawEntered,
    Drawn as Drawn,
    DrawOpened as DrawOpened,
    DrawRemoved as DrawRemoved,
    FirstNClosed as FirstNClosed,
    FirstNOpened as FirstNOpened,
    FirstNTaken as FirstNTaken,
    GateChanged as GateChanged,
    GateOpened as GateOpened,
    NoticePosted as NoticePosted,
    PermitExpired as PermitExpired,
    PermitGiven as PermitGiven,
    PermitVerified as PermitVerified,
    PollClosed as PollClosed,
    PollOpened as PollOpened,
    PollRemoved as PollRemoved,
    PrizeWon as PrizeWon,
    RoomPinned as RoomPinned,
    RoomPut as RoomPut,
    RulebookPresented as RulebookPresented,
    ShowEnded as ShowEnded,
    ShowScheduled as ShowScheduled,
    ShowStarted as ShowStarted,
    SpotlightPut as SpotlightPut,
    TaskChanged as TaskChanged,
    TaskDone as TaskDone,
    TaskEnded as TaskEnded,
    TaskProgressed as TaskProgressed,
    TaskStarted as TaskStarted,
    TicketReturned as TicketReturned,
)
from server.domain.shout_control import ShoutoutsControlled
from server.domain.state import Coupon, Member, Order, Redemption, TierHold
from server.domain.task_orders import TaskOrderFact
from server.domain.unguarded import unguarded
from server.ids import AuthorTag, CouponId, MemberId, OrderId, RoomId, RuleId, ShowId, TierId


@dataclass(frozen=True, slots=True)
class MemberCreated:
    """A member is known from now on (T4); `member` is whole, with version 0 until it is kept."""

    member: Member


@dataclass(frozen=True, slots=True)
class MembersMerged:
    """Two accounts became one (X1): points and growth move as entries, the growth each with its day."""

    member: MemberId
    """Who stays."""
    survivor: Member
    """As they are after this."""
    gone: Member
    """As they were before."""
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class MemberRetired:
    """`member` is part of `into` from now on; whatever names it means `into`."""

    member: MemberId
    into: MemberId
    at_ms: int


@dataclass(frozen=True, slots=True)
class OrderBacked:
    """What a refund of `order` gives back has changed: what the other account had stands behind it, too (X1, V3)."""

    order: Order
    """As it stands after this; the survivor's."""
    behind: TierHold
    """Its `replaced`."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class MemberUpdated:
    """Name, birthday or opt-out changed; None = unchanged."""

    member: MemberId
    at_ms: int
    name: str | None = None
    name_as_of_ms: int | None = None
    birthday: str | None = None
    announce_optout: bool | None = None


@dataclass(frozen=True, slots=True)
class IdentityLinked:
    member: MemberId
    platform: str
    openid: str
    at_ms: int


@unguarded
@dataclass(frozen=True, slots=True)
class Awarded:
    """One earning of one rule: an append-only entry per book that is not 0, and one award counted."""

    member: MemberId
    rule: RuleId
    points: int
    growth: int
    awards: int
    """How many awards this counts for (like {n} is n)."""
    day: int
    """The bucket the growth counts in."""
    at_ms: int
    room: RoomId | None = None
    show: ShowId | None = None
    order: OrderId | None = None
    behaviour: bool = True
    """Bound by budgets and the daily behaviour growth (E8); orders are not."""


@unguarded
@dataclass(frozen=True, slots=True)
class Acted:
    """The member did something of their own that may have earned nothing; activity and E8's proof of life."""

    member: MemberId
    rule: RuleId
    at_ms: int


@unguarded
@dataclass(frozen=True, slots=True)
class CommentPosted:
    """Shown in the room (L13), whether it earned or not; `counted` for E9."""

    member: MemberId
    author: AuthorTag
    name: str
    tier: TierId
    room: RoomId
    id: str
    text: str
    digest: str
    counted: bool
    at_ms: int


@unguarded
@dataclass(frozen=True, slots=True)
class Liked:
    """`count` likes for the room's total, paid or not."""

    member: MemberId
    room: RoomId
    count: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class VoteCast:
    member: MemberId
    room: RoomId | None
    poll: str
    option: str
    at_ms: int
    tally: tuple[tuple[str, int], ...] = ()
    """(option, votes) of a poll of the room, this vote included, as far as the others are known; () = none of ours."""
    ballot: str = ""
    """What the vote is remembered by, so that there is no second one."""


@dataclass(frozen=True, slots=True)
class TierEnding:
    """Unless something happens, the tier is lost when its year ends: the member is warned, once a year (T7)."""

    member: MemberId
    tier: TierId
    until_ms: int
    growth_to_keep: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Granted:
    """An operator gave something by hand (T8); points and growth follow as `Awarded`."""

    member: MemberId
    reason: str
    points: int
    growth: int
    tier: TierHold | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class PointsHeld:
    """Points are set aside: still the member's, no longer to be spent elsewhere (P1)."""

    redemption: Redemption
    at_ms: int


@dataclass(frozen=True, slots=True)
class PointsCaptured:
    """Held points are spent (P1)."""

    redemption: Redemption
    """As it stands after this."""
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class PointsReleased:
    """Points come back: of a hold to be spent again, of a captured one into the balance (P1)."""

    redemption: Redemption
    """As it stands after this."""
    points: int
    held: bool
    """True: they were only held, and no balance moves."""
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class RewardPut:
    """`reward` as it stands in the shop after this; also when it was closed (P2)."""

    reward: Reward
    at_ms: int


@dataclass(frozen=True, slots=True)
class RewardRedeemed:
    """A reward was taken for its points (P2). A coupon handed over with it follows as `CouponGranted`."""

    reward: Reward
    """As it stands after this."""
    claim: RewardClaim
    author: AuthorTag
    name: str
    """Already the name to show: an opted-out member's is empty, and screens say “神秘用户”."""
    room: RoomId | None
    """Where it was redeemed; None = no room whose show is live."""
    day: int
    at_ms: int

    @property
    def member(self) -> MemberId:
        return self.claim.member


@dataclass(frozen=True, slots=True)
class RewardCancelled:
    """Goods that could not be sent: the points are the member's again, the piece is back in the shop (P2)."""

    reward: Reward
    """As it stands after this."""
    claim: RewardClaim
    """As it stands after this."""
    reason: str
    day: int
    at_ms: int

    @property
    def member(self) -> MemberId:
        return self.claim.member


@dataclass(frozen=True, slots=True)
class InviteAccepted:
    """`member`, new to the programme, was brought by `inviter` (E4)."""

    member: MemberId
    inviter: MemberId
    at_ms: int


@dataclass(frozen=True, slots=True)
class InviteCompleted:
    """`member` has watched long enough; what `inviter` earns by it follows as `Awarded`."""

    member: MemberId
    inviter: MemberId
    code: str | None
    """Why the inviter earned nothing (E10); None = something."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """Today's check-in (E5), whether its points were still to be had or not."""

    member: MemberId
    day: int
    streak: int
    """Days in a row, this one included."""
    room: RoomId
    at_ms: int


@unguarded
@dataclass(frozen=True, slots=True)
class OrderPaid:
    """`order` as it stands after this payment; its growth and points follow as `Awarded`."""

    order: Order
    currency: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """`order` as it stands after this refund; what it took back follows as `TakenBack`."""

    order: Order
    amount: int
    at_ms: int
    waiting: bool = False
    """True: the order itself is not here yet; kept 7 days."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A refund's share of what the order gave (V3); both numbers ≥ 0, balances may go negative."""

    member: MemberId
    order: OrderId
    points: int
    growth: int
    paid: int
    """Minor units that leave the order's day bucket."""
    orders: int
    """1 when the order is now fully refunded, else 0."""
    day: int
    """The order's day, so that both age out together (T11)."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class TierReached:
    """Up (T5). `by_order` names the order that did it, or the last that two accounts need for it together (V3, X1)."""

    member: MemberId
    tier: TierId
    previous: TierId
    until_ms: int | None
    at_ms: int
    by_order: OrderId | None = None
    since_ms: int | None = None
    """When that order was paid; None = `at_ms`."""


@dataclass(frozen=True, slots=True)
class TierKept:
    """The year ended and retention was met: the same tier, a new year (T6).

    Or, after a refund, the year it had by itself or from another order, and what it hangs on from now on (V3, X1).
    """

    member: MemberId
    tier: TierId
    until_ms: int
    at_ms: int
    by_order: OrderId | None = None
    since_ms: int | None = None
    """When that order was paid; None = since when it stands is as it was."""


@dataclass(frozen=True, slots=True)
class TierMoved:
    """Other rules took force and the ladder has another tier in place of the member's (X3): neither up nor down."""

    member: MemberId
    tier: TierId
    previous: TierId
    until_ms: int | None
    """Of the year that goes on."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class TierDropped:
    """One step down, quietly (T6, T8), or back to what the growth supports after a refund (V3).

    `by_order` names the order that this tier, too, hangs on: a further refund is judged again.
    """

    member: MemberId
    tier: TierId
    previous: TierId
    until_ms: int | None
    at_ms: int
    by_order: OrderId | None = None
    since_ms: int | None = None
    """When that order was paid; None = `at_ms`."""


@dataclass(frozen=True, slots=True)
class CouponGranted:
    member: MemberId
    coupon: Coupon
    at_ms: int


@dataclass(frozen=True, slots=True)
class PerkGiven:
    """Something that is given once in a while was given now (B4, B6, E11, L11); points and coupons follow."""

    member: MemberId
    perk: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Nobody has seen the member for long: the shop is told, so that it can say so (L11)."""

    member: MemberId
    last_active_ms: int
    points: int
    coupon: CouponId | None
    replay_url: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class CouponUsed:
    member: MemberId
    coupon: CouponId
    order: OrderId
    at_ms: int


@dataclass(frozen=True, slots=True)
class CouponFreed:
    """A fully refunded order gives its coupon back, to be used until it expires as before (P1)."""

    member: MemberId
    coupon: Coupon
    """As it stands after this."""
    order: OrderId
    at_ms: int


@dataclass(frozen=True, slots=True)
class ShoutedOut:
    """A level-up to be shown in `room` with its call to action (L2); pacing and folding come at announce.

    Kept, because one member and tier is shouted once within 365 days (T12).
    """

    member: MemberId
    author: AuthorTag
    name: str
    """Already the name to show: an opted-out member's is empty, and screens say “神秘用户”."""
    tier: TierId
    room: RoomId | None
    """None = the room is not live: counted for T12, card and notice only."""
    coupon: Coupon | None
    at_ms: int
    is_test: bool = False


@unguarded
@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """`amount` charged to a budget; the commit refuses to overrun it, and to touch one that is closed (E8, R3)."""

    budget: str
    """``show:<show>``, ``day:<day>``, ``task:<task>`` or ``coupons:<day>`` (minor units there)."""
    amount: int
    """Below 0: so much returns, which was charged before."""
    max: int


MemberChange = (
    MemberUpdated
    | IdentityLinked
    | Awarded
    | Acted
    | CommentPosted
    | Liked
    | VoteCast
    | CheckedIn
    | RewardRedeemed
    | RewardCancelled
    | BoxMemberFact
    | InviteAccepted
    | InviteCompleted
    | TierEnding
    | Granted
    | HoldFact
    | HeldAwardFact
    | MemberRestricted
    | TakenBack
    | TierReached
    | TierKept
    | TierMoved
    | TierDropped
    | CouponGranted
    | CouponUsed
    | CouponFreed
    | PerkGiven
    | Lapsed
    | ShoutedOut
    | TaskProgressed
    | TaskDone
    | PrizeWon
)
"""What happens to a member who is known; but for `OrderPaid`, whose member stands in its order."""
MemberFact = MemberCreated | MemberChange
MergeFact = MembersMerged | MemberRetired | OrderBacked
RedemptionFact = PointsHeld | PointsCaptured | PointsReleased
TaskFact = TaskStarted | TaskChanged | TaskEnded
TicketFact = DrawEntered | TicketReturned
DrawFact = DrawOpened | DrawClosed | Drawn | DrawCancelled | DrawRemoved
RoomFact = (
    RoomPut
    | RulebookPresented
    | SpotlightPut
    | ShowScheduled
    | ShowStarted
    | ShowEnded
    | FirstNOpened
    | FirstNTaken
    | FirstNClosed
    | TaskFact
    | GateOpened
    | GateChanged
    | PollOpened
    | PollClosed
    | PollRemoved
    | RoomPinned
    | NoticePosted
)
PermitFact = PermitGiven | PermitVerified | PermitExpired
Fact = (
    MemberFact
    | MergeFact
    | RedemptionFact
    | GiftFact
    | TicketFact
    | DrawFact
    | RoomFact
    | PermitFact
    | RewardPut
    | ContactChanged
    | CommentsRemoved
    | ShoutoutsControlled
    | BoxSeedFact
    | OrderPaid
    | OrderRefunded
    | TaskOrderFact
    | BudgetSpent
)
