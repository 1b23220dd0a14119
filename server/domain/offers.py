"""What the programme gives beyond points for what somebody did: coupons, packs, the member day. Pure data.

Part of the rulebook (`server.domain.rulebook`); who gets what when is decided in `server.domain.decide`.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CouponOffer:
    """A coupon before it is anybody's."""

    title: str
    off: int
    """Minor units, > 0."""
    min: int
    """Smallest order in minor units; 0 = any."""
    valid_ms: int


@dataclass(frozen=True, slots=True)
class BirthdayRule:
    """When the birthday pack is handed over (B4); what is in it, the tier's benefit says."""

    once_in_days: int
    set_before_days: int
    """A birthday counts from so many days after it was set."""


@dataclass(frozen=True, slots=True)
class RecallRule:
    """What brings back whom nobody has seen for long (L11)."""

    absent_ms: int
    """So long without watching, earning or ordering is an absence."""
    points: int
    coupon: CouponOffer | None
    per_year: int
    """Recalls of one member within 365 days."""
    skip_ms: int
    """Who had been gone so long when recall was switched on is left alone."""


@dataclass(frozen=True, slots=True)
class MemberDay:
    """A recurring date with its own multiplier, prices and coupon, for every member (E11)."""

    weekday: int | None
    """1 Monday … 7 Sunday; None = by the day of the month."""
    day_of_month: int | None
    """1–31; in a month that is too short, its last day."""
    multiplier: int
    """Percent on points; 100 = none."""
    percent: int
    """Off the live price; 0 = none."""
    coupon: CouponOffer | None

    def falls_on(self, day: date) -> bool:
        """Whether `day`, a date of the programme, is one."""
        if self.weekday is not None:
            return day.isoweekday() == self.weekday
        if self.day_of_month is None:
            return False
        return day.day == min(self.day_of_month, monthrange(day.year, day.month)[1])
