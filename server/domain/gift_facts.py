"""What has happened to points between members and to tiers for a while (P4, P5, T8). Pure data; part of `facts.Fact`."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.state import Gift, TierHold
from server.ids import MemberId, TierId


@dataclass(frozen=True, slots=True)
class GiftSetAside:
    """Points wait behind a link: still the giver's, no longer to be spent (P5)."""

    gift: Gift
    at_ms: int


@dataclass(frozen=True, slots=True)
class PointsGiven:
    """Points went from one member to another, in one commit (P5). The names are for the two of them alone."""

    gift: Gift
    """As it stands after this; its receiver is known."""
    receiver: MemberId
    giver_name: str
    receiver_name: str
    set_aside: bool
    """True: they had waited behind a link."""
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class GiftReturned:
    """Nobody claimed it in time: the giver may spend the points again (P5)."""

    gift: Gift
    """As it stands after this."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class BoostBought:
    """A tier for the rest of the day (P4); the real one and growth stay (T8)."""

    member: MemberId
    points: int
    boost: TierHold
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class TierHoldEnded:
    """A boost or a granted tier is over (T8). It has had no effect since its time; now everybody looks again."""

    member: MemberId
    kind: str
    """boost · grant."""
    tier: TierId
    at_ms: int


GiftFact = GiftSetAside | PointsGiven | GiftReturned
HoldFact = BoostBought | TierHoldEnded
