"""Merging two accounts of one person (X1)."""

from __future__ import annotations

from server.domain.commands import MergeMembers
from server.domain.decide.tiers import celebrated, tier_reached
from server.domain.decide.years import with_time_passed
from server.domain.decision import Applied, Decision, Duplicate, Refusal
from server.domain.facts import Fact, MemberRetired, MembersMerged
from server.domain.ladder import Totals
from server.domain.meaning import meant
from server.domain.rulebook import MERGE
from server.domain.uniting import united
from server.domain.world import World
from server.ids import MemberId


def merge_members(command: MergeMembers, who: MemberId, world: World, now_ms: int) -> Decision:
    """Let `who` have all that the other account had; from then on the other's id means `who`, for good.

    Merging what is one member already is a repeat. The sum of both may reach a tier, which is celebrated
    like any other; no tier is lost.
    """
    gone_id = meant(command.gone, world)
    if command.gone == command.who:
        return Decision(Refusal("bad_request", "from: is this very member; name the other account"))
    if gone_id == who:
        return Decision(Duplicate(Applied(rule=MERGE)))
    kept = world.members.get(who)
    if kept is None or gone_id not in world.members:
        named = "id" if kept is None else "from"
        return Decision(Refusal("not_found", f"{named}: there is no such member"))
    passed, world = with_time_passed(gone_id, world, now_ms)
    gone = world.members[gone_id]
    after = united(kept, gone, world.rulebook)
    facts: tuple[Fact, ...] = (
        *passed,
        MembersMerged(who, after, gone, world.calendar.day_of(now_ms), now_ms),
        MemberRetired(gone_id, who, now_ms),
    )
    reached = tier_reached(after, Totals(0), world, now_ms)
    if reached is not None:
        facts += (reached, *celebrated(after, reached, command.origin, world, now_ms))
    return Decision(Applied(rule=MERGE), facts)
