"""Units that return and units that are charged meet crosswise on two servers: budgets are locked in one order (E8, R3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Command, StartTask
from server.ids import RoomId
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.queries import Queries
from server.ledger.verify import verify
from tests.contract.server.ledger.test_tasks import start
from tests.support.ledger import (
    CALENDAR,
    RULEBOOK,
    Ledger,
    paid,
    put_room,
    refunded,
    schedule_show,
    show_status,
)

REWARD = 1_000
_WAITING = text("SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


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
            waiting = 0
            while waiting < 2:
                assert not crossing.done(), "both should wait for a budget's row"
                async with engines.read() as looking:
                    waiting = (await looking.execute(_WAITING)).scalar_one()
        await crossing
        assert (one.transactions - before, two.transactions) == (1, 1)
        assert await spent(two.ledger) == {"task:t-a": REWARD, "task:t-b": REWARD}
