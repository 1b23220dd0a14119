"""Checking in: once a day in a live room, and more for every seventh day in a row (E5)."""

from __future__ import annotations

from server.domain.box_facts import BoxTicketGiven
from server.domain.commands import CheckIn
from server.domain.decide.awards import Grant, grant, grant_of
from server.domain.decide.membership import arrival
from server.domain.decide.tiers import promoted
from server.domain.decision import Applied, Decision, Earned
from server.domain.facts import Acted, CheckedIn
from server.domain.ladder import Totals
from server.domain.rulebook import CHECK_IN, STREAK, BehaviourRule
from server.domain.state import Member, Show
from server.domain.world import World
from server.ids import MemberId


def check_in(command: CheckIn, who: MemberId, world: World, now_ms: int) -> Decision:
    """Count today's check-in and give what it earns.

    A day is the programme's. The streak goes on also when the budget is spent: whoever came is not to blame.
    """
    member, facts = arrival(who, command.who, world, now_ms)
    origin = command.origin
    show = world.on_air(origin.room)
    if show is None:
        named = origin.room is not None and origin.room not in world.rooms
        return Decision(Applied(rule=CHECK_IN, code="room_unknown" if named else "off_air"), facts)
    if CHECK_IN not in world.rulebook.behaviours:
        return Decision(Applied(rule=CHECK_IN, code="not_eligible"), facts)
    day = world.calendar.day_of(now_ms)
    if member.streak_day >= day:
        return Decision(Applied(rule=CHECK_IN, code="duplicate"), facts)
    streak = member.streak + 1 if member.streak_day == day - 1 else 1
    gain = grant(CHECK_IN, 1, member, show, world, now_ms)
    extra = _extra(streak, gain, member, show, world, now_ms)
    earned = Earned(gain.earned.points + extra.earned.points, gain.earned.growth + extra.earned.growth)
    facts += (CheckedIn(who, day, streak, show.room, now_ms), Acted(who, CHECK_IN, now_ms))
    facts += gain.facts + extra.facts
    told: tuple[tuple[str, str | int], ...] = ()
    if _brings_ticket(streak, world):
        facts += (BoxTicketGiven(who, day, now_ms),)
        told = (("tickets", member.box_tickets + 1),)
    if earned.growth:
        facts += promoted(member, Totals(earned.growth), origin, world, now_ms)
    return Decision(Applied(earned, CHECK_IN, gain.code or extra.code, details=told), facts)


def streak_of(member: Member, today: int) -> int:
    """Return the days in a row as they stand `today`: a day without a check-in ends them, today's may still come."""
    return member.streak if member.streak_day >= today - 1 else 0


def _brings_ticket(streak: int, world: World) -> bool:
    """Whether this day of the row brings a box to open. No budget bounds it: one comes in `days` days at most."""
    rule = world.rulebook.streak
    return bool(rule.box) and streak % rule.days == 0


def _extra(streak: int, gain: Grant, member: Member, show: Show, world: World, now_ms: int) -> Grant:
    rule = world.rulebook.streak
    if not rule.points or streak % rule.days:
        return Grant()
    bonus = BehaviourRule(points=rule.points, growth=0, per_day=1)
    return grant_of(STREAK, bonus, 1, member, show, world, now_ms, beside=gain.earned.points)
