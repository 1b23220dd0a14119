"""The rulebook as the operator writes it: the model that validates it. Unknown keys are refused.

Amounts are minor units, times carry their unit in the name, percentages are integers. What each number
means to a viewer is written in docs/requirements.md under the rule ids given here.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Percent = Annotated[int, Field(ge=0, le=10_000)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Title = Annotated[str, Field(min_length=1, max_length=60)]
TierName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
BehaviourName = Literal[
    "watch15", "watch10", "comment", "like", "share", "vote", "follow", "check_in", "invite"
]
BenefitKind = Literal[
    "member_price",
    "early_access",
    "vip_service",
    "birthday_pack",
    "points_multiplier",
    "free_shipping",
    "threshold_coupon",
    "priority_shipping",
    "trial",
    "experience_officer",
    "fan_group",
    "offline_invitation",
    "opinion_panel",
    "cobrand_early_access",
    "yearly_gift",
    "stacked_discount",
]


_NUMBERS_OF = {
    "link": ("vip_service",),
    "points": ("birthday_pack",),
    "coupon": ("birthday_pack", "threshold_coupon"),
}
"""Which kinds of benefit a field belongs to; elsewhere it would be believed and never given."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EntryPart(Part):
    """Any one of these reaches the tier (T1). Growth is always one of them (O5)."""

    growth: Count
    paid: Count | None = None
    orders: Count | None = None


class TierPart(Part):
    id: TierName
    name: Title
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    entry: EntryPart


class CouponPart(Part):
    """A single-use coupon, bound to the member it is given to (L2)."""

    title: Title
    off: Annotated[int, Field(ge=1, le=1_000_000_000)]
    min: Count
    valid_days: Annotated[int, Field(ge=1, le=366)]


class BenefitPart(Part):
    """A benefit with the operator's sentence, and the numbers of its kind (B1–B6)."""

    kind: BenefitKind
    text: Text
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    link: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=2_000)] | None = None
    """Of `vip_service`: opened from the card (B3)."""
    points: Count | None = None
    """Of `birthday_pack` (B4)."""
    coupon: CouponPart | None = None
    """Of `birthday_pack` (B4), and of `threshold_coupon`, which is given once a month (B6)."""

    @model_validator(mode="after")
    def _numbers_fit_the_kind(self) -> Self:
        for field, kinds in _NUMBERS_OF.items():
            if getattr(self, field) is not None and self.kind not in kinds:
                raise ValueError(f"{field}: only of {' and '.join(kinds)}, not of {self.kind}")
        return self


class PrivilegesPart(Part):
    """What a tier gives beyond the tier below it (B6)."""

    multiplier_percent: Annotated[int, Field(ge=100, le=1_000)] | None = None
    benefits: tuple[BenefitPart, ...] = ()


