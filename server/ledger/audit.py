"""What hosts and operators have pressed: who, when, what, and what came of it (X7, PROTOCOL §2 `GET /v1/audit`).

What a press has changed stands in `changes`, written by the same commit as its effect, with the one who pressed. This
reads those lines; and it adds one for a press that was refused, which has no effect to stand with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text

from server.domain.origin import Origin
from server.domain.rulebook import Rulebook
from server.ledger.engines import Engines
from server.ledger.figure_tables import PRESSED
from server.ledger.noting import note
from server.ledger.tables import changes

REFUSED: Final = "refused"
"""The kind of a line that tells of a press without effect."""
STAFF: Final = ("host:", "operator:")
COMMAND_LINE: Final = "command line"
Said = str | int | float | bool | list[str] | None
_LINE = ("id", "at_ms", "actor", "kind", "room", "member", "ref", "amount", "data", "rulebook_version")


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    at_ms: int
    actor: str
    kind: str
    room: str | None
    member: str | None
    ref: str | None
    amount: int | None
    said: Mapping[str, Said]
    rulebook_version: int


def is_staff(actor: str) -> bool:
    """Whether lines of this actor are presses."""
    return actor == COMMAND_LINE or actor.startswith(STAFF)


class AuditBook:
    """Every method raises `LedgerUnavailable` when the database is away."""

    def __init__(self, engines: Engines, rulebook_at: Callable[[int], Rulebook]) -> None:
        self._engines = engines
        self._rulebook_at = rulebook_at

    async def lines(
        self,
        *,
        before: int | None,
        limit: int,
        actor: str | None = None,
        room: str | None = None,
        kind: str | None = None,
    ) -> Sequence[Line]:
        """Return presses newest first, with id below `before` (None = from the newest); None filters nothing."""
        wanted = select(*(changes.c[name] for name in _LINE)).where(text(PRESSED))
        for column, value in ((changes.c.actor, actor), (changes.c.room, room), (changes.c.kind, kind)):
            if value is not None:
                wanted = wanted.where(column == value)
        if before is not None:
            wanted = wanted.where(changes.c.id < before)
        async with self._engines.read() as connection:
            found = (await connection.execute(wanted.order_by(changes.c.id.desc()).limit(limit))).all()
        return [Line(*(*row[:8], json.loads(row[8]), row[9])) for row in found]

    async def note_refused(
        self, operation: str, ref: str | None, status: int, code: str, origin: Origin
    ) -> None:
        """Add the line of a press that was refused. Nothing of what was sent is kept but what the address names."""
        said = {"operation": operation, "status": status, "code": code}
        version = self._rulebook_at(origin.received_ms).version
        async with self._engines.write() as connection:
            await note(connection, REFUSED, ref or operation, said, origin, version, room=origin.room)
