"""The rulebooks as the database has them, and what this process knows of them. Rules X3, O2.

`rulebooks` holds every document that was accepted, `publications` which of them count and from when; both are
append-only. A document that counts is published once: to roll back is to publish its words again as a new version.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.rulebook import Rulebook
from server.ledger.engines import Engines
from server.ledger.errors import LedgerUnavailable
from server.ledger.rulebook_tables import publications, rulebooks
from server.rulebooks.errors import RulebookInvalid
from server.rulebooks.loading import preset_text, rulebook_of
from server.rulebooks.reading import reread_document
from server.rulebooks.schedule import TRUSTED_MS, Published, Schedule

OWN = "own"
"""In place of a preset's name: a document an operator wrote."""
FIRST = 1
"""The version every programme begins with: the preset it was first started with."""


class LiveRulebooks:
    """The published rulebooks as this process knows them; `rulebook_at` never waits.

    Lives on one event loop. Until the database has been read for the first time it knows the preset alone.
    """

    name = "rulebook"

    def __init__(self, engines: Engines, preset: str, currency: str) -> None:
        """`preset` begins the programme where the database has none yet; otherwise it changes nothing."""
        self._engines = engines
        self._preset = preset
        self._currency = currency
        self._schedule = Schedule((self._published(FIRST, 0, preset, preset_text(preset)),))
        self._known = 0
        """The highest version read; 0 = none, and the schedule is a guess."""
        self._read_ms: int | None = None

    @property
    def schedule(self) -> Schedule:
        """As last read."""
        return self._schedule

    def rulebook_at(self, at_ms: int) -> Rulebook:
        """Return the rulebook in force at `at_ms`, as far as is known here."""
        newest = self._schedule.published[-1]
        return newest.rulebook if newest.effective_ms <= at_ms else self._schedule.at(at_ms).rulebook

    async def refresh(self, now_ms: int) -> None:
        """Read what was published since; the first process of a programme writes its first version.

        Raises `LedgerUnavailable`, also for a document this program cannot read: what is known stays.
        """
        async with self._engines.read() as connection:
            known = await self.read(connection, now_ms)
        if not known:
            async with self._engines.write() as connection:
                await self.confirm(connection, now_ms)

    async def confirm(self, connection: AsyncConnection, now_ms: int) -> None:
        """Make sure of what is in force at `now_ms` before deciding by it; asks only if that was long ago.

        For the journal, inside its transaction. Raises `LedgerUnavailable` when it cannot be known.
        """
        if self._read_ms is not None and 0 <= now_ms - self._read_ms < TRUSTED_MS:
            return
        if not await self.read(connection, now_ms):
            await self._begin(connection, now_ms)
            await self.read(connection, now_ms)

    async def read(self, connection: AsyncConnection, now_ms: int) -> bool:
        """Read what is new, whenever it was last read; return whether anything was ever published."""
        newest = (await connection.execute(select(func.max(publications.c.version)))).scalar_one()
        if newest is None:
            return False
        if newest > self._known:
            later = await self._later_than(connection, self._known)
            # Another task may have read the same meanwhile.
            news = tuple(one for one in later if one.version > self._known)
            self._schedule = self._schedule.with_published(news) if self._known else Schedule(news)
            self._known = max(self._known, newest)
        self._read_ms = now_ms if self._read_ms is None else max(self._read_ms, now_ms)
        return True

    async def _later_than(self, connection: AsyncConnection, version: int) -> tuple[Published, ...]:
        wanted = (
            select(
                publications.c.version, publications.c.effective_ms, rulebooks.c.preset, rulebooks.c.document
            )
            .where(publications.c.version > version, rulebooks.c.version == publications.c.version)
            .order_by(publications.c.version)
        )
        found: Sequence[tuple[int, int, str, str]] = [
            (row[0], row[1], row[2], row[3]) for row in (await connection.execute(wanted)).all()
        ]
        return tuple(self._published(*row) for row in found)

    async def _begin(self, connection: AsyncConnection, now_ms: int) -> None:
        """Write version 1; of two who begin at once one is first, and both read the same."""
        await one_at_a_time(connection)
        if (await connection.execute(select(func.max(publications.c.version)))).scalar_one() is not None:
            return
        row = {
            "version": FIRST,
            "preset": self._preset,
            "document": preset_text(self._preset),
            "note": "",
            "created_ms": now_ms,
            "event": "first",
            "actor": "",
        }
        await connection.execute(insert(rulebooks).values(row))
        row = {"version": FIRST, "effective_ms": 0, "published_ms": now_ms, "event": "first", "actor": ""}
        await connection.execute(insert(publications).values(row))

    def _published(self, version: int, effective_ms: int, preset: str, document: str) -> Published:
        try:
            read = reread_document(document)
        except RulebookInvalid as invalid:
            # Written by a newer program than this one: deciding by an older rulebook would be wrong.
            raise LedgerUnavailable(f"rulebook {version} cannot be read by this program: {invalid}") from None
        rulebook = rulebook_of(read, preset=preset, currency=self._currency, version=version)
        return Published(effective_ms, rulebook, preset)


async def one_at_a_time(connection: AsyncConnection) -> None:
    """Let who writes rulebooks do so one after the other; on SQLite the write lock does."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("LOCK TABLE rulebooks, publications IN SHARE ROW EXCLUSIVE MODE"))
