"""A batch that waits for the one in front for longer than PostgreSQL lets a transaction stand idle (LED27)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from server.domain.commands import Command
from server.ledger import engines as engines_module, postgres_calls
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.ledger.underway import Underway
from server.ledger.verify import verify
from tests.support.ledger import NOW, Ledger, liked, on_database, with_budgets

# Who waits for a row, and has been under way for longer than may be stood still.
_LONG_AT_IT = text(
    "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
    "AND datname = current_database() AND now() - xact_start > interval '4 seconds'"
)
RULEBOOK = with_budgets(show=1_000, day=1_000)


async def applied(ledger: Ledger, batch: Sequence[Command], way: Underway) -> Committed:
    assert isinstance(ledger.journal, Journal)
    try:
        return await ledger.journal.apply_behind(batch, NOW, way)
    finally:
        way.finish()


@asynccontextmanager
async def another(url: str) -> AsyncIterator[Engines]:
    """The database as another server has it, which is slow and lives."""
    engines = Engines(url)
    try:
        yield engines
    finally:
        await engines.close()


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_LED27_the_one_behind_is_not_let_go_however_long_the_front_waits_for_others(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("WAIT_S", "_COMMAND_S", "_IDLE_S"):
        monkeypatch.setattr(engines_module, limit, 90.0)
    async with another(ledger_url) as other:
        monkeypatch.setattr(engines_module, "_IDLE_S", 3.0)
        monkeypatch.setattr(postgres_calls, "AWAKE_S", 0.2)
        async with on_database(ledger_url, RULEBOOK) as ledger:
            await ledger.with_live_show()
            await ledger.apply(liked("l0", "m0"))
            before, behind, way = await both_while_another_holds_the_budgets(ledger, other)
            assert [one.receipts[0].outcome for one in (before, behind)] == ["applied", "applied"]
            assert not way.is_lost, "it went again"
            assert ledger.engines is not None
            assert (await verify(ledger.engines)).differences == ()


async def both_while_another_holds_the_budgets(
    ledger: Ledger, other: Engines
) -> tuple[Committed, Committed, Underway]:
    """Apply one batch behind another that waits for longer than a transaction may stand still."""
    front = Underway()
    way = Underway(front)
    async with other.write() as slow:
        await slow.execute(text("SELECT 1 FROM budgets FOR UPDATE"))
        before = asyncio.ensure_future(applied(ledger, [liked("l1", "m1")], front))
        behind = asyncio.ensure_future(applied(ledger, [liked("l2", "m2")], way))
        waiting = 0
        while not waiting and not before.done():
            async with other.read() as looking:
                waiting = (await looking.execute(_LONG_AT_IT)).scalar_one()
    first, second = await asyncio.gather(before, behind, return_exceptions=True)
    assert isinstance(first, Committed), first
    assert isinstance(second, Committed), second
    return first, second, way
