"""From the operator's document to the rulebook the core reads."""

from __future__ import annotations

from importlib.resources import files

from server.domain.boxes import BoxPrize
from server.domain.days import DAY_MS
from server.domain.offers import BirthdayRule, CouponOffer, MemberDay, RecallRule
from server.domain.rulebook import (
    BehaviourRule,
    Benefit,
    BoostRule,
    Budgets,
    CommentRule,
    Entry,
    GiftRule,
    InviteRule,
    LevelUp,
    OrderRule,
    Privileges,
    Rulebook,
    SpendingRule,
    StreakRule,
    Tier,
    TierYear,
)
from server.domain.word_list import WordList
from server.ids import RuleId, TierId
from server.rulebooks.document import (
    BirthdayPart,
    CouponPart,
    MemberDayPart,
    PrivilegesPart,
    RecallPart,
    RulebookDocument,
    StreakPart,
)
from server.rulebooks.errors import PresetUnknown
from server.rulebooks.reading import read_document

PRESETS = ("jifen", "laopengyou")
_WATCH_MINUTES = {"watch15": 15, "watch10": 10}


def load_preset(name: str, *, currency: str = "CNY", version: int = 1) -> Rulebook:
    """Return the rulebook of a preset that is shipped with the product. Reads one file.

    Raises PresetUnknown. `currency` is the programme's (X9); amounts in the document are its minor units.
    """
    return rulebook_of(read_document(preset_text(name)), preset=name, currency=currency, version=version)


def preset_text(name: str) -> str:
    """Return the document of a preset as it is shipped. Reads one file. Raises PresetUnknown."""
    if name not in PRESETS:
        raise PresetUnknown(name, PRESETS)
    return (files("server.rulebooks") / "presets" / f"{name}.json").read_text("utf-8")


def rulebook_of(document: RulebookDocument, *, preset: str, currency: str, version: int) -> Rulebook:
    """Return what the core reads: units turned into ms, privileges made complete from the bottom up (B6)."""
    order, comment, level_up, year = document.order, document.comment, document.level_up, document.year
    return Rulebook(
        version=version,
        preset=preset,
        currency=currency,
        ladder=tuple(
            Tier(
                TierId(tier.id),
                tier.name,
                tier.color,
                Entry(tier.entry.growth, tier.entry.paid, tier.entry.orders),
            )
            for tier in document.ladder
        ),
        privileges=_inherited(document),
        behaviours={
            RuleId(name): BehaviourRule(
                rule.points,
                rule.growth,
                rule.per_day,
                _WATCH_MINUTES.get(name, 0),
                rule.ever,
                rule.hold_days * DAY_MS,
                rule.per_show,
            )
            for name, rule in document.behaviours.items()
        },
        behaviour_percent=document.behaviour_percent,
        behaviour_growth_per_day=document.behaviour_growth_per_day,
        order=OrderRule(
            points_percent=order.points_percent,
            growth_percent=order.growth_percent,
            growth_extra=order.growth_extra,
            first_percent=order.first_order_percent,
            return_window_ms=order.return_window_days * DAY_MS,
            early_refund_ms=order.early_refund_days * DAY_MS,
            hold_ms=order.hold_days * DAY_MS,
        ),
        comment=CommentRule(
            graphemes=comment.min_graphemes,
            repeat_ms=comment.repeat_s * 1_000,
            gap_ms=comment.gap_s * 1_000,
            wave_members=comment.wave_members,
            wave_ms=comment.wave_s * 1_000,
            words=WordList.of(comment.words),
        ),
        streak=_streak(document.streak),
        invite=InviteRule(document.invite.watch_minutes * 60_000, document.invite.new_minutes * 60_000),
        spending=SpendingRule(
            document.spending.points_per_unit,
            document.spending.hold_minutes * 60_000,
            document.spending.notice_days * DAY_MS,
        ),
        watch_gap_ms=document.watch_gap_s * 1_000,
        budgets=Budgets(
            show=document.budgets.show_points,
            day=document.budgets.day_points,
            coupons_day=document.budgets.coupons_per_day,
        ),
        level_up=LevelUp(
            from_tier=TierId(level_up.from_tier),
            per_minute=level_up.per_minute,
            once_in_days=level_up.once_in_days,
            coupon_title=level_up.coupon_title,
            coupon_off=level_up.coupon_off,
            coupon_min=level_up.coupon_min,
            coupon_ms=level_up.coupon_hours * 3_600_000,
        ),
        year=TierYear(
            window_days=year.window_days,
            valid_ms=year.valid_days * DAY_MS,
            retention_percent=year.retention_percent,
            warn_ms=year.warn_days * DAY_MS,
            to_supported=year.drop == "to_supported",
        ),
        birthday=_birthday(document.birthday),
        recall=_recall(document.recall),
        member_day=_member_day(document.member_day),
        gifts=_gifts(document),
        boost=BoostRule(document.boost.points) if document.boost is not None else None,
        former={TierId(gone): TierId(now) for gone, now in document.tier_map.items()},
    )


def _gifts(document: RulebookDocument) -> GiftRule | None:
    gifts = document.gifts
    if gifts is None:
        return None
    return GiftRule(
        age_ms=gifts.min_days * DAY_MS,
        from_tier=TierId(gifts.from_tier),
        out_per_day=gifts.out_per_day,
        in_per_day=gifts.in_per_day,
        link_ms=gifts.link_hours * 3_600_000,
    )


def _coupon(part: CouponPart | None) -> CouponOffer | None:
    return None if part is None else CouponOffer(part.title, part.off, part.min, part.valid_days * DAY_MS)


def _streak(part: StreakPart) -> StreakRule:
    box = tuple(
        BoxPrize(
            name=prize.name,
            kind=prize.kind,
            weight=prize.weight,
            points=prize.points or 0,
            off=prize.off or 0,
            min=prize.min or 0,
            valid_ms=(prize.valid_days or 0) * DAY_MS,
        )
        for prize in part.box
    )
    return StreakRule(part.days, part.points, box)


def _birthday(part: BirthdayPart | None) -> BirthdayRule | None:
    return None if part is None else BirthdayRule(part.once_in_days, part.set_before_days)


def _recall(part: RecallPart | None) -> RecallRule | None:
    if part is None:
        return None
    return RecallRule(
        absent_ms=part.absent_days * DAY_MS,
        points=part.points,
        coupon=_coupon(part.coupon),
        per_year=part.per_year,
        skip_ms=part.skip_days * DAY_MS,
    )


def _member_day(part: MemberDayPart | None) -> MemberDay | None:
    if part is None:
        return None
    return MemberDay(
        weekday=part.weekday,
        day_of_month=part.day_of_month,
        multiplier=part.multiplier_percent,
        percent=part.percent,
        coupon=_coupon(part.coupon),
    )


def _inherited(document: RulebookDocument) -> dict[TierId, Privileges]:
    """Give each tier what the one below has, unless it states its own of that kind (B6)."""
    multiplier = 100
    benefits: dict[str, Benefit] = {}
    whole: dict[TierId, Privileges] = {}
    for tier in document.ladder:
        part = document.privileges.get(tier.id, PrivilegesPart())
        multiplier = multiplier if part.multiplier_percent is None else part.multiplier_percent
        for benefit in part.benefits:
            benefits[benefit.kind] = Benefit(
                kind=benefit.kind,
                text=benefit.text,
                percent=benefit.percent,
                seconds=benefit.seconds,
                link=benefit.link,
                points=benefit.points or 0,
                coupon=_coupon(benefit.coupon),
            )
        whole[TierId(tier.id)] = Privileges(multiplier, tuple(benefits.values()))
    return whole
