"""The rules of the programme as the core reads them: frozen, checked, indexed. Pure.

Built from the operator's document by `server.rulebooks.loading`. The growth ladder and the privileges
are two separate things (T1, 成长型+特权型双轨制): `ladder` says how a tier is reached, `privileges` what
it gives. Percentages are integers (120 = ×1.2), so that every product is exact before its floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain.boxes import BoxPrize
from server.domain.days import DAY_MS
from server.domain.money import minor_per_unit
from server.domain.offers import BirthdayRule, CouponOffer, MemberDay, RecallRule
from server.domain.word_list import NO_WORDS, WordList
from server.ids import FirstNId, RuleId, ShowId, TierId

WATCH15 = RuleId("watch15")
WATCH10 = RuleId("watch10")
COMMENT = RuleId("comment")
LIKE = RuleId("like")
SHARE = RuleId("share")
VOTE = RuleId("vote")
FOLLOW = RuleId("follow")
CHECK_IN = RuleId("check_in")
STREAK = RuleId("streak")
ORDER = RuleId("order")
FIRST_ORDER = RuleId("first_order")
REDEMPTION = RuleId("redemption")
REWARD = RuleId("reward")
GRANT = RuleId("grant")
DRAW = RuleId("draw")
BIRTHDAY = RuleId("birthday")
RECALL = RuleId("recall")
INVITE = RuleId("invite")
GIFT = RuleId("gift")
BOOST = RuleId("boost")
MERGE = RuleId("merge")


def first_n_rule(campaign: FirstNId) -> RuleId:
    """Return the rule by which a campaign's places are entered (L4)."""
    return RuleId(f"first_n:{campaign}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What reaches a tier: any one of these within the rolling window is enough (T1, T3, T11)."""

    growth: int
    """Always there, so that activity alone can reach every tier (O5)."""
    paid: int | None = None
    """Minor units; None = not an alternative."""
    orders: int | None = None
    """Paid orders, net of full refunds; None = not an alternative."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of the ladder, named by the operator (T9)."""

    id: TierId
    name: str
    color: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Benefit:
    kind: str
    text: str
    """The operator's sentence."""
    percent: int | None = None
    """Off the live price (B1)."""
    seconds: int | None = None
    """Early access (B2)."""
    link: str | None = None
    """Where the service is opened (B3)."""
    points: int = 0
    """In the birthday pack (B4)."""
    coupon: CouponOffer | None = None
    """In the birthday pack (B4), or once a month (B6)."""


@dataclass(frozen=True, slots=True)
class Privileges:
    multiplier: int
    """Percent on points (E7); 100 = none."""
    benefits: tuple[Benefit, ...]
    """Complete: what is inherited from the tiers below stands here too (B6)."""


@dataclass(frozen=True, slots=True)
class BehaviourRule:
    """What one award of a behaviour is worth, and how many awards a member may have of it (E8)."""

    points: int
    growth: int
    per_day: int
    minutes: int = 0
    """Of watching for one award; 0 = not a watching rule."""
    ever: int | None = None
    """Awards a member may have in the whole programme (E4); None = no end."""
    hold_ms: int = 0
    """So long the points of an award may not be spent (E6)."""
    per_show: int | None = None
    """Awards a member may have in one show; None = those of the day. Off air nothing of it is counted."""


@dataclass(frozen=True, slots=True)
class StreakRule:
    """What checking in every day brings on top (E5)."""

    days: int
    """Every so many days in a row …"""
    points: int
    """… so many points more; 0 = nothing."""
    box: tuple[BoxPrize, ...] = ()
    """… and a blind box that may hold these; () = none."""


@dataclass(frozen=True, slots=True)
class InviteRule:
    """What makes an invitation count (E4); what it is worth stands among the behaviours."""

    watch_ms: int
    """So long the newcomer watches in one show."""
    new_ms: int
    """So long after their first contact somebody may still say who brought them."""


@dataclass(frozen=True, slots=True)
class OrderRule:
    points_percent: int
    """Points per currency unit paid, in percent (E3)."""
    growth_percent: int
    """The weight of spend in growth, in percent (V1)."""
    growth_extra: int
    """For every order, on top (V2)."""
    first_percent: int
    """Multiplier of the first order's points (E3)."""
    return_window_ms: int
    """How long an order may be refunded with its tier judged again (V3)."""
    early_refund_ms: int
    """How long a refund waits for an order that has not come yet (PROTOCOL §2)."""
    hold_ms: int = 0
    """So long the points of an order may not be spent (E6)."""


@dataclass(frozen=True, slots=True)
class CommentRule:
    """When a comment is valid (E9)."""

    graphemes: int
    repeat_ms: int
    gap_ms: int
    wave_members: int
    wave_ms: int
    words: WordList = NO_WORDS
    """What no comment may contain (L13)."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Upper bounds of what behaviour and coupons may cost (E8, L2). 0 = nothing may be spent."""

    show: int
    """Points of behaviour in one show."""
    day: int
    """Points of behaviour in one day, all rooms."""
    coupons_day: int
    """Minor units of coupons given in one day."""

    def show_name(self, show: ShowId) -> str:
        return f"show:{show}"

    def day_name(self, day: int) -> str:
        return f"day:{day}"

    def coupons_name(self, day: int) -> str:
        return f"coupons:{day}"


@dataclass(frozen=True, slots=True)
class LevelUp:
    """The shout-out and its coupon (L2)."""

    from_tier: TierId
    per_minute: int
    """Shout-outs shown singly in a room and minute; more are folded."""
    once_in_days: int
    """One shout-out and coupon per member and tier in so many days (T12)."""
    coupon_title: str
    coupon_off: int
    """Minor units; 0 = no coupon."""
    coupon_min: int
    coupon_ms: int


@dataclass(frozen=True, slots=True)
class TierYear:
    """How long a tier lasts and what keeps it (T6, T7, T11)."""

    window_days: int
    """Growth, paid amount and orders of so many days count."""
    valid_ms: int
    retention_percent: int
    warn_ms: int
    to_supported: bool = False
    """Whoever does not keep a tier falls to the one that is still reached, not just one step (T6)."""


@dataclass(frozen=True, slots=True)
class SpendingRule:
    """What points are worth off an order (P1)."""

    points_per_unit: int
    """So many points are one currency unit."""
    hold_ms: int
    """How long points are held for an order that is being paid."""
    notice_ms: int = 30 * DAY_MS
    """How far ahead another rate must be published (P6)."""


@dataclass(frozen=True, slots=True)
class GiftRule:
    """Who may give points away, and how many in a day (P5)."""

    age_ms: int
    """A member of less may not give."""
    from_tier: TierId
    """The lowest tier that may give; a boost does not count (P4)."""
    out_per_day: int
    """Points a member may give …"""
    in_per_day: int
    """… and receive in one day."""
    link_ms: int
    """How long a link waits to be claimed."""


@dataclass(frozen=True, slots=True)
class BoostRule:
    """What the tier above costs for the rest of the day (P4)."""

    points: int


@dataclass(frozen=True, slots=True)
class Rulebook:
    version: int
    preset: str
    currency: str
    ladder: tuple[Tier, ...]
    """Ascending; the first is the tier everyone has (T4)."""
    privileges: Mapping[TierId, Privileges]
    behaviours: Mapping[RuleId, BehaviourRule]
    """A behaviour that is not here earns nothing."""
    behaviour_percent: int
    """The coefficient of behaviour in growth (V1)."""
    behaviour_growth_per_day: int
    order: OrderRule
    comment: CommentRule
    streak: StreakRule
    invite: InviteRule
    spending: SpendingRule
    watch_gap_ms: int
    """A longer silence between two beats breaks the 15 minutes (E1)."""
    budgets: Budgets
    level_up: LevelUp
    year: TierYear
    birthday: BirthdayRule | None = None
    """None = no birthday packs (B4)."""
    recall: RecallRule | None = None
    """None = nobody is recalled (L11)."""
    member_day: MemberDay | None = None
    """None = there is none (E11)."""
    gifts: GiftRule | None = None
    """None = nobody gives points away (P5)."""
    boost: BoostRule | None = None
    """None = there are no boosts (P4)."""
    former: Mapping[TierId, TierId] = field(default_factory=dict)
    """Tiers of earlier rulebooks → the one that whoever stands there has now (X3); none of them is on the ladder."""
    ranks: Mapping[TierId, int] = field(init=False)
    """Tier → its place on the ladder, 0 lowest. Former tiers are in here, too: what was kept under earlier rules
    (a member, a show's offer) has its place from the first moment on. What may be asked for is `privileges`."""
    minor: int = field(init=False)
    """Minor units of one currency unit."""
    most_a_day: Mapping[RuleId, int] = field(init=False)
    """Behaviour → awards that a member who never had one may have today (E4, E8)."""
    most_a_show: Mapping[RuleId, int] = field(init=False)
    """Behaviour → awards that a member may have in one show, of those that say so; nearly always nothing (E8)."""
    free_steps: tuple[tuple[RuleId, int], ...] = field(init=False)
    """Behaviours that bring growth, and how much an award does: a moment's before watching, the most growth first."""

    def __post_init__(self) -> None:
        ranks = {tier.id: rank for rank, tier in enumerate(self.ladder)}
        ranks |= {gone: ranks[now] for gone, now in self.former.items() if now in ranks}
        object.__setattr__(self, "ranks", ranks)
        object.__setattr__(self, "minor", minor_per_unit(self.currency))
        rules = self.behaviours
        most = {
            name: rule.per_day if rule.ever is None else min(rule.per_day, rule.ever)
            for name, rule in rules.items()
        }
        growth = [(name, rule.growth * self.behaviour_percent // 100) for name, rule in rules.items()]
        steps = [step for step in growth if step[1] > 0]
        steps.sort(key=lambda step: (rules[step[0]].minutes > 0, -step[1]))
        object.__setattr__(self, "most_a_day", most)
        caps = {name: rule.per_show for name, rule in rules.items() if rule.per_show is not None}
        object.__setattr__(self, "most_a_show", caps)
        object.__setattr__(self, "free_steps", tuple(steps))

    @property
    def lowest(self) -> TierId:
        return self.ladder[0].id

    def now_called(self, tier: TierId) -> TierId:
        """Return what `tier` is under these rules: itself, unless it is a former one."""
        return self.former.get(tier, tier)

    def tier(self, tier: TierId) -> Tier:
        """Return the step called `tier`, now or formerly. KeyError if there is none."""
        return self.ladder[self.ranks[tier]]

    def tier_after(self, tier: TierId) -> Tier | None:
        """Return the next step up; None from the top."""
        rank = self.ranks[tier] + 1
        return self.ladder[rank] if rank < len(self.ladder) else None
