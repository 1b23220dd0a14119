"""Facts → webhooks to be sent, as rows of the same transaction (PROTOCOL §2). Pure; sending is for `jobs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.domain.box_facts import BoxOpened
from server.domain.facts import (
    Acted,
    Awarded,
    BudgetSpent,
    CommentPosted,
    CouponGranted,
    DrawEntered,
    Lapsed,
    Liked,
    MemberRetired,
    MembersMerged,
    OrderPaid,
    PointsCaptured,
    PointsHeld,
    PointsReleased,
    PrizeWon,
    RewardCancelled,
    RewardRedeemed,
    ShowEnded,
    TakenBack,
    TaskEnded,
    TicketReturned,
    TierDropped,
    TierEnding,
    TierMoved,
    TierReached,
    VoteCast,
)
from server.domain.gift_facts import BoostBought, GiftReturned, GiftSetAside, PointsGiven
from server.domain.held_awards import AwardReleased
from server.domain.state import Member
from server.domain.unguarded import unguarded
from server.ids import MemberId, RoomId
from server.ledger.batch import Happened

POINTS_CHANGED = "points.changed"

Body = Mapping[str, str | int | None]


@unguarded
@dataclass(frozen=True, slots=True)
class Webhook:
    type: str
    at_ms: int
    body: Body
    member: MemberId | None = None
    version: int | None = None
    """The member's after the commit: a receiver may drop an older one."""
    room: RoomId | None = None


_NOT_TOLD: Final = frozenset((Acted, BudgetSpent, CommentPosted, Liked, OrderPaid, VoteCast))
"""What nearly every event brings, and nobody is told of: not worth the walk through all that is."""


def webhooks_of(happened: Sequence[Happened], members: Mapping[MemberId, Member]) -> list[Webhook]:
    """Return what is to be told, in the order decided; `members` are those touched, as committed.

    However many awards a commit holds, a member's points change once.
    """
    told: list[Webhook] = []
    points: dict[MemberId, int] = {}
    for one in happened:
        for fact in one.facts:
            if type(fact) in _NOT_TOLD:
                continue
            match fact:
                case Awarded() | TakenBack():
                    if fact.points:
                        points[fact.member] = fact.at_ms
                case PointsHeld() | PointsCaptured() | PointsReleased():
                    points[fact.redemption.member] = fact.at_ms
                case RewardRedeemed(claim=claim):
                    points[claim.member] = fact.at_ms
                    body: Body = {
                        "reward": claim.reward,
                        "redemption": claim.id,
                        "name": claim.name,
                        "kind": claim.kind,
                        "cost": claim.cost,
                    }
                    told.append(_of_member("reward.redeemed", fact.at_ms, body, members[claim.member]))
                case RewardCancelled(claim=claim):
                    points[claim.member] = fact.at_ms
                case DrawEntered(ticket=ticket) | TicketReturned(ticket=ticket) if ticket.points:
                    points[ticket.member] = fact.at_ms
                case PrizeWon(prize=prize) if prize.kind == "goods":
                    won: Body = {
                        "draw": fact.draw,
                        "ticket": fact.ticket,
                        "name": prize.name,
                        "kind": prize.kind,
                    }
                    told.append(_of_member("reward.redeemed", fact.at_ms, won, members[fact.member]))
                case BoxOpened(opening=box) if box.kind == "goods":
                    found: Body = {
                        "box": box.series,
                        "opening": box.id,
                        "name": box.prize,
                        "kind": box.kind,
                    }
                    told.append(_of_member("reward.redeemed", fact.at_ms, found, members[box.member]))
                case GiftSetAside() | GiftReturned():
                    points[fact.gift.giver] = fact.at_ms
                case PointsGiven():
                    points[fact.gift.giver] = points[fact.receiver] = fact.at_ms
                case MembersMerged() | MemberRetired() | BoostBought() | AwardReleased():
                    points[fact.member] = fact.at_ms
                case TierReached():
                    body = {"tier": fact.tier, "previous": fact.previous, "until_ms": fact.until_ms}
                    told.append(_of_member("tier.upgraded", fact.at_ms, body, members[fact.member]))
                case TierEnding():
                    # Nothing has changed yet: the tier before is the tier.
                    body = {
                        "tier": fact.tier,
                        "previous": fact.tier,
                        "until_ms": fact.until_ms,
                        "growth_to_keep": fact.growth_to_keep,
                    }
                    told.append(_of_member("tier.will_downgrade", fact.at_ms, body, members[fact.member]))
                case TierDropped():
                    body = {"tier": fact.tier, "previous": fact.previous, "until_ms": fact.until_ms}
                    told.append(_of_member("tier.downgraded", fact.at_ms, body, members[fact.member]))
                case TierMoved():
                    body = {"tier": fact.tier, "previous": fact.previous, "until_ms": fact.until_ms}
                    told.append(_of_member("tier.moved", fact.at_ms, body, members[fact.member]))
                case CouponGranted(coupon=coupon):
                    body = {
                        "id": coupon.id,
                        "title": coupon.title,
                        "off": coupon.off,
                        "min": coupon.min,
                        "expires_ms": coupon.expires_ms,
                        "reason": coupon.reason,
                    }
                    told.append(_of_member("coupon.granted", fact.at_ms, body, members[fact.member]))
                case TaskEnded(task=task):
                    body = {
                        "room": task.room,
                        "show": task.show,
                        "task": task.id,
                        "kind": task.kind,
                        "title": task.title,
                        "state": task.state,
                        "done": fact.points // task.reward,
                        "points": fact.points,
                    }
                    told.append(Webhook("task.ended", fact.at_ms, body, room=task.room))
                case Lapsed():
                    body = {
                        "last_active_ms": fact.last_active_ms,
                        "points": fact.points,
                        "coupon": fact.coupon,
                        "replay_url": fact.replay_url,
                    }
                    told.append(_of_member("member.lapsed", fact.at_ms, body, members[fact.member]))
                case ShowEnded(show=show):
                    body = {"room": show.room, "show": show.id, "ended_ms": show.ended_ms}
                    told.append(Webhook("show.ended", fact.at_ms, body, room=show.room))
                case _:
                    pass
    told.extend(_points_changed(points, members))
    return told


def _points_changed(points: Mapping[MemberId, int], members: Mapping[MemberId, Member]) -> Iterable[Webhook]:
    for member, at_ms in points.items():
        now = members[member]
        yield _of_member(POINTS_CHANGED, at_ms, {"points": now.points, "held": now.held}, now)


def _of_member(kind: str, at_ms: int, body: Body, member: Member) -> Webhook:
    about: Body = {"member": member.id, "version": member.version, **body}
    return Webhook(kind, at_ms, about, member=member.id, version=member.version)
