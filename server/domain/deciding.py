"""One command in, one decision out: finds the module whose subject it is. Pure."""

from __future__ import annotations

from typing import Final, assert_never, cast, get_args

from server.domain.box_commands import OpenBox, PromiseBoxSeed, RevealBoxSeed
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
    MemberCommand,
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
    RoomCommand,
    ScheduleShow,
    SetRoom,
    SetShowStatus,
    SettleTask,
    Share,
    ShopCommand,
    StartTask,
    UpdateMember,
    VerifyPermit,
    Vote,
)
from server.domain.contacts import PutContact, WithdrawContact
from server.domain.decide.boosts import buy_boost
from server.domain.decide.boxes import open_box, promise_box_seed, reveal_box_seed
from server.domain.decide.check_in import check_in
from server.domain.decide.contacts import put_contact, withdraw_contact
from server.domain.decide.draws import cancel_draw, close_draw, open_draw, remove_draw, reveal_draw
from server.domain.decide.entering import hand_over
from server.domain.decide.first_n import close_first_n, open_first_n
from server.domain.decide.gates import ask_permit, cancel_gate, expire_permit, open_gate, verify_permit
from server.domain.decide.gifts import claim_gift, give_by_link, give_points, return_gift
from server.domain.decide.grants import grant_by_hand
from server.domain.decide.held_awards import release_award
from server.domain.decide.interactions import follow, like, post_comment, share, vote
from server.domain.decide.invites import accept_invite, complete_invite
from server.domain.decide.membership import join_member, link_identity, update_member
from server.domain.decide.merging import merge_members
from server.domain.decide.moderation import refused_to, remove_comment, restrict_member
from server.domain.decide.orders import record_paid_order, record_refunded_order
from server.domain.decide.polls import close_poll, open_poll, pin, post_notice, remove_poll
from server.domain.decide.recall import recall
from server.domain.decide.redemptions import capture_points, hold_points, release_points
from server.domain.decide.rewards import cancel_reward, close_reward, put_reward, redeem_reward
from server.domain.decide.rulebooks import present_rulebook
from server.domain.decide.shout_control import control_shoutouts
from server.domain.decide.shows import put_room, schedule_show, set_room, set_show_status
from server.domain.decide.spotlight import clear_spotlight, put_spotlight
from server.domain.decide.task_progress import with_tasks
from server.domain.decide.tasks import allow_grace, change_task, settle_task, start_task
from server.domain.decide.tickets import enter_draw, return_ticket
from server.domain.decide.watching import record_watched, record_watched_task
from server.domain.decide.years import keep_time, with_time_passed
from server.domain.decision import Applied, Decision
from server.domain.gift_commands import BuyBoost, ClaimGift, GiveByLink, GivePoints, ReturnGift
from server.domain.moderation import RemoveComment, RestrictMember
from server.domain.shout_control import ControlShoutouts
from server.domain.world import World
from server.ids import MemberId

_OF_MEMBERS: Final = frozenset(get_args(MemberCommand))
# Most commands are about members: they need not pass by all that is about rooms.


def decide(command: Command, who: MemberId | None, world: World, now_ms: int) -> Decision:
    """Decide `command` against `world`, which stays as it is: the caller folds the facts of an applied one.

    `who` is the member meant by `command.who`, known or not (a first contact creates them, T4); None for
    commands about rooms and the shop. `world` must hold what `needs_of` named for the same `now_ms`. Does not
    look for repeated events: the journal has dropped those (R2); an order that comes again as another event
    is found here.
    """
    if type(command) in _OF_MEMBERS:
        return _of_member(cast(MemberCommand, command), who, world, now_ms)
    return _of_room(cast(RoomCommand | ShopCommand, command), world, now_ms)


