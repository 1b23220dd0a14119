"""What somebody wishes: one frozen class per command, imperative. Pure data.

A command has passed its door: shapes, sizes and the sender's rights are settled. Whether it may happen
is for `server.domain.decide`. Text arrives cleaned and measured (`server.text`), because counting
graphemes needs more than the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.draw import Prize
from server.domain.rewards import RewardTerms
from server.domain.state import Spotlight
from server.ids import (
    DrawId,
    FirstNId,
    GateId,
    MemberId,
    OrderId,
    PermitId,
    RedemptionId,
    RewardId,
    RoomId,
    ShowId,
    TaskId,
)

OUR_SOURCES = frozenset({"live", "watch", "join", "api", "jobs"})
"""Sources of our own commands: acts, watching milestones, names of tokens, writes over HTTP, due work.

Nobody else's event may pass for one of them (R2).
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a command comes from; (`source`, `event`) happens once, whatever door it used (R2)."""

    source: str
    """The CloudEvents source, or one of `OUR_SOURCES`."""
    event: str
    content: str
    """Digest of what was said: the same event with another digest is a conflict, not a duplicate."""
    received_ms: int
    """The server's receipt time, Unix ms: all decisions use it."""
    room: RoomId | None = None
    is_test: bool = False
    stale: bool = False
    """Its own time is too long ago (`timeliness`): refused, and not remembered, unless it was answered before."""
    actor: str = ""
    """Who did it, for the audit (X7): key id, member or ``jobs``."""


@dataclass(frozen=True, slots=True)
class ById:
    """A member named by our id."""

    member: MemberId


@dataclass(frozen=True, slots=True)
class ByIdentity:
    """A member named by an identity on another platform (X1)."""

    platform: str
    openid: str


Subject = ById | ByIdentity
"""Either is created by its first event (PROTOCOL §2); loading turns it into a member id before deciding."""


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
class RedeemReward:
    """Take one of a reward for its points (P2)."""

    origin: Origin
    who: Subject
    reward: RewardId


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
    """Let what time has brought upon a member be written down: the end of a tier's year, or its nearing (T6, T7)."""

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
class PutRoom:
    """Create the room of `origin.room`, or change its name and entry."""

    origin: Origin
    name: str
    members_only: str | None = None


@dataclass(frozen=True, slots=True)
class PresentRulebook:
    """Let the room of `origin.room` show the rulebook in force (X3)."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class SetRoom:
    """Change how a room behaves; None leaves a value as it is."""

    origin: Origin
    slow_s: int | None = None
    writers: str | None = None
    theme: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class ScheduleShow:
    origin: Origin
    show: ShowId
    title: str
    starts_ms: int | None = None
    offers: tuple[tuple[str, int, str], ...] = ()
    """(tier, percent, text) per tier (L1)."""
    members_only: str | None = None


@dataclass(frozen=True, slots=True)
class SetShowStatus:
    """Start (`live`) or end (`ended`) a show."""

    origin: Origin
    show: ShowId
    status: str
    replay_url: str | None = None


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
class PutSpotlight:
    """Let the room show a product, in place of the one before (B7)."""

    origin: Origin
    spotlight: Spotlight


@dataclass(frozen=True, slots=True)
class ClearSpotlight:
    origin: Origin


@dataclass(frozen=True, slots=True)
class OpenFirstN:
    """Promise `points` to each of the first `n` members who order (L4)."""

    origin: Origin
    campaign: FirstNId
    title: str
    n: int
    points: int


@dataclass(frozen=True, slots=True)
class CloseFirstN:
    origin: Origin
    campaign: FirstNId


@dataclass(frozen=True, slots=True)
class StartTask:
    """Start a countdown task in the room's live show (L3)."""

    origin: Origin
    task: TaskId
    kind: str
    """One of `server.domain.decide.tasks.KINDS`."""
    title: str
    reward: int
    """Points for each member who reaches the target."""
    target: int
    seconds: int
    budget: int
    """Points that all rewards together may cost."""
    password: str | None = None
    """Digest of the comment that counts, as `PostComment.digest`; only of kind ``password``."""
    audience: int = 0
    """Viewers in the room now, for the previews of later tasks; 0 = not known."""


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Extend, pause, resume or cancel a task (L3)."""

    origin: Origin
    task: TaskId
    action: str
    """extend · pause · resume · cancel."""
    seconds: int | None = None
    """By so much, of extend."""
    rev: int | None = None
    """The task's `rev` that the sender saw; None = whatever it is."""


