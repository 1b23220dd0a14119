"""What a member is told in person about what has just happened to them (E10, L2). Pure; no language in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.domain.box_facts import BoxTicketGiven
from server.domain.facts import (
    Awarded,
    CouponFreed,
    CouponGranted,
    Fact,
    Granted,
    InviteCompleted,
    PointsCaptured,
    PointsReleased,
    PrizeWon,
    RewardCancelled,
    TakenBack,
    TicketReturned,
    TierMoved,
    TierReached,
)
from server.domain.gift_facts import BoostBought, GiftReturned, PointsGiven
from server.domain.money import Money
from server.domain.phrases import Hint, Param
from server.domain.rulebook import CHECK_IN, DRAW, STREAK, Rulebook
from server.domain.state import TierHold
from server.ids import MemberId

HOUR_MS = 3_600_000
_KINDS: Final = {CHECK_IN: "check_in", STREAK: "check_in"}


@dataclass(frozen=True, slots=True)
class Notice:
    """A personal frame in the making; `kind` and `params` as in PROTOCOL §1.2."""

    member: MemberId
    kind: str
    """``points`` · ``birthday`` · ``recall`` · ``watch`` · ``check_in`` · ``gift`` · ``tier`` · ``coupon`` ·
    ``why_nothing``."""
    text: Hint
    params: tuple[tuple[str, str | int], ...] = ()


def notices_of(fact: Fact, rulebook: Rulebook) -> tuple[Notice, ...]:
    """Return what `fact` tells in person: a gift tells both sides (P5), anything else one member or nobody."""
    if isinstance(fact, PointsGiven):
        return _of_gift(fact)
    notice = notice_of(fact, rulebook)
    return () if notice is None else (notice,)


def notice_of(fact: Fact, rulebook: Rulebook) -> Notice | None:
    """Return what `fact` tells its member; None for most. A drop is told by the card alone (T8)."""
    match fact:
        case Awarded(rule=rule_id) if rule_id == DRAW:
            return None  # the prize itself is told
        case PrizeWon(prize=prize):
            said = Hint("notice.prize", (("title", fact.title), ("prize", prize.name)))
            told: tuple[tuple[str, str | int], ...] = (("draw", fact.draw), ("ticket", fact.ticket))
            if prize.points:
                told += (("points", prize.points),)
            return Notice(fact.member, "gift", said, told)
        case BoxTicketGiven():
            return Notice(fact.member, "gift", Hint("notice.box_ticket"), (("tickets", 1),))
        case TicketReturned(ticket=ticket) if ticket.points:
            said = Hint("notice.draw_cancelled", (("title", fact.draw.title), ("points", ticket.points)))
            return Notice(ticket.member, "points", said, (("draw", ticket.draw), ("points", ticket.points)))
        case Awarded(rule="birthday"):
            said = Hint("notice.birthday", (("points", fact.points),))
            return Notice(fact.member, "birthday", said, (("points", fact.points),))
        case Awarded():
            rule = rulebook.behaviours.get(fact.rule)
            said = Hint(
                "notice.earned",
                (
                    ("what", Hint(f"rule.{fact.rule.partition(':')[0]}")),
                    ("gain", _gain(fact.points, fact.growth)),
                ),
            )
            params = (("rule", fact.rule), ("points", fact.points), ("growth", fact.growth))
            kind = "watch" if rule is not None and rule.minutes else _KINDS.get(fact.rule, "points")
            return Notice(fact.member, kind, said, params)
        case TakenBack() if fact.points or fact.growth:
            said = Hint("notice.taken_back", (("points", fact.points), ("growth", fact.growth)))
            return Notice(fact.member, "points", said, (("points", -fact.points), ("growth", -fact.growth)))
        case PointsCaptured(redemption=redemption):
            off = Money(redemption.discount, rulebook.currency)
            said = Hint("notice.redeemed", (("points", redemption.points), ("off", off)))
            return Notice(redemption.member, "points", said, (("points", -redemption.points),))
        case PointsReleased(redemption=redemption) if not fact.held:
            said = Hint("notice.returned", (("points", fact.points),))
            return Notice(redemption.member, "points", said, (("points", fact.points),))
        case RewardCancelled(claim=claim):
            said = Hint("notice.reward_cancelled", (("reward", claim.name), ("points", claim.cost)))
            return Notice(claim.member, "points", said, (("points", claim.cost),))
        case GiftReturned(gift=gift):
            said = Hint("notice.gift_returned", (("points", gift.points),))
            return Notice(gift.giver, "gift", said, (("points", gift.points),))
        case BoostBought():
            said = Hint("notice.boosted", (("tier", rulebook.tier(fact.boost.tier).name),))
            return Notice(fact.member, "tier", said, (("tier", fact.boost.tier), ("points", -fact.points)))
        case Granted(tier=TierHold(tier=tier)):
            said = Hint("notice.tier_granted", (("tier", rulebook.tier(tier).name),))
            return Notice(fact.member, "tier", said, (("tier", tier),))
        case InviteCompleted(code=str(code)):
            return why_nothing(fact.inviter, code)
        case TierReached():
            said = Hint("notice.tier", (("tier", rulebook.tier(fact.tier).name),))
            return Notice(fact.member, "tier", said, (("tier", fact.tier),))
        case TierMoved():
            said = Hint("notice.tier_moved", (("tier", rulebook.tier(fact.tier).name),))
            return Notice(fact.member, "tier", said, (("tier", fact.tier),))
        case CouponFreed(coupon=coupon):
            said = Hint("notice.coupon_freed", (("title", coupon.title),))
            return Notice(fact.member, "coupon", said, (("id", coupon.id), ("expires_ms", coupon.expires_ms)))
        case CouponGranted():
            coupon = fact.coupon
            hours = max(1, -(-(coupon.expires_ms - fact.at_ms) // HOUR_MS))
            long = hours >= 48
            words: tuple[tuple[str, Param], ...] = (
                ("title", coupon.title),
                ("off", Money(coupon.off, rulebook.currency)),
                ("days", hours // 24) if long else ("hours", hours),
            )
            said = Hint("notice.coupon_for_days" if long else "notice.coupon", words)
            facts = (("id", coupon.id), ("off", coupon.off), ("expires_ms", coupon.expires_ms))
            return Notice(fact.member, "coupon", said, facts)
        case _:
            return None


def welcome_back(member: MemberId) -> Notice:
    """Return the welcome of a member who was recalled and enters a room again (L11)."""
    return Notice(member, "recall", Hint("notice.recall"))


def _of_gift(fact: PointsGiven) -> tuple[Notice, ...]:
    points = fact.gift.points
    gone = Hint("notice.gift_given", (("name", fact.receiver_name), ("points", points)))
    come = Hint("notice.gift_received", (("name", fact.giver_name), ("points", points)))
    return (
        Notice(fact.gift.giver, "gift", gone, (("points", -points), ("name", fact.receiver_name))),
        Notice(fact.receiver, "gift", come, (("points", points), ("name", fact.giver_name))),
    )


def why_nothing(member: MemberId, code: str) -> Notice:
    """Return why an action earned nothing, in words (E10); `code` is `Applied.code`."""
    return Notice(member, "why_nothing", Hint(f"why.{code}"), (("code", code),))


def _gain(points: int, growth: int) -> Hint:
    if not growth:
        return Hint("gain.points", (("points", points),))
    if not points:
        return Hint("gain.growth", (("growth", growth),))
    return Hint("gain.both", (("points", points), ("growth", growth)))
