"""The ledger alone, for commands and for what comes before a start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog

from server.clock import SystemClock
from server.domain.days import Calendar
from server.domain.rulebook import Rulebook
from server.errors import SettingWrong
from server.ledger import migrating, verify as verifying
from server.ledger.engines import Engines
from server.ledger.errors import LedgerBehind, LedgerUnavailable
from server.ledger.queries import Queries
from server.ledger.rulebooks import LiveRulebooks
from server.settings import Settings, prepare_data_dir


@dataclass(frozen=True, slots=True)
class Programme:
    """What the programme's rules are and whose days it counts in."""

    rulebooks: LiveRulebooks
    calendar: Calendar

    def rulebook_at(self, at_ms: int) -> Rulebook:
        """Return the rulebook in force at `at_ms`, as far as this process knows."""
        return self.rulebooks.rulebook_at(at_ms)


def programme_of(settings: Settings, engines: Engines) -> Programme:
    rulebooks = LiveRulebooks(engines, settings.preset, settings.currency)
    return Programme(rulebooks, Calendar(ZoneInfo(settings.time_zone)))


def began_otherwise(settings: Settings, programme: Programme) -> str | None:
    """Return what to say when the ledger began with another preset than is asked for now; None = with this one."""
    began = programme.rulebooks.schedule.published[0].preset
    if began == settings.preset:
        return None
    return f"the programme began with the preset {began}; {settings.preset} changes nothing (publish its document)"


@asynccontextmanager
async def open_engines(settings: Settings, *, patient: bool = False) -> AsyncIterator[Engines]:
    engines = Engines(settings.database, settings.namespace, patient=patient)
    try:
        yield engines
    finally:
        await engines.close()


async def migrate_ledger(settings: Settings) -> bool:
    """Bring the database up to date; return whether anything had to be done. Raises `LedgerUnavailable`."""
    prepare_data_dir(settings)
    # Patient: what rewrites a table of millions takes a statement of minutes, and cut short it would never be done.
    async with open_engines(settings, patient=True) as engines:
        return await migrating.upgrade(engines)


async def prepare_ledger(settings: Settings) -> None:
    """Make sure the database is up to date: SQLite is brought there, of PostgreSQL it is asked. A new ledger gets
    its first rulebook.

    Raises `SettingWrong` naming `liveroom migrate` when PostgreSQL is behind, `LedgerUnavailable` when away.
    """
    if settings.on_sqlite:
        await migrate_ledger(settings)
    async with open_engines(settings) as engines:
        try:
            await migrating.check(engines)
        except LedgerBehind as behind:
            raise SettingWrong("--database-url", str(behind), "run `liveroom migrate` first") from None
        programme = programme_of(settings, engines)
        await programme.rulebooks.refresh(SystemClock().now_ms())
    otherwise = began_otherwise(settings, programme)
    if otherwise is not None:
        structlog.get_logger(__name__).warning("start.other_preset", problem=otherwise)


async def prepare_start(settings: Settings) -> None:
    """As `prepare_ledger`; but a server may start with its database away, and is not ready then (R11)."""
    try:
        await prepare_ledger(settings)
    except LedgerUnavailable as away:
        structlog.get_logger(__name__).warning("start.database_away", problem=str(away))


@asynccontextmanager
async def open_queries(settings: Settings) -> AsyncIterator[Queries]:
    """The ledger's reads and keys, for a command; also before the first `serve` and beside a running one."""
    prepare_data_dir(settings)
    await prepare_ledger(settings)
    async with open_engines(settings) as engines:
        programme = programme_of(settings, engines)
        yield Queries(engines, programme.rulebook_at, programme.calendar)


async def verify(settings: Settings) -> tuple[Sequence[str], str]:
    """Return the differences, a line each, and the closing line. Raises `LedgerUnavailable`."""
    async with open_engines(settings, patient=True) as engines:
        await migrating.check(engines)
        verified = await verifying.verify(engines)
    lines = [
        f"{one.what} {one.key}: the entries say {one.computed or 'nothing'}, kept is {one.kept or 'nothing'}"
        for one in verified.differences
    ]
    counted = f"{verified.members} members, {verified.entries} entries"
    closing = f"{len(lines)} differences in {counted}" if lines else f"the ledger is right: {counted}"
    return lines, closing
