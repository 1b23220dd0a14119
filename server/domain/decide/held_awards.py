"""Points that may be spent only some days after they were earned (E6): held, due, and taken back meanwhile."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import ReleaseAward
from server.domain.decision import Applied, Decision
from server.domain.facts import Awarded
from server.domain.held_awards import AwardHeld, AwardReleased, HeldAward
from server.domain.state import EVER, AwardCount, Member, Order
from server.domain.world import World
from server.ids import HeldAwardId, MemberId, derived

_NONE_YET = AwardCount()


def held_of_behaviour(awarded: Awarded, member: Member, hold_ms: int) -> tuple[AwardHeld, ...]:
    """Return what holds the points of an award of behaviour; nothing when they may be spent at once.

    Named by how many awards of the rule the member ever had, which only grows.
    """
    if not hold_ms or not awarded.points:
        return ()
    ever = member.awards.get((EVER, awarded.rule), _NONE_YET).n
    return (_held(awarded, derived("ha", member.id, awarded.rule, ever), hold_ms),)


def held_of_order(awarded: Awarded, hold_ms: int) -> tuple[AwardHeld, ...]:
    """Return what holds the points of an order, which is paid once."""
    if not hold_ms or not awarded.points:
        return ()
    return (_held(awarded, derived("ha", "order", awarded.order or ""), hold_ms),)


def released_with(order: Order, awards: tuple[HeldAward, ...], now_ms: int) -> tuple[AwardReleased, ...]:
    """Return what of `awards` a refund has taken; `order` is as it stands after it (V3).

    The share of what was held follows all that was refunded so far, less what is no longer held.
    """
    released: list[AwardReleased] = []
    for award in awards:
        taken = award.points * order.refunded // order.amount - (award.points - award.left)
        points = min(award.left, max(0, taken))
        if points:
            released.append(AwardReleased(replace(award, left=award.left - points), points, now_ms))
    return tuple(released)


def awards_of(order: Order, world: World) -> tuple[HeldAward, ...]:
    """Return what is still held of the points that `order` gave: one award at most."""
    return tuple(award for award in world.held_awards.values() if award.order == order.id and award.left)


def release_award(command: ReleaseAward, who: MemberId, world: World, now_ms: int) -> Decision:
    """Let points that are due be spent; what is not due yet, or held no longer, stays as it is."""
    award = world.held_awards.get(command.award)
    if award is None or award.member != who or not award.left or award.due_ms > now_ms:
        return Decision(Applied())
    return Decision(Applied(rule=award.rule), (AwardReleased(replace(award, left=0), award.left, now_ms),))


def _held(awarded: Awarded, name: str, hold_ms: int) -> AwardHeld:
    award = HeldAward(
        id=HeldAwardId(name),
        member=awarded.member,
        rule=awarded.rule,
        points=awarded.points,
        left=awarded.points,
        due_ms=awarded.at_ms + hold_ms,
        order=awarded.order,
    )
    return AwardHeld(award, awarded.at_ms)
