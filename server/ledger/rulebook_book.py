"""Rulebooks as their operators keep them: documents, and what is published of them (X3).

What people change leaves a line in `changes` in the same transaction: who published what, from when (X7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.domain.commands import Origin
from server.ledger.bulk import Found
from server.ledger.engines import Engines
from server.ledger.noting import note
from server.ledger.rulebook_tables import publications, rulebooks
from server.ledger.rulebooks import OWN, LiveRulebooks, one_at_a_time
from server.rulebooks.loading import rulebook_of
from server.rulebooks.publishing import NotYet, refused
from server.rulebooks.reading import reread_document
from server.rulebooks.schedule import LEAD_MS


@dataclass(frozen=True, slots=True)
class Kept:
    """One version as it stands."""

    version: int
    preset: str
    document: str
    note: str
    created_ms: int
    actor: str
    effective_ms: int | None
    """None = a draft."""
    published_ms: int | None
    published_by: str | None


class RulebookBook:
    """Drafts, publishing and rolling back. Every method raises `LedgerUnavailable` when the database is away."""

    def __init__(self, engines: Engines, live: LiveRulebooks, clock: Clock, currency: str) -> None:
        self._engines = engines
        self._live = live
        self._clock = clock
        self._currency = currency

    async def versions(self, before: int | None, limit: int) -> Sequence[Kept]:
        """Return versions newest first, below `before` (None = from the newest)."""
        wanted = _KEPT.order_by(rulebooks.c.version.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(rulebooks.c.version < before)
        async with self._engines.read() as connection:
            return [_kept_of(row) for row in (await connection.execute(wanted)).all()]

    async def version(self, version: int) -> Kept | None:
        async with self._engines.read() as connection:
            return await _find(connection, version)

    async def draft(self, document: str, note_text: str, origin: Origin, most: int) -> Kept | None:
        """Keep a document that was read without a problem; None = there are `most` already.

        The same write again gives the draft it made.
        """
        async with self._engines.write() as connection:
            await one_at_a_time(connection)
            await self._live.confirm(connection, self._clock.now_ms())  # the first version comes first
            made = await _made_by(connection, origin)
            if made is None:
                made = await _add(connection, document, note_text, origin, most)
                if made is None:
                    return None
                await self._note(connection, "rulebook_drafted", made, {"note": note_text}, origin)
            return await _find(connection, made)

    async def publish(self, version: int, effective_ms: int | None, origin: Origin) -> Kept | NotYet | None:
        """Let a draft take force at `effective_ms` (None = as soon as may be); None = there is no such draft.

        The same write again gives what it published.
        """
        async with self._engines.write() as connection:
            await one_at_a_time(connection)
            kept = await _find(connection, version)
            if kept is None:
                return None
            if await _published_by(connection, origin) != version:
                no = await self._publish(connection, kept, effective_ms, origin)
                if no is not None:
                    return no
            kept = await _find(connection, version)
        await self._live.refresh(self._clock.now_ms())
        return kept

    async def roll_back(
        self, version: int, effective_ms: int | None, note_text: str, origin: Origin, most: int
    ) -> Kept | NotYet | None:
        """Publish the words of an earlier published version again, as a new version; None = there is no such one.

        The same write again gives what it published.
        """
        async with self._engines.write() as connection:
            await one_at_a_time(connection)
            made = await _made_by(connection, origin)
            if made is None:
                earlier = await _find(connection, version)
                if earlier is None or earlier.effective_ms is None:
                    return None
                times = await self._times(connection, earlier.document, effective_ms)
                if isinstance(times, NotYet):
                    return times
                made = await _add(connection, earlier.document, note_text, origin, most)
                if made is None:
                    return NotYet("limit_reached", f"there are {most} rulebooks already")
                said: dict[str, object] = {"of": version, "note": note_text}
                await self._note(connection, "rulebook_rolled_back", made, said, origin)
                await self._add_publication(connection, made, times, origin)
            kept = await _find(connection, made)
        await self._live.refresh(self._clock.now_ms())
        return kept

    async def _publish(
        self, connection: AsyncConnection, kept: Kept, effective_ms: int | None, origin: Origin
    ) -> NotYet | None:
        if kept.effective_ms is not None:
            return NotYet(
                "already_published", f"rulebook {kept.version} is published; to bring it back, roll back"
            )
        times = await self._times(connection, kept.document, effective_ms)
        if isinstance(times, NotYet):
            return times
        newest = self._live.schedule.newest
        if kept.version < newest:
            return NotYet(
                "newer_published", f"rulebook {newest} was published since; draft this one again on top of it"
            )
        said: dict[str, object] = {"note": kept.note}
        await self._note(connection, "rulebook_published", kept.version, said, origin)
        await self._add_publication(connection, kept.version, times, origin)
        return None

    async def _times(
        self, connection: AsyncConnection, document: str, effective_ms: int | None
    ) -> tuple[int, int] | NotYet:
        """Return when `document` would be published and take force, or why it may not."""
        # Not the time the request came: waiting for the lock must not eat what servers need to hear of it.
        now_ms = self._clock.now_ms()
        if not await self._live.read(connection, now_ms):
            await self._live.confirm(connection, now_ms)
        wished_ms = now_ms + LEAD_MS if effective_ms is None else effective_ms
        rulebook = rulebook_of(reread_document(document), preset=OWN, currency=self._currency, version=0)
        no = refused(rulebook, wished_ms, self._live.schedule, now_ms)
        return (now_ms, wished_ms) if no is None else no

    async def _add_publication(
        self, connection: AsyncConnection, version: int, times: tuple[int, int], origin: Origin
    ) -> None:
        row = {
            "version": version,
            "effective_ms": times[1],
            "published_ms": times[0],
            "event": origin.event,
            "actor": origin.actor,
        }
        await connection.execute(insert(publications).values(row))

    async def _note(
        self,
        connection: AsyncConnection,
        kind: str,
        version: int,
        said: dict[str, object],
        origin: Origin,
    ) -> None:
        in_force = self._live.rulebook_at(origin.received_ms).version
        await note(connection, kind, str(version), said, origin, in_force)


_KEPT: Select[tuple[object, ...]] = select(
    rulebooks.c.version,
    rulebooks.c.preset,
    rulebooks.c.document,
    rulebooks.c.note,
    rulebooks.c.created_ms,
    rulebooks.c.actor,
    publications.c.effective_ms,
    publications.c.published_ms,
    publications.c.actor,
).select_from(rulebooks.outerjoin(publications, publications.c.version == rulebooks.c.version))


async def _add(
    connection: AsyncConnection, document: str, note_text: str, origin: Origin, most: int
) -> int | None:
    newest = (await connection.execute(select(func.max(rulebooks.c.version)))).scalar_one() or 0
    if newest >= most:
        return None
    row = {
        "version": newest + 1,
        "preset": OWN,
        "document": document,
        "note": note_text,
        "created_ms": origin.received_ms,
        "event": origin.event,
        "actor": origin.actor,
    }
    await connection.execute(insert(rulebooks).values(row))
    return newest + 1


async def _find(connection: AsyncConnection, version: int) -> Kept | None:
    row = (await connection.execute(_KEPT.where(rulebooks.c.version == version))).first()
    return None if row is None else _kept_of(row)


async def _made_by(connection: AsyncConnection, origin: Origin) -> int | None:
    """Return the version this very write has made before."""
    made = select(rulebooks.c.version).where(rulebooks.c.event == origin.event)
    return (await connection.execute(made)).scalar()


async def _published_by(connection: AsyncConnection, origin: Origin) -> int | None:
    published = select(publications.c.version).where(publications.c.event == origin.event)
    return (await connection.execute(published)).scalar()


def _kept_of(row: Found) -> Kept:
    return Kept(*row)
