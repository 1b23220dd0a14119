"""Points that pay into an order: held, captured, released (P1)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import CapturePoints, HoldPoints, ReleasePoints
from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.facts import Fact, PointsCaptured, PointsHeld, PointsReleased
from server.domain.rulebook import REDEMPTION, Rulebook
from server.domain.state import Member, Order, Redemption
from server.domain.world import World
from server.ids import MemberId, OrderId, RedemptionId, derived

HELD, CAPTURED, RELEASED = "held", "captured", "released"


def hold_points(command: HoldPoints, who: MemberId, world: World, now_ms: int) -> Decision:
    """Set points aside for an order. An order takes one redemption; one that was let go leaves room for another.

    A hold whose time is over makes room, too, whether or not anybody has let it go by then.
    """
    member = world.members.get(who)
    if refusal := _may_not_hold(command, member, world):
        return Decision(refusal)
    facts: tuple[Fact, ...] = ()
    freed = 0
    for standing in of_order(command.order, world):
        if standing.state == HELD and standing.expires_ms <= now_ms:
            facts += (_let_go(standing, world, now_ms),)
            freed += standing.points if standing.member == who else 0
        else:
            return _refused(
                "hold_open" if standing.state == HELD else "order_redeemed",
                f"order: points pay into it already; release {standing.id} first",
            )
    available = 0 if member is None else member.points - member.held + freed
    if member is None or available < command.points:
        return _refused("not_enough_points", f"points: {max(0, available)} are there to be spent")
    redemption = Redemption(
        id=redemption_id(command.origin.source, command.origin.event),
        member=who,
        order=command.order,
        points=command.points,
        discount=worth(command.points, world.rulebook),
        state=HELD,
        held_ms=now_ms,
        expires_ms=now_ms + world.rulebook.spending.hold_ms,
    )
    return Decision(Applied(rule=REDEMPTION), (*facts, PointsHeld(redemption, now_ms)))


def capture_points(command: CapturePoints, who: MemberId, world: World, now_ms: int) -> Decision:
    """Spend held points. What of the order was refunded meanwhile comes back at once, in proportion."""
    held = world.redemptions.get(command.redemption)
    if held is None or held.member != who:
        return _refused("not_found", "redemption: there is no such one")
    if held.state != HELD:
        return _refused(f"already_{held.state}", f"redemption: it is {held.state}")
    if held.expires_ms <= now_ms:
        return _refused("hold_expired", "redemption: its time is over; hold the points again")
    captured = replace(held, state=CAPTURED)
    day = world.calendar.day_of(now_ms)
    facts: tuple[Fact, ...] = (PointsCaptured(captured, day, now_ms),)
    order = world.orders.get(held.order)
    if order is not None and order.amount and (back := _share(captured, order)):
        facts += (_given_back(captured, back, world, now_ms),)
    return Decision(Applied(Earned(points=-held.points), REDEMPTION), facts)


def release_points(command: ReleasePoints, who: MemberId, world: World, now_ms: int) -> Decision:
    """Let go of a hold, or give back points of a captured redemption: never more than it took."""
    known = world.redemptions.get(command.redemption)
    if known is None or known.member != who:
        return _refused("not_found", "redemption: there is no such one")
    if command.overdue and (known.state != HELD or known.expires_ms > now_ms):
        return Decision(Applied(rule=REDEMPTION))
    match known.state:
        case "held":
            if command.points not in (None, known.points):
                return _refused("bad_request", "points: leave it out, a hold is let go whole")
            return Decision(Applied(rule=REDEMPTION), (_let_go(known, world, now_ms),))
        case "captured":
            left = known.points - known.returned
            back = left if command.points is None else command.points
            if not 0 < back <= left:
                return Decision(
                    Refusal("release_exceeds", f"points: at most {left} are left", (("left", left),))
                )
            released = _given_back(known, back, world, now_ms)
            return Decision(Applied(Earned(points=back), REDEMPTION), (released,))
        case _:
            return _refused("already_released", "redemption: nothing of it is left")


def returned_with(order: Order, world: World, now_ms: int) -> tuple[Fact, ...]:
    """Return what a refund gives back of the points that paid into `order`, which is as it stands after it.

    In proportion to all that was refunded so far, less what came back already: nothing comes back twice.
    """
    return tuple(
        _given_back(redemption, back, world, now_ms)
        for redemption in of_order(order.id, world)
        if redemption.state == CAPTURED and (back := _share(redemption, order))
    )


def of_order(order: OrderId, world: World) -> list[Redemption]:
    """Return the redemptions of `order` that still hold or have taken points: at most one, while all is well."""
    return [
        redemption
        for redemption in world.redemptions.values()
        if redemption.order == order and redemption.state != RELEASED
    ]


def redemption_id(source: str, event: str) -> RedemptionId:
    """Return the id of the redemption that an event makes: the same again on a repeat (R2)."""
    return RedemptionId(derived("rd", source, event))


def worth(points: int, rulebook: Rulebook) -> int:
    """Return the minor units that `points` take off an order (P1)."""
    return points * rulebook.minor // rulebook.spending.points_per_unit


def _may_not_hold(command: HoldPoints, member: Member | None, world: World) -> Refusal | None:
    rule = world.rulebook.spending
    if command.points <= 0:
        return Refusal("bad_request", "points: 1 or more")
    if command.points * world.rulebook.minor % rule.points_per_unit:
        return Refusal(
            "bad_request", f"points: so many that no fraction is lost; {rule.points_per_unit} are one unit"
        )
    order = world.orders.get(command.order)
    if member is not None and order is not None and order.amount and order.member != member.id:
        return Refusal("order_of_another", "order: another member has paid it")
    return None


def _share(redemption: Redemption, order: Order) -> int:
    return max(0, redemption.points * order.refunded // order.amount - redemption.returned)


def _let_go(redemption: Redemption, world: World, now_ms: int) -> PointsReleased:
    day = world.calendar.day_of(now_ms)
    return PointsReleased(replace(redemption, state=RELEASED), redemption.points, True, day, now_ms)


def _given_back(redemption: Redemption, points: int, world: World, now_ms: int) -> PointsReleased:
    returned = redemption.returned + points
    state = RELEASED if returned == redemption.points else CAPTURED
    after = replace(redemption, returned=returned, state=state)
    return PointsReleased(after, points, False, world.calendar.day_of(now_ms), now_ms)


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
