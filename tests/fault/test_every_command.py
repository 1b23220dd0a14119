"""kill -9 in the middle of every kind of command, on both databases: what was acknowledged is there once (R1, R3)."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.ledger.engines import Engines
from server.ledger.tables import events
from server.ledger.verify import verify
from tests.support.every_command import KINDS, RULES, Script, tell
from tests.support.ledger import Ledger, in_memory, on_database
from tests.support.liveroom_process import CHECKOUT
from tests.support.progress import Progress

# CI runs a seeded sample, half of it on each database; `make fault` runs many more.
KILLS = max(2, int(os.environ.get("LIVEROOM_KILLS", "20")) // 2)
SEED = int(os.environ.get("LIVEROOM_SEED", "20261121"))
A_PASS = 60
"""In so many batches of a turn every kind of command comes at least once."""

Said = tuple[str, int, int]
"""outcome, points, growth."""
AGAIN = {"applied": "duplicate", "duplicate": "duplicate", "refused": "refused", "conflict": "conflict"}
"""What the same is answered when it is told once more (LED1): a refusal is an answer like any other."""


@dataclass(slots=True)
class Turn:
    """What one child has said before it was killed."""

    batches: list[dict[str, Said]] = field(default_factory=list)
    """Acknowledged."""
    took_s: float = 0.005
    """The batch before."""


class Writers:
    """A process of `tests.support.killable_writer`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def killed_in(self, turn: int, fatal: int, share: float) -> Turn:
        """Let a child play `turn` and kill it in its batch `fatal`, after that share of a batch's time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([turn, SEED]).encode() + b"\n")
        await self._process.stdin.drain()
        child: int = json.loads(await self._said())["child"]
        told = Turn()
        while json.loads(await self._said()) != fatal:
            began = time.perf_counter()
            told.batches.append(_answers(await self._said()))
            told.took_s = time.perf_counter() - began
        # Not a wait for something: the moment of the kill is what is tested.
        await asyncio.sleep(share * told.took_s)
        os.kill(child, signal.SIGKILL)
        # What it had said by then counts; the last line may be cut, and the parent's stands behind it.
        while not (line := await self._line()).endswith(b"null\n"):
            if line.startswith(b"[") and line.endswith(b"]\n"):
                told.batches.append(_answers(line))
        return told

    async def _said(self) -> bytes:
        """Return the next line of a child that is to go on."""
        async with asyncio.timeout(60):
            line = await self._line()
        assert line != b"null\n", "the child died by itself: what of stands on stderr"
        return line

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the writers are gone"
        return line


def _answers(line: bytes) -> dict[str, Said]:
    return {event: (outcome, points, growth) for event, outcome, points, growth in json.loads(line)}


@asynccontextmanager
async def writers(url: str) -> AsyncIterator[Writers]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.killable_writer", url),
        cwd=CHECKOUT,
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
    )
    try:
        yield Writers(process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # a child of it, too
        await process.wait()


def batch_with(kind: type[Command], script: Script) -> int:
    """Return the first batch of the script, after the one that sets the scene, in which there is such a command."""
    found = enumerate(itertools.islice(script.batches(), A_PASS))
    return next(n for n, batch in found if n and any(isinstance(command, kind) for command in batch))


async def is_sound(engines: Engines, acknowledged: dict[str, Said]) -> None:
    """Whatever was acknowledged is there once, with that answer, and everything follows from the record."""
    assert (await verify(engines)).differences == ()
    async with engines.read(hurried=False) as connection:
        found = await connection.execute(
            select(events.c.event, events.c.outcome, events.c.points, events.c.growth)
        )
        kept: dict[str, Said] = {event: (outcome, points, growth) for event, outcome, points, growth in found}
    assert {event: kept.get(event) for event in acknowledged} == acknowledged


async def told_again(ledger: Ledger, script: Script, told: Turn) -> None:
    """Send the last acknowledged batch and the one that was cut off once more: nothing happens twice."""
    last = len(told.batches) - 1
    known, cut_off = itertools.islice(script.batches(), last, last + 2)
    first = {event: (AGAIN[said[0]], *said[1:]) for event, said in told.batches[last].items()}
    assert said_of(await tell(ledger, known)) == first
    second = {
        event: (AGAIN[said[0]], *said[1:]) for event, said in said_of(await tell(ledger, cut_off)).items()
    }
    assert said_of(await tell(ledger, cut_off)) == second


def said_of(receipts: Sequence[Receipt]) -> dict[str, Said]:
    return {r.event: (r.outcome, r.earned.points, r.earned.growth) for r in receipts}


def chosen(moments: random.Random) -> Sequence[type[Command]]:
    """Return in the middle of what to kill: every kind comes before one comes again."""
    kinds = sorted(KINDS, key=lambda kind: kind.__name__)
    return list(itertools.islice(itertools.cycle(moments.sample(kinds, len(kinds))), KILLS))


async def test_R1_every_kind_of_command_really_happens_in_what_is_played() -> None:
    ledger = in_memory(RULES)
    happened: set[type[Command]] = set()
    for batch in itertools.islice(Script(0, SEED).batches(), A_PASS):
        receipts = await tell(ledger, batch)
        happened |= {
            type(one) for one, told in zip(batch, receipts, strict=True) if told.outcome == "applied"
        }
    assert KINDS - happened == set()


@pytest.mark.timeout(120 + 20 * KILLS)
async def test_R1_R3_killed_in_the_middle_of_any_command_nothing_is_lost_or_doubled(
    database_url: str,
) -> None:
    moments = random.Random(SEED)
    print(f"seed {SEED}, {KILLS} kills")
    acknowledged: dict[str, Said] = {}
    # As the command does: a ledger of two hundred turns takes longer to verify than a page may take.
    patient = Engines(database_url, patient=True)
    async with on_database(database_url, RULES) as ledger, writers(database_url) as writing:
        progress = Progress(f"commands killed on {database_url.partition(':')[0]}", KILLS)
        for turn, kind in enumerate(chosen(moments)):
            progress.done(turn)
            script = Script(turn, SEED)
            fatal = batch_with(kind, script)
            told = await writing.killed_in(turn, fatal, moments.uniform(0.0, 1.2))
            for batch in told.batches:
                acknowledged |= batch
            await is_sound(patient, acknowledged)
            await told_again(ledger, script, told)
        await is_sound(patient, acknowledged)
    await patient.close()
    assert len(acknowledged) > 20 * KILLS, "the writers hardly wrote: nothing was proven"
