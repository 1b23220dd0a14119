"""Our side of the ledger benchmark: intake and journal as in production, with nobody to tell afterwards.

    python -m loadtest.bench.ours_ledger --database-url … [--seconds 3 | --events 200000] [--members 20000]
        [--step 1] [--once]

Twenty senders post batches of 100 mixed events, as fast as each gets its receipts, about the members of a ledger that
`filled_ledger` made (every `step`-th of them; with `--once` nobody is met again before all have been). Prints one JSON
object: {"events","seconds","cpu_s","batches","outcomes","p50_ms","p99_ms","rss_mb","senders_cpu_s","threads_cpu_s"}. An event counts when its receipt is back, that is durable; a wait is that of
one call with its hundred events, among 2 000 under way. `senders_cpu_s`, what making the
events took of `cpu_s`; `threads_cpu_s`, what all threads but the loop's took of it: SQLite works in one. `rss_mb`: the process's memory before the first event and
after each tenth of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import uvloop

from loadtest.bench.ledger_mix import SHOW, Sender, origin
from loadtest.bench.waits import p50_p99_ms
from server.clock import SystemClock
from server.domain.commands import Command, PutRoom, ScheduleShow, SetShowStatus
from server.domain.days import Calendar
from server.domain.decision import Receipt
from server.intake import Intake
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.metrics import Metrics
from server.processes.worker import collect_rarely
from server.rulebooks.loading import load_preset

SENDERS = 20
TOGETHER = 100
TENTHS = 10


class Counted(Metrics):
    """The real metrics, and a count of the commits."""

    batches = 0

    def batch(self, size: int, seconds: float) -> None:
        super().batch(size, seconds)
        self.batches += 1


async def measure(
    url: str, *, seconds: float, events: int | None, members: int, step: int = 1, once: bool = False
) -> dict[str, object]:
    """Run for `seconds`, or, when `events` is not None, until so many have their receipts."""
    clock, metrics = SystemClock(), Counted()
    engines = Engines(url)
    rulebook = load_preset("jifen")
    journal = Journal(engines, lambda _: rulebook, Calendar(ZoneInfo("Asia/Shanghai")))

    async def tell_nobody(committed: Committed) -> None:
        """Announcing belongs to other benchmarks."""

    intake = Intake(
        journal,
        tell_nobody,
        clock,
        metrics,
        max_batch=engines.commands_at_once,
        foresee=journal.foresee,
        apply_behind=journal.apply_behind if engines.keeps_early else None,
    )
    await _prepare(intake, clock.now_ms())
    outcomes = Counter[str]()
    metrics.batches = 0
    waits: list[float] = []
    making: list[float] = []
    collect_rarely()
    memory = [_rss_mb()]
    cpu, loop_cpu, began = time.process_time(), time.thread_time(), time.monotonic()

    def done() -> float:
        """From 0 to 1."""
        return (time.monotonic() - began) / seconds if events is None else outcomes.total() / events

    async def send(sender: Sender) -> None:
        while (so_far := done()) < 1:
            while len(memory) <= so_far * TENTHS:
                memory.append(_rss_mb())
            now_ms, made = clock.now_ms(), time.thread_time()
            commands = [sender.next(now_ms) for _ in range(TOGETHER)]
            making.append(time.thread_time() - made)
            asked = time.monotonic()
            receipts = await intake.submit_many(commands)
            waits.append(time.monotonic() - asked)
            sender.answered(commands, receipts)
            outcomes.update(receipt.outcome for receipt in receipts)

    await asyncio.gather(*(send(sender) for sender in senders_of(members, step, once)))
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    loop_cpu = time.thread_time() - loop_cpu
    memory += [_rss_mb()] * (TENTHS + 1 - len(memory))
    await intake.stop()
    await engines.close()
    return {
        "events": outcomes.total(),
        "seconds": took,
        "cpu_s": cpu,
        "senders_cpu_s": sum(making),
        "threads_cpu_s": cpu - loop_cpu,
        "batches": metrics.batches,
        "outcomes": dict(outcomes),
        "rss_mb": memory,
        **p50_p99_ms(waits),
    }


def senders_of(members: int, step: int, once: bool) -> list[Sender]:
    """Return those who send; with `once` they go through the members together, in an order that is always the same."""
    order = list(range(members))
    Random(members).shuffle(order)
    by_turns = cycle(order) if once else None
    return [Sender(number, members, step, by_turns) for number in range(SENDERS)]


async def _prepare(intake: Intake, now_ms: int) -> None:
    """Make the room and its live show."""
    await _all(intake, [PutRoom(origin("room", now_ms), "bench")])
    await _all(intake, [ScheduleShow(origin("show", now_ms), SHOW, "bench")])
    await _all(intake, [SetShowStatus(origin("live", now_ms), SHOW, "live")])


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _all(intake: Intake, commands: Sequence[Command]) -> None:
    receipts: list[Receipt] = await intake.submit_many(commands)
    failed = [receipt for receipt in receipts if receipt.outcome != "applied"]
    if failed:
        raise SystemExit(f"preparing: {failed[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.ours_ledger")
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--events", type=int, help="instead of a time")
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--step", type=int, default=1, help="every so many-th member of the ledger alone")
    parser.add_argument("--once", action="store_true", help="nobody a second time before everybody's first")
    given = parser.parse_args()
    run = measure(
        given.database_url,
        seconds=given.seconds,
        events=given.events,
        members=given.members,
        step=given.step,
        once=given.once,
    )
    print(json.dumps(uvloop.run(run)))


if __name__ == "__main__":
    main()
