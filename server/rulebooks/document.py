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
Word = Annotated[str, Field(min_length=1, max_length=40)]
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
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class EntryPart(Part):
    """Any one of these reaches the tier (T1). Growth is always one of them (O5)."""

    growth: Count
    """Growth of the last `year.window_days` days."""
    paid: Count | None = None
    """Or paid in those days, minor units, net of refunds; absent = not an alternative."""
    orders: Count | None = None
    """Or orders paid in those days, net of full refunds; absent = not an alternative."""


class TierPart(Part):
    id: TierName
    """By which everything refers to the tier (T9); it stays when the name changes."""
    name: Title
    """What viewers read; the operator's words."""
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    """Of the badge, `#rrggbb`."""
    entry: EntryPart
    """What reaches the tier."""


class CouponPart(Part):
    """A single-use coupon, bound to the member it is given to (L2)."""

    title: Title
    """What viewers read."""
    off: Annotated[int, Field(ge=1, le=1_000_000_000)]
    """Minor units off the order."""
    min: Count
    """Minor units the order must reach; 0 = any order."""
    valid_days: Annotated[int, Field(ge=1, le=366)]
    """Days from when it is given."""


class BenefitPart(Part):
    """A benefit with the operator's sentence, and the numbers of its kind (B1–B6)."""

    kind: BenefitKind
    """Which benefit it is; a tier has each kind once."""
    text: Text
    """The operator's sentence."""
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Percent off the live price (B1); `member_price` needs it."""
    seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """Seconds of early access (B2); `early_access` needs it."""
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
    """Percent on points (E7): 120 = ×1.2; absent = as the tier below."""
    benefits: tuple[BenefitPart, ...] = ()
    """What it adds or states better; the rest is inherited from the tier below."""


class BehaviourPart(Part):
    """One award (E1, E2, V2) and the awards of a member: of a day, a show, and in all (E8)."""

    points: Count = 0
    """Points of one award."""
    growth: Count = 0
    """Growth of one award."""
    per_day: Annotated[int, Field(ge=1, le=1_000)]
    """Awards of a member in a day of the programme."""
    per_show: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """Awards of a member in one show, if that is fewer."""
    ever: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Awards in the whole programme (E4)."""
    hold_days: Annotated[int, Field(ge=0, le=365)] = 0
    """Days until the points of an award may be spent (E6); 0 = at once."""


class BoxPrizePart(Part):
    """What the lucky bag of a streak may hold (E5, P3)."""

    name: Title
    """What viewers read; no two are the same."""
    kind: Literal["points", "coupon"]
    """Points at once, or a single-use coupon."""
    weight: Annotated[int, Field(ge=1, le=1_000_000)]
    """How likely it is beside the others."""
    points: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Of kind `points`."""
    off: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Of kind `coupon`: minor units off the order."""
    min: Count | None = None
    """Of kind `coupon`: minor units the order must reach; absent = any order."""
    valid_days: Annotated[int, Field(ge=1, le=366)] | None = None
    """Of kind `coupon`: days from when it is given."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        needs = ("points",) if self.kind == "points" else ("off", "valid_days")
        may = needs if self.kind == "points" else (*needs, "min")
        for field in ("points", "off", "min", "valid_days"):
            value = getattr(self, field)
            if value is None and field in needs:
                raise ValueError(f"{field}: kind {self.kind} needs it")
            if value is not None and field not in may:
                raise ValueError(f"{field}: not of kind {self.kind}")
        return self


class StreakPart(Part):
    """Checking in every day (E5)."""

    days: Annotated[int, Field(ge=2, le=365)]
    """Every so many days in a row …"""
    points: Count
    """… so many points more; 0 = nothing."""
    box: Annotated[tuple[BoxPrizePart, ...], Field(max_length=20)] = ()
    """… and a ticket for a lucky bag that holds one of these; empty = none."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len({prize.name for prize in self.box}) < len(self.box):
            raise ValueError("box: no two prizes have the same name")
        return self


