"""What the reward shop holds, who took what, and which reward comes next (P2, P7, P8). Pure data and its order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from server.domain.boxes import BoxPrize
from server.ids import CouponId, MemberId, RedemptionId, RewardId

GOODS: Final = "goods"
COUPON: Final = "coupon"
BLIND_BOX: Final = "blind_box"
OPEN: Final = "open"
CLOSED: Final = "closed"
TAKEN: Final = "taken"
CANCELLED: Final = "cancelled"


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """What the shop says of a reward: all that a PUT replaces."""

    name: str
    kind: str
    """goods · coupon · blind_box; it stays what it was when the reward was made."""
    cost: int
    """Points, > 0."""
    stock: int | None = None
    """How many there are in all, those taken included; None = without end."""
    per_member: int | None = None
    """How many one member may have; None = any number."""
    cooldown_s: int = 0
    """So long a member waits between two; 0 = not at all."""
    off: int = 0
    """Of a coupon: minor units off one order; 0 = it is none."""
    min: int = 0
    """Of a coupon: the smallest order in minor units; 0 = any."""
    valid_ms: int = 0
    """Of a coupon: how long it lives; 0 = it is none."""
    contents: tuple[BoxPrize, ...] = ()
    """Of a blind box: what it may hold; () = it is none."""
    image: str | None = None
    order: int = 0
    """Among rewards of the same cost, the smaller comes first."""


@dataclass(frozen=True, slots=True)
class Reward:
    id: RewardId
    terms: RewardTerms
    state: str = OPEN
    taken: int = 0
    """Redeemed and not cancelled since. More than the stock, when that was lowered afterwards: sold out."""
    rev: int = 1
    """Rises with every change, `taken` included."""

    @property
    def left(self) -> int | None:
        """How many are still to be had, never below 0; None = without end."""
        return None if self.terms.stock is None else max(0, self.terms.stock - self.taken)

    @property
    def on_offer(self) -> bool:
        return self.state == OPEN and self.left != 0


@dataclass(frozen=True, slots=True)
class RewardClaim:
    """One reward redeemed by one member, with the terms of that moment: later changes of the reward leave it alone."""

    id: RedemptionId
    member: MemberId
    reward: RewardId
    name: str
    kind: str
    cost: int
    at_ms: int
    state: str = TAKEN
    coupon: CouponId | None = None
    """The coupon it was handed over as."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one member has of one reward, cancelled ones apart."""

    n: int = 0
    last_ms: int = 0
    """When the last of them was redeemed; 0 = never."""


@dataclass(frozen=True, slots=True)
class NearestReward:
    """What the card names (P8)."""

    id: str
    name: str
    points_to_go: int
    """0 = it can be had now."""


def in_shop_order(rewards: Iterable[Reward]) -> tuple[Reward, ...]:
    """Return the open ones as the shop shows them: what can be had first, the cheapest of it first (P7)."""
    shown = (reward for reward in rewards if reward.state == OPEN)
    return tuple(sorted(shown, key=lambda one: (one.left == 0, one.terms.cost, one.terms.order, one.id)))


def on_offer(rewards: Iterable[Reward]) -> tuple[Reward, ...]:
    """Return those that can be had now, the cheapest first (P7)."""
    return in_shop_order(reward for reward in rewards if reward.on_offer)


def nearest_reward(offered: Sequence[Reward], points: int) -> NearestReward | None:
    """Return the cheapest of `offered`, which stand as `on_offer` gives them, that `points` do not reach yet (P8).

    Whoever can have them all is named the dearest, with nothing to go. None: nothing is on offer.
    """
    if not offered:
        return None
    at = bisect_right(offered, points, key=lambda reward: reward.terms.cost)
    next_one = offered[min(at, len(offered) - 1)]
    return NearestReward(next_one.id, next_one.terms.name, max(0, next_one.terms.cost - points))
