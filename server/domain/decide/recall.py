"""Bringing back whom nobody has seen for long, once per absence (L11)."""

from __future__ import annotations

from server.domain.commands import Recall
from server.domain.decide.coupons import given_coupon
from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.facts import Awarded, Fact, Lapsed, PerkGiven
from server.domain.perks import recall_slot, recallable
from server.domain.rulebook import RECALL
from server.domain.state import Coupon
from server.domain.world import World
from server.ids import MemberId


def recall(command: Recall, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give the pack and have the member told, if that is due; whoever came back meanwhile gets none.

    The pack is given whole: while the day's coupon budget has no room for it, the recall is refused and waits.
    """
    member = world.members.get(who)
    rule = world.rulebook.recall
    if member is None or rule is None or not recallable(member, rule, command.switched_on_ms, now_ms):
        return Decision(Applied(rule=RECALL))
    coupon: Coupon | None = None
    granted: tuple[Fact, ...] = ()
    if rule.coupon is not None:
        coupon, granted = given_coupon(member, rule.coupon, RECALL, command.origin, world, now_ms)
        if coupon is None:
            return Decision(Refusal("try_later", "coupons: today's budget is spent; the recall waits"))
    day = world.calendar.day_of(now_ms)
    lapsed = Lapsed(
        member=who,
        last_active_ms=member.last_active_ms,
        points=rule.points,
        coupon=None if coupon is None else coupon.id,
        replay_url=command.replay_url,
        at_ms=now_ms,
    )
    awarded = Awarded(who, RECALL, rule.points, 0, 1, day, now_ms, behaviour=False)
    given = PerkGiven(who, recall_slot(member), now_ms)
    return Decision(Applied(Earned(rule.points), RECALL), (lapsed, given, awarded, *granted))
