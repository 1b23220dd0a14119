"""Wishes about points between members and boosts (P4, P5). Pure data; part of `commands.Command`."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.domain.origin import Origin, Subject
from server.ids import GiftId, MemberId


@dataclass(frozen=True, slots=True)
class GivePoints:
    """Give points to a friend who is known (P5)."""

    origin: Origin
    who: Subject
    to: MemberId
    points: int
    """> 0."""


@dataclass(frozen=True, slots=True)
class GiveByLink:
    """Set points aside for whoever brings the link's code (P5)."""

    origin: Origin
    who: Subject
    points: int
    """> 0."""
    code: str = field(repr=False)
    """Made by the door, for nobody to guess. Asked again with another one, the first stays."""


@dataclass(frozen=True, slots=True)
class ClaimGift:
    """Take what a link's code stands for; a first contact becomes a member by it (P5, T4)."""

    origin: Origin
    who: Subject
    gift: GiftId


@dataclass(frozen=True, slots=True)
class ReturnGift:
    """Let a gift by link go back to its giver, if its time is over (P5)."""

    origin: Origin
    who: Subject
    """The giver, as the ledger says."""
    gift: GiftId


@dataclass(frozen=True, slots=True)
class BuyBoost:
    """Buy the tier above the real one until the end of the day (P4)."""

    origin: Origin
    who: Subject
    tier: str


GiftCommand = GivePoints | GiveByLink | ClaimGift | ReturnGift | BuyBoost
