"""The ledger kept by hand: a few dictionaries that know what every answer means for a balance, and nothing else.

Independent of the server's rules where money is conserved: what an order gave is taken from its answer, what
a refund takes back, a hold sets aside and a redemption returns is computed here (V3, P1), in closed form, so that
it does not matter which of two actors came first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from server.domain.commands import (
    CancelReward,
    CapturePoints,
    Command,
    GrantByHand,
    HoldPoints,
    RecordPaidOrder,
    RecordRefundedOrder,
    RedeemReward,
    ReleasePoints,
)
from server.domain.decide.redemptions import redemption_id
from server.domain.decision import Receipt
from server.ids import MemberId, OrderId, RedemptionId

BONUS = 100_000
"""Points of every place in a first-N campaign here: more than any order gives by itself, so that it shows."""
HOLD_MS = 15 * 60_000
_LAST: dict[type[Command], int] = {CapturePoints: 1, ReleasePoints: 2, CancelReward: 1}
"""Of what happened at once, this can only have come after what it is about."""


@dataclass(slots=True)
class PaidOrder:
    member: MemberId
    amount: int
    given: int
    coupon: str | None
    """The coupon it was taken with."""


@dataclass(slots=True)
class Hold:
    member: MemberId
    order: OrderId
    points: int
    expires_ms: int
    state: str = "held"
    given_back: bool = False
    """All that was left of a captured one was given back by hand."""


@dataclass(slots=True)
class Bookkeeper:
    earned: Counter[MemberId] = field(default_factory=Counter)
    """What neither an order nor a redemption moved."""
    orders: dict[OrderId, PaidOrder] = field(default_factory=dict)
    refunds: Counter[OrderId] = field(default_factory=Counter)
    holds: dict[RedemptionId, Hold] = field(default_factory=dict)
    taken: int = 0
    """Pieces of the one reward that are out."""
    first: dict[tuple[str, str], Receipt] = field(default_factory=dict)

    def note(self, done: Iterable[tuple[Command, Receipt]], now_ms: int) -> None:
        """Write down what happened at once, in whatever order it did; every repeat must get the first answer (R2)."""
        together = list(done)
        for command, receipt in sorted(together, key=lambda one: one[1].outcome != "applied"):
            key = (receipt.source, receipt.event)
            if key not in self.first:
                self.first[key] = receipt
                continue
            said = self.first[key]
            again = replace(said, outcome="duplicate") if said.outcome == "applied" else said
            assert receipt == again, f"{command} was answered differently: {receipt}, first {said}"
        new = [(command, receipt) for command, receipt in together if receipt.outcome == "applied"]
        for command, receipt in sorted(new, key=lambda one: _LAST.get(type(one[0]), 0)):
            assert receipt.member is not None or not hasattr(command, "who")
            if receipt.member is not None:
                self._note(command, receipt, receipt.member, now_ms)

    def _note(self, command: Command, receipt: Receipt, member: MemberId, now_ms: int) -> None:
        match command:
            case RecordPaidOrder(order=order):
                assert order not in self.orders, f"{order} was paid twice"
                coupon = command.coupon if receipt.code != "coupon_refused" else None
                self.orders[order] = PaidOrder(member, command.amount, receipt.earned.points, coupon)
            case RecordRefundedOrder(order=order):
                self.refunds[order] += command.amount
            case HoldPoints(origin=origin):
                for one in self.holds.values():
                    if one.order == command.order and one.state == "held" and one.expires_ms <= now_ms:
                        one.state = "released"
                self.holds[redemption_id(origin.source, origin.event)] = Hold(
                    member, command.order, command.points, now_ms + HOLD_MS
                )
            case CapturePoints(redemption=redemption):
                assert self.holds[redemption].state == "held", "captured twice, or after it was let go"
                self.holds[redemption].state = "captured"
            case ReleasePoints(redemption=redemption):
                hold = self.holds[redemption]
                if hold.state == "captured":
                    hold.given_back = True
                else:
                    assert hold.state == "held", "let go twice"
                    hold.state = "released"
            case GrantByHand():
                self.earned[member] += command.points
            case RedeemReward() | CancelReward():
                self.taken += 1 if isinstance(command, RedeemReward) else -1
                self.earned[member] += receipt.earned.points
            case _:
                self.earned[member] += receipt.earned.points

    def refunded(self, order: OrderId) -> int:
        """What of an order's money came back: refunds that came before it never reach beyond it."""
        paid = self.orders.get(order)
        return 0 if paid is None else min(self.refunds[order], paid.amount)

    def balances(self) -> Counter[MemberId]:
        """Points of every member (R3)."""
        points = Counter(self.earned)
        for id_, order in self.orders.items():
            points[order.member] += order.given - order.given * self.refunded(id_) // order.amount
        for hold in self.holds.values():
            if hold.state == "captured":
                points[hold.member] -= hold.points - self._returned(hold)
        return points

    def held(self) -> Counter[MemberId]:
        """Points of every member that are set aside."""
        points: Counter[MemberId] = Counter()
        for hold in self.holds.values():
            if hold.state == "held":
                points[hold.member] += hold.points
        return points

    def places(self) -> Counter[MemberId]:
        """Places in first-N campaigns, by what orders gave."""
        places: Counter[MemberId] = Counter()
        for order in self.orders.values():
            places[order.member] += order.given // BONUS
        return places

    def standing(self, coupon: str) -> list[OrderId]:
        """Orders that the coupon pays into, those without any that came back whole."""
        return [
            id_
            for id_, order in self.orders.items()
            if order.coupon == coupon and self.refunded(id_) < order.amount
        ]

    def _returned(self, hold: Hold) -> int:
        if hold.given_back:
            return hold.points
        order = self.orders.get(hold.order)
        return 0 if order is None else hold.points * self.refunded(hold.order) // order.amount
