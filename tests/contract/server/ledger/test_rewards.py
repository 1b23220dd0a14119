"""The reward shop in the ledger: in memory, on SQLite and on PostgreSQL; who is first when many ask at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text

from server.domain.commands import Command
from server.domain.decide.rewards import reward_claim_id
from server.domain.decision import Receipt
from server.domain.rewards import CANCELLED, Reward
from server.ids import RewardId
from server.ledger.engines import Engines
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    MINUTE_MS,
    NOW,
    Ledger,
    cancelled,
    granted,
    held,
    member,
    on_database,
    paid,
    redeemed,
    reward_closed,
    reward_put,
)

ROUNDS = 8


async def bag_of(ledger: Ledger, reward: str = "bag") -> Reward:
    found = await ledger.queries.reward(RewardId(reward))
    assert found is not None
    return found


async def points_of(ledger: Ledger, who: str = "m1") -> int:
    return (await ledger.queries.members([member(who)], NOW))[member(who)].points


async def test_P2_a_reward_is_redeemed_cancelled_and_redeemed_again(ledger: Ledger) -> None:
    await ledger.apply(reward_put("p1", cost=250, stock=1, per_member=1), granted("g1", "m1", points=600))
    [first] = await ledger.receipts(redeemed("r1", "m1"))
    assert (first.outcome, first.earned.points) == ("applied", -250)
    assert dict(first.details)["redemption"] == reward_claim_id("live", "r1")
    assert (await bag_of(ledger)).taken == 1
    [gone] = await ledger.receipts(redeemed("r2", "m1"))
    assert gone.code == "sold_out"
    [back, again] = await ledger.receipts(cancelled("c1", "m1", "r1"), cancelled("c2", "m1", "r1"))
    assert (back.earned.points, again.code) == (250, "already_cancelled")
    claim = await ledger.queries.reward_claim(reward_claim_id("live", "r1"))
    assert claim is not None
    assert (claim.state, claim.cost, claim.member) == (CANCELLED, 250, "m1")
    assert (await bag_of(ledger)).left == 1
    [last] = await ledger.receipts(redeemed("r3", "m1"))
    assert last.outcome == "applied"
    assert await points_of(ledger) == 350
    lines = await ledger.queries.entries(member("m1"), None, 10)
    assert [line.delta for line in lines if line.rule == "reward"] == [-250, 250, -250]


async def test_R2_P2_the_same_redeeming_again_gives_the_same_answer_and_nothing_more(ledger: Ledger) -> None:
    await ledger.apply(
        reward_put("p1", kind="coupon", off=500, valid_ms=DAY_MS), granted("g1", "m1", points=600)
    )
    [first] = await ledger.receipts(redeemed("r1", "m1"))
    again = await ledger.receipts(redeemed("r1", "m1"), redeemed("r1", "m1"))
    assert again == (replace(first, outcome="duplicate"),) * 2
    assert await points_of(ledger) == 500
    [coupon] = (await ledger.queries.members([member("m1")], NOW))[member("m1")].coupons
    assert dict(first.details)["coupon"] == coupon.id


async def test_P2_limit_and_cooldown_hold_within_one_batch_and_across_batches(ledger: Ledger) -> None:
    await ledger.apply(
        reward_put("p1", cost=10, per_member=2, cooldown_s=60), granted("g1", "m1", points=600)
    )
    codes = [
        receipt.code
        for batch in (
            (redeemed("r1", "m1"), redeemed("r2", "m1")),
            (redeemed("r3", "m1", at_ms=NOW + MINUTE_MS - 1),),
            (redeemed("r4", "m1", at_ms=NOW + MINUTE_MS),),
            (redeemed("r5", "m1", at_ms=NOW + DAY_MS),),
        )
        for receipt in await ledger.receipts(*batch)
    ]
    assert codes == [None, "try_later", "try_later", None, "limit_reached"]
    [late] = await ledger.receipts(redeemed("r3", "m1", at_ms=NOW + MINUTE_MS - 1))
    assert (late.code, late.retry_after_ms) == ("try_later", 1)


async def test_P1_points_of_an_order_inside_its_window_buy_no_reward(ledger: Ledger) -> None:
    await ledger.apply(reward_put("p1", cost=250), paid("e1", "m1", "o1", 300))
    codes = [
        (await ledger.receipts(redeemed(f"r{n}", "m1", at_ms=NOW + later)))[0].code
        for n, later in enumerate((0, 7 * DAY_MS, 7 * DAY_MS + 1))
    ]
    assert codes == ["not_enough_points", "not_enough_points", None]


async def test_P2_the_shop_is_listed_as_it_stands(ledger: Ledger) -> None:
    await ledger.apply(reward_put("p1", "b", 20, stock=3), reward_put("p2", "a", 10))
    await ledger.apply(reward_closed("p3", "a"), reward_put("p4", "b", 30, stock=3))
    shop = await ledger.queries.rewards()
    assert [(one.id, one.terms.cost, one.state, one.rev) for one in shop] == [
        ("a", 10, "closed", 2),
        ("b", 30, "open", 2),
    ]
    assert await ledger.queries.reward(RewardId("nothing")) is None


async def test_LED10_P2_a_redeemed_reward_is_told_with_the_member_s_version(database: Ledger) -> None:
    await database.apply(reward_put("p1", cost=250), granted("g1", "m1", points=600))
    await database.apply(redeemed("r1", "m1"))
    async with engines_of(database).read() as connection:
        wanted = text("SELECT version, body FROM outbox WHERE type = 'reward.redeemed'")
        [[version, body]] = (await connection.execute(wanted)).all()
    assert version == 2
    claim = reward_claim_id("live", "r1")
    assert body == (
        f'{{"member":"m1","version":2,"reward":"bag","redemption":"{claim}","name":"帆布袋","kind":"goods",'
        '"cost":250}'
    )


async def test_LED11_P2_verify_names_a_claim_a_piece_and_points_that_are_not_right(database: Ledger) -> None:
    await database.apply(reward_put("p1", cost=250), granted("g1", "m1", points=600))
    await database.apply(redeemed("r1", "m1"), redeemed("r2", "m1"), cancelled("c1", "m1", "r2"))
    engines = engines_of(database)
    assert (await verify(engines)).differences == ()
    async with engines.write() as connection:
        await connection.execute(text("UPDATE reward_claims SET state = 'taken', cost = 260"))
    assert {one.what for one in (await verify(engines)).differences} == {
        "reward claim",
        "taken of a reward",
        "points paid for rewards",
    }


# --- at once ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Pair:
    """The same database twice, as two processes have it."""

    one: Ledger
    two: Ledger

    async def at_once(self, *commands: Command) -> list[Receipt]:
        """Apply each as a batch of its own, on alternate sides, all at the same time."""
        sides = (self.one, self.two)
        found = await asyncio.gather(*(sides[n % 2].receipts(one) for n, one in enumerate(commands)))
        return [receipt for [receipt] in found]

    async def is_right(self) -> None:
        assert (await verify(engines_of(self.one))).differences == ()


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


def codes(receipts: list[Receipt]) -> Counter[str | None]:
    return Counter(receipt.code for receipt in receipts)


@pytest.fixture
async def pair(ledger_url: str) -> AsyncIterator[Pair]:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        yield Pair(one, two)


async def test_R3_P2_fifty_at_once_take_a_stock_of_ten_exactly(pair: Pair) -> None:
    await pair.one.apply(reward_put("p1", stock=10))
    await pair.one.apply(*(granted(f"g{n}", f"m{n}", points=100) for n in range(50)))
    receipts = await pair.at_once(*(redeemed(f"r{n}", f"m{n}") for n in range(50)))
    assert codes(receipts) == {None: 10, "sold_out": 40}
    assert (await bag_of(pair.two)).taken == 10
    left = [await points_of(pair.two, f"m{n}") for n in range(50)]
    assert Counter(left) == {0: 10, 100: 40}
    await pair.is_right()


async def test_R3_P2_one_member_at_once_has_no_more_than_the_limit(pair: Pair) -> None:
    await pair.one.apply(reward_put("p1", per_member=1), granted("g1", "m1", points=5_000))
    receipts = await pair.at_once(*(redeemed(f"r{n}", "m1") for n in range(20)))
    assert codes(receipts) == {None: 1, "limit_reached": 19}
    assert await points_of(pair.two) == 4_900
    await pair.is_right()


async def test_R3_P2_one_member_at_once_keeps_the_cooldown(pair: Pair) -> None:
    await pair.one.apply(reward_put("p1", cost=1, cooldown_s=60), granted("g1", "m1", points=5_000))
    for turn in range(3):
        at_ms = NOW + turn * MINUTE_MS
        receipts = await pair.at_once(*(redeemed(f"r{turn}.{n}", "m1", at_ms=at_ms) for n in range(8)))
        assert codes(receipts) == {None: 1, "try_later": 7}
    await pair.is_right()


async def test_R3_P2_a_whole_balance_spent_by_rewards_and_holds_at_once_is_spent_once(pair: Pair) -> None:
    await pair.one.apply(reward_put("p1", "bag", 600), reward_put("p2", "cup", 600))
    for turn in range(ROUNDS):
        who = f"m{turn}"
        await pair.one.apply(granted(f"g{turn}", who, points=600))
        receipts = await pair.at_once(
            redeemed(f"a{turn}", who, "bag"),
            held(f"h{turn}", who, f"o{turn}", 600),
            redeemed(f"b{turn}", who, "cup"),
        )
        assert codes(receipts) == {None: 1, "not_enough_points": 2}
        known = (await pair.two.queries.members([member(who)], NOW))[member(who)]
        assert (known.points, known.held) in {(0, 0), (600, 600)}
    await pair.is_right()


async def test_R3_P2_cancelled_twice_at_once_comes_back_once(pair: Pair) -> None:
    await pair.one.apply(reward_put("p1", stock=ROUNDS), granted("g1", "m1", points=5_000))
    for turn in range(ROUNDS):
        await pair.one.apply(redeemed(f"r{turn}", "m1"))
        receipts = await pair.at_once(
            cancelled(f"a{turn}", "m1", f"r{turn}"), cancelled(f"b{turn}", "m1", f"r{turn}")
        )
        assert codes(receipts) == {None: 1, "already_cancelled": 1}
    assert (await points_of(pair.two), (await bag_of(pair.two)).taken) == (5_000, 0)
    await pair.is_right()


async def test_R3_P2_the_shop_changes_terms_while_many_redeem_and_nothing_is_lost(pair: Pair) -> None:
    await pair.one.apply(reward_put("p", cost=5, stock=100))
    await pair.one.apply(*(granted(f"g{n}", f"m{n}", points=100) for n in range(12)))
    commands: list[Command] = []
    for n in range(12):
        commands.append(redeemed(f"r{n}", f"m{n}"))
        if n % 3 == 1:
            commands.append(reward_put(f"p{n}", cost=5 + n, stock=4 + n // 3))
    receipts = await pair.at_once(*commands)
    taken = sum(receipt.outcome == "applied" and receipt.rule == "reward" for receipt in receipts)
    assert (await bag_of(pair.two)).taken == taken
    await pair.is_right()


async def test_R3_P2_a_reward_put_by_two_at_once_is_made_once(pair: Pair) -> None:
    for turn in range(ROUNDS):
        receipts = await pair.at_once(
            reward_put(f"a{turn}", f"bag{turn}", 10), reward_put(f"b{turn}", f"bag{turn}", 20)
        )
        assert codes(receipts) == {None: 2}
        assert (await bag_of(pair.one, f"bag{turn}")).rev == 2
    await pair.is_right()
