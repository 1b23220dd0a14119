"""What a rulebook of the right shape may still not say: every contradiction, each with its field and code. Pure.

Rules T1, B6, B8 = O3, O5. To check a section of one's own: write a function like those below and put it into `CHECKS`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from server.rulebooks.document import (
    BehaviourPart,
    BenefitPart,
    CouponPart,
    PrivilegesPart,
    RulebookDocument,
    TierPart,
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One contradiction."""

    field: str
    """A path like ``ladder.2.entry.growth``."""
    code: str
    message: str


Found = Iterator[Wrong]
_JOINER = "\u200d"
"""Holds an emoji of several together."""


def wrongs(document: RulebookDocument) -> tuple[Wrong, ...]:
    """Return everything that contradicts itself or a rule; empty = it may count."""
    return tuple(wrong for check in CHECKS for wrong in check(document))


def _ladder_ids(document: RulebookDocument) -> Found:
    places: dict[str, int] = {}
    for place, tier in enumerate(document.ladder):
        before = places.setdefault(tier.id, place)
        if before == place:
            continue
        if before == place - 1:
            yield Wrong(f"ladder.{place}.id", "duplicate_tier", f"{tier.id} stands here a second time")
        else:
            says = f"{tier.id} stands above itself: the ladder would run in a circle"
            yield Wrong(f"ladder.{place}.id", "ladder_loop", says)


def _ladder_climbs(document: RulebookDocument) -> Found:
    lowest = document.ladder[0].entry
    if lowest.growth != 0:
        yield Wrong("ladder.0.entry.growth", "lowest_not_free", "0, because everyone has the lowest tier")
    for field in ("paid", "orders"):
        if getattr(lowest, field) is not None:
            says = "none, because everyone has the lowest tier"
            yield Wrong(f"ladder.0.entry.{field}", "lowest_not_free", says)
    for field, name in (("growth", "growth"), ("paid", "paid"), ("orders", "orders")):
        yield from _climbs(document.ladder, field, name)


def _climbs(ladder: tuple[TierPart, ...], field: str, name: str) -> Found:
    """Each step asks more than the one below; an alternative that is offered is offered on every step above."""
    highest: tuple[int, str] | None = None
    missing: list[tuple[int, str]] = []
    for place, tier in enumerate(ladder):
        asked: int | None = getattr(tier.entry, field)
        if asked is None:
            if highest is not None:
                missing.append((place, tier.id))
            continue
        for gap, between in missing:
            says = f"{between} has no {name}, but {tier.id} above it has: who reaches that would skip it"
            yield Wrong(f"ladder.{gap}.entry", "ladder_gap", says)
        missing = []
        if place and field != "growth" and asked == 0:
            yield Wrong(f"ladder.{place}.entry.{field}", "ladder_not_ascending", f"{name}: more than 0")
        elif highest is not None and asked <= highest[0]:
            says = f"{tier.id} needs more {name} than {highest[1]}"
            yield Wrong(f"ladder.{place}.entry.{field}", "ladder_not_ascending", says)
        highest = (asked, tier.id) if highest is None else max(highest, (asked, tier.id))


def _tiers_exist(document: RulebookDocument) -> Found:
    ids = {tier.id for tier in document.ladder}
    for name in document.privileges:
        if name not in ids:
            yield Wrong(f"privileges.{name}", "unknown_tier", f"no tier {name} in the ladder")
    named = {"level_up.from_tier": document.level_up.from_tier}
    if document.gifts is not None:
        named["gifts.from_tier"] = document.gifts.from_tier
    named |= {f"tier_map.{gone}": now for gone, now in document.tier_map.items()}
    for field, name in named.items():
        if name not in ids:
            yield Wrong(field, "unknown_tier", f"no tier {name} in the ladder")
    for gone in document.tier_map:
        if gone in ids:
            says = f"{gone} stands on the ladder: its members stay; leave it out here"
            yield Wrong(f"tier_map.{gone}", "duplicate_tier", says)


def _activity_reaches(document: RulebookDocument) -> Found:
    """O5: what a member can do in the days that count must be enough for every tier."""
    a_day = min(
        document.behaviour_growth_per_day,
        sum(_growth_a_day(rule, document.behaviour_percent) for rule in document.behaviours.values()),
    )
    reached = a_day * document.year.window_days
    for place, tier in enumerate(document.ladder):
        if tier.entry.growth > reached:
            says = (
                f"{tier.id} needs {tier.entry.growth}, activity brings at most {reached} "
                f"({a_day} a day for {document.year.window_days} days): nothing is for paying members alone"
            )
            yield Wrong(f"ladder.{place}.entry.growth", "activity_cannot_reach", says)


def _growth_a_day(rule: BehaviourPart, percent: int) -> int:
    once_for_all = rule.ever is not None
    return 0 if once_for_all else rule.growth * percent // 100 * rule.per_day


_Standing = Mapping[str, BenefitPart]


def _benefits_climb(document: RulebookDocument) -> Found:
    """B8: no tier states worse than it inherits, and no two neighbours have the same."""
    multiplier = 100
    standing: _Standing = {}
    for place, tier in enumerate(document.ladder):
        part = document.privileges.get(tier.id, PrivilegesPart())
        at = f"privileges.{tier.id}"
        stated = part.multiplier_percent
        if stated is not None and stated < multiplier:
            says = f"{stated} is less than the {multiplier} it inherits"
            yield Wrong(f"{at}.multiplier_percent", "multiplier_falls", says)
        own: dict[str, BenefitPart] = {}
        for number, benefit in enumerate(part.benefits):
            field = f"{at}.benefits.{number}"
            if benefit.kind in own:
                yield Wrong(f"{field}.kind", "duplicate_benefit", f"{benefit.kind} stands here a second time")
            own[benefit.kind] = benefit
            yield from _complete(benefit, field)
            if benefit.kind in standing:
                yield from _no_worse(benefit, standing[benefit.kind], field)
        after = {**standing, **own}
        higher = multiplier if stated is None else stated
        if place and higher == multiplier and _said(after) == _said(standing):
            says = f"{tier.id} gives exactly what {document.ladder[place - 1].id} gives: make it better"
            yield Wrong(at, "identical_benefits", says)
        multiplier, standing = max(multiplier, higher), after


