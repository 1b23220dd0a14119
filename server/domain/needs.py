"""What must be loaded and locked before a command can be decided. Pure data; filled by `needs_of`.

The journal unions the needs of a batch, loads them set-based in a fixed lock order (members by id, then orders, rooms, budgets)
and hands the resulting `World` to the deciders.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Never, assert_never

from server.domain.box_commands import OpenBox, PromiseBoxSeed, RevealBoxSeed
from server.domain.boxes import TICKET_SERIES
from server.domain.commands import (
    AcceptInvite,
    AllowGrace,
    AskPermit,
    CancelDraw,
    CancelGate,
    CancelReward,
    CapturePoints,
    ChangeTask,
    CheckIn,
    ClearSpotlight,
    CloseDraw,
    CloseFirstN,
    ClosePoll,
    CloseReward,
    Command,
    CompleteInvite,
    EnterDraw,
    ExpirePermit,
    Follow,
    GrantByHand,
    HandOver,
    HoldPoints,
    JoinMember,
    KeepTime,
    Like,
    LinkIdentity,
    MergeMembers,
    OpenDraw,
    OpenFirstN,
    OpenGate,
    OpenPoll,
    Pin,
    PostComment,
    PostNotice,
    PresentRulebook,
    PutReward,
    PutRoom,
    PutSpotlight,
    Recall,
    RecordPaidOrder,
    RecordRefundedOrder,
    RecordWatched,
    RecordWatchedTask,
    RedeemReward,
    ReleaseAward,
    ReleasePoints,
    RemoveDraw,
    RemovePoll,
    ReturnTicket,
    RevealDraw,
    ScheduleShow,
    SetRoom,
    SetShowStatus,
    SettleTask,
    Share,
    StartTask,
    UpdateMember,
    VerifyPermit,
    Vote,
)
from server.domain.contacts import PutContact, WithdrawContact
from server.domain.days import Calendar
from server.domain.draw import NO_DRAWS, DrawNeeds
from server.domain.gift_commands import BuyBoost, ClaimGift, GiveByLink, GivePoints, ReturnGift
from server.domain.moderation import RemoveComment, RestrictMember
from server.domain.polls import ballot_of, notices_budget
from server.domain.rulebook import Rulebook
from server.domain.shout_control import ControlShoutouts
from server.domain.unguarded import unguarded
from server.ids import (
    GateId,
    GiftId,
    HeldAwardId,
    MemberId,
    OrderId,
    PermitId,
    RedemptionId,
    RewardId,
    RoomId,
    SeriesId,
    ShowId,
)

NOTHING: frozenset[Never] = frozenset()


@unguarded
@dataclass(frozen=True, slots=True)
class Needs:
    members: frozenset[MemberId] = field(default=frozenset())
    orders: frozenset[OrderId] = field(default=frozenset())
    """Their members are loaded too: an order may belong to somebody else than its refund says. So are the
    redemptions that hold or took points for them, and whose these are (P1)."""
    rooms: frozenset[RoomId] = field(default=frozenset())
    shows: frozenset[ShowId] = field(default=frozenset())
    texts: frozenset[tuple[RoomId, str]] = field(default=frozenset())
    """(room, digest) of comments: who else said this within 60 s (E9)."""
    budgets: frozenset[str] = field(default=frozenset())
    """Read without a lock; charged conditionally just before the commit. Of every room in `rooms` the budgets
    ``show:<its show>`` and ``task:<each open task>`` are read too: which these are, only loading knows."""
    identities: frozenset[tuple[str, str]] = field(default=frozenset())
    """(platform, openid) whose owner decides whether they may be linked (X1)."""
    redemptions: frozenset[RedemptionId] = field(default=frozenset())
    """Their orders are loaded too."""
    recent_orders: frozenset[MemberId] = field(default=frozenset())
    """Whose orders inside their return window are loaded too, for `spendable.free_points` (P1). To be among
    `members`."""
    rewards: frozenset[RewardId] = field(default=frozenset())
    """Locked, and with them what the command's member has of them (P2)."""
    boxes: frozenset[SeriesId] = field(default=frozenset())
    """Locked, with their seeds. A reward that is redeemed and a blind box brings its series by itself (P3)."""
    reward_claims: frozenset[RedemptionId] = field(default=frozenset())
    """Their members and rewards are loaded too."""
    refunds: frozenset[OrderId] = field(default=frozenset())
    """Of `orders` those that may be refunded: the coupon that paid into each is loaded (P1)."""
    votes: frozenset[tuple[str, MemberId]] = field(default=frozenset())
    """(poll, member) of whom it matters whether they have voted before (L8)."""
    gates: frozenset[GateId] = field(default=frozenset())
    """Locked, with the open permits that the command's member has for them (L5)."""
    permits: frozenset[PermitId] = field(default=frozenset())
    """Their gates are loaded, and locked, too."""
    first_n: frozenset[RoomId] = field(default=frozenset())
    """Rooms in which a place of an open campaign may be taken: locked, with their campaigns' places and
    those of the members at hand, if there is such a campaign and the show is live (L4)."""
    draws: DrawNeeds = NO_DRAWS
    gifts: frozenset[GiftId] = field(default=frozenset())
    """Their givers are loaded too."""
    gift_days: frozenset[tuple[MemberId, int]] = field(default=frozenset())
    """(member, day): what the member gave and received on that day counts (P5). To be among `members`."""
    held_awards: frozenset[HeldAwardId] = field(default=frozenset())
    """Of the command's member; those of orders come by themselves with `refunds` and `recent_orders` (E6)."""
    contacts: frozenset[MemberId] = field(default=frozenset())
    """Whose contacts are loaded (X8). To be among `members`."""
    whole: bool = False
    """Every day and every counter of the members is loaded, however old, and their orders inside the return
    window (X1)."""


