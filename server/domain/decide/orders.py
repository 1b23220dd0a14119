"""What a paid order is worth to a member, and what its refund takes back (E3, V2, V3, T5)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import RecordPaidOrder, RecordRefundedOrder
from server.domain.decide.awards import multiplier_of
from server.domain.decide.coupons import freed_with, use_coupon
from server.domain.decide.first_n import places_of
from server.domain.decide.held_awards import awards_of, held_of_order, released_with
from server.domain.decide.lifts import judged_after_refund, replaced_by_order, without_reach
from server.domain.decide.membership import arrival, room_code
from server.domain.decide.redemptions import of_order, returned_with, worth
from server.domain.decide.task_orders import points_taken, rewards_lost, steps_back, taken_with
from server.domain.decide.tiers import celebrated, tier_reached
from server.domain.decision import Applied, Conflict, Decision, Duplicate, Earned, Refusal
from server.domain.facts import Awarded, CouponUsed, Fact, OrderPaid, OrderRefunded, TakenBack
from server.domain.ladder import Totals
from server.domain.money import MAX_AMOUNT
from server.domain.pricing import order_gain
from server.domain.rulebook import FIRST_ORDER, ORDER
from server.domain.state import Member, Order
from server.domain.world import World
from server.ids import MemberId


def record_paid_order(command: RecordPaidOrder, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give the member what one paid order earns, once in the programme whatever event tells of it.

    Orders earn with or without a live show, bound by no cap and no budget (E8). Refunds that came first
    are applied at once (V3), before the tier is judged: what is returned is not celebrated.
    """
    if refusal := _unacceptable(command, world):
        return Decision(refusal)
    known = world.orders.get(command.order)
    if known is not None and known.amount:
        return _again(command, who, known)
    member, facts = arrival(who, command.who, world, now_ms)
    coupon = command.coupon
    # What points took off counts towards a coupon's minimum, as what the coupon takes off does (B9).
    from_points = sum(
        worth(one.points - one.returned, world.rulebook)
        for one in of_order(command.order, world)
        if one.member == who
    )
    used = use_coupon(member, coupon, command.order, command.amount + from_points, now_ms) if coupon else None
    order, awarded = _priced(command, _code(command, used, world), member, world, now_ms)
    returned = _returned_early(known, order.amount, world, now_ms)
    places = places_of(order, member, world, now_ms) if returned < order.amount else ()
    # What a place gives is given by its order, and goes back with it (V3); the place itself stays taken.
    order = replace(order, points_given=order.points_given + sum(place.points for _, place in places))
    gained = Totals(order.growth_given, order.amount, 1)
    if returned:
        taken = _taken(order, _after_refund(order, returned))
        gained = Totals(gained.growth - taken.growth, gained.paid - taken.paid, 1 - taken.orders)
    reached = tier_reached(member, gained, world, now_ms, by_order=order.id)
    celebration: tuple[Fact, ...] = ()
    if reached is not None:
        order = replace(order, reached=reached.tier, replaced=replaced_by_order(member, world, now_ms))
        celebration = (reached, *celebrated(member, reached, command.origin, world, now_ms))

    held = held_of_order(awarded, world.rulebook.order.hold_ms)
    facts += (OrderPaid(order, command.currency, now_ms), awarded, *held)
    for place in places:
        facts += place
    if used is not None and returned < order.amount:  # else it would come back at once (P1)
        facts += (used,)
    if returned:
        facts += _refund_facts(order, _after_refund(order, returned), now_ms)
        facts += returned_with(_after_refund(order, returned), world, now_ms)
        waiting = tuple(fact.award for fact in held)
        facts += released_with(_after_refund(order, returned), waiting, now_ms)
    earned = Earned(order.points_given, order.growth_given)
    return Decision(Applied(earned, awarded.rule, order.code), facts + celebration)


def record_refunded_order(command: RecordRefundedOrder, who: MemberId, world: World, now_ms: int) -> Decision:
    """Take back a refund's share of what its order gave, from the member who paid it (V3).

    `earned` of the answer is what was taken, negative, and the answer names the payer. A refund before its
    order waits for it.
    """
    if refusal := _unacceptable(command, world):
        return Decision(refusal)
    order = world.orders.get(command.order)
    if order is None or not order.amount:
        return _kept_waiting(command, who, order, world, now_ms)
    if order.refunded + command.amount > order.amount:
        left = order.amount - order.refunded
        return Decision(
            Refusal("refund_exceeds", f"amount: at most {left} of this order is left", (("left", left),))
        )
    after = without_reach(_after_refund(order, command.amount), world.rulebook, now_ms)
    rewards = rewards_lost(after, world)
    after = replace(after, points_taken=points_taken(after, rewards, world))
    taken = _taken(order, after)
    facts = _refund_facts(order, after, now_ms)
    facts += taken_with(after, rewards, world, now_ms)
    facts += steps_back(after, world, now_ms)
    points = sum(fact.points for fact in facts if isinstance(fact, TakenBack))
    facts += (*returned_with(after, world, now_ms), *freed_with(after, world, now_ms))
    facts += released_with(after, awards_of(after, world), now_ms)
    facts += judged_after_refund(world.members[order.member], order, taken, world, now_ms)
    code = room_code(command.origin, world)
    return Decision(Applied(Earned(-points, -taken.growth), ORDER, code, member=order.member), facts)


