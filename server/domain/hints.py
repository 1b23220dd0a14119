"""The next step, always shown: what to do to reach or keep a tier (T10, T7, O4). Pure; no language in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.domain.days import DAY_MS, Calendar
from server.domain.decide.awards import behaviour_growth, growth_of, left_to_see
from server.domain.ladder import Totals
from server.domain.money import Money
from server.domain.phrases import Hint, Param
from server.domain.rulebook import COMMENT, SHARE, Entry, Rulebook, Tier
from server.domain.state import Member
from server.domain.unguarded import unguarded
from server.ids import RuleId, ShowId

_EASE: Final[tuple[RuleId, ...]] = (COMMENT, SHARE)
"""What takes a viewer a moment; anything else is watching, counted in minutes."""


@unguarded
@dataclass(frozen=True, slots=True)
class FreeStep:
    """One behaviour, done `times`, that closes a gap in growth today."""

    rule: RuleId
    times: int
    minutes: int
    """Of watching it takes; 0 = a moment."""


def nearest_free_step(
    member: Member, gap: int, rulebook: Rulebook, today: int, show: ShowId | None = None
) -> FreeStep | None:
    """Return the least effort that closes `gap` today without spending; None when today is not enough.

    The least: fewest minutes of watching, then fewest times, in the rulebook's order. `show`: the one on air
    where the member is, whose caps count; None = one yet to come.
    """
    most = rulebook.behaviour_growth_per_day
    if gap > most or gap > most - behaviour_growth(member, today, rulebook):
        return None
    steps: list[FreeStep] = []
    for rule_id, rule in rulebook.behaviours.items():
        each = growth_of(rule, rulebook)
        if not each:
            continue
        times = max(1, -(-gap // each))
        if times <= left_to_see(rule_id, rule, member, today, show):
            steps.append(FreeStep(rule_id, times, times * rule.minutes))
    return min(steps, key=lambda step: (step.minutes, step.times), default=None)


def largest_free_step(
    member: Member, rulebook: Rulebook, today: int, show: ShowId | None = None
) -> FreeStep | None:
    """Return the one act that brings most growth today, a moment's rather than watching; None = nothing is left."""
    free = rulebook.behaviour_growth_per_day - behaviour_growth(member, today, rulebook)
    for rule_id, growth in rulebook.free_steps:
        rule = rulebook.behaviours[rule_id]
        if growth <= free and left_to_see(rule_id, rule, member, today, show):
            return FreeStep(rule_id, 1, rule.minutes)
    return None


def smallest_order(entry: Entry, has: Totals, rulebook: Rulebook) -> int:
    """Return the minor units of the smallest single order that reaches `entry` from `has` (T10).

    An order brings growth for its amount and the extra on top, its amount, and one order; whichever
    alternative is met first counts.
    """
    rule = rulebook.order
    growth = entry.growth - has.growth - rule.growth_extra
    amounts = [max(1, -(-growth * 100 * rulebook.minor // rule.growth_percent))]
    if entry.paid is not None:
        amounts.append(max(1, entry.paid - has.paid))
    if entry.orders is not None and entry.orders - has.orders <= 1:
        amounts.append(1)
    return min(amounts)


def next_hint(
    member: Member,
    target: Tier,
    has: Totals,
    rulebook: Rulebook,
    today: int,
    show: ShowId | None = None,
    *,
    earning: bool,
) -> Hint:
    """Say the nearest free step to `target` (T10): one that reaches it today, else one that leads there.

    Where nothing free is left today (or nothing `earning`), the order that does it.
    """
    name = ("tier", target.name)
    if earning:
        step = nearest_free_step(member, target.entry.growth - has.growth, rulebook, today, show)
        if step is not None:
            return Hint(f"next.{_verb(step)}", (name, *_effort(step)))
        step = largest_free_step(member, rulebook, today, show)
        if step is not None:
            growth = growth_of(rulebook.behaviours[step.rule], rulebook)
            return Hint(f"toward.{_verb(step)}", (name, ("growth", growth), *_effort(step)))
    amount = smallest_order(target.entry, has, rulebook)
    if amount == 1:
        return Hint("next.any_order", (name,))
    return Hint("next.spend", (name, ("amount", Money(amount, rulebook.currency))))


def keep_hint(
    member: Member,
    tier: Tier,
    missing: int,
    until_ms: int,
    rulebook: Rulebook,
    calendar: Calendar,
    now_ms: int,
    show: ShowId | None = None,
) -> Hint:
    """Say what keeps `tier` and how long there is time: 再看20分钟保住黄金会员, 还剩6天 (T7)."""
    params = (("tier", tier.name), ("days", max(1, -(-(until_ms - now_ms) // DAY_MS))))
    step = nearest_free_step(member, missing, rulebook, calendar.day_of(now_ms), show)
    if step is not None:
        return Hint(f"keep.{_verb(step)}", (*params, *_effort(step)))
    return Hint("keep.growth", (*params, ("growth", missing)))


def _verb(step: FreeStep) -> str:
    if step.minutes:
        return "watch"
    return step.rule if step.rule in _EASE else "act"


def _effort(step: FreeStep) -> tuple[tuple[str, Param], ...]:
    return (("minutes", step.minutes),) if step.minutes else (("times", step.times),)