class InvitePart(Part):
    """What makes an invitation count (E4)."""

    watch_minutes: Annotated[int, Field(ge=1, le=60)]
    """Minutes the invited friend must have watched."""
    new_minutes: Annotated[int, Field(ge=1, le=10_080)]
    """How long after their first contact somebody may still say who brought them."""


class OrderPart(Part):
    """Paid orders (E3, V1, V2) and their refunds (V3)."""

    points_percent: Percent
    """Points for one currency unit paid, in percent: 100 = 1 point (E3)."""
    growth_percent: Annotated[int, Field(ge=1, le=10_000)]
    """Growth for one currency unit paid, in percent (V1)."""
    growth_extra: Count
    """Growth for every paid order on top (V2)."""
    first_order_percent: Annotated[int, Field(ge=100, le=10_000)]
    """Percent on the points of a member's first order: 200 = ×2 (E3)."""
    return_window_days: Annotated[int, Field(ge=0, le=365)]
    """Days in which a refund judges anew the tier an order brought, and its points pay orders alone (V3, P1)."""
    early_refund_days: Annotated[int, Field(ge=1, le=60)]
    """Days for which a refund waits for its order."""
    hold_days: Annotated[int, Field(ge=0, le=365)] = 0
    """Days until the points of an order may be spent (E6); 0 = at once."""


class CommentPart(Part):
    """When a comment is valid (E9). Repeats are remembered for ten minutes at most."""

    min_graphemes: Annotated[int, Field(ge=1, le=200)]
    """Characters left after emoji and spaces are taken out."""
    repeat_s: Annotated[int, Field(ge=0, le=600)]
    """Seconds in which a member does not say the same again."""
    gap_s: Annotated[int, Field(ge=0, le=600)]
    """Seconds since the last comment that counted."""
    wave_members: Annotated[int, Field(ge=2, le=10_000)]
    """So many members saying the same are a wave …"""
    wave_s: Annotated[int, Field(ge=0, le=60)]
    """… within so many seconds."""
    words: Annotated[tuple[Word, ...], Field(max_length=2_000)] = ()
    """Words that no comment may contain, whatever stands between their characters (L13)."""


class SpendingPart(Part):
    """What points are worth off an order (P1)."""

    points_per_unit: Annotated[int, Field(ge=1, le=1_000_000)]
    """Points that are one currency unit off an order."""
    hold_minutes: Annotated[int, Field(ge=1, le=1_440)]
    """Minutes for which points are held for an order."""
    notice_days: Annotated[int, Field(ge=30, le=365)] = 30
    """How many days ahead another `points_per_unit` must be published (P6)."""


class GiftsPart(Part):
    """Points from member to member (P5)."""

    min_days: Annotated[int, Field(ge=0, le=365)]
    """Days a giver must have been known."""
    from_tier: TierName
    """Id of the lowest tier that may give."""
    out_per_day: Annotated[int, Field(ge=1, le=1_000_000)]
    """Points a member may give in a day."""
    in_per_day: Annotated[int, Field(ge=1, le=1_000_000)]
    """Points a member may get in a day."""
    link_hours: Annotated[int, Field(ge=1, le=720)]
    """Hours a gift by link waits to be claimed."""


class BoostPart(Part):
    """The tier above for the rest of the day (P4)."""

    points: Annotated[int, Field(ge=1, le=1_000_000)]
    """Points it costs."""


class BudgetsPart(Part):
    """Ceilings (E8, L2); 0 = nothing may be spent."""

    show_points: Count
    """Points of behaviour given in one show."""
    day_points: Count
    """Points of behaviour given in one day, all rooms."""
    coupons_per_day: Count
    """Minor units of coupons given in one day."""


class LevelUpPart(Part):
    """The shout-out and its coupon (L2, T12)."""

    from_tier: TierName
    """Id of the lowest tier that is announced and brings a coupon."""
    per_minute: Annotated[int, Field(ge=1, le=600)]
    """Shout-outs shown singly in a room and minute; more are folded."""
    once_in_days: Annotated[int, Field(ge=1, le=3_650)]
    """One shout-out and coupon per member and tier in so many days."""
    coupon_title: Title
    """What viewers read."""
    coupon_off: Count
    """Minor units; 0 = no coupon."""
    coupon_min: Count
    """Minor units the order must reach; 0 = any order."""
    coupon_hours: Annotated[int, Field(ge=1, le=8_760)]
    """Hours from when it is given."""


