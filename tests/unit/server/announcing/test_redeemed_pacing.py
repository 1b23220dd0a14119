"""How much of the reward shop a room is shown, and when."""

from collections.abc import Sequence

from server.announcing.redeemed_pacing import PER_S, RedeemedPacing
from server.domain.redeemed import Redeemed
from server.hot.ports import Ask, Granted
from server.hot.sliding import SlidingWindows
from server.ids import AuthorTag, RewardId, RoomId

NOW = 1_763_700_000_000
R1 = RoomId("r1")


class Counters:
    def __init__(self) -> None:
        self.windows = SlidingWindows()
        self.dropped: list[tuple[int, str, int]] = []
        self.pacing = RedeemedPacing(
            self.take, lambda *what: self.dropped.append(what), visible_per_s=40, fresh_ms=60_000
        )

    async def take(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]:
        return [self.windows.take(ask, now_ms) for ask in asks]

    async def now(self, *some: Redeemed, later: int = 0) -> list[tuple[str, str, int]]:
        fresh = {R1: some} if some else {}
        shown = await self.pacing.now(fresh, NOW + later)
        return [(one.reward, one.name, one.count) for one in shown]


def one(reward: str, name: str = "anna", *, later: int = 0) -> Redeemed:
    return Redeemed(R1, RewardId(reward), reward, AuthorTag(f"a_{name}"), name, 1, NOW + later)


async def test_P2_so_many_rewards_a_second_are_shown_and_the_others_wait_their_turn() -> None:
    counters = Counters()
    assert len(await counters.now(one("a"), one("b"), one("c"), one("d"), one("e"))) == PER_S
    assert list(counters.pacing.due_ms()) == [NOW + 1_000]
    assert await counters.now(later=999) == []
    assert await counters.now(later=1_000) == [("c", "anna", 1), ("d", "anna", 1)]
    assert await counters.now(later=2_000) == [("e", "anna", 1)]
    assert list(counters.pacing.due_ms()) == []
    assert counters.dropped == []


async def test_P2_who_comes_while_a_reward_waits_is_folded_into_it() -> None:
    counters = Counters()
    await counters.now(one("a"), one("b"))
    assert await counters.now(one("c", "bert"), later=10) == []
    assert await counters.now(one("c", "cora"), one("c", "dora"), later=20) == []
    assert await counters.now(later=1_000) == [("c", "bert", 3)]


async def test_P2_what_has_waited_a_minute_goes_and_is_counted() -> None:
    counters = Counters()
    await counters.now(one("a"), one("b"), one("c"))
    assert await counters.now(later=60_000) == []
    assert counters.dropped == [(2, "expired", 1)]
    assert list(counters.pacing.due_ms()) == []
