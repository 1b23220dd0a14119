"""The reward shop: what it holds, and redeeming it for points (P2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from server.domain.boxes import TICKET_SERIES, wrong_contents
from server.domain.commands import CancelReward, CloseReward, PutReward, RedeemReward
from server.domain.decide.boxes import opened_box
from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.facts import CouponGranted, Fact, RewardCancelled, RewardPut, RewardRedeemed
from server.domain.money import MAX_AMOUNT
from server.domain.rewards import (
    BLIND_BOX,
    CANCELLED,
    CLOSED,
    COUPON,
    GOODS,
    OPEN,
    Claimed,
    Reward,
    RewardClaim,
)
from server.domain.rulebook import REWARD
from server.domain.spendable import free_points
from server.domain.state import Coupon
from server.domain.world import World
from server.ids import CouponId, MemberId, RedemptionId, SeriesId, derived


@dataclass(frozen=True, slots=True)
class Handed:
    """What a redeemed reward brings its member at once, and how the claim stands with it."""

    claim: RewardClaim
    facts: tuple[Fact, ...] = ()
    points: int = 0
    """Points that came with it, already among `facts`."""
    told: tuple[tuple[str, str | int], ...] = ()
    """For the redeemer alone."""


Hands = Callable[[RewardClaim, Reward, RedeemReward, World, int], Handed | Refusal]
"""Hands over a claim of one kind of reward that the command made, at a time in Unix ms; or says why it cannot."""


def _goods(
    claim: RewardClaim, _reward: Reward, _command: RedeemReward, _world: World, _now_ms: int
) -> Handed:
    """The shop sends goods when its webhook tells it."""
    return Handed(claim)


def _coupon(claim: RewardClaim, reward: Reward, _command: RedeemReward, _world: World, now_ms: int) -> Handed:
    """A coupon bound to the member, for one order. Paid for in points, so no budget of gifts bounds it."""
    terms = reward.terms
    coupon = Coupon(
        id=CouponId(derived("c", claim.member, "reward", claim.id)),
        title=terms.name,
        off=terms.off,
        min=terms.min,
        granted_ms=now_ms,
        expires_ms=now_ms + terms.valid_ms,
        reason=f"reward:{reward.id}",
    )
    return Handed(replace(claim, coupon=coupon.id), (CouponGranted(claim.member, coupon, now_ms),))


def _blind_box(
    claim: RewardClaim, reward: Reward, command: RedeemReward, world: World, now_ms: int
) -> Handed | Refusal:
    """A box of the reward's own series, opened at once (P3)."""
    opened = opened_box(
        SeriesId(reward.id),
        reward.terms.contents,
        command.word,
        claim.member,
        command.origin,
        world,
        now_ms,
        claim.id,
    )
    return opened if isinstance(opened, Refusal) else Handed(claim, opened.facts, opened.points, opened.told)


HANDED_BY: Final[Mapping[str, Hands]] = {GOODS: _goods, COUPON: _coupon, BLIND_BOX: _blind_box}
"""How each kind is handed over. A kind that is not here cannot be put into the shop."""


