"""The law of a reward that stands on several orders: whatever is refunded, in whatever order, it is worth what they are."""

from fractions import Fraction
from math import floor

from hypothesis import given, strategies as st

from server.domain.decision import Applied
from server.domain.facts import Awarded, TakenBack
from server.ids import OrderId
from tests.unit.server.domain.builders import a_refund, an_order
from tests.unit.server.domain.decide.test_tasks import running

REWARD = 997
ORDERS = [f"o{n}" for n in range(5)]
REFUNDS = st.lists(st.tuples(st.sampled_from(ORDERS), st.integers(1, 3_000)), max_size=12)


@given(st.integers(1, 4), REFUNDS)
def test_V3_L3_a_reward_keeps_the_worth_of_the_least_order_it_needs_in_any_order_of_refunds(
    target: int, refunds: list[tuple[str, int]]
) -> None:
    balances = set[int]()
    # A refund too many is refused, so in another order other ones may be: these are brought down to sums first.
    sums = {order: min(3_000, sum(fen for one, fen in refunds if one == order)) for order in ORDERS}
    for turn in (sorted(sums), sorted(sums, reverse=True)):
        stage = running(kind="order", target=target, reward=REWARD)
        for order in ORDERS:
            stage.applied(an_order(order, fen=3_000))
        for order in turn:
            first = sums[order] // 3
            for fen in (first, sums[order] - first):
                if fen:
                    assert isinstance(stage.do(a_refund(order, fen=fen)), Applied)
        kept = [Fraction(3_000 - sums[order], 3_000) for order in ORDERS]
        worth = sorted(kept, reverse=True)[target - 1]
        own = [60, 30, 30, 30, 30]
        left = sum(given - given * sums[order] // 3_000 for order, given in zip(ORDERS, own, strict=True))
        assert stage.member().points == left + REWARD - floor(REWARD * (1 - worth))
        balances.add(stage.member().points)
        for order in ORDERS:
            told = [fact for fact in stage.told(TakenBack) if fact.order == order]
            gave = [fact for fact in stage.told(Awarded) if fact.order == order]
            now = stage.world.orders[OrderId(order)]
            assert now.points_taken == sum(fact.points for fact in told)
            assert now.points_given == sum(fact.points for fact in gave) >= now.points_taken
    assert len(balances) == 1