def _of_room(command: RoomCommand | ShopCommand, world: World, now_ms: int) -> Decision:
    match command:
        case PutRoom():
            return put_room(command, world, now_ms)
        case SetRoom():
            return set_room(command, world, now_ms)
        case PutSpotlight():
            return put_spotlight(command, world, now_ms)
        case ClearSpotlight():
            return clear_spotlight(command, world, now_ms)
        case PresentRulebook():
            return present_rulebook(command, world, now_ms)
        case ScheduleShow():
            return schedule_show(command, world, now_ms)
        case SetShowStatus():
            return set_show_status(command, world, now_ms)
        case PutReward():
            return put_reward(command, world, now_ms)
        case CloseReward():
            return close_reward(command, world, now_ms)
        case PromiseBoxSeed():
            return promise_box_seed(command, world, now_ms)
        case RevealBoxSeed():
            return reveal_box_seed(command, world, now_ms)
        case OpenFirstN():
            return open_first_n(command, world, now_ms)
        case CloseFirstN():
            return close_first_n(command, world, now_ms)
        case StartTask():
            return start_task(command, world, now_ms)
        case ChangeTask():
            return change_task(command, world, now_ms)
        case SettleTask():
            return settle_task(command, world, now_ms)
        case AllowGrace():
            return allow_grace(command, world, now_ms)
        case OpenDraw():
            return open_draw(command, world, now_ms)
        case CloseDraw():
            return close_draw(command, world, now_ms)
        case RevealDraw():
            return reveal_draw(command, world, now_ms)
        case CancelDraw():
            return cancel_draw(command, world, now_ms)
        case RemoveDraw():
            return remove_draw(command, world, now_ms)
        case OpenPoll():
            return open_poll(command, world, now_ms)
        case ClosePoll():
            return close_poll(command, world, now_ms)
        case RemovePoll():
            return remove_poll(command, world, now_ms)
        case Pin():
            return pin(command, world, now_ms)
        case PostNotice():
            return post_notice(command, world, now_ms)
        case OpenGate():
            return open_gate(command, world, now_ms)
        case CancelGate():
            return cancel_gate(command, world, now_ms)
        case ControlShoutouts():
            return control_shoutouts(command, world, now_ms)
        case RemoveComment():
            return remove_comment(command, world, now_ms)
        case VerifyPermit():
            return verify_permit(command, world, now_ms)
        case ExpirePermit():
            return expire_permit(command, world, now_ms)
        case _:
            assert_never(command)


def _of_member(command: MemberCommand, who: MemberId | None, world: World, now_ms: int) -> Decision:
    if who is None:
        raise ValueError(f"{type(command).__name__} is about a member, and none was resolved")
    if refusal := refused_to(command, world.members.get(who), now_ms):
        return Decision(refusal)
    # A year that ended is over before anything else happens, also if nobody has looked since.
    passed, world = with_time_passed(who, world, now_ms)
    decision = _decide_of_member(command, who, world, now_ms)
    decision = with_tasks(command, decision, who, world, now_ms)
    if not passed or not isinstance(decision.outcome, Applied):
        return decision
    return Decision(decision.outcome, (*passed, *decision.facts))


def _decide_of_member(command: MemberCommand, who: MemberId, world: World, now_ms: int) -> Decision:
    match command:
        case RecordPaidOrder():
            return record_paid_order(command, who, world, now_ms)
        case RecordRefundedOrder():
            return record_refunded_order(command, who, world, now_ms)
        case RecordWatched():
            return record_watched(command, who, world, now_ms)
        case AskPermit():
            return ask_permit(command, who, world, now_ms)
        case RecordWatchedTask():
            return record_watched_task(command, who, world, now_ms)
        case PostComment():
            return post_comment(command, who, world, now_ms)
        case Like():
            return like(command, who, world, now_ms)
        case Share():
            return share(command, who, world, now_ms)
        case Vote():
            return vote(command, who, world, now_ms)
        case CheckIn():
            return check_in(command, who, world, now_ms)
        case Follow():
            return follow(command, who, world, now_ms)
        case AcceptInvite():
            return accept_invite(command, who, world, now_ms)
        case CompleteInvite():
            return complete_invite(command, who, world, now_ms)
        case HoldPoints():
            return hold_points(command, who, world, now_ms)
        case CapturePoints():
            return capture_points(command, who, world, now_ms)
        case ReleasePoints():
            return release_points(command, who, world, now_ms)
        case ReleaseAward():
            return release_award(command, who, world, now_ms)
        case RestrictMember():
            return restrict_member(command, who, world, now_ms)
        case PutContact():
            return put_contact(command, who, world, now_ms)
        case WithdrawContact():
            return withdraw_contact(command, who, world, now_ms)
        case RedeemReward():
            return redeem_reward(command, who, world, now_ms)
        case OpenBox():
            return open_box(command, who, world, now_ms)
        case CancelReward():
            return cancel_reward(command, who, world, now_ms)
        case EnterDraw():
            return enter_draw(command, who, world, now_ms)
        case ReturnTicket():
            return return_ticket(command, who, world, now_ms)
        case GivePoints():
            return give_points(command, who, world, now_ms)
        case GiveByLink():
            return give_by_link(command, who, world, now_ms)
        case ClaimGift():
            return claim_gift(command, who, world, now_ms)
        case ReturnGift():
            return return_gift(command, who, world, now_ms)
        case BuyBoost():
            return buy_boost(command, who, world, now_ms)
        case KeepTime():
            return keep_time(command, who, world, now_ms)
        case GrantByHand():
            return grant_by_hand(command, who, world, now_ms)
        case HandOver():
            return hand_over(command, who, world, now_ms)
        case Recall():
            return recall(command, who, world, now_ms)
        case JoinMember():
            return join_member(command, who, world, now_ms)
        case UpdateMember():
            return update_member(command, who, world, now_ms)
        case LinkIdentity():
            return link_identity(command, who, world, now_ms)
        case MergeMembers():
            return merge_members(command, who, world, now_ms)
        case _:
            assert_never(command)
