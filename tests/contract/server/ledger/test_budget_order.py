"""Two servers meet crosswise at budgets, which are locked last and in one order: what returns, is charged, ends (E8, L3, R3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import ChangeTask, Command, StartTask
from server.domain.facts import TaskEnded
from server.ids import RoomId, TaskId
from server.ledger import engines as engines_module
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.ledger.queries import Queries
from server.ledger.verify import verify
from tests.contract.server.ledger.test_tasks import start
from tests.support.ledger import (
    CALENDAR,
    RULEBOOK,
    Ledger,
    liked,
    origin,
    paid,
    put_room,
    refunded,
    schedule_show,
    show_status,
)

REWARD = 1_000
_WAITING = text("SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a row waits until the test lets go of it, on a slow machine, too."""
    for limit in ("WAIT_S", "_COMMAND_S", "_IDLE_S"):
        monkeypatch.setattr(engines_module, limit, 90.0)


class Counted:
    """A ledger on the database that counts its transactions."""

    def __init__(self, engines: Engines) -> None:
        self.transactions = 0
        journal = Journal(engines, lambda _: RULEBOOK, CALENDAR, confirm=self._begun, unseal=str)
        self.ledger = Ledger(journal, Queries(engines, lambda _: RULEBOOK, CALENDAR), engines)

    async def _begun(self, _connection: AsyncConnection, _now_ms: int) -> None:
        self.transactions += 1


@asynccontextmanager
async def counted(url: str) -> AsyncIterator[Counted]:
    engines = Engines(url)
    try:
        yield Counted(engines)
    finally:
        await engines.close()


def bought(room: str, order: str) -> Command:
    return paid(f"paid-{order}", f"who-{order}", order, 30, room=room)


def returned(order: str) -> Command:
    return refunded(f"back-{order}", f"who-{order}", order, 30)


def cancelled(room: str) -> Command:
    return ChangeTask(replace(origin(f"cancel-{room}"), room=RoomId(room)), TaskId(f"t-{room}"), "cancel")


async def waiting_for_rows(
    engines: Engines,
    count: int,
    meanwhile: asyncio.Future[Committed] | asyncio.Future[tuple[Committed, Committed]],
) -> None:
    """Return when so many transactions wait for each other's rows; `meanwhile` must not be over by then."""
    waiting = 0
    while waiting < count:
        assert not meanwhile.done(), f"{count} should wait for a row"
        async with engines.read() as looking:
            waiting = (await looking.execute(_WAITING)).scalar_one()


async def a_task(ledger: Ledger, room: str) -> None:
    """Put a room with a live show and a task of its own, of which one reward is given."""
    begun: StartTask = start(f"t-{room}", kind="order", reward=REWARD, budget=3 * REWARD)
    await ledger.apply(
        put_room(f"put-{room}", room=room),
        schedule_show(f"plan-{room}", f"s-{room}", room=room),
        show_status(f"live-{room}", "live", f"s-{room}", room=room),
    )
    await ledger.apply(replace(begun, origin=replace(begun.origin, room=RoomId(room))))
    await ledger.apply(bought(room, f"first-{room}"))


async def spent(ledger: Ledger) -> dict[str, int]:
    return dict(await ledger.queries.spent(["task:t-a", "task:t-b"]))


async def test_E8_R3_returns_and_charges_that_cross_come_out_right(ledger_url: str) -> None:
    async with counted(ledger_url) as one, counted(ledger_url) as two:
        await a_task(one.ledger, "a")
        await a_task(one.ledger, "b")
        await asyncio.gather(
            one.ledger.apply(returned("first-a"), bought("b", "more-b")),
            two.ledger.apply(returned("first-b"), bought("a", "more-a")),
        )
        assert await spent(two.ledger) == {"task:t-a": REWARD, "task:t-b": REWARD}
        assert one.ledger.engines is not None
        assert (await verify(one.ledger.engines)).differences == ()


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_E8_R3_returns_and_charges_that_cross_wait_and_none_goes_again(ledger_url: str) -> None:
    async with counted(ledger_url) as one, counted(ledger_url) as two:
        await a_task(one.ledger, "a")
        await a_task(one.ledger, "b")
        engines = one.ledger.engines
        assert engines is not None
        before = one.transactions
        async with engines.write() as other:
            await other.execute(text("UPDATE budgets SET spent = spent WHERE name LIKE 'task:%'"))
            crossing = asyncio.gather(
                one.ledger.apply(returned("first-a"), bought("b", "more-b")),
                two.ledger.apply(returned("first-b"), bought("a", "more-a")),
            )
            await waiting_for_rows(engines, 2, crossing)
        await crossing
        assert (one.transactions - before, two.transactions) == (1, 1)
        assert await spent(two.ledger) == {"task:t-a": REWARD, "task:t-b": REWARD}


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_L3_R3_a_task_that_ends_amid_charges_that_cross_waits_and_none_goes_again(
    ledger_url: str,
) -> None:
    """Who ends a task needs its budget's exact sum, and locks it where it comes: not before the budgets before it."""
    async with counted(ledger_url) as one, counted(ledger_url) as two:
        await a_task(one.ledger, "a")
        await a_task(one.ledger, "b")
        engines = one.ledger.engines
        assert engines is not None
        before = one.transactions
        async with engines.write() as other:
            await other.execute(text("SELECT 1 FROM budgets WHERE name = 'task:t-a' FOR UPDATE"))
            charging = asyncio.ensure_future(two.ledger.apply(bought("a", "more-a"), bought("b", "more-b")))
            await waiting_for_rows(engines, 1, charging)
            ending = asyncio.ensure_future(one.ledger.apply(cancelled("b"), bought("a", "third-a")))
            await waiting_for_rows(engines, 2, ending)
        await charging
        over = await ending
        assert (one.transactions - before, two.transactions) == (1, 1)
        assert [fact.points for fact in over.facts if isinstance(fact, TaskEnded)] == [2 * REWARD]
        assert await spent(two.ledger) == {"task:t-a": 3 * REWARD, "task:t-b": 2 * REWARD}
        assert (await verify(engines)).differences == ()


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_L3_R3_who_ends_a_task_holds_no_budget_while_they_wait_for_anything_else(
    ledger_url: str,
) -> None:
    """Two servers meet a newcomer, and one ends the task that the other charges: budgets come after the members."""
    async with counted(ledger_url) as one, counted(ledger_url) as two:
        await a_task(one.ledger, "a")
        await a_task(one.ledger, "b")
        engines = one.ledger.engines
        assert engines is not None
        before = one.transactions
        async with engines.write() as other:
            await other.execute(text("SELECT 1 FROM budgets WHERE name = 'task:t-a' FOR UPDATE"))
            charging = asyncio.ensure_future(
                two.ledger.apply(liked("l1", "newcomer"), bought("a", "more-a"), bought("b", "more-b"))
            )
            await waiting_for_rows(engines, 1, charging)
            ending = asyncio.ensure_future(one.ledger.apply(cancelled("b"), liked("l2", "newcomer")))
            await waiting_for_rows(engines, 2, ending)
            wanted = text("SELECT 1 FROM budgets WHERE name = 'task:t-b' FOR UPDATE SKIP LOCKED")
            held_back = (await other.execute(wanted)).all() == []
        await charging
        over = await ending
        assert not held_back, "whoever waits for the newcomer holds the budget that the other wants"
        # The newcomer is there already: that makes it go again, and is all.
        assert (one.transactions - before, two.transactions) == (2, 1)
        assert [fact.points for fact in over.facts if isinstance(fact, TaskEnded)] == [2 * REWARD]
        assert (await verify(engines)).differences == ()