class BehaviourPart(Part):
    """One award (E1, E2, V2) and the awards of a member and day (E8)."""

    points: Count = 0
    growth: Count = 0
    per_day: Annotated[int, Field(ge=1, le=1_000)]
    ever: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Awards in the whole programme (E4)."""


class StreakPart(Part):
    """Checking in every day (E5)."""

    days: Annotated[int, Field(ge=2, le=365)]
    points: Count


class InvitePart(Part):
    """What makes an invitation count (E4)."""

    watch_minutes: Annotated[int, Field(ge=1, le=60)]
    new_minutes: Annotated[int, Field(ge=1, le=10_080)]
    """How long after their first contact somebody may still say who brought them."""


class OrderPart(Part):
    """Paid orders (E3, V1, V2) and their refunds (V3)."""

    points_percent: Percent
    growth_percent: Annotated[int, Field(ge=1, le=10_000)]
    growth_extra: Count
    first_order_percent: Annotated[int, Field(ge=100, le=10_000)]
    return_window_days: Annotated[int, Field(ge=0, le=365)]
    early_refund_days: Annotated[int, Field(ge=1, le=60)]


class CommentPart(Part):
    """When a comment is valid (E9). Repeats are remembered for ten minutes at most."""

    min_graphemes: Annotated[int, Field(ge=1, le=200)]
    repeat_s: Annotated[int, Field(ge=0, le=600)]
    gap_s: Annotated[int, Field(ge=0, le=600)]
    wave_members: Annotated[int, Field(ge=2, le=10_000)]
    wave_s: Annotated[int, Field(ge=0, le=60)]


class SpendingPart(Part):
    """What points are worth off an order (P1)."""

    points_per_unit: Annotated[int, Field(ge=1, le=1_000_000)]
    hold_minutes: Annotated[int, Field(ge=1, le=1_440)]
    notice_days: Annotated[int, Field(ge=30, le=365)] = 30
    """How many days ahead another `points_per_unit` must be published (P6)."""


class GiftsPart(Part):
    """Points from member to member (P5)."""

    min_days: Annotated[int, Field(ge=0, le=365)]
    """So long a giver has been known."""
    from_tier: TierName
    out_per_day: Annotated[int, Field(ge=1, le=1_000_000)]
    in_per_day: Annotated[int, Field(ge=1, le=1_000_000)]
    link_hours: Annotated[int, Field(ge=1, le=720)]
    """So long a gift by link waits to be claimed."""


class BoostPart(Part):
    """The tier above for the rest of the day (P4)."""

    points: Annotated[int, Field(ge=1, le=1_000_000)]


class BudgetsPart(Part):
    """Ceilings (E8, L2); 0 = nothing may be spent."""

    show_points: Count
    day_points: Count
    coupons_per_day: Count


class LevelUpPart(Part):
    """The shout-out and its coupon (L2, T12)."""

    from_tier: TierName
    per_minute: Annotated[int, Field(ge=1, le=600)]
    once_in_days: Annotated[int, Field(ge=1, le=3_650)]
    coupon_title: Title
    coupon_off: Count
    coupon_min: Count
    coupon_hours: Annotated[int, Field(ge=1, le=8_760)]


class YearPart(Part):
    """How long a tier lasts, what counts and what keeps it (T6, T7, T11)."""

    window_days: Annotated[int, Field(ge=1, le=3_650)]
    valid_days: Annotated[int, Field(ge=1, le=3_650)]
    retention_percent: Annotated[int, Field(ge=0, le=100)]
    warn_days: Annotated[int, Field(ge=0, le=365)]
    drop: Literal["one_step", "to_supported"]
    """How far whoever does not keep a tier falls."""


class BirthdayPart(Part):
    """When the birthday pack is handed over (B4); what is in it, the tiers' benefit `birthday_pack` says."""

    once_in_days: Annotated[int, Field(ge=300, le=3_650)]
    set_before_days: Annotated[int, Field(ge=0, le=365)]


class RecallPart(Part):
    """Bringing back whom nobody has seen for long (L11)."""

    absent_days: Annotated[int, Field(ge=7, le=365)]
    points: Count
    coupon: CouponPart | None = None
    per_year: Annotated[int, Field(ge=1, le=12)]
    skip_days: Annotated[int, Field(ge=7, le=3_650)]
    """Who had been gone so long when recall was switched on is left alone."""


class MemberDayPart(Part):
    """A recurring date for all members (E11): a weekday, or a day of the month."""

    weekday: Annotated[int, Field(ge=1, le=7)] | None = None
    """1 Monday … 7 Sunday."""
    day_of_month: Annotated[int, Field(ge=1, le=31)] | None = None
    """In a month that is too short, its last day."""
    multiplier_percent: Annotated[int, Field(ge=100, le=1_000)] = 100
    percent: Annotated[int, Field(ge=0, le=100)] = 0
    """Off the live price."""
    coupon: CouponPart | None = None

    @model_validator(mode="after")
    def _one_recurrence(self) -> Self:
        if (self.weekday is None) == (self.day_of_month is None):
            raise ValueError("weekday: give either weekday or day_of_month")
        return self


class RulebookDocument(Part):
    """The whole programme."""

    ladder: Annotated[tuple[TierPart, ...], Field(min_length=3, max_length=5)]
    """Ascending (T1)."""
    privileges: dict[TierName, PrivilegesPart]
    behaviours: dict[BehaviourName, BehaviourPart]
    behaviour_percent: Percent
    behaviour_growth_per_day: Count
    order: OrderPart
    comment: CommentPart
    streak: StreakPart
    invite: InvitePart
    spending: SpendingPart
    watch_gap_s: Annotated[int, Field(ge=15, le=600)]
    budgets: BudgetsPart
    level_up: LevelUpPart
    year: YearPart
    birthday: BirthdayPart | None = None
    """Absent = no birthday packs (B4)."""
    recall: RecallPart | None = None
    """Absent = nobody is recalled (L11)."""
    member_day: MemberDayPart | None = None
    """Absent = there is none (E11)."""
    gifts: GiftsPart | None = None
    """Absent = nobody gives points away."""
    boost: BoostPart | None = None
    """Absent = there are no boosts."""
