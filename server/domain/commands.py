"""What somebody wishes: one frozen class per command, imperative. Pure data.

A command has passed its door: shapes, sizes and the sender's rights are settled. Whether it may happen
is for `server.domain.decide`. Text arrives cleaned and measured (`server.text`), because counting
graphemes needs more than the standard library. Those of a room are in `room_commands`; all are reached from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.box_commands import BoxSeedCommand, OpenBox
from server.domain.contacts import ContactCommand
from server.domain.gift_commands import GiftCommand
from server.domain.moderation import RemoveComment, RestrictMember
from server.domain.origin import (
    OUR_SOURCES as OUR_SOURCES,
    ById as ById,
    ByIdentity as ByIdentity,
    Origin as Origin,
    Subject as Subject,
)
from server.domain.rewards import RewardTerms
from server.domain.room_commands import (
    AllowGrace as AllowGrace,
    CancelDraw as CancelDraw,
    CancelGate as CancelGate,
    ChangeTask as ChangeTask,
    ClearSpotlight as ClearSpotlight,
    CloseDraw as CloseDraw,
    CloseFirstN as CloseFirstN,
    ClosePoll as ClosePoll,
    ExpirePermit as ExpirePermit,
    OpenDraw as OpenDraw,
    OpenFirstN as OpenFirstN,
    OpenGate as OpenGate,
    OpenPoll as OpenPoll,
    Pin as Pin,
    PostNotice as PostNotice,
    PresentRulebook as PresentRulebook,
    PutRoom as PutRoom,
    PutSpotlight as PutSpotlight,
    RemoveDraw as RemoveDraw,
    RemovePoll as RemovePoll,
    RevealDraw as RevealDraw,
    ScheduleShow as ScheduleShow,
    SetRoom as SetRoom,
    SetShowStatus as SetShowStatus,
    SettleTask as SettleTask,
    StartTask as StartTask,
    VerifyPermit as VerifyPermit,
)
from server.domain.shout_control import ControlShoutouts
from server.domain.unguarded import unguarded
from server.ids import (
    DrawId,
    GateId,
    HeldAwardId,
    MemberId,
    OrderId,
    RedemptionId,
    RewardId,
    ShowId,
    TaskId,
)


@unguarded
@dataclass(frozen=True, slots=True)
class RecordPaidOrder:
    origin: Origin
    who: Subject
    order: OrderId
    amount: int
    """Minor units, after all discounts, > 0."""
    currency: str
    coupon: str | None = None


@dataclass(frozen=True, slots=True)
class RecordRefundedOrder:
    origin: Origin
    who: Subject
    order: OrderId
    amount: int
    """Minor units of this refund, > 0."""
    currency: str


@unguarded
@dataclass(frozen=True, slots=True)
class RecordWatched:
    """One watching milestone, proven by the server's own beats (E1, V2)."""

    origin: Origin
    who: Subject
    show: ShowId
    minutes: int
    """15 (points, E1) or 10 (growth, V2)."""
    n: int
    """1 + the count this member has in this show: the milestone happens once."""


@unguarded
@dataclass(frozen=True, slots=True)
class PostComment:
    origin: Origin
    who: Subject
    text: str
    """Cleaned, at most 200 graphemes."""
    graphemes: int
    """What counts for E9: graphemes left after removing emoji and spaces."""
    digest: str
    """Of the text folded for comparison (case, spaces, emoji removed): equal digests are a repeat."""


@unguarded
@dataclass(frozen=True, slots=True)
class Like:
    origin: Origin
    who: Subject
    count: int
    """1–50; each is one award up to the cap (E8)."""


@dataclass(frozen=True, slots=True)
class Share:
    origin: Origin
    who: Subject
    channel: str


@dataclass(frozen=True, slots=True)
class Vote:
    origin: Origin
    who: Subject
    poll: str
    option: str


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Check in for today, in a live room (E5)."""

    origin: Origin
    who: Subject


@dataclass(frozen=True, slots=True)
class Follow:
    """Follow the host (E4)."""

    origin: Origin
    who: Subject


@dataclass(frozen=True, slots=True)
class AcceptInvite:
    """A newcomer says who brought them (E4)."""

    origin: Origin
    who: Subject
    """The newcomer."""
    inviter: Subject


@dataclass(frozen=True, slots=True)
class CompleteInvite:
    """An invited newcomer has watched long enough, proven by the server's own beats (E4)."""

    origin: Origin
    who: Subject
    """The newcomer."""
    show: ShowId
    inviter: MemberId
    """As the newcomer's record says."""


@dataclass(frozen=True, slots=True)
class HoldPoints:
    """Set points aside to pay into an order (P1). The order need not be here yet, nor ever."""

    origin: Origin
    who: Subject
    order: OrderId
    points: int
    """> 0."""


@dataclass(frozen=True, slots=True)
class CapturePoints:
    """The order took the points of a hold (P1)."""

    origin: Origin
    who: Subject
    """The redemption's member, as the ledger says."""
    redemption: RedemptionId


@dataclass(frozen=True, slots=True)
class ReleasePoints:
    """Let go of a hold, or give back points of a captured one (P1)."""

    origin: Origin
    who: Subject
    """The redemption's member, as the ledger says."""
    redemption: RedemptionId
    points: int | None = None
    """Of a captured one so many, > 0; None = all that is left. A hold is let go whole."""
    overdue: bool = False
    """The hold's time is said to be over: nothing happens unless it is."""


@dataclass(frozen=True, slots=True)
class ReleaseAward:
    """Let the points of an award be spent, if their days of waiting are over (E6)."""

    origin: Origin
    who: Subject
    """The award's member, as the ledger says."""
    award: HeldAwardId


