"""Which points may leave for goods, draws, boosts and gifts (P1). Pure.

An order's points pay into orders at once (E6). For anything else they wait until the order cannot be
returned any more: a refund then takes back points that are still there.
"""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.held_awards import HeldAward
from server.domain.rulebook import Rulebook
from server.domain.state import Member, Order


def free_points(
    member: Member,
    orders: Iterable[Order],
    rulebook: Rulebook,
    now_ms: int,
    awards: Iterable[HeldAward] = (),
) -> int:
    """Return how many points `member` may spend on what is no order: 0 or more, exact to the millisecond.

    `orders` must hold the member's own inside their return window (`Needs.recent_orders` loads them into
    `World.orders`); others beside them are passed over. Paying into an order asks for points − held alone.
    `awards`: those that are held; what an order gave and is held is kept back once, not twice (E6).
    """
    return max(0, member.points - member.held - returnable_points(member, orders, rulebook, now_ms, awards))


def returnable_points(
    member: Member,
    orders: Iterable[Order],
    rulebook: Rulebook,
    now_ms: int,
    awards: Iterable[HeldAward] = (),
) -> int:
    """Return what the member's orders that may still be returned have given, net of what refunds took (V3).

    What of it is among `awards`, and so is held, is left out.
    """
    held = {award.order: award.left for award in awards if award.order is not None}
    window_ms = rulebook.order.return_window_ms
    return sum(
        order.points_given - order.points_taken - held.get(order.id, 0)
        for order in orders
        if order.member == member.id and now_ms - order.paid_ms <= window_ms
    )
