"""What a node knows of the reward shop."""

from collections.abc import Sequence

import pytest

from server.domain.rewards import CLOSED, Reward
from server.ids import RewardId
from server.ledger.errors import LedgerUnavailable
from server.reward_catalogue import RewardCatalogue
from tests.unit.server.domain.builders import terms


class Shop:
    def __init__(self, *rewards: Reward) -> None:
        self.held: Sequence[Reward] = rewards
        self.away = False

    async def rewards(self) -> Sequence[Reward]:
        if self.away:
            raise LedgerUnavailable("the cable")
        return self.held


async def test_P8_a_node_knows_what_is_on_offer_cheap_things_first() -> None:
    dear, cheap = Reward(RewardId("dear"), terms(900)), Reward(RewardId("cheap"), terms(10))
    shop = Shop(
        dear,
        Reward(RewardId("gone"), terms(1, stock=0)),
        cheap,
        Reward(RewardId("closed"), terms(2), CLOSED),
    )
    catalogue = RewardCatalogue(shop)
    assert catalogue.offered() == ()
    await catalogue.refresh(1)
    assert catalogue.offered() == (cheap, dear)
    shop.held = (dear,)
    await catalogue.refresh(2)
    assert catalogue.offered() == (dear,)


async def test_R5_with_the_database_away_the_last_known_shop_stays() -> None:
    bag = Reward(RewardId("bag"), terms(10))
    shop = Shop(bag)
    catalogue = RewardCatalogue(shop)
    await catalogue.refresh(1)
    shop.away = True
    with pytest.raises(LedgerUnavailable):
        await catalogue.refresh(2)
    assert catalogue.offered() == (bag,)