@dataclass(frozen=True, slots=True)
class SettleTask:
    """End a task whose time is over. Says nothing unless it is (L3)."""

    origin: Origin
    task: TaskId


@dataclass(frozen=True, slots=True)
class AllowGrace:
    """A broadcast overlay has shown the task: video is late, so everyone gets the time of it (OVERLAY, Countdown)."""

    origin: Origin
    task: TaskId


@dataclass(frozen=True, slots=True)
class RecordWatchedTask:
    """Minutes watched while a task of kind ``watch`` ran, proven by the server's own beats (L3)."""

    origin: Origin
    who: Subject
    task: TaskId
    minutes: int
    """Whole minutes since the task began to count for this member, all in all: newer wins."""


@dataclass(frozen=True, slots=True)
class OpenDraw:
    """Open a draw in `origin.room`, with the promise of a seed that was made at the door (P3)."""

    origin: Origin
    draw: DrawId
    title: str
    cost: int
    """Points, ≥ 0."""
    prizes: tuple[Prize, ...]
    seconds: int
    commitment: str
    sealed_seed: str
    salt: str
    max_entries: int = 1


@dataclass(frozen=True, slots=True)
class CloseDraw:
    """The draw's time is said to be over: settle who is in it. Nothing happens unless it is."""

    origin: Origin
    draw: DrawId


@dataclass(frozen=True, slots=True)
class RevealDraw:
    """Make the seed public and give the prizes. Nothing happens unless the draw waits for it."""

    origin: Origin
    draw: DrawId
    seed: str
    """Hex; refused unless it is the one that was committed to."""
    tickets: tuple[int, ...]
    """Those that win, worked out before so that their members can be loaded; worked out again."""


@dataclass(frozen=True, slots=True)
class CancelDraw:
    """Call a draw off; all points come back (`ReturnTicket`)."""

    origin: Origin
    draw: DrawId
    seed_lost: bool = False
    """The server cannot read its own seed any more: the only way out of a closed draw."""


@dataclass(frozen=True, slots=True)
class RemoveDraw:
    """Take a draw that is over out of the room's view. Its proof stays."""

    origin: Origin
    draw: DrawId


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Announce an early-access gate in the room's live show (L5)."""

    origin: Origin
    gate: GateId
    sku: str
    title: str
    price: int
    """Minor units."""
    link: str
    """Sealed at the door; it goes out with a permit only."""
    public_ms: int
    stock: int
    early_percent: int
    """Of the stock, that may go before `public_ms`; at most 30."""


@dataclass(frozen=True, slots=True)
class CancelGate:
    origin: Origin
    gate: GateId


@dataclass(frozen=True, slots=True)
class AskPermit:
    """Ask to buy a piece now (L5)."""

    origin: Origin
    who: Subject
    gate: GateId


@dataclass(frozen=True, slots=True)
class VerifyPermit:
    """The mall uses a permit, whose signature is proven; `origin.room` is its gate's (L5)."""

    origin: Origin
    permit: PermitId
    sku: str


@dataclass(frozen=True, slots=True)
class ExpirePermit:
    """The permit's minute is said to be over: nothing happens unless it is."""

    origin: Origin
    permit: PermitId


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
    | RedeemReward
    | CancelReward
    | EnterDraw
    | ReturnTicket
    | KeepTime
    | GrantByHand
    | JoinMember
    | UpdateMember
    | LinkIdentity
    | RecordWatchedTask
    | AskPermit
)
DrawCommand = OpenDraw | CloseDraw | RevealDraw | CancelDraw | RemoveDraw
RoomCommand = (
    PutRoom
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
    | OpenGate
    | CancelGate
    | VerifyPermit
    | ExpirePermit
)
ShopCommand = PutReward | CloseReward
"""About the reward shop: no member's and no room's."""
Command = MemberCommand | RoomCommand | ShopCommand