@dataclass(frozen=True, slots=True)
class RedeemReward:
    """Take one of a reward for its points (P2)."""

    origin: Origin
    who: Subject
    reward: RewardId
    word: str = ""
    """The redeemer's own part of a blind box's chance: the `ref` of their act (P3)."""


@dataclass(frozen=True, slots=True)
class CancelReward:
    """The shop cannot send redeemed goods: their points and their piece come back (P2)."""

    origin: Origin
    who: Subject
    """The claim's member, as the ledger says."""
    redemption: RedemptionId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EnterDraw:
    """Pay for a ticket in a draw of `origin.room` (P3)."""

    origin: Origin
    who: Subject
    draw: DrawId


@dataclass(frozen=True, slots=True)
class ReturnTicket:
    """Give back what a ticket of a cancelled draw cost (P3)."""

    origin: Origin
    who: Subject
    """The ticket's member, as the ledger says."""
    draw: DrawId
    ticket: int


@dataclass(frozen=True, slots=True)
class KeepTime:
    """Let what time has brought upon a member be written down: the end of a tier's year, or its nearing (T6, T7),
    and the end of a boost or a granted tier (T8)."""

    origin: Origin
    who: Subject


@dataclass(frozen=True, slots=True)
class GrantByHand:
    """What an operator gives a member: exactly one of points, growth, and a tier for a while (T8)."""

    origin: Origin
    who: Subject
    reason: str
    points: int = 0
    growth: int = 0
    tier: str | None = None
    until_ms: int | None = None
    """When the tier ends; the others stay."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hand over what the member, who has entered a room, is due: birthday pack, coupons (B4, B6, E11)."""

    origin: Origin
    who: Subject


@dataclass(frozen=True, slots=True)
class Recall:
    """Bring back a member whom nobody has seen for long (L11)."""

    origin: Origin
    who: Subject
    switched_on_ms: int
    """Since when recall is on: who had been gone for very long then is left alone."""
    replay_url: str | None = None
    """Of the last show, for the message."""


@dataclass(frozen=True, slots=True)
class JoinMember:
    """Make the member known, with a name if given (T4). Asking again changes only what is new."""

    origin: Origin
    who: Subject
    name: str | None = None
    birthday: str | None = None
    """MM-DD."""


@dataclass(frozen=True, slots=True)
class UpdateMember:
    """Rename, or set the birthday. `name_as_of_ms` lets an older token's name lose (PROTOCOL §2)."""

    origin: Origin
    who: Subject
    name: str | None = None
    birthday: str | None = None
    name_as_of_ms: int | None = None
    announce_optout: bool | None = None


@dataclass(frozen=True, slots=True)
class LinkIdentity:
    origin: Origin
    who: Subject
    platform: str
    openid: str


@dataclass(frozen=True, slots=True)
class MergeMembers:
    """Two accounts are one person's: `who` has all that `gone` had (X1). A batch of its own, for it moves much."""

    origin: Origin
    who: Subject
    """The one that stays."""
    gone: Subject


@dataclass(frozen=True, slots=True)
class PutReward:
    """Put a reward into the shop, or replace its terms (P2)."""

    origin: Origin
    reward: RewardId
    terms: RewardTerms


@dataclass(frozen=True, slots=True)
class CloseReward:
    """Take a reward out of the shop (P2)."""

    origin: Origin
    reward: RewardId


@dataclass(frozen=True, slots=True)
class RecordWatchedTask:
    """Minutes watched while a task of kind ``watch`` ran, proven by the server's own beats (L3)."""

    origin: Origin
    who: Subject
    task: TaskId
    minutes: int
    """Whole minutes since the task began to count for this member, all in all: newer wins."""


@dataclass(frozen=True, slots=True)
class AskPermit:
    """Ask to buy a piece now (L5)."""

    origin: Origin
    who: Subject
    gate: GateId


MemberCommand = (
    RecordPaidOrder
    | RecordRefundedOrder
    | RecordWatched
    | PostComment
    | Like
    | Share
    | Vote
    | CheckIn
    | Follow
    | AcceptInvite
    | CompleteInvite
    | HoldPoints
    | CapturePoints
    | ReleasePoints
    | ReleaseAward
    | RedeemReward
    | CancelReward
    | OpenBox
    | EnterDraw
    | ReturnTicket
    | GiftCommand
    | KeepTime
    | GrantByHand
    | HandOver
    | Recall
    | JoinMember
    | UpdateMember
    | LinkIdentity
    | RecordWatchedTask
    | AskPermit
    | MergeMembers
    | ContactCommand
    | RestrictMember
)
DrawCommand = OpenDraw | CloseDraw | RevealDraw | CancelDraw | RemoveDraw
RoomCommand = (
    RemoveComment
    | ControlShoutouts
    | PutRoom
    | SetRoom
    | PresentRulebook
    | ScheduleShow
    | SetShowStatus
    | PutSpotlight
    | ClearSpotlight
    | OpenFirstN
    | CloseFirstN
    | StartTask
    | ChangeTask
    | SettleTask
    | AllowGrace
    | DrawCommand
    | OpenPoll
    | ClosePoll
    | RemovePoll
    | Pin
    | PostNotice
    | OpenGate
    | CancelGate
    | VerifyPermit
    | ExpirePermit
)
ShopCommand = PutReward | CloseReward | BoxSeedCommand
"""About the reward shop: no member's and no room's."""
Command = MemberCommand | RoomCommand | ShopCommand
