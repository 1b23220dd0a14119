"""Rulebooks to publish: the shipped preset with some numbers changed, and two processes that know of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from server.clock import ManualClock
from server.domain.commands import Command, Origin
from server.ids import derived
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.ledger.queries import Queries
from server.ledger.rulebook_book import Kept, RulebookBook
from server.ledger.rulebooks import LiveRulebooks
from server.rulebooks.loading import preset_text
from tests.support.ledger import CALENDAR, NOW, Ledger

Json = dict[str, Any]


def document(changes: Mapping[str, object] | None = None, *, preset: str = "jifen") -> Json:
    """Return a preset's document; `changes` are values by path (``ladder.2.entry.growth``)."""
    made: Json = json.loads(preset_text(preset))
    for path, value in (changes or {}).items():
        into: Any = made
        *steps, last = path.split(".")
        for step in steps:
            into = into[int(step)] if isinstance(into, list) else into[step]
        into[int(last) if isinstance(into, list) else last] = value
    return made


def words(changes: Mapping[str, object] | None = None, *, preset: str = "jifen") -> str:
    """The same as text."""
    return json.dumps(document(changes, preset=preset), ensure_ascii=False, indent=2)


def written(event: str, at_ms: int = NOW) -> Origin:
    """Return where an operator's write comes from."""
    return Origin("api", derived("w", event), "digest", at_ms, actor="operator:ann")


@dataclass(slots=True)
class Process:
    """One of several processes on one database, with a clock of its own."""

    live: LiveRulebooks
    book: RulebookBook
    ledger: Ledger
    clock: ManualClock

    async def apply(self, command: Command) -> Committed:
        """Apply one command at this process's time."""
        return await self.ledger.journal.apply([command], self.clock.now_ms())

    async def publish(
        self, changes: Mapping[str, object], *, in_ms: int = 5_000, event: str = "p", preset: str = "jifen"
    ) -> Kept:
        """Draft and publish a changed preset, to take force `in_ms` from now."""
        now_ms = self.clock.now_ms()
        drafted = await self.book.draft(words(changes, preset=preset), "", written(f"{event} drafted"), 100)
        assert drafted is not None
        published = await self.book.publish(drafted.version, now_ms + in_ms, written(f"{event} published"))
        assert isinstance(published, Kept), published
        return published


@asynccontextmanager
async def process_on(url: str, preset: str = "jifen", now_ms: int = NOW) -> AsyncIterator[Process]:
    engines = Engines(url)
    clock = ManualClock(now_ms)
    live = LiveRulebooks(engines, preset, "CNY")
    journal = Journal(engines, live.rulebook_at, CALENDAR, confirm=live.confirm)
    queries = Queries(engines, live.rulebook_at, CALENDAR)
    yield Process(live, RulebookBook(engines, live, clock, "CNY"), Ledger(journal, queries, engines), clock)
    await engines.close()
