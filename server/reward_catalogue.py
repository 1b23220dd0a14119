"""What the reward shop has on offer, as every node knows it: read once a second, for cards alone (P8).

Whether a reward can be had is decided when it is redeemed, under its row lock; here a moment's delay shows
nothing worse than a reward that has just gone. With the database away the last known shop stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from server.domain.rewards import Reward, on_offer


class Shop(Protocol):
    """The part of the ledger that knows the rewards."""

    async def rewards(self) -> Sequence[Reward]: ...


class RewardCatalogue:
    """One of the things that the process's `Refresher` keeps fresh; empty until the first time."""

    name = "reward shop"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._offered: tuple[Reward, ...] = ()

    def offered(self) -> Sequence[Reward]:
        """Return what is open and in stock, the cheapest first."""
        return self._offered

    async def refresh(self, _now_ms: int) -> None:
        """Read the shop anew. What this raises (`LedgerUnavailable`) leaves what is known."""
        self._offered = on_offer(await self._shop.rewards())
