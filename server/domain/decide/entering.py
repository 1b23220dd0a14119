"""What a member is handed over on entering a room: birthday pack, coupons of the month and the member day (B4, B6, E11)."""

from __future__ import annotations

from server.domain.commands import HandOver
from server.domain.decide.coupons import given_coupon
from server.domain.decision import Applied, Decision, Earned
from server.domain.facts import Awarded, Fact, PerkGiven
from server.domain.offers import CouponOffer
from server.domain.perks import (
    BIRTHDAY,
    BIRTHDAY_COUPON,
    MONTHLY_COUPON,
    birthday_pack,
    due_on_entry,
    monthly_coupon,
)
from server.domain.rulebook import BIRTHDAY as BIRTHDAY_RULE
from server.domain.state import Member
from server.domain.world import World
from server.ids import MemberId


def hand_over(command: HandOver, who: MemberId, world: World, now_ms: int) -> Decision:
    """Hand over all that is due, each once; who is due nothing gets nothing.

    Coupons are charged to the day's budget. One that it has no room for waits: the birthday's a week, the month's
    until the month ends, the member day's is gone with the day. Points are never withheld.
    """
    member = world.members.get(who)
    if member is None:
        return Decision(Applied())
    facts: tuple[Fact, ...] = ()
    points = charged = 0
    for perk in due_on_entry(member, world.rulebook, world.calendar, now_ms):
        if perk == BIRTHDAY:
            points, more = _pack(command, member, world, now_ms)
            facts += more
            perk = BIRTHDAY_COUPON
        offer = _offer(perk, member, world, now_ms)
        if offer is None:
            continue
        coupon, more = given_coupon(member, offer, perk, command.origin, world, now_ms, beside=charged)
        if coupon is not None:
            charged += coupon.off
            facts += (PerkGiven(who, perk, now_ms), *more)
    return Decision(Applied(Earned(points), BIRTHDAY_RULE if points else None), facts)


def _pack(command: HandOver, member: Member, world: World, now_ms: int) -> tuple[int, tuple[Fact, ...]]:
    """Return the points of the birthday pack, and that it was handed over."""
    pack = birthday_pack(member, world.rulebook, now_ms)
    given = PerkGiven(member.id, BIRTHDAY, now_ms)
    if pack is None or not pack.points:
        return 0, (given,)
    room = command.origin.room if command.origin.room in world.rooms else None
    awarded = Awarded(
        member=member.id,
        rule=BIRTHDAY_RULE,
        points=pack.points,
        growth=0,
        awards=1,
        day=world.calendar.day_of(now_ms),
        at_ms=now_ms,
        room=room,
        behaviour=False,
    )
    return pack.points, (given, awarded)


def _offer(perk: str, member: Member, world: World, now_ms: int) -> CouponOffer | None:
    if perk == BIRTHDAY_COUPON:
        pack = birthday_pack(member, world.rulebook, now_ms)
        return None if pack is None else pack.coupon
    if perk == MONTHLY_COUPON:
        return monthly_coupon(member, world.rulebook, now_ms)
    day = world.rulebook.member_day
    return None if day is None else day.coupon
