"""Countdown tasks kept: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.domain.commands import ChangeTask, SettleTask, StartTask
from server.domain.decide.tasks import SETTLED_AFTER_MS, budget_name
from server.domain.decision import Receipt
from server.domain.facts import Awarded, TaskEnded
from server.domain.task_preview import PastTask
from server.ids import TaskId
from server.ledger.due import DueWork
from server.ledger.verify import verify
from tests.support.ledger import (
    MINUTE_MS,
    NOW,
    ROOM,
    Ledger,
    liked,
    member,
    on_database,
    origin,
    paid,
    refunded,
    shared,
    show_status,
)

T1 = TaskId("t1")


def start(task: str = "t1", *, event: str | None = None, budget: int = 1_000, **changes: object) -> StartTask:
    values: dict[str, object] = {
        "kind": "share",
        "title": "分享直播间得100积分",
        "reward": 100,
        "target": 1,
        "seconds": 600,
        "audience": 40,
    } | changes
    return StartTask(origin(event or f"start-{task}"), TaskId(task), budget=budget, **values)  # type: ignore[arg-type]


def at(command: SettleTask, ms: int) -> SettleTask:
    return replace(command, origin=replace(command.origin, received_ms=ms))


@pytest.fixture
async def databases(ledger_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    """Two ledgers on one database, as two processes have them."""
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        yield await one.with_live_show(), two


async def spent(ledger: Ledger) -> int:
    """Return the points that the rewards of the task have cost so far."""
    return (await ledger.queries.spent([budget_name(T1)])).get(budget_name(T1), 0)


async def clean(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_L3_a_task_is_an_item_on_the_screen_and_its_progress_is_the_members(ledger: Ledger) -> None:
    await ledger.with_live_show()
    begun = await ledger.apply(start(kind="like", target=10))
    [item] = [change for change in begun.items if change.key == "tasks/t1"]
    assert item.rev == 1
    assert isinstance(item.value, dict)
    assert (item.value["state"], item.value["ends_ms"]) == ("running", NOW + 10 * MINUTE_MS)
    await ledger.apply(liked("l1", "m1", 6))
    await ledger.apply(liked("l2", "m1", 6))
    found = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert [(one.task, one.count) for one in found.tasks] == [("t1", 10)]
    assert found.points == 100 + 10
    assert await spent(ledger) == 100
    await clean(ledger)


async def test_L3_R3_the_budget_is_never_overrun_by_many_who_finish_in_one_batch(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start(budget=550))
    done = await ledger.apply(*(shared(f"s{n}", f"m{n}") for n in range(20)))
    assert sum(receipt.outcome == "applied" for receipt in done.receipts) == 20
    assert await spent(ledger) == 500
    assert [stand.spent for stand in done.budgets if stand.name == "task:t1"] == [500]
    await clean(ledger)


async def test_L3_R3_two_journals_at_once_give_no_more_than_the_budget(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    await one.apply(start(budget=1_000))
    await asyncio.gather(
        *(
            ledger.apply(*(shared(f"{name}{n}-{k}", f"{name}{n}-{k}") for k in range(5)))
            for n in range(4)
            for name, ledger in (("a", one), ("b", two))
        )
    )
    assert await spent(one) == 1_000
    await clean(one)


async def test_L3_R2_an_act_again_advances_nothing(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start(kind="like", target=10))
    for _ in range(3):
        await ledger.apply(liked("l1", "m1", 4))
    found = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert [one.count for one in found.tasks] == [4]


async def test_L3_V3_the_reward_of_an_order_task_is_taken_back_with_the_order(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start(kind="order"))
    [first] = await ledger.receipts(paid("e1", "m1", "o1", 30, room="demo"))
    [again] = await ledger.receipts(paid("e2", "m1", "o1", 30, room="demo"))
    assert (first.earned, again.outcome) == (again.earned, "duplicate")
    await ledger.apply(refunded("e3", "m1", "o1", 30))
    found = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert found.points == 0
    await clean(ledger)


async def test_L3_two_hosts_at_once_one_wins_by_rev(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start())
    receipts = await ledger.receipts(
        ChangeTask(origin("x1"), T1, "extend", 60, rev=1), ChangeTask(origin("x2"), T1, "extend", 60, rev=1)
    )
    assert [receipt.outcome for receipt in receipts] == ["applied", "conflict"]
    task = await ledger.queries.task(T1)
    assert task is not None
    assert (task.rev, task.ends_ms) == (2, NOW + 11 * MINUTE_MS)


async def test_L3_settled_once_whoever_comes_first_and_told_once(databases: tuple[Ledger, Ledger]) -> None:
    one, two = databases
    await one.apply(start())
    await one.apply(shared("s1", "m1"))
    over_ms = NOW + 10 * MINUTE_MS + SETTLED_AFTER_MS
    assert one.engines is not None
    assert two.engines is not None
    due = await asyncio.gather(
        DueWork(one.engines).tasks(over_ms, 10), DueWork(two.engines).tasks(over_ms, 10)
    )
    assert sorted(len(found) for found in due) == [0, 1]

    async def settle(ledger: Ledger, event: str) -> Receipt:
        [receipt] = await ledger.receipts(at(SettleTask(origin(event), T1), over_ms))
        return receipt

    await asyncio.gather(settle(one, "settle"), settle(two, "settle"), settle(one, "settle-2"))
    task = await one.queries.task(T1)
    assert task is not None
    assert task.state == "ended"
    assert await one.queries.past_tasks("share", 5) == [PastTask(1, 40)]
    assert await DueWork(one.engines).tasks(over_ms + MINUTE_MS, 10) == []


async def test_L12_a_replay_shows_no_task(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start())
    over = await ledger.apply(show_status("over", "ended"))
    assert [change.value for change in over.items if change.key == "tasks/t1"] == [None]
    room = await ledger.queries.room(ROOM)
    assert room is not None
    assert room.tasks == ()
    task = await ledger.queries.task(T1)
    assert task is not None
    assert task.state == "ended"


async def test_L3_R3_a_task_cancelled_amid_acts_of_two_servers_ends_once_with_its_exact_cost(
    databases: tuple[Ledger, Ledger],
) -> None:
    """Whatever is under way while the host cancels: it is in the sum that is told, or it earned nothing."""
    one, two = databases
    for turn in range(3):
        task = TaskId(f"amid{turn}")
        await one.apply(start(task, kind="order", budget=100_000))
        acts = [
            ledger.apply(
                *(
                    paid(f"{turn}{name}{n}{k}", f"{name}{k}", f"{turn}o{name}{n}{k}", 30, room="demo")
                    for k in range(3)
                )
            )
            for n in range(4)
            for name, ledger in (("a", one), ("b", two))
        ]
        ends = [
            ledger.apply(ChangeTask(origin(f"cancel{turn}{name}"), task, "cancel"))
            for name, ledger in (("a", one), ("b", two))
        ]
        done = await asyncio.gather(*acts[:3], *ends, *acts[3:])
        facts = [fact for committed in done for fact in committed.facts]
        given = sum(
            fact.points for fact in facts if isinstance(fact, Awarded) and fact.rule == f"task:{task}"
        )
        ended = [fact.points for fact in facts if isinstance(fact, TaskEnded)]
        assert ended == [given]
        assert (await one.queries.spent([budget_name(task)])).get(budget_name(task), 0) == given
        late = await two.receipts(paid(f"late{turn}", "a0", f"late{turn}", 30, room="demo"))
        assert late[0].earned.points == 30
    await clean(one)


async def test_L3_R3_an_act_one_millisecond_late_pays_nothing_and_one_in_time_all(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(start(seconds=60))
    end_ms = NOW + MINUTE_MS
    for who, at_ms, points in (("m1", end_ms - 1, 110), ("m2", end_ms, 10), ("m3", end_ms + 1, 10)):
        [receipt] = await ledger.receipts(shared(f"s-{who}", who, at_ms=at_ms))
        assert receipt.outcome == "applied"
        found = (await ledger.queries.members([member(who)], end_ms))[member(who)]
        assert found.points == points, who
    [again] = await ledger.receipts(shared("s-m1", "m1", at_ms=end_ms - 1))
    assert again.outcome == "duplicate"
    assert await spent(ledger) == 100
    await clean(ledger)


async def test_L3_R3_two_hosts_on_two_servers_press_at_once_and_one_of_them_counts(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    await one.apply(start())
    pressed = await asyncio.gather(
        one.receipts(ChangeTask(origin("x1"), T1, "extend", 60, rev=1)),
        two.receipts(ChangeTask(origin("x2"), T1, "extend", 60, rev=1)),
    )
    assert sorted(receipt.outcome for receipts in pressed for receipt in receipts) == ["applied", "conflict"]
    task = await two.queries.task(T1)
    assert task is not None
    assert (task.rev, task.ends_ms) == (2, NOW + 11 * MINUTE_MS)
    await clean(one)