def _unacceptable(command: RecordPaidOrder | RecordRefundedOrder, world: World) -> Refusal | None:
    if command.currency != world.rulebook.currency:
        ours = world.rulebook.currency
        return Refusal(
            "currency_mismatch", f"currency: this programme counts in {ours}", (("currency", ours),)
        )
    if not 0 < command.amount <= MAX_AMOUNT:
        return Refusal("bad_request", f"amount: 1 to {MAX_AMOUNT} minor units", (("max", MAX_AMOUNT),))
    return None


def _again(command: RecordPaidOrder, who: MemberId, order: Order) -> Decision:
    """An order is paid once: told again it is a repeat, told differently it is a conflict (PROTOCOL §2)."""
    if order.member != who or order.amount != command.amount:
        return Decision(Conflict())
    return Decision(Duplicate(Applied(Earned(order.points_given, order.growth_given), ORDER, order.code)))


def _code(command: RecordPaidOrder, used: CouponUsed | None, world: World) -> str | None:
    """Return what else the payer is told of an order that is taken as it is."""
    if command.coupon and used is None:
        return "coupon_refused"
    return room_code(command.origin, world)


def _priced(
    command: RecordPaidOrder, code: str | None, member: Member, world: World, now_ms: int
) -> tuple[Order, Awarded]:
    """Return the order with what it gives: the highest multiplier on points (E7), weight and extra on growth."""
    rulebook = world.rulebook
    first = member.first_order_ms is None
    gain = order_gain(command.amount, order_multiplier(member, world, now_ms), rulebook)
    room = command.origin.room if command.origin.room in world.rooms else None
    show = world.on_air(room)
    order = Order(
        id=command.order,
        member=member.id,
        amount=command.amount,
        refunded=0,
        paid_ms=now_ms,
        day=world.calendar.day_of(now_ms),
        points_given=gain.points,
        growth_given=gain.growth,
        points_taken=0,
        growth_taken=0,
        room=room,
        code=code,
        show=show.id if show is not None else None,
    )
    awarded = Awarded(
        member=member.id,
        rule=FIRST_ORDER if first else ORDER,
        points=gain.points,
        growth=gain.growth,
        awards=1,
        day=order.day,
        at_ms=now_ms,
        room=room,
        show=show.id if show is not None else None,
        order=order.id,
        behaviour=False,
    )
    return order, awarded


def order_multiplier(member: Member, world: World, now_ms: int) -> int:
    """Return the percent on the points of an order that `member` pays now; the first one has its own (E3, E7)."""
    multiplier = multiplier_of(member, world.rulebook, world.calendar, now_ms)
    return (
        max(multiplier, world.rulebook.order.first_percent) if member.first_order_ms is None else multiplier
    )


def _returned_early(waiting: Order | None, amount: int, world: World, now_ms: int) -> int:
    """Return how much of an order was refunded before it came, as far as that is still remembered."""
    if waiting is None or now_ms - waiting.paid_ms > world.rulebook.order.early_refund_ms:
        return 0
    return min(waiting.refunded, amount)


def _kept_waiting(
    command: RecordRefundedOrder, who: MemberId, waiting: Order | None, world: World, now_ms: int
) -> Decision:
    _, facts = arrival(who, command.who, world, now_ms)
    before = waiting.refunded if waiting and _returned_early(waiting, MAX_AMOUNT, world, now_ms) else 0
    if before + command.amount > MAX_AMOUNT:
        return Decision(
            Refusal("refund_exceeds", "amount: more than any order may cost", (("max", MAX_AMOUNT),))
        )
    kept = Order(
        id=command.order,
        member=who,
        amount=0,
        refunded=before + command.amount,
        paid_ms=waiting.paid_ms if waiting and before else now_ms,
        day=world.calendar.day_of(now_ms),
        points_given=0,
        growth_given=0,
        points_taken=0,
        growth_taken=0,
        room=None,
    )
    code = room_code(command.origin, world)
    waits = OrderRefunded(kept, command.amount, now_ms, waiting=True)
    return Decision(Applied(rule=ORDER, code=code), (*facts, waits))


def _after_refund(order: Order, amount: int) -> Order:
    """Return the order with `amount` more refunded: floor(given × refunded so far ÷ paid) is taken (V3)."""
    refunded = order.refunded + amount
    return replace(
        order,
        refunded=refunded,
        points_taken=order.points_given * refunded // order.amount,
        growth_taken=order.growth_given * refunded // order.amount,
    )


def _taken(before: Order, after: Order) -> Totals:
    return Totals(
        growth=after.growth_taken - before.growth_taken,
        paid=after.refunded - before.refunded,
        orders=1 if after.refunded == after.amount > before.refunded else 0,
    )


def _refund_facts(order: Order, after: Order, now_ms: int) -> tuple[Fact, ...]:
    """Return what happened when `order` became `after`."""
    taken = _taken(order, after)
    return (
        OrderRefunded(after, taken.paid, now_ms),
        TakenBack(
            member=order.member,
            order=order.id,
            points=after.points_taken - order.points_taken,
            growth=taken.growth,
            paid=taken.paid,
            orders=taken.orders,
            day=order.day,
            at_ms=now_ms,
        ),
    )
