"""Facts → changes: the append-only lines of all that moves no balance (X7). What moves one: `entries`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from server.domain.box_facts import BoxOpened, BoxSeedPromised, BoxSeedRevealed, BoxTicketGiven
from server.domain.contacts import ContactChanged
from server.domain.facts import (
    Acted,
    Awarded,
    BudgetSpent,
    CheckedIn,
    CommentPosted,
    CouponFreed,
    CouponGranted,
    CouponUsed,
    DrawCancelled,
    DrawClosed,
    DrawEntered,
    Drawn,
    DrawOpened,
    DrawRemoved,
    Fact,
    FirstNClosed,
    FirstNOpened,
    FirstNTaken,
    GateChanged,
    GateOpened,
    Granted,
    IdentityLinked,
    InviteAccepted,
    InviteCompleted,
    Lapsed,
    Liked,
    MemberCreated,
    MemberRetired,
    MembersMerged,
    MemberUpdated,
    NoticePosted,
    OrderBacked,
    OrderPaid,
    OrderRefunded,
    PerkGiven,
    PermitExpired,
    PermitGiven,
    PermitVerified,
    PointsCaptured,
    PointsHeld,
    PointsReleased,
    PollClosed,
    PollOpened,
    PollRemoved,
    PrizeWon,
    RewardCancelled,
    RewardPut,
    RewardRedeemed,
    RoomPinned,
    RoomPut,
    RulebookPresented,
    ShoutedOut,
    ShowEnded,
    ShowScheduled,
    ShowStarted,
    SpotlightPut,
    TakenBack,
    TaskChanged,
    TaskDone,
    TaskEnded,
    TaskProgressed,
    TaskStarted,
    TicketReturned,
    TierDropped,
    TierEnding,
    TierKept,
    TierMoved,
    TierReached,
    VoteCast,
)
from server.domain.gift_facts import BoostBought, GiftReturned, GiftSetAside, PointsGiven, TierHoldEnded
from server.domain.held_awards import AwardHeld, AwardReleased
from server.domain.moderation import CommentsRemoved, MemberRestricted
from server.domain.shout_control import ShoutoutsControlled
from server.domain.task_orders import OrderCounted, TaskRewardTaken, TaskUnitReturned
from server.ledger.batch import Happened
from server.ledger.box_rows import box_line
from server.ledger.bulk import Row
from server.ledger.packing import packed
from server.ledger.task_order_rows import change_of as task_order_change
from server.ledger.tier_lines import tier_line

CHANGE = (
    "kind",
    "member",
    "room",
    "ref",
    "amount",
    "data",
    "source",
    "event",
    "at_ms",
    "rulebook_version",
    "actor",
)


def changes_of(happened: Iterable[Happened], rulebook_version: int) -> list[Row]:
    """Return the changes in the order decided. Names and birthdays are not business and are not copied here."""
    lines: list[Row] = []
    for one in happened:
        origin = one.origin
        for fact in one.facts:
            change = None if type(fact) in _NO_CHANGE else _change_of(fact)
            if change is not None:
                kind, member, room, ref, amount, at_ms, data = change
                lines.append(
                    (
                        kind,
                        member,
                        room,
                        ref,
                        amount,
                        packed(data),
                        origin.source,
                        origin.event,
                        at_ms,
                        rulebook_version,
                        origin.actor,
                    )
                )
    return lines


_NO_CHANGE: Final = frozenset((Awarded, TakenBack, Acted, CommentPosted, Liked, VoteCast, BudgetSpent))
"""What nearly every event brings, and has no line here: not worth the walk through all that has."""
_Data = Mapping[str, str | int | None]
_Change = tuple[str, str | None, str | None, str | None, int | None, int, _Data]
"""kind, member, room, ref, amount, at_ms, data."""


def _change_of(fact: Fact) -> _Change | None:
    data: _Data
    match fact:
        case MemberCreated(member=member):
            return ("member_created", member.id, None, member.tier, None, member.created_ms, {})
        case MembersMerged(survivor=survivor, gone=gone):
            data = {"from": gone.id, "points": gone.points, "held": gone.held}
            return ("merged", survivor.id, None, survivor.tier, survivor.streak, fact.at_ms, data)
        case MemberRetired():
            return ("merged_away", fact.member, None, fact.into, None, fact.at_ms, {})
        case OrderBacked(order=order, behind=behind):
            data = {"tier": behind.tier}
            return ("order_backed", order.member, None, order.id, behind.until_ms, fact.at_ms, data)
        case MemberUpdated():
            changed = [
                name for name in ("name", "birthday", "announce_optout") if getattr(fact, name) is not None
            ]
            return (
                "member_updated",
                fact.member,
                None,
                None,
                None,
                fact.at_ms,
                {"changed": " ".join(changed)},
            )
        case IdentityLinked():
            data = {"openid": fact.openid}
            return ("identity_linked", fact.member, None, fact.platform, None, fact.at_ms, data)
        case Granted():
            hold = fact.tier
            data = {
                "reason": fact.reason,
                "points": fact.points,
                "growth": fact.growth,
                "until_ms": None if hold is None else hold.until_ms,
            }
            return ("granted", fact.member, None, None if hold is None else hold.tier, None, fact.at_ms, data)
        case PointsHeld(redemption=one):
            data = {"order": one.order, "discount": one.discount, "expires_ms": one.expires_ms}
            return ("points_held", one.member, None, one.id, one.points, fact.at_ms, data)
        case PointsCaptured(redemption=one):
            return ("points_captured", one.member, None, one.id, one.points, fact.at_ms, {"order": one.order})
        case PointsReleased(redemption=one):
            kind = "hold_released" if fact.held else "points_returned"
            return (kind, one.member, None, one.id, fact.points, fact.at_ms, {"order": one.order})
        case BoxTicketGiven() | BoxOpened() | BoxSeedPromised() | BoxSeedRevealed():
            return box_line(fact)
        case RewardPut(reward=reward):
            terms = reward.terms
            data = {
                "name": terms.name,
                "kind": terms.kind,
                "stock": terms.stock,
                "per_member": terms.per_member,
                "cooldown_s": terms.cooldown_s,
                "off": terms.off,
                "min": terms.min,
                "valid_ms": terms.valid_ms,
                "state": reward.state,
                "rev": reward.rev,
            }
            return ("reward_put", None, None, reward.id, terms.cost, fact.at_ms, data)
        case RewardRedeemed(claim=claim):
            data = {"reward": claim.reward, "name": claim.name, "kind": claim.kind, "coupon": claim.coupon}
            return ("reward_redeemed", claim.member, fact.room, claim.id, claim.cost, fact.at_ms, data)
        case RewardCancelled(claim=claim):
            data = {"reward": claim.reward, "reason": fact.reason}
            return ("reward_cancelled", claim.member, None, claim.id, claim.cost, fact.at_ms, data)
        case DrawOpened(draw=draw):
            data = {"commitment": draw.commitment, "title": draw.title, "ends_ms": draw.ends_ms}
            return ("draw_opened", None, draw.room, draw.id, draw.cost, fact.at_ms, data)
        case DrawEntered(ticket=ticket):
            data = {"ticket": ticket.n}
            room = fact.draw.room
            return ("draw_entered", ticket.member, room, ticket.draw, ticket.points, fact.at_ms, data)
        case DrawClosed(draw=draw):
            data = {"list_hash": draw.list_hash}
            return ("draw_closed", None, draw.room, draw.id, draw.entries, fact.at_ms, data)
        case Drawn(draw=draw):
            return ("drawn", None, draw.room, draw.id, len(draw.winners), fact.at_ms, {"seed": draw.seed})
        case PrizeWon(prize=prize):
            data = {"ticket": fact.ticket, "prize": prize.name, "kind": prize.kind}
            return ("prize_won", fact.member, None, fact.draw, None, fact.at_ms, data)
        case DrawCancelled(draw=draw):
            data = {"reason": fact.reason}
            return ("draw_cancelled", None, draw.room, draw.id, draw.entries, fact.at_ms, data)
        case TicketReturned(ticket=ticket):
            data = {"ticket": ticket.n}
            room = fact.draw.room
            return ("ticket_returned", ticket.member, room, ticket.draw, ticket.points, fact.at_ms, data)
        case DrawRemoved(draw=draw):
            return ("draw_removed", None, draw.room, draw.id, None, fact.at_ms, {})
        case ContactChanged(contact=contact):
            kind = "contact_put" if contact.purposes else "contact_withdrawn"
            data = {"purposes": " ".join(contact.purposes)}
            return (kind, contact.member, None, contact.channel, None, fact.at_ms, data)
        case MemberRestricted():
            done = "restriction_lifted" if fact.kind is None else "restricted"
            return (done, fact.member, fact.room, fact.kind, fact.until_ms, fact.at_ms, {})
        case ShoutoutsControlled(control=control):
            data = {"from_tier": control.from_tier, "per_minute": control.per_minute, "tier": fact.tier}
            ref = fact.moment or fact.author
            return (f"shoutouts_{fact.action}", None, fact.room, ref, control.rev, fact.at_ms, data)
        case CommentsRemoved():
            return ("comments_removed", None, fact.room, fact.comment or fact.author, None, fact.at_ms, {})
        case AwardHeld(award=award):
            data = {"rule": award.rule, "due_ms": award.due_ms}
            return ("award_held", award.member, None, award.id, award.points, fact.at_ms, data)
        case AwardReleased(award=award):
            return ("award_released", award.member, None, award.id, fact.points, fact.at_ms, {})
        case GiftSetAside(gift=gift):
            data = {"expires_ms": gift.expires_ms}
            return ("gift_set_aside", gift.giver, None, gift.id, gift.points, fact.at_ms, data)
        case PointsGiven(gift=gift):
            data = {"receiver": fact.receiver}
            return ("points_given", gift.giver, None, gift.id, gift.points, fact.at_ms, data)
        case GiftReturned(gift=gift):
            return ("gift_returned", gift.giver, None, gift.id, gift.points, fact.at_ms, {})
        case BoostBought(boost=boost):
            data = {"points": fact.points}
            return ("boost_bought", fact.member, None, boost.tier, boost.until_ms, fact.at_ms, data)
        case TierHoldEnded():
            return (f"{fact.kind}_ended", fact.member, None, fact.tier, None, fact.at_ms, {})
        case CheckedIn():
            return ("checked_in", fact.member, fact.room, None, fact.streak, fact.at_ms, {"day": fact.day})
        case InviteAccepted():
            return ("invite_accepted", fact.member, None, fact.inviter, None, fact.at_ms, {})
        case InviteCompleted():
            data = {"code": fact.code}
            return ("invite_completed", fact.member, None, fact.inviter, None, fact.at_ms, data)
        case OrderPaid(order=order):
            data = {"currency": fact.currency}
            return ("order_paid", order.member, order.room, order.id, order.amount, fact.at_ms, data)
        case OrderRefunded(order=order):
            # Waiting money has moved nothing yet: the payment, when it comes, brings the refund that counts.
            kind = "refund_waiting" if fact.waiting else "order_refunded"
            return (kind, order.member, order.room, order.id, fact.amount, fact.at_ms, {})
        case TierReached() | TierKept() | TierMoved() | TierDropped() | TierEnding():
            return tier_line(fact)
        case CouponGranted(coupon=coupon):
            data = {"reason": coupon.reason, "min": coupon.min, "expires_ms": coupon.expires_ms}
            return ("coupon_granted", fact.member, None, coupon.id, coupon.off, fact.at_ms, data)
        case PerkGiven():
            return ("perk_given", fact.member, None, fact.perk, None, fact.at_ms, {})
        case Lapsed():
            data = {"last_active_ms": fact.last_active_ms, "replay_url": fact.replay_url}
            return ("lapsed", fact.member, None, fact.coupon, fact.points, fact.at_ms, data)
        case CouponUsed():
            return ("coupon_used", fact.member, None, fact.coupon, None, fact.at_ms, {"order": fact.order})
        case CouponFreed(coupon=coupon):
            return ("coupon_freed", fact.member, None, coupon.id, None, fact.at_ms, {"order": fact.order})
        case ShoutedOut():
            coupon_id = fact.coupon.id if fact.coupon is not None else None
            return ("shouted_out", fact.member, fact.room, fact.tier, None, fact.at_ms, {"coupon": coupon_id})
        case FirstNOpened(campaign=campaign):
            data = {"title": campaign.title, "points": campaign.points}
            return ("first_n_opened", None, fact.room, campaign.id, campaign.n, fact.at_ms, data)
        case FirstNTaken(campaign=campaign):
            data = {"order": fact.order}
            return ("first_n_taken", fact.member, fact.room, campaign.id, fact.place, fact.at_ms, data)
        case FirstNClosed(campaign=campaign):
            return ("first_n_closed", None, fact.room, campaign.id, None, fact.at_ms, {})
        case RoomPut(room=room):
            data = {
                "name": room.name,
                "members_only": room.members_only,
                "writers": room.writers,
                "slow_s": room.slow_s,
            }
            return ("room_put", None, room.id, None, None, fact.at_ms, data)
        case SpotlightPut(room=room):
            shown = room.spotlight
            if shown is None:
                return ("spotlight_cleared", None, room.id, None, None, fact.at_ms, {})
            return (
                "spotlight_put",
                None,
                room.id,
                shown.sku,
                shown.price,
                fact.at_ms,
                {"title": shown.title},
            )
        case RulebookPresented():
            return ("rulebook_presented", None, fact.room, None, None, fact.at_ms, {})
        case ShowScheduled(show=show):
            return ("show_scheduled", None, show.room, show.id, None, fact.at_ms, {"title": show.title})
        case ShowStarted(show=show):
            return ("show_started", None, show.room, show.id, None, fact.at_ms, {})
        case ShowEnded(show=show):
            return ("show_ended", None, show.room, show.id, None, fact.at_ms, {"replay_url": show.replay_url})
        case PollOpened(poll=poll):
            data = {"question": poll.question, "ends_ms": poll.ends_ms}
            return ("poll_opened", None, poll.room, poll.id, None, fact.at_ms, data)
        case PollClosed(poll=poll):
            return ("poll_closed", None, poll.room, poll.id, None, fact.at_ms, dict(fact.tally))
        case PollRemoved(poll=poll):
            return ("poll_removed", None, poll.room, poll.id, None, fact.at_ms, {})
        case RoomPinned():
            return ("room_pinned", None, fact.room, fact.id, None, fact.at_ms, {"text": fact.text})
        case NoticePosted():
            data = {"text": fact.text, "rank": fact.rank}
            return ("notice_posted", None, fact.room, fact.id, None, fact.at_ms, data)
        case GateOpened(gate=gate):
            data = {"sku": gate.sku, "public_ms": gate.public_ms, "early": gate.early}
            return ("gate_opened", None, gate.room, gate.id, gate.stock, fact.at_ms, data)
        case GateChanged(gate=gate):
            return ("gate_changed", None, gate.room, gate.id, None, fact.at_ms, {"state": gate.state})
        case PermitGiven(permit=permit):
            data = {"gate": permit.gate, "tier": permit.tier, "early": int(permit.early)}
            return ("permit_given", permit.member, permit.room, permit.id, None, fact.at_ms, data)
        case PermitVerified(permit=permit):
            data = {"gate": permit.gate, "sku": permit.sku, "given_to": fact.given_to or permit.member}
            return ("permit_verified", permit.member, permit.room, permit.id, None, fact.at_ms, data)
        case PermitExpired(permit=permit):
            data = {"gate": permit.gate}
            return ("permit_expired", permit.member, permit.room, permit.id, None, fact.at_ms, data)
        case TaskStarted(task=task):
            data = {"kind": task.kind, "reward": task.reward, "target": task.target, "ends_ms": task.ends_ms}
            return ("task_started", None, task.room, task.id, task.budget, fact.at_ms, data)
        case TaskChanged(task=task):
            data = {"action": fact.action, "state": task.state, "ends_ms": task.ends_ms, "rev": task.rev}
            return ("task_changed", None, task.room, task.id, None, fact.at_ms, data)
        case TaskEnded(task=task):
            return (
                "task_ended",
                None,
                task.room,
                task.id,
                fact.points,
                fact.at_ms,
                {"state": task.state, "show": task.show},
            )
        case OrderCounted() | TaskRewardTaken() | TaskUnitReturned():
            return task_order_change(fact)
        case TaskDone() | TaskProgressed():
            return None  # the award is the record; how far somebody came without one is worth nothing
        case Awarded() | TakenBack() | Acted() | CommentPosted() | Liked() | VoteCast() | BudgetSpent():
            return None