def redeem_reward(command: RedeemReward, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give a reward for its points, at once and whole: stock, limit, cooldown and balance all allow it, or nothing."""
    reward = world.rewards.get(command.reward)
    member = world.members.get(who)
    if reward is None:
        return Decision(Refusal("not_found", "reward: there is no such one"))
    refusal = _not_on_offer(reward) or _not_again(reward, world.claimed.get((who, reward.id)), now_ms)
    if refusal is not None:
        return Decision(refusal)
    terms = reward.terms
    free = (
        0
        if member is None
        else free_points(member, world.orders.values(), world.rulebook, now_ms, world.held_awards.values())
    )
    if member is None or free < terms.cost:
        said = (
            f"points: it costs {terms.cost}, and {free} are free; those of an order become free when it "
            "cannot be returned any more"
        )
        return Decision(Refusal("not_enough_points", said, (("to_go", terms.cost - free),)))
    origin = command.origin
    claim = RewardClaim(
        id=reward_claim_id(origin.source, origin.event),
        member=who,
        reward=reward.id,
        name=terms.name,
        kind=terms.kind,
        cost=terms.cost,
        at_ms=now_ms,
    )
    handed = HANDED_BY[terms.kind](claim, reward, command, world, now_ms)
    if isinstance(handed, Refusal):
        return Decision(handed)
    show = world.on_air(origin.room)
    redeemed = RewardRedeemed(
        reward=replace(reward, taken=reward.taken + 1, rev=reward.rev + 1),
        claim=handed.claim,
        author=member.author,
        name="" if member.announce_optout else member.name,
        room=None if show is None else show.room,
        day=world.calendar.day_of(now_ms),
        at_ms=now_ms,
    )
    return Decision(
        Applied(
            Earned(points=handed.points - terms.cost), REWARD, details=(*_told(handed.claim), *handed.told)
        ),
        (redeemed, *handed.facts),
    )


def cancel_reward(command: CancelReward, who: MemberId, world: World, now_ms: int) -> Decision:
    """Take goods back that could not be sent: points and piece return, once.

    What was handed over with the redeeming itself (coupon, blind box) stays.
    """
    claim = world.reward_claims.get(command.redemption)
    if claim is None or claim.member != who:
        return _refused("not_found", "redemption: there is no such one")
    if claim.state == CANCELLED:
        return _refused("already_cancelled", "redemption: its points are back already")
    if claim.kind != GOODS:
        return _refused(
            "handed_over", f"redemption: a {claim.kind} is the member's at once; only goods can be cancelled"
        )
    reward = world.rewards[claim.reward]
    fact = RewardCancelled(
        reward=replace(reward, taken=reward.taken - 1, rev=reward.rev + 1),
        claim=replace(claim, state=CANCELLED),
        reason=command.reason,
        day=world.calendar.day_of(now_ms),
        at_ms=now_ms,
    )
    return Decision(Applied(Earned(points=claim.cost), REWARD), (fact,))


def put_reward(command: PutReward, world: World, now_ms: int) -> Decision:
    """Put a reward into the shop, or change its terms and open it again. The same once more changes nothing."""
    if wrong := _wrong(command):
        return _refused("bad_request", wrong)
    known = world.rewards.get(command.reward)
    if known is None:
        return Decision(Applied(), (RewardPut(Reward(command.reward, command.terms), now_ms),))
    if known.terms.kind != command.terms.kind:
        return _refused("bad_request", f"kind: it is {known.terms.kind} and stays so; make another reward")
    if (known.terms, known.state) == (command.terms, OPEN):
        return Decision(Applied())
    put = replace(known, terms=command.terms, state=OPEN, rev=known.rev + 1)
    return Decision(Applied(), (RewardPut(put, now_ms),))


def close_reward(command: CloseReward, world: World, now_ms: int) -> Decision:
    """Take a reward out of the shop; what was redeemed stays, and closing it again changes nothing."""
    known = world.rewards.get(command.reward)
    if known is None:
        return _refused("not_found", "reward: there is no such one")
    if known.state == CLOSED:
        return Decision(Applied())
    return Decision(Applied(), (RewardPut(replace(known, state=CLOSED, rev=known.rev + 1), now_ms),))


def reward_claim_id(source: str, event: str) -> RedemptionId:
    """Return the id of the claim that an event makes: the same again on a repeat (R2)."""
    return RedemptionId(derived("rr", source, event))


def _not_on_offer(reward: Reward) -> Refusal | None:
    if reward.state == CLOSED:
        return Refusal("closed", "reward: it is not in the shop any more")
    if reward.left == 0:
        return Refusal("sold_out", "reward: all of them are taken")
    return None


def _not_again(reward: Reward, claimed: Claimed | None, now_ms: int) -> Refusal | None:
    if claimed is None or not claimed.n:
        return None
    terms = reward.terms
    if terms.per_member is not None and claimed.n >= terms.per_member:
        return Refusal(
            "limit_reached",
            f"reward: {terms.per_member} for each member",
            (("per_member", terms.per_member),),
        )
    wait_ms = claimed.last_ms + terms.cooldown_s * 1_000 - now_ms
    if wait_ms > 0:
        return Refusal(
            "try_later",
            f"reward: one in {terms.cooldown_s} s for each member; redeem it anew then",
            (("cooldown_s", terms.cooldown_s),),
            retry_after_ms=wait_ms,
        )
    return None


def _told(claim: RewardClaim) -> tuple[tuple[str, str | int], ...]:
    """Return what the redeemer is told of the claim, beside the points."""
    told: tuple[tuple[str, str | int], ...] = (
        ("reward", claim.reward),
        ("name", claim.name),
        ("kind", claim.kind),
        ("redemption", claim.id),
    )
    return told if claim.coupon is None else (*told, ("coupon", claim.coupon))


def _wrong(command: PutReward) -> str | None:
    """Return what cannot be in a shop, naming the field; the door has judged sizes and shapes."""
    terms = command.terms
    if terms.kind not in HANDED_BY:
        return f"kind: one of {', '.join(HANDED_BY)}"
    if not 0 < terms.cost <= MAX_AMOUNT:
        return f"cost: 1 to {MAX_AMOUNT} points"
    if terms.stock is not None and terms.stock < 0:
        return "stock: 0 or more"
    if terms.per_member is not None and terms.per_member < 1:
        return "per_member: 1 or more"
    if terms.cooldown_s < 0:
        return "cooldown_s: 0 or more"
    is_coupon = terms.off > 0 and terms.min >= 0 and terms.valid_ms > 0
    is_none = not (terms.off or terms.min or terms.valid_ms)
    if terms.kind == COUPON and not is_coupon:
        return "off: a coupon takes something off, for some time"
    if terms.kind != COUPON and not is_none:
        return "off: only a coupon takes something off"
    if terms.kind == BLIND_BOX:
        return _wrong_box(command)
    return "contents: only of a blind box" if terms.contents else None


def _wrong_box(command: PutReward) -> str | None:
    terms = command.terms
    if SeriesId(command.reward) == TICKET_SERIES:
        return f"id: {TICKET_SERIES} is the series of tickets"
    if wrong := wrong_contents(terms.contents):
        return wrong
    pieces = [prize.stock for prize in terms.contents if prize.stock is not None]
    if len(pieces) < len(terms.contents):
        return None
    if terms.stock is None or terms.stock > sum(pieces):
        return "stock: at most as many boxes as pieces in them, unless one of the prizes has no end"
    return None


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
