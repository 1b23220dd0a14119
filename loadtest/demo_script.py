"""What the simulated crowd does and when: a pure stream of actions made of seed, size and speed. DMO2.

The script keeps its own book of everybody's growth (only from below: watching and comments add to it), so that it knows
whose next order lifts them. Who has reached 黄金 leaves some time later and a newcomer takes the place: an evening
without end does not run out of people to lift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from loadtest import phrases

SILVER, GOLD = 300, 2_000  # T2, preset `jifen`
ORDER_BONUS = 20  # V2
PRICES = (
    19,
    29,
    39,
    59,
    79,
    99,
    129,
    169,
    199,
    239,
    299,
    329,
    399,
    499,
    699,
    899,
    1_099,
    1_299,
    1_499,
    1_699,
    1_999,
)

LIFT_EVERY_S = (10.0, 15.0)
SMALL_ORDER_EVERY_S = (14.0, 26.0)
COMMENT_EVERY_S = (1.2, 4.0)
LIKE_EVERY_S = (0.4, 1.6)
SHARE_EVERY_S = (9.0, 22.0)
GOLD_SHARE = 0.3
"""Of the lifts, when somebody is silver already."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Somebody new takes a seat; whoever sat there leaves."""

    seat: int
    name: str


@dataclass(frozen=True, slots=True)
class Comment:
    seat: int
    text: str


@dataclass(frozen=True, slots=True)
class Like:
    seat: int
    count: int


@dataclass(frozen=True, slots=True)
class Share:
    seat: int


@dataclass(frozen=True, slots=True)
class Order:
    seat: int
    yuan: int
    lifts_to: str | None
    """Tier id this order reaches, as far as the script knows."""


Action = Enter | Comment | Like | Share | Order


@dataclass(slots=True)
class Seat:
    growth: int = 0
    ends_s: float | None = None
    """When somebody golden has seen enough; None = stays."""


class Script:
    """An endless evening for `viewers` people; iterate for (second, action), seconds never going back."""

    def __init__(self, seed: int, viewers: int, speed: float) -> None:
        self._random = Random(seed)
        self._speed = speed
        self._seats = [Seat() for _ in range(viewers)]
        self._people = 0

    def __iter__(self) -> Iterator[tuple[float, Action]]:
        for seat in range(len(self._seats)):
            yield seat * 0.1 / self._speed, self._enter(seat)
        start = len(self._seats) * 0.1 + 1.0
        due = {
            kind: start + self._between(every)
            for kind, every in (("lift", (2.0, 4.0)), ("order", SMALL_ORDER_EVERY_S), ("comment", COMMENT_EVERY_S),
                                ("like", LIKE_EVERY_S), ("share", SHARE_EVERY_S))
        }  # fmt: skip
        while True:
            kind = min(due, key=lambda one: due[one])
            now = due[kind]
            for seat, sitting in enumerate(self._seats):
                if sitting.ends_s is not None and sitting.ends_s <= now:
                    yield now / self._speed, self._enter(seat)
            match kind:
                case "lift":
                    action, every = self._lift(now), LIFT_EVERY_S
                case "order":
                    action, every = self._small_order(now), SMALL_ORDER_EVERY_S
                case "comment":
                    action, every = Comment(self._anybody(), phrases.comment(self._random)), COMMENT_EVERY_S
                case "like":
                    action, every = Like(self._anybody(), self._random.randint(1, 15)), LIKE_EVERY_S
                case _:
                    action, every = Share(self._anybody()), SHARE_EVERY_S
            yield now / self._speed, action
            due[kind] = now + self._between(every)

    def _enter(self, seat: int) -> Action:
        self._seats[seat] = Seat()
        entering = Enter(seat, phrases.name(self._random, self._people))
        self._people += 1
        return entering

    def _lift(self, now: float) -> Action:
        """An order that reaches 白银, or 黄金 for one who is silver."""
        silver = [seat for seat, sitting in enumerate(self._seats) if SILVER <= sitting.growth < GOLD]
        below = [seat for seat, sitting in enumerate(self._seats) if sitting.growth < SILVER]
        to_gold = bool(silver) and (not below or self._random.random() < GOLD_SHARE)
        if not to_gold and not below:
            return Like(
                self._anybody(), 1
            )  # everybody is golden and about to leave: nothing to lift for once
        seat = self._random.choice(silver if to_gold else below)
        gap = (GOLD if to_gold else SILVER) - self._seats[seat].growth - ORDER_BONUS
        return self._pay(seat, next((price for price in PRICES if price >= gap), PRICES[-1]), now)

    def _small_order(self, now: float) -> Action:
        """An order of somebody it does not lift, so that not every order is a shout-out."""
        prices = PRICES[:6]
        for _ in range(10):
            seat, yuan = self._anybody(), self._random.choice(prices)
            growth = self._seats[seat].growth
            if _tier(growth) == _tier(growth + yuan + ORDER_BONUS):
                return self._pay(seat, yuan, now)
        return Like(self._anybody(), 1)

    def _pay(self, seat: int, yuan: int, now: float) -> Order:
        sitting = self._seats[seat]
        before = _tier(sitting.growth)
        sitting.growth += yuan + ORDER_BONUS
        after = _tier(sitting.growth)
        if after == "gold" and sitting.ends_s is None:
            sitting.ends_s = now + self._random.uniform(60.0, 180.0)
        return Order(seat, yuan, after if after != before else None)

    def _anybody(self) -> int:
        return self._random.randrange(len(self._seats))

    def _between(self, every: tuple[float, float]) -> float:
        return self._random.uniform(*every)


def _tier(growth: int) -> str | None:
    return "gold" if growth >= GOLD else "silver" if growth >= SILVER else None
