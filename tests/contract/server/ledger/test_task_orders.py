"""Refunds of the orders that an order task counted: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from server.domain.commands import ChangeTask, Command
from server.domain.decide.tasks import budget_name
from server.domain.facts import TaskEnded
from server.ids import OrderId, TaskId
from server.ledger.verify import verify
from tests.contract.server.ledger.test_tasks import T1, clean, databases, spent, start  # noqa: F401
from tests.support.ledger import NOW, Ledger, member, merged, origin, paid, refunded

REWARD = 1_000
OWN = {"o1": 60, "o2": 30, "o3": 30}
"""What orders of ¥30 give by themselves: a point a yuan, the first double."""


def bought(order: str, who: str = "m1") -> Command:
    return paid(f"paid-{order}", who, order, 30, room="demo")


async def begun(ledger: Ledger) -> None:
    await ledger.apply(start(kind="order", target=3, reward=REWARD, budget=REWARD * 3))


async def points(ledger: Ledger, who: str = "m1") -> int:
    return (await ledger.queries.members([member(who)], NOW))[member(who)].points


async def taken_of(ledger: Ledger, order: str) -> int:
    found = await ledger.queries.order(OrderId(order))
    assert found is not None
    return found.points_taken


async def test_L3_V3_a_refund_of_an_earlier_order_takes_the_reward_from_the_last(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await begun(ledger)
    for order in OWN:
        await ledger.apply(bought(order))
    assert await points(ledger) == 120 + REWARD
    [receipt] = await ledger.receipts(refunded("r1", "m1", "o1", 30))
    assert receipt.earned.points == -60 - REWARD
    assert (await points(ledger), await taken_of(ledger, "o3")) == (60, REWARD)
    [again] = await ledger.receipts(refunded("r1", "m1", "o1", 30))
    assert (again.outcome, again.earned) == ("duplicate", receipt.earned)
    await ledger.apply(refunded("r3", "m1", "o3", 30))
    assert (await points(ledger), await taken_of(ledger, "o3")) == (30, 30 + REWARD)
    assert await spent(ledger) == 0, "and nobody else was given it"
    await clean(ledger)


async def test_L3_V3_it_is_the_same_when_all_comes_in_one_batch(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await begun(ledger)
    await ledger.apply(bought("o1"))
    await ledger.apply(
        bought("o2"), refunded("r2", "m1", "o2", 15), bought("o3"), refunded("r3", "other", "o3", 15)
    )
    assert await points(ledger) == 60 + 15 + 15 + REWARD // 2
    await ledger.apply(refunded("r1", "m1", "o1", 30), bought("o4"))
    assert await points(ledger) == 15 + 15 + 30
    await clean(ledger)


async def test_R3_V3_refunds_of_all_orders_at_once_on_two_servers_take_all_and_no_more(
    databases: tuple[Ledger, Ledger],  # noqa: F811
) -> None:
    one, two = databases
    await begun(one)
    for order in OWN:
        await one.apply(bought(order))
        await two.apply(bought(f"x{order}", "m2"))
    await asyncio.gather(
        one.apply(refunded("r1", "m1", "o1", 30), refunded("r2", "m2", "xo2", 10)),
        two.apply(refunded("r3", "m1", "o2", 30), refunded("r4", "m2", "xo1", 30)),
        one.apply(refunded("r5", "m1", "o3", 30)),
        two.apply(refunded("r6", "m2", "xo3", 20)),
    )
    assert await points(one) == 0
    assert await points(one, "m2") == 0 + 20 + 10
    await clean(one)


async def test_R3_V3_an_order_and_the_refund_of_another_at_once_come_out_right_either_way(
    databases: tuple[Ledger, Ledger],  # noqa: F811
) -> None:
    one, two = databases
    await begun(one)
    await one.apply(bought("o1"))
    await one.apply(bought("o2"))
    await asyncio.gather(one.apply(bought("o3")), two.apply(refunded("r1", "m1", "o1", 30)))
    # Either o3 reached the target and lost the reward again, or it was the second step.
    assert await points(one) == 60
    await clean(one)


async def test_X1_V3_after_two_accounts_became_one_the_rewards_stand_on_all_their_orders(
    ledger: Ledger,
) -> None:
    await ledger.with_live_show()
    await begun(ledger)
    for order in OWN:
        await ledger.apply(bought(order))
    for order in ("p1", "p2"):
        await ledger.apply(bought(order, "m2"))
    await ledger.apply(merged("merge", "m2", "m1"))
    before = await points(ledger, "m2")
    await ledger.apply(refunded("r1", "m1", "o2", 30))
    await ledger.apply(refunded("r2", "m2", "p1", 30))
    assert before - await points(ledger, "m2") == 30 + 60
    await ledger.apply(refunded("r3", "m2", "o3", 30))
    assert before - await points(ledger, "m2") == 30 + 60 + 30 + REWARD
    await clean(ledger)


async def test_E8_L3_a_reward_that_went_back_whole_is_there_for_somebody_else(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start(kind="order", target=1, reward=REWARD, budget=REWARD))
    await ledger.apply(bought("o1"))
    await ledger.apply(bought("p1", "m2"))
    assert (await points(ledger), await points(ledger, "m2")) == (60 + REWARD, 60)
    await ledger.apply(refunded("r1", "m1", "o1", 10))
    await ledger.apply(bought("p2", "m2"))
    assert (await spent(ledger), await points(ledger, "m2")) == (REWARD, 90), "a part is no unit"
    back = await ledger.apply(refunded("r2", "m1", "o1", 20))
    assert [(one.name, one.charged, one.spent) for one in back.budgets] == [("task:t1", -REWARD, 0)]
    assert (await spent(ledger), await points(ledger)) == (0, 0)
    await clean(ledger)
    # The last step of m2 stayed open for want of budget; m1 was given the reward once.
    await ledger.apply(bought("o2"))
    await ledger.apply(bought("p3", "m2"))
    assert (await points(ledger), await points(ledger, "m2")) == (30, 120 + REWARD)
    assert await spent(ledger) == REWARD
    await ledger.apply(ChangeTask(origin("cancel"), T1, "cancel"))
    await ledger.apply(refunded("r3", "m2", "p3", 30))
    assert (await spent(ledger), await points(ledger, "m2")) == (REWARD, 90), (
        "what a task that is over has cost"
    )
    await clean(ledger)


async def test_E8_L3_how_a_budget_stands_is_told_in_order_up_and_down(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start(kind="order", target=1, reward=REWARD, budget=3 * REWARD))
    batches: list[tuple[Command, ...]] = [
        (bought("o1", "m1"), bought("o2", "m2")),
        (refunded("r1", "m1", "o1", 30),),
        (bought("o3", "m3"),),
        (refunded("r2", "m2", "o2", 30), bought("o4", "m4")),
        (bought("o5", "m5"), refunded("r3", "m3", "o3", 30), refunded("r4", "m4", "o4", 30)),
    ]
    stands = [stand for batch in batches for stand in (await ledger.apply(*batch)).budgets]
    assert {stand.name for stand in stands} == {"task:t1"}
    assert [stand.spent // REWARD for stand in stands] == [2, 1, 2, 2, 1]
    assert [stand.returned // REWARD for stand in stands] == [0, 1, 1, 2, 4]
    moves = [stand.moves for stand in stands]
    assert moves == sorted(set(moves)), "each is later than the one before"
    await clean(ledger)


async def test_E8_L3_a_unit_given_and_returned_in_one_batch_leaves_an_untouched_budget_untouched(
    ledger: Ledger,
) -> None:
    await ledger.with_live_show()
    await ledger.apply(start(kind="order", target=1, reward=REWARD, budget=REWARD))
    told = await ledger.apply(bought("o1"), refunded("r1", "m1", "o1", 30))
    assert [(one.charged, one.spent, one.returned) for one in told.budgets] == [(0, 0, REWARD)]
    assert (await points(ledger), await spent(ledger)) == (0, 0)
    [last] = (await ledger.apply(bought("o2", "m2"), bought("o3", "m3"))).budgets
    assert (last.spent, last.moves) == (REWARD, 3 * REWARD)
    await ledger.apply(refunded("r2", "m2", "o2", 30), bought("o4", "m3"))
    assert (await spent(ledger), await points(ledger, "m3")) == (REWARD, 90 + REWARD)
    await clean(ledger)


async def test_E8_R3_units_return_and_are_given_again_on_two_servers_and_the_budget_is_never_overrun(
    databases: tuple[Ledger, Ledger],  # noqa: F811
) -> None:
    one, two = databases
    await one.apply(start(kind="order", target=1, reward=REWARD, budget=3 * REWARD))
    for n in range(3):
        await one.apply(bought(f"o{n}", f"m{n}"))
    assert await spent(one) == 3 * REWARD
    await asyncio.gather(
        *(one.apply(refunded(f"r{n}", f"m{n}", f"o{n}", 30)) for n in range(3)),
        *(two.apply(bought(f"x{n}", f"new{n}")) for n in range(6)),
    )
    late = [await two.receipts(bought(f"y{n}", f"new{n}")) for n in range(6)]
    have = [await points(one, f"new{n}") for n in range(6)]
    given = sum(one_has >= REWARD for one_has in have)
    assert (given, await spent(one)) == (3, 3 * REWARD), late
    await clean(one)


async def test_E8_R3_a_unit_that_returns_while_the_task_ends_is_in_its_cost_or_stays_charged(
    databases: tuple[Ledger, Ledger],  # noqa: F811
) -> None:
    one, two = databases
    for turn in range(6):
        task = TaskId(f"turn{turn}")
        await one.apply(start(task, event=f"begin{turn}", kind="order", target=1, reward=10, budget=10))
        await one.apply(bought(f"o{turn}", f"m{turn}"))
        ended, _ = await asyncio.gather(
            one.apply(ChangeTask(origin(f"end{turn}"), task, "cancel")),
            two.apply(refunded(f"r{turn}", f"m{turn}", f"o{turn}", 30)),
        )
        [told] = [fact.points for fact in ended.facts if isinstance(fact, TaskEnded)]
        assert await one.queries.spent([budget_name(task)]) == {budget_name(task): told}
        assert await points(one, f"m{turn}") == 0
    await clean(one)


@pytest.mark.parametrize(
    "wrong, what",
    [
        ("UPDATE task_orders SET taken = 10 WHERE reward > 0", "what refunds took of a task's reward"),
        ("UPDATE task_orders SET reward = reward + 1 WHERE reward > 0", "reward of an order task"),
        ("DELETE FROM task_orders WHERE order_id = 'o1'", "order that counted for a task"),
        ("UPDATE orders SET refunded = amount WHERE id = 'o1'", "task's reward without its orders"),
        ("UPDATE budgets SET spent = spent - 1 WHERE name = 'task:t1'", "budget of a task"),
        ("UPDATE budgets SET returned = 1 WHERE name = 'task:t1'", "what returned to the budget of a task"),
        (
            "INSERT INTO changes (kind, ref, amount, data, source, event, at_ms, rulebook_version, actor) SELECT "
            "'task_unit_returned', 't1', 0, data, source, event, at_ms, rulebook_version, actor FROM changes "
            "WHERE kind = 'task_started'",
            "unit returned to a task's budget",
        ),
    ],
)
async def test_R3_verify_ledger_finds_what_is_wrong_with_the_orders_of_a_task(
    database: Ledger, wrong: str, what: str
) -> None:
    await database.with_live_show()
    await begun(database)
    for order in OWN:
        await database.apply(bought(order))
    await clean(database)
    assert database.engines is not None
    async with database.engines.write() as connection:
        await connection.execute(text(wrong))
    found = await verify(database.engines)
    assert what in {difference.what for difference in found.differences}
