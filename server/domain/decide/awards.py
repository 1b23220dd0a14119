"""What a behaviour earns: caps, multiplier, the day's growth limit and budgets (E7, E8, V1, V2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.domain.days import Calendar, date_of
from server.domain.decide.held_awards import held_of_behaviour
from server.domain.decision import Earned
from server.domain.facts import Awarded, BudgetSpent, Fact
from server.domain.ladder import effective_tier
from server.domain.rulebook import CHECK_IN, BehaviourRule, Rulebook
from server.domain.state import EVER, AwardCount, Member, Show
from server.domain.unguarded import unguarded
from server.domain.world import World
from server.ids import RoomId, RuleId, ShowId

NOTHING_EARNED: Final = Earned()
_NONE_YET: Final = AwardCount()


@unguarded
@dataclass(frozen=True, slots=True)
class Grant:
    """What was earned, or why nothing (E10). `facts` are empty exactly when nothing was earned."""

    earned: Earned = NOTHING_EARNED
    code: str | None = None
    facts: tuple[Fact, ...] = ()


def grant(
    rule_id: RuleId,
    times: int,
    member: Member,
    show: Show | None,
    world: World,
    now_ms: int,
    room: RoomId | None = None,
) -> Grant:
    """Give `member` as many of `times` awards of one behaviour as its caps still allow.

    Points are floored per award, so that n awards at once are worth the same as one after the other. A
    spent budget takes the points and leaves the growth; the day's growth limit leaves what still fits.
    `show` None = a behaviour that earns off air, too, in `room`.
    """
    rule = world.rulebook.behaviours.get(rule_id)
    if rule is None:
        return Grant(code="not_eligible")
    return grant_of(rule_id, rule, times, member, show, world, now_ms, room=room)


def grant_of(
    rule_id: RuleId,
    rule: BehaviourRule,
    times: int,
    member: Member,
    show: Show | None,
    world: World,
    now_ms: int,
    *,
    room: RoomId | None = None,
    beside: int = 0,
) -> Grant:
    """Do what `grant` does, by a rule at hand. `beside`: points that the same command has charged already."""
    day = world.calendar.day_of(now_ms)
    awards = min(times, left_today(rule_id, rule, member, day, None if show is None else show.id))
    if awards <= 0:
        return Grant(code="cap_reached")
    points = awards * points_of(rule, member, world.rulebook, world.calendar, now_ms)
    growth = min(
        awards * growth_of(rule, world.rulebook),
        max(0, world.rulebook.behaviour_growth_per_day - behaviour_growth(member, day, world.rulebook)),
    )
    charged = _charged(points, beside, show, day, world)
    if charged is None:
        points = 0
    if not points and not growth:
        return Grant(code="budget_spent" if charged is None else "cap_reached")
    awarded = Awarded(
        member=member.id,
        rule=rule_id,
        points=points,
        growth=growth,
        awards=awards,
        day=day,
        at_ms=now_ms,
        room=room if show is None else show.room,
        show=None if show is None else show.id,
    )
    facts = (*(charged or ()), awarded, *held_of_behaviour(awarded, member, rule.hold_ms))
    return Grant(Earned(points, growth), "budget_spent" if charged is None else None, facts)


def left_today(
    rule_id: RuleId, rule: BehaviourRule, member: Member, day: int, show: ShowId | None = None
) -> int:
    """Return how many awards of this rule the member may still have on `day`, in `show` if one is named (E4, E5, E8)."""
    if rule_id == CHECK_IN and member.streak_day >= day:
        return 0
    left = rule.per_day - member.awards.get((f"d{day}", rule_id), _NONE_YET).n
    if rule.per_show is not None and show is not None:
        left = min(left, rule.per_show - member.awards.get((f"s:{show}", rule_id), _NONE_YET).n)
    if rule.ever is not None:
        left = min(left, rule.ever - member.awards.get((EVER, rule_id), _NONE_YET).n)
    return max(0, left)


def left_to_see(rule_id: RuleId, rule: BehaviourRule, member: Member, day: int, show: ShowId | None) -> int:
    """Return what a card may promise: `left_today`, and while no show is on air no more than the next one gives."""
    left = left_today(rule_id, rule, member, day, show)
    return left if show is not None or rule.per_show is None else min(left, rule.per_show)


def all_left_today(
    member: Member, rulebook: Rulebook, day: int, show: ShowId | None = None
) -> dict[RuleId, int]:
    """Return `left_to_see` of every behaviour, in one look at what the member has: every card asks for all."""
    left = dict(rulebook.most_a_day)
    scopes = (f"d{day}", EVER)
    for scope, rule_id in member.awards:
        if scope in scopes and rule_id in left:
            left[rule_id] = left_today(rule_id, rulebook.behaviours[rule_id], member, day)
    for rule_id, most in rulebook.most_a_show.items():
        had = 0 if show is None else member.awards.get((f"s:{show}", rule_id), _NONE_YET).n
        left[rule_id] = min(left[rule_id], max(0, most - had))
    if CHECK_IN in left and member.streak_day >= day:
        left[CHECK_IN] = 0
    return left


def points_of(
    rule: BehaviourRule, member: Member, rulebook: Rulebook, calendar: Calendar, now_ms: int
) -> int:
    """Return the points of one award with the multiplier that holds now (E7, E11)."""
    return multiplied(rule.points, multiplier_of(member, rulebook, calendar, now_ms))


def multiplied(points: int, percent: int) -> int:
    """Return the points of one award at a multiplier, floored (E7)."""
    return points * percent // 100


def growth_of(rule: BehaviourRule, rulebook: Rulebook) -> int:
    """Return the growth of one award with the coefficient of behaviour (V1)."""
    return rule.growth * rulebook.behaviour_percent // 100


def multiplier_of(member: Member, rulebook: Rulebook, calendar: Calendar, now_ms: int) -> int:
    """Return the percent on points: the effective tier's or the member day's, the higher (E7, E11)."""
    own = rulebook.privileges[effective_tier(member, rulebook, now_ms)].multiplier
    day = rulebook.member_day
    if day is None or day.multiplier <= own or not day.falls_on(date_of(calendar.day_of(now_ms))):
        return own
    return day.multiplier


def behaviour_growth(member: Member, day: int, rulebook: Rulebook) -> int:
    """Return the growth that behaviour has brought the member on `day`; orders do not count (E8)."""
    today, rules = f"d{day}", rulebook.behaviours
    # Over what the member has, not over all rules: a loop of few, asked with every award.
    growth = 0
    for (scope, rule), count in member.awards.items():
        if scope == today and rule in rules:
            growth += count.growth
    return growth


def _charged(points: int, beside: int, show: Show | None, day: int, world: World) -> tuple[Fact, ...] | None:
    """Charge `points` to the show's and the day's budget; None when either has no room for them (E8)."""
    if not points:
        return ()
    budgets = world.rulebook.budgets
    of_day = BudgetSpent(budgets.day_name(day), points, budgets.day)
    if not world.affords(of_day.budget, beside + points, of_day.max):
        return None
    if show is None:
        return (of_day,)
    of_show = BudgetSpent(budgets.show_name(show.id), points, budgets.show)
    if not world.affords(of_show.budget, beside + points, of_show.max):
        return None
    return of_show, of_day
