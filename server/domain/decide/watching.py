"""Watching milestones, proven by the server's own beats (E1, V2, E8)."""

from __future__ import annotations

from server.domain.commands import RecordWatched, RecordWatchedTask
from server.domain.decide.awards import grant
from server.domain.decide.membership import arrival
from server.domain.decide.tiers import promoted
from server.domain.decision import Applied, Decision
from server.domain.ladder import Totals
from server.domain.rulebook import WATCH15
from server.domain.state import Member
from server.domain.world import World
from server.ids import MemberId, RuleId


def record_watched(command: RecordWatched, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give what one milestone of 10 or 15 minutes earns.

    Does not look whether the minutes were watched without a gap or in one room only: who sends the
    command has proven that.
    """
    rule = RuleId(f"watch{command.minutes}")
    member, facts = arrival(who, command.who, world, now_ms)
    show = world.shows.get(command.show)
    if show is None or show.status != "live":
        return Decision(Applied(rule=rule, code="off_air"), facts)
    if not _awake(member, rule, world.calendar.day_of(now_ms)):
        return Decision(Applied(rule=rule, code="not_watching"), facts)
    gain = grant(rule, 1, member, show, world, now_ms)
    facts += gain.facts
    if gain.earned.growth:
        facts += promoted(member, Totals(gain.earned.growth), command.origin, world, now_ms)
    return Decision(Applied(gain.earned, rule, gain.code), facts)


def record_watched_task(command: RecordWatchedTask, who: MemberId, world: World, now_ms: int) -> Decision:
    """Take note of minutes watched while a task ran; what they are worth is the task's (L3)."""
    _, facts = arrival(who, command.who, world, now_ms)
    return Decision(Applied(), facts)


def _awake(member: Member, rule: RuleId, day: int) -> bool:
    """Whether the member has done something of their own since the last award of this rule today (E8)."""
    today = member.awards.get((f"d{day}", rule))
    if today is None or today.n == 0:
        return True
    last_ms = member.last_watch_award_ms if rule == WATCH15 else member.last_watch10_award_ms
    return member.last_act_ms > last_ms
