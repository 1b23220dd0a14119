"""Our side of the ledger benchmark: intake and journal as in production, with nobody to tell afterwards.

    python -m loadtest.bench.ours_ledger --database-url … --seconds 3

Ten senders post batches of 100 events of mixed kinds, as fast as each gets its receipts. Prints one JSON object:
{"events","seconds","cpu_s","batches","outcomes","p50_ms","p99_ms"}. An event counts when its receipt is back, that is
durable; a wait is that of one call with its hundred events, among 1 000 under way.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from zoneinfo import ZoneInfo

import uvloop

from loadtest.bench.waits import p50_p99_ms
from server.clock import SystemClock
from server.domain.commands import (
    ById,
    Command,
    JoinMember,
    Like,
    Origin,
    PostComment,
    PutRoom,
    RecordPaidOrder,
    RecordRefundedOrder,
    RecordWatched,
    ScheduleShow,
    SetShowStatus,
    Share,
)
from server.domain.days import Calendar
from server.domain.decision import Receipt
from server.ids import MemberId, OrderId, RoomId, ShowId
from server.intake import Intake
from server.ledger import migrating
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.metrics import Metrics
from server.rulebooks.loading import load_preset
from server.worker import collect_rarely

MEMBERS = 2_000
SENDERS = 10
TOGETHER = 100
ROOM, SHOW = RoomId("bench"), ShowId("bench-show")


class Counted(Metrics):
    """The real metrics, and a count of the commits."""

    batches = 0

    def batch(self, size: int, seconds: float) -> None:
        super().batch(size, seconds)
        self.batches += 1


def origin(event: int | str, now_ms: int, room: RoomId | None = ROOM) -> Origin:
    return Origin("/bench", str(event), f"digest-{event}", now_ms, room)


def mixed(random: Random, numbers: Iterator[int], now_ms: int) -> Command:
    """Return the next event: nearly half are orders, a tenth refunds of earlier ones, the others what viewers do."""
    number = next(numbers)
    member = MemberId(f"m{random.randrange(MEMBERS)}")
    kind = random.random()
    if kind < 0.1 and number > 1_000:
        refunded = number - 1_000  # if that was no order, the refund waits for it, which is also an entry
        return RecordRefundedOrder(
            origin(number, now_ms), ById(owner(refunded)), OrderId(f"o{refunded}"), 500, "CNY"
        )
    if kind < 0.55:
        paid = random.randrange(1_000, 40_000)
        return RecordPaidOrder(
            origin(number, now_ms), ById(owner(number)), OrderId(f"o{number}"), paid, "CNY"
        )
    if kind < 0.65:
        return RecordWatched(origin(number, now_ms), ById(member), SHOW, random.choice((10, 15)), number)
    if kind < 0.8:
        return Like(origin(number, now_ms), ById(member), 1)
    if kind < 0.9:
        return Share(origin(number, now_ms), ById(member), "wechat")
    return PostComment(origin(number, now_ms), ById(member), f"这个真的好看 {number}", 8, f"digest {number}")


def owner(order: int) -> MemberId:
    """Return who pays an order, so that a refund names the same member."""
    return MemberId(f"m{order * 7919 % MEMBERS}")


async def measure(url: str, seconds: float) -> dict[str, object]:
    engines = Engines(url)
    await migrating.upgrade(engines)
    rulebook = load_preset("jifen")
    clock, metrics = SystemClock(), Counted()
    journal = Journal(engines, lambda _: rulebook, Calendar(ZoneInfo("Asia/Shanghai")))

    async def tell_nobody(committed: Committed) -> None:
        """Announcing belongs to other benchmarks."""

    intake = Intake(journal, tell_nobody, clock, metrics)
    await _prepare(intake, clock.now_ms())
    random, numbers, outcomes = Random(1), itertools.count(1), Counter[str]()
    metrics.batches = 0
    waits: list[float] = []
    collect_rarely()
    cpu, began = time.process_time(), time.monotonic()
    ends = began + seconds

    async def send() -> None:
        while time.monotonic() < ends:
            now_ms, asked = clock.now_ms(), time.monotonic()
            receipts = await intake.submit_many([mixed(random, numbers, now_ms) for _ in range(TOGETHER)])
            waits.append(time.monotonic() - asked)
            outcomes.update(receipt.outcome for receipt in receipts)

    await asyncio.gather(*(send() for _ in range(SENDERS)))
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    await intake.stop()
    await engines.close()
    return {
        "events": outcomes.total(),
        "seconds": took,
        "cpu_s": cpu,
        "batches": metrics.batches,
        "outcomes": dict(outcomes),
        **p50_p99_ms(waits),
    }


async def _prepare(intake: Intake, now_ms: int) -> None:
    """Make the room, its live show and the members: first contacts are another benchmark."""
    await _all(intake, [PutRoom(origin("room", now_ms), "bench")])
    await _all(intake, [ScheduleShow(origin("show", now_ms), SHOW, "bench")])
    await _all(intake, [SetShowStatus(origin("live", now_ms), SHOW, "live")])
    joining = [
        JoinMember(origin(f"join-{n}", now_ms), ById(MemberId(f"m{n}")), f"会员{n}") for n in range(MEMBERS)
    ]
    await _all(intake, joining)


async def _all(intake: Intake, commands: Sequence[Command]) -> None:
    receipts: list[Receipt] = await intake.submit_many(commands)
    failed = [receipt for receipt in receipts if receipt.outcome != "applied"]
    if failed:
        raise SystemExit(f"preparing: {failed[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.ours_ledger")
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    print(json.dumps(uvloop.run(measure(options.database_url, options.seconds))))


if __name__ == "__main__":
    main()
