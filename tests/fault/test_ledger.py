"""The ledger when processes share it, and when its database dies. Killed writers: `test_every_command`."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from server.domain.commands import Command
from server.ledger.errors import LedgerUnavailable
from server.ledger.tables import events
from server.ledger.verify import verify
from tests.support.beside import while_running
from tests.support.ledger import Ledger, liked, member, migrate, on_database, paid
from tests.support.liveroom_process import CHECKOUT
from tests.support.postgres_server import PostgresServer

WITHOUT_END = "1000000"
ONE_EVENT = "1"
Said = tuple[str, int, int]
"""outcome, points, growth."""


@dataclass(slots=True)
class Writer:
    """A process of `tests.support.ledger_writer`, and what it has said to be durable."""

    process: Process
    wanted: int
    acknowledged: dict[str, Said] = field(default_factory=dict)
    there: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once `wanted` events are acknowledged."""

    async def begin(self) -> None:
        """Return when it is ready to write, and let it."""
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        assert await self.process.stdout.readline() == b"ready\n"
        self.process.stdin.write(b"go\n")
        await self.process.stdin.drain()

    async def listen(self) -> None:
        """Take down what it says for ever, or until it dies; its last line may be cut."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.endswith(b"\n"):
                for event, outcome, points, growth in json.loads(line):
                    self.acknowledged[event] = (outcome, points, growth)
                if len(self.acknowledged) >= self.wanted:
                    self.there.set()


@asynccontextmanager
async def writer(url: str, name: str, *, seed: int, wanted: int) -> AsyncIterator[Writer]:
    program = (sys.executable, "-m", "tests.support.ledger_writer")
    process = await asyncio.create_subprocess_exec(
        *program, url, name, str(seed), WITHOUT_END, ONE_EVENT, cwd=CHECKOUT, stdin=PIPE, stdout=PIPE
    )
    try:
        yield Writer(process, wanted)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def is_sound(ledger: Ledger, acknowledged: dict[str, Said]) -> None:
    """Whatever was acknowledged is there once, with that answer, and everything follows from the record."""
    assert ledger.engines is not None
    assert (await verify(ledger.engines)).differences == ()
    async with ledger.engines.read() as connection:
        found = await connection.execute(
            select(events.c.event, events.c.outcome, events.c.points, events.c.growth)
        )
        kept: dict[str, Said] = {event: (outcome, points, growth) for event, outcome, points, growth in found}
    assert {event: kept.get(event) for event in acknowledged} == acknowledged


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_LED17_two_processes_on_one_sqlite_file_share_it(database_url: str) -> None:
    async with on_database(database_url) as ledger:
        await ledger.with_live_show()
        async with (
            writer(database_url, "a", seed=1, wanted=150) as one,
            writer(database_url, "b", seed=2, wanted=150) as two,
        ):
            await asyncio.gather(one.begin(), two.begin())
            listening = [asyncio.create_task(each.listen()) for each in (one, two)]
            # Neither ever lets up, so one that is kept from writing would never get there.
            both = asyncio.gather(one.there.wait(), two.there.wait())
            await while_running(both, *listening, patience_s=200)
            assert (one.process.returncode, two.process.returncode) == (None, None), "no write failed"
        await asyncio.gather(*listening)
        await is_sound(ledger, one.acknowledged | two.acknowledged)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_LED18_a_writer_that_never_lets_go_is_waited_for_only_so_long(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.ledger.engines.WAIT_S", 0.2)
    async with on_database(database_url) as one, on_database(database_url) as two:
        assert one.engines is not None
        async with one.engines.write():
            with pytest.raises(LedgerUnavailable):
                await two.apply(paid("e1", "m1", "o1", 1))
            assert await two.queries.members([member("m1")], 0) == {}, "reading goes on"
        [receipt] = await two.receipts(paid("e1", "m1", "o1", 1))
        assert receipt.outcome == "applied"


async def test_LED18_R1_postgresql_killed_and_back_keeps_what_was_acknowledged(
    durable_postgres_server: PostgresServer,
) -> None:
    url = durable_postgres_server.url(durable_postgres_server.create_database())
    await asyncio.to_thread(migrate, url)
    acknowledged: dict[str, Said] = {}
    more = asyncio.Event()

    async def until_away(ledger: Ledger, turn: int) -> None:
        for n in range(100_000):
            commands: list[Command] = [
                paid(f"e{turn}.{n}", "m1", f"o{turn}.{n}", 3),
                liked(f"l{turn}.{n}", "m2"),
            ]
            try:
                receipts = await ledger.receipts(*commands)
            except LedgerUnavailable:
                return
            for receipt in receipts:
                acknowledged[receipt.event] = (receipt.outcome, receipt.earned.points, receipt.earned.growth)
            more.set()

    async with on_database(url) as ledger:
        await ledger.with_live_show()
        for turn in range(2):
            more.clear()
            writing = asyncio.create_task(until_away(ledger, turn))
            await while_running(more.wait(), writing)
            # Not a wait for something: the moment of the kill is what is tested.
            await asyncio.sleep(0.3)
            durable_postgres_server.kill()
            await writing
            with pytest.raises(LedgerUnavailable):
                await ledger.queries.ping()
            await asyncio.to_thread(durable_postgres_server.start)
            await is_sound(ledger, acknowledged)
        assert len(acknowledged) >= 4, "a batch of two in each turn"
        [receipt] = await ledger.receipts(paid("last", "m1", "last", 3))
        assert receipt.outcome == "applied"