class YearPart(Part):
    """How long a tier lasts, what counts and what keeps it (T6, T7, T11)."""

    window_days: Annotated[int, Field(ge=1, le=3_650)]
    """Days whose growth, payments and orders count."""
    valid_days: Annotated[int, Field(ge=1, le=3_650)]
    """Days a tier lasts."""
    retention_percent: Annotated[int, Field(ge=0, le=100)]
    """Percent of any one alternative of the entry that keeps a tier."""
    warn_days: Annotated[int, Field(ge=0, le=365)]
    """Days before its end in which who may lose it is told."""
    drop: Literal["one_step", "to_supported"]
    """How far whoever does not keep a tier falls."""


class BirthdayPart(Part):
    """When the birthday pack is handed over (B4); what is in it, the tiers' benefit `birthday_pack` says."""

    once_in_days: Annotated[int, Field(ge=300, le=3_650)]
    """One pack in so many days."""
    set_before_days: Annotated[int, Field(ge=0, le=365)]
    """Days the birthday must have been known before."""


class RecallPart(Part):
    """Bringing back whom nobody has seen for long (L11)."""

    absent_days: Annotated[int, Field(ge=7, le=365)]
    """Days without watching, earning or ordering."""
    points: Count
    """Points of the welcome back."""
    coupon: CouponPart | None = None
    """Of the welcome back; absent = none."""
    per_year: Annotated[int, Field(ge=1, le=12)]
    """Times a member is recalled in a year."""
    skip_days: Annotated[int, Field(ge=7, le=3_650)]
    """Who had been gone so long when recall was switched on is left alone."""


class MemberDayPart(Part):
    """A recurring date for all members (E11): a weekday, or a day of the month."""

    weekday: Annotated[int, Field(ge=1, le=7)] | None = None
    """1 Monday … 7 Sunday."""
    day_of_month: Annotated[int, Field(ge=1, le=31)] | None = None
    """In a month that is too short, its last day."""
    multiplier_percent: Annotated[int, Field(ge=100, le=1_000)] = 100
    """Percent on points of that day; 100 = none."""
    percent: Annotated[int, Field(ge=0, le=100)] = 0
    """Off the live price."""
    coupon: CouponPart | None = None
    """Given on that day; absent = none."""

    @model_validator(mode="after")
    def _one_recurrence(self) -> Self:
        if (self.weekday is None) == (self.day_of_month is None):
            raise ValueError("weekday: give either weekday or day_of_month")
        return self


class RulebookDocument(Part):
    """The whole programme."""

    ladder: Annotated[tuple[TierPart, ...], Field(min_length=3, max_length=5)]
    """The tiers, ascending; the first is everyone's (T1, T4)."""
    privileges: dict[TierName, PrivilegesPart]
    """What each tier gives, by its id (T1): apart from how it is reached."""
    behaviours: dict[BehaviourName, BehaviourPart]
    """What earns without paying; a behaviour that is not here earns nothing."""
    behaviour_percent: Percent
    """Coefficient of growth from behaviour, in percent (V1)."""
    behaviour_growth_per_day: Count
    """Growth a member can get from behaviour in a day (E8)."""
    order: OrderPart
    """What paid orders bring."""
    comment: CommentPart
    """When a comment is valid."""
    streak: StreakPart
    """What checking in day after day brings."""
    invite: InvitePart
    """When an invitation counts."""
    spending: SpendingPart
    """What points are worth."""
    watch_gap_s: Annotated[int, Field(ge=15, le=600)]
    """Seconds without a beat that break the 15 minutes (E1)."""
    budgets: BudgetsPart
    """What may be given at most."""
    level_up: LevelUpPart
    """The shout-out of a level-up and its coupon."""
    year: YearPart
    """How long a tier lasts."""
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
    tier_map: Annotated[dict[TierName, TierName], Field(max_length=100)] = {}
    """Where members stand who stood on a tier of earlier rules that the ladder has no more: its id → an id of the ladder."""
