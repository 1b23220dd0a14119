"""What the shop shows first, and what the card names."""

from dataclasses import replace

from server.domain.rewards import CLOSED, NearestReward, Reward, in_shop_order, nearest_reward, on_offer
from server.ids import RewardId
from tests.unit.server.domain.builders import terms


def a_reward(
    id_: str, cost: int, *, stock: int | None = None, taken: int = 0, order: int = 0, state: str = "open"
) -> Reward:
    return Reward(RewardId(id_), terms(cost, name=f"礼物{id_}", stock=stock, order=order), state, taken)


def shown(*rewards: Reward) -> list[str]:
    return [reward.id for reward in in_shop_order(rewards)]


def test_P7_cheap_things_come_first_and_sold_out_ones_last() -> None:
    gone = a_reward("gone", 1, stock=2, taken=2)
    assert shown(a_reward("dear", 900), gone, a_reward("cheap", 50), a_reward("mid", 300)) == [
        "cheap",
        "mid",
        "dear",
        "gone",
    ]


def test_P7_among_equals_the_operator_s_order_counts_and_closed_ones_are_not_shown() -> None:
    rewards = (a_reward("b", 50, order=2), a_reward("a", 50, order=2), a_reward("z", 50, order=1))
    assert shown(*rewards, a_reward("closed", 1, state=CLOSED)) == ["z", "a", "b"]


def test_P8_the_nearest_is_the_cheapest_that_is_not_reached_yet() -> None:
    shop = on_offer((a_reward("dear", 900), a_reward("cheap", 50), a_reward("mid", 300)))
    assert nearest_reward(shop, 0) == NearestReward("cheap", "礼物cheap", 50)
    assert nearest_reward(shop, 49) == NearestReward("cheap", "礼物cheap", 1)
    assert nearest_reward(shop, 50) == NearestReward("mid", "礼物mid", 250)
    assert nearest_reward(shop, -20) == NearestReward("cheap", "礼物cheap", 70)


def test_P8_whoever_can_have_them_all_is_named_the_dearest() -> None:
    shop = on_offer((a_reward("dear", 900), a_reward("cheap", 50)))
    assert nearest_reward(shop, 900) == NearestReward("dear", "礼物dear", 0)


def test_P8_what_is_closed_or_sold_out_is_not_named() -> None:
    gone, closed = a_reward("gone", 10, stock=0), a_reward("closed", 20, state=CLOSED)
    assert nearest_reward(on_offer((gone, closed)), 5) is None
    assert nearest_reward((), 5) is None
    assert nearest_reward(on_offer((gone, closed, a_reward("bag", 30))), 5) == NearestReward(
        "bag", "礼物bag", 25
    )


def test_P2_a_stock_lowered_below_what_is_taken_leaves_nothing_and_never_less() -> None:
    assert a_reward("bag", 10, stock=3, taken=5).left == 0
    assert not a_reward("bag", 10, stock=3, taken=5).on_offer
    assert a_reward("bag", 10, stock=5, taken=3).left == 2
    endless = a_reward("bag", 10, taken=10**6)
    assert endless.left is None
    assert endless.on_offer
    assert not replace(endless, state=CLOSED).on_offer