def needs_of(
    command: Command, who: MemberId | None, now_ms: int, rulebook: Rulebook, days: Calendar
) -> Needs:
    """Return what must be in the world before `command` of `who` is decided at `now_ms`.

    `now_ms` must be the one given to `decide`: budgets are named by its day.
    """
    origin = command.origin
    rooms = frozenset((origin.room,)) if origin.room is not None else NOTHING
    members = frozenset((who,)) if who is not None else NOTHING
    match command:
        case RecordPaidOrder() | RecordRefundedOrder():
            return Needs(
                members,
                orders=frozenset((command.order,)),
                rooms=rooms,
                budgets=frozenset((rulebook.budgets.coupons_name(days.day_of(now_ms)),)),
                first_n=rooms if isinstance(command, RecordPaidOrder) else NOTHING,
                refunds=frozenset((command.order,)) if isinstance(command, RecordRefundedOrder) else NOTHING,
            )
        case HoldPoints():
            return Needs(members, orders=frozenset((command.order,)))
        case CapturePoints() | ReleasePoints():
            return Needs(members, redemptions=frozenset((command.redemption,)))
        case PutContact() | WithdrawContact():
            return Needs(members, contacts=members)
        case RestrictMember():
            return Needs(members, rooms=rooms)
        case RemoveComment() | ControlShoutouts():
            return Needs(rooms=rooms)
        case ReleaseAward():
            return Needs(members, held_awards=frozenset((command.award,)))
        case GivePoints():
            day = days.day_of(now_ms)
            of_both = members | {command.to}
            counted = frozenset((member, day) for member in of_both)
            return Needs(of_both, recent_orders=members, gift_days=counted)
        case GiveByLink():
            counted = frozenset((member, days.day_of(now_ms)) for member in members)
            return Needs(members, recent_orders=members, gift_days=counted)
        case ClaimGift():
            counted = frozenset((member, days.day_of(now_ms)) for member in members)
            return Needs(members, gifts=frozenset((command.gift,)), gift_days=counted)
        case ReturnGift():
            return Needs(members, gifts=frozenset((command.gift,)))
        case BuyBoost():
            return Needs(members, recent_orders=members)
        case RedeemReward():
            rewards = frozenset((command.reward,))
            return Needs(members, rooms=rooms, rewards=rewards, recent_orders=members)
        case OpenBox():
            return Needs(members, rooms=rooms, boxes=frozenset((TICKET_SERIES,)))
        case PromiseBoxSeed() | RevealBoxSeed():
            return Needs(boxes=frozenset((command.series,)))
        case CancelReward():
            return Needs(members, reward_claims=frozenset((command.redemption,)))
        case PutReward() | CloseReward():
            return Needs(rewards=frozenset((command.reward,)))
        case EnterDraw():
            draws = frozenset((command.draw,))
            holders = frozenset((command.draw, member) for member in members)
            return Needs(members, recent_orders=members, draws=DrawNeeds(draws, holders=holders))
        case ReturnTicket():
            tickets = frozenset(((command.draw, command.ticket),))
            return Needs(members, draws=DrawNeeds(frozenset((command.draw,)), tickets))
        case OpenDraw():
            return Needs(rooms=rooms, draws=DrawNeeds(frozenset((command.draw,)), rooms=rooms))
        case CloseDraw():
            draws = frozenset((command.draw,))
            return Needs(rooms=rooms, draws=DrawNeeds(draws, lists=draws))
        case RevealDraw():
            tickets = frozenset((command.draw, ticket) for ticket in command.tickets)
            return Needs(rooms=rooms, draws=DrawNeeds(frozenset((command.draw,)), tickets))
        case CancelDraw() | RemoveDraw():
            return Needs(rooms=rooms, draws=DrawNeeds(frozenset((command.draw,))))
        case RecordWatched() | CompleteInvite():
            budgets = behaviour_budgets(rulebook, days.day_of(now_ms), command.show)
            return Needs(members, rooms=rooms, shows=frozenset((command.show,)), budgets=budgets)
        case PostComment():
            return Needs(
                members,
                rooms=rooms,
                texts=frozenset((room, command.digest) for room in rooms),
                budgets=behaviour_budgets(rulebook, days.day_of(now_ms), None),
            )
        case Vote():
            ballots = (command.poll, ballot_of(command.origin.source, command.poll))
            votes = frozenset((ballot, member) for member in members for ballot in ballots)
            return Needs(
                members,
                rooms=rooms,
                votes=votes,
                budgets=behaviour_budgets(rulebook, days.day_of(now_ms), None),
            )
        case Like() | Share() | CheckIn() | Follow():
            return Needs(members, rooms=rooms, budgets=behaviour_budgets(rulebook, days.day_of(now_ms), None))
        case AcceptInvite() | JoinMember() | UpdateMember() | KeepTime() | RecordWatchedTask():
            return Needs(members, rooms=rooms)
        case HandOver():
            coupons = rulebook.budgets.coupons_name(days.day_of(now_ms))
            return Needs(members, rooms=rooms, budgets=frozenset((coupons,)))
        case GrantByHand() | Recall():
            coupons = rulebook.budgets.coupons_name(days.day_of(now_ms))
            return Needs(members, budgets=frozenset((coupons,)))
        case LinkIdentity():
            return Needs(members, identities=frozenset(((command.platform, command.openid),)))
        case PostNotice():
            said = frozenset(notices_budget(room, now_ms) for room in rooms)
            return Needs(rooms=rooms, budgets=said)
        case OpenPoll() | ClosePoll() | RemovePoll() | Pin():
            return Needs(rooms=rooms)
        case OpenGate() | CancelGate():
            return Needs(rooms=rooms, gates=frozenset((command.gate,)))
        case AskPermit():
            return Needs(members, rooms=rooms, gates=frozenset((command.gate,)))
        case VerifyPermit() | ExpirePermit():
            return Needs(rooms=rooms, permits=frozenset((command.permit,)))
        case MergeMembers():
            coupons = rulebook.budgets.coupons_name(days.day_of(now_ms))
            return Needs(members, budgets=frozenset((coupons,)), whole=True)
        case (
            PutRoom()
            | SetRoom()
            | PresentRulebook()
            | PutSpotlight()
            | ClearSpotlight()
            | OpenFirstN()
            | CloseFirstN()
            | StartTask()
            | ChangeTask()
            | SettleTask()
            | AllowGrace()
        ):
            return Needs(rooms=rooms)
        case ScheduleShow() | SetShowStatus():
            return Needs(rooms=rooms, shows=frozenset((command.show,)))
        case _:
            assert_never(command)


def behaviour_budgets(rulebook: Rulebook, day: int, show: ShowId | None) -> frozenset[str]:
    """Return every budget that an award for behaviour may charge, the level-up coupon's included."""
    budgets = rulebook.budgets
    names = {budgets.day_name(day), budgets.coupons_name(day)}
    if show is not None:
        names.add(budgets.show_name(show))
    return frozenset(names)
