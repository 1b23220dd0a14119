"""Points from one member to another: at once to a friend who is known, by link to one who is not (P5).

What one loses the other gets, in one commit; never is any of it growth.
"""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import Origin
from server.domain.days import DAY_MS
from server.domain.decide.membership import arrival
from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.gift_commands import ClaimGift, GiveByLink, GivePoints, ReturnGift
from server.domain.gift_facts import GiftReturned, GiftSetAside, PointsGiven
from server.domain.ladder import settled_tier
from server.domain.rulebook import GIFT, GiftRule
from server.domain.spendable import free_points
from server.domain.state import Gift, Member
from server.domain.world import World
from server.ids import GiftId, MemberId, derived

WAITING, GIVEN, RETURNED = "waiting", "given", "returned"


def give_points(command: GivePoints, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give points to a member, both balances at once."""
    if command.to == who:
        return _refused("bad_request", "to: a gift goes to somebody else")
    giver = _giver(command.points, who, world, now_ms)
    if isinstance(giver, Refusal):
        return Decision(giver)
    receiver = world.members.get(command.to)
    if receiver is None:
        return _refused("not_found", "to: there is no such member; give by link instead")
    if refusal := _receives_no_more(command.to, command.points, world, now_ms):
        return Decision(refusal)
    day = world.calendar.day_of(now_ms)
    gift = Gift(
        id=gift_id(command.origin),
        giver=who,
        points=command.points,
        state=GIVEN,
        at_ms=now_ms,
        day=day,
        receiver=command.to,
        received_day=day,
    )
    given = PointsGiven(gift, command.to, giver.name, receiver.name, False, day, now_ms)
    return Decision(Applied(Earned(points=-command.points), GIFT), (given,))


def give_by_link(command: GiveByLink, who: MemberId, world: World, now_ms: int) -> Decision:
    """Set points aside until somebody claims them; they count as given today, unless they come back."""
    giver = _giver(command.points, who, world, now_ms)
    if isinstance(giver, Refusal):
        return Decision(giver)
    gift = Gift(
        id=gift_id(command.origin),
        giver=who,
        points=command.points,
        state=WAITING,
        at_ms=now_ms,
        day=world.calendar.day_of(now_ms),
        code=command.code,
        expires_ms=now_ms + _rule(world).link_ms,
    )
    return Decision(Applied(rule=GIFT), (GiftSetAside(gift, now_ms),))


def claim_gift(command: ClaimGift, who: MemberId, world: World, now_ms: int) -> Decision:
    """Take a gift that waits behind a link, once; whoever is new becomes a member by it (T4)."""
    gift = world.gifts.get(command.gift)
    giver = world.members.get(gift.giver) if gift is not None else None
    if gift is None or giver is None:
        return _refused("not_found", "code: there is no such gift")
    if gift.giver == who:
        return _refused("bad_request", "code: this is your own gift; send the link to a friend")
    if gift.state == GIVEN:
        return _refused("closed", "code: this gift has been taken")
    if gift.state == RETURNED or (gift.expires_ms is not None and gift.expires_ms <= now_ms):
        return _refused("closed", "code: its time is over, the points went back")
    if refusal := _receives_no_more(who, gift.points, world, now_ms):
        return Decision(refusal)
    member, facts = arrival(who, command.who, world, now_ms)
    day = world.calendar.day_of(now_ms)
    taken = replace(gift, state=GIVEN, receiver=who, received_day=day)
    given = PointsGiven(taken, who, giver.name, member.name, True, day, now_ms)
    return Decision(Applied(Earned(points=gift.points), GIFT), (*facts, given))


def return_gift(command: ReturnGift, who: MemberId, world: World, now_ms: int) -> Decision:
    """Let an unclaimed gift go back to its giver; nothing happens before its time, nor twice."""
    gift = world.gifts.get(command.gift)
    if gift is None or gift.giver != who:
        return _refused("not_found", "gift: there is no such one")
    if gift.state != WAITING or gift.expires_ms is None or gift.expires_ms > now_ms:
        return Decision(Applied(rule=GIFT))
    return Decision(Applied(rule=GIFT), (GiftReturned(replace(gift, state=RETURNED), now_ms),))


def gift_id(origin: Origin) -> GiftId:
    """Return the id of the gift that an event makes: the same again on a repeat (R2)."""
    return GiftId(derived("g", origin.source, origin.event))


def given_on(day: int, member: MemberId, world: World) -> int:
    """Return the points that `member` has given on `day`; what came back was not given."""
    return sum(
        gift.points
        for gift in world.gifts.values()
        if gift.giver == member and gift.day == day and gift.state != RETURNED
    )


def received_on(day: int, member: MemberId, world: World) -> int:
    """Return the points that `member` has received on `day`."""
    return sum(
        gift.points
        for gift in world.gifts.values()
        if gift.receiver == member and gift.received_day == day and gift.state == GIVEN
    )


def _giver(points: int, who: MemberId, world: World, now_ms: int) -> Member | Refusal:
    """Return the giver, who may give so many points now; or why not."""
    rulebook = world.rulebook
    rule = rulebook.gifts
    if rule is None:
        return Refusal("closed", "gifts of points are not open in this programme")
    if points <= 0:
        return Refusal("bad_request", "points: 1 or more")
    giver = world.members.get(who)
    if giver is None or now_ms - giver.created_ms < rule.age_ms:
        days = -(-rule.age_ms // DAY_MS)
        return Refusal(
            "giver_not_eligible", f"who is a member for {days} days may give points", (("days", days),)
        )
    if rulebook.ranks[settled_tier(giver, rulebook, now_ms)] < rulebook.ranks[rule.from_tier]:
        return Refusal(
            "giver_not_eligible",
            f"givers are {rule.from_tier} or above; a boost does not count",
            (("tier", rule.from_tier),),
        )
    left = rule.out_per_day - given_on(world.calendar.day_of(now_ms), who, world)
    if points > left:
        return Refusal("limit_reached", f"points: {left} more may be given today", (("left", max(0, left)),))
    free = free_points(giver, world.orders.values(), rulebook, now_ms, world.held_awards.values())
    if points > free:
        return Refusal(
            "not_enough_points",
            f"points: {free} may be given now; points of orders that may still be returned pay orders only",
            (("free", free),),
        )
    return giver


def _receives_no_more(who: MemberId, points: int, world: World, now_ms: int) -> Refusal | None:
    rule = world.rulebook.gifts
    # A link that waits is honoured also when the programme has closed gifts since.
    if rule is None or points + received_on(world.calendar.day_of(now_ms), who, world) <= rule.in_per_day:
        return None
    return Refusal(
        "limit_reached", f"points: nobody receives more than {rule.in_per_day} a day; try again tomorrow"
    )


def _rule(world: World) -> GiftRule:
    if world.rulebook.gifts is None:
        raise ValueError("asked for before it was seen that gifts are open")
    return world.rulebook.gifts


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
