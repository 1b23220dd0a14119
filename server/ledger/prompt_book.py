"""What a host has said of the prompter's lines (L9): kept beside the journal, for it earns nobody anything.

Every press leaves a line in `changes` in the same transaction: who said which line when, and who took it back (X7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.origin import Origin
from server.domain.prompting import Said
from server.domain.rulebook import Rulebook
from server.ids import ShowId
from server.ledger.bulk import Found
from server.ledger.engines import Engines
from server.ledger.noting import note
from server.ledger.prompt_tables import prompts_said
from server.ledger.tables import shows

MOST_SAID: Final = 2_000
"""Lines of one show: one every six seconds of three hours. More is no host speaking."""
UNDO_MS: Final = 60_000
"""So long a press can be taken back."""


class PromptsPort(Protocol):
    """What was said. Every method raises `LedgerUnavailable` when the database is away."""

    async def said(self, show: ShowId) -> Sequence[Said]:
        """Return what was said in the show, oldest first."""
        ...

    async def say(self, show: ShowId, line: Said, origin: Origin) -> Said | None:
        """Keep that this stage of a line was said; said before, by whomever = what stands. None = the show is full.

        The room is `origin.room`, the time `line.at_ms`.
        """
        ...

    async def take_back(self, show: ShowId, key: str, origin: Origin) -> bool:
        """Forget the line's last saying, if it is no older than `UNDO_MS`; return whether there was one.

        That it was said and taken back stays in the record of changes.
        """
        ...


class PromptBook:
    """`PromptsPort` on both databases."""

    def __init__(self, engines: Engines, rulebook_at: Callable[[int], Rulebook]) -> None:
        self._engines = engines
        self._rulebook_at = rulebook_at

    async def said(self, show: ShowId) -> Sequence[Said]:
        async with self._engines.read() as connection:
            found = await connection.execute(_SAID.where(prompts_said.c.show == show))
            return [_said_of(row) for row in found.all()]

    async def say(self, show: ShowId, line: Said, origin: Origin) -> Said | None:
        wanted = _SAID.where(
            prompts_said.c.show == show, prompts_said.c.key == line.key, prompts_said.c.stage == line.stage
        )
        row = {
            "show": show,
            "key": line.key,
            "stage": line.stage,
            "room": origin.room,
            "kind": line.kind,
            "said_ms": line.at_ms,
            "actor": line.actor,
        }
        making = postgresql.insert if self._engines.dialect == "postgresql" else sqlite.insert
        async with self._engines.write() as connection:
            await _one_at_a_time(connection, show)
            if await _count(connection, show) >= MOST_SAID:
                stands = (await connection.execute(wanted)).first()
                return None if stands is None else _said_of(stands)
            made = await connection.execute(
                making(prompts_said).values(row).on_conflict_do_nothing().returning(prompts_said.c.key)
            )
            if made.first() is not None:
                await self._note(connection, "prompt_said", show, line, origin)
            return _said_of((await connection.execute(wanted)).one())

    async def take_back(self, show: ShowId, key: str, origin: Origin) -> bool:
        last = _SAID.where(
            prompts_said.c.show == show,
            prompts_said.c.key == key,
            prompts_said.c.said_ms >= origin.received_ms - UNDO_MS,
        )
        async with self._engines.write() as connection:
            await _one_at_a_time(connection, show)
            found = (await connection.execute(last)).all()
            if not found:
                return False
            line = _said_of(found[-1])
            gone = delete(prompts_said).where(
                prompts_said.c.show == show, prompts_said.c.key == key, prompts_said.c.stage == line.stage
            )
            await connection.execute(gone)
            await self._note(connection, "prompt_unsaid", show, line, origin)
            return True

    async def _note(
        self, connection: AsyncConnection, kind: str, show: ShowId, line: Said, origin: Origin
    ) -> None:
        said = {"key": line.key, "stage": line.stage, "kind": line.kind}
        version = self._rulebook_at(origin.received_ms).version
        await note(connection, kind, show, said, origin, version, origin.room)


_SAID: Final[Select[tuple[object, ...]]] = select(
    prompts_said.c.key,
    prompts_said.c.stage,
    prompts_said.c.kind,
    prompts_said.c.said_ms,
    prompts_said.c.actor,
).order_by(prompts_said.c.said_ms, prompts_said.c.key, prompts_said.c.stage)


async def _one_at_a_time(connection: AsyncConnection, show: ShowId) -> None:
    """Let two presses of one show follow each other; on SQLite they do."""
    await connection.execute(select(shows.c.id).where(shows.c.id == show).with_for_update())


async def _count(connection: AsyncConnection, show: ShowId) -> int:
    counted = select(func.count()).select_from(prompts_said).where(prompts_said.c.show == show)
    return int((await connection.execute(counted)).scalar_one())


def _said_of(row: Found) -> Said:
    return Said(*row)