def _complete(benefit: BenefitPart, field: str) -> Found:
    if benefit.kind == "member_price" and benefit.percent is None:
        yield Wrong(field, "benefit_incomplete", "percent: how much a member price is off the live price")
    if benefit.kind == "early_access" and benefit.seconds is None:
        yield Wrong(field, "benefit_incomplete", "seconds: how much earlier the sale opens")


def _no_worse(benefit: BenefitPart, below: BenefitPart, field: str) -> Found:
    for name in ("percent", "seconds", "points"):
        stated, inherited = getattr(benefit, name), getattr(below, name)
        if inherited is not None and (stated is None or stated < inherited):
            says = (
                f"{name} {'absent' if stated is None else stated} is worse than the {inherited} it inherits"
            )
            yield Wrong(f"{field}.{name}", "benefit_worse", says)
    if below.coupon is not None:
        yield from _coupon_no_worse(benefit.coupon, below.coupon, f"{field}.coupon")


def _coupon_no_worse(stated: CouponPart | None, inherited: CouponPart, field: str) -> Found:
    if stated is None:
        yield Wrong(field, "benefit_worse", f"no coupon is worse than the {inherited.off} off it inherits")
    elif stated.off < inherited.off:
        says = f"{stated.off} is worse than the {inherited.off} it inherits"
        yield Wrong(f"{field}.off", "benefit_worse", says)
    elif stated.min > inherited.min and stated.off == inherited.off:
        says = f"{stated.min} is worse than the {inherited.min} it inherits"
        yield Wrong(f"{field}.min", "benefit_worse", says)


def _said(benefits: _Standing) -> frozenset[object]:
    """What members could tell apart: spaces and capitals of the sentence are not."""
    return frozenset(
        benefit.model_copy(update={"text": " ".join(benefit.text.split()).casefold()})
        for benefit in benefits.values()
    )


def coupons_of(document: RulebookDocument) -> Iterator[tuple[str, CouponPart]]:
    """Return every coupon of the document with its path."""
    for tier, part in document.privileges.items():
        for number, benefit in enumerate(part.benefits):
            if benefit.coupon is not None:
                yield f"privileges.{tier}.benefits.{number}.coupon", benefit.coupon
    if document.recall is not None and document.recall.coupon is not None:
        yield "recall.coupon", document.recall.coupon
    if document.member_day is not None and document.member_day.coupon is not None:
        yield "member_day.coupon", document.member_day.coupon


def _coupons(document: RulebookDocument) -> Found:
    level_up = document.level_up
    offers = [("level_up.coupon_min", level_up.coupon_off, level_up.coupon_min)]
    offers += [(f"{path}.min", coupon.off, coupon.min) for path, coupon in coupons_of(document)]
    for field, off, least in offers:
        if 0 < least < off:
            says = f"{least} is less than the {off} that come off; 0 = on any order"
            yield Wrong(field, "coupon_min_below_off", says)


def _budgets(document: RulebookDocument) -> Found:
    budgets, off = document.budgets, document.level_up.coupon_off
    if budgets.show_points > budgets.day_points:
        says = f"{budgets.show_points} for one show is more than the {budgets.day_points} for the whole day"
        yield Wrong("budgets.show_points", "budget_above_day", says)
    if 0 < budgets.coupons_per_day < off:
        says = f"{budgets.coupons_per_day} pays no single coupon of {off}; 0 = no coupons"
        yield Wrong("budgets.coupons_per_day", "budget_below_coupon", says)


def _year(document: RulebookDocument) -> Found:
    year = document.year
    if year.warn_days >= year.valid_days:
        says = f"{year.warn_days} days before its end is before a year of {year.valid_days} days began"
        yield Wrong("year.warn_days", "warning_before_year", says)


def _recall(document: RulebookDocument) -> Found:
    recall = document.recall
    if recall is not None and recall.skip_days <= recall.absent_days:
        says = f"who is gone for {recall.absent_days} days would be gone too long at once"
        yield Wrong("recall.skip_days", "recall_never", says)


def _texts_can_be_seen(document: RulebookDocument) -> Found:
    """A control character in one title would stop every command that writes it, on a database that keeps none."""
    for field, text in _texts(document.model_dump(), ""):
        unseen = [one for one in text if unicodedata.category(one).startswith("C") and one != _JOINER]
        if unseen:
            says = f"holds U+{ord(unseen[0]):04X}, which cannot be seen; leave it out"
            yield Wrong(field, "wrong_text", says)


def _texts(part: object, field: str) -> Iterator[tuple[str, str]]:
    """Every text below `part`, each with its field."""
    if isinstance(part, str):
        yield field, part
        return
    if isinstance(part, Mapping):
        inner = list(part.items())
    else:
        inner = list(enumerate(part)) if isinstance(part, tuple | list) else []
    for step, value in inner:
        yield from _texts(value, f"{field}.{step}" if field else str(step))


CHECKS: tuple[Callable[[RulebookDocument], Found], ...] = (
    _ladder_ids,
    _ladder_climbs,
    _tiers_exist,
    _activity_reaches,
    _benefits_climb,
    _coupons,
    _budgets,
    _year,
    _recall,
    _texts_can_be_seen,
)
