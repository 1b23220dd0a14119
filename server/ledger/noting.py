"""The line in `changes` for what people set beside the journal: who did what, when, by which write (X7)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Origin
from server.ledger.packing import packed
from server.ledger.tables import changes

# The same write may come again under its Idempotency-Key when its answer was lost in a crash.
_EVENT = text(
    "INSERT INTO events (source, event, digest, received_ms, outcome) "
    "VALUES (:source, :event, :digest, :received_ms, 'applied') ON CONFLICT DO NOTHING"
)


async def note(
    connection: AsyncConnection,
    kind: str,
    ref: str,
    said: Mapping[str, object],
    origin: Origin,
    rulebook_version: int,
    room: str | None = None,
) -> None:
    """Add the line, in the transaction of the change itself; `room` of what happened in one."""
    # Every line of the record names its event (LED9); this one is answered here, not by the journal.
    event = {
        "source": origin.source,
        "event": origin.event,
        "digest": origin.content,
        "received_ms": origin.received_ms,
    }
    await connection.execute(_EVENT, event)
    await connection.execute(
        insert(changes).values(
            kind=kind,
            room=room,
            ref=ref,
            data=packed(said),
            source=origin.source,
            event=origin.event,
            at_ms=origin.received_ms,
            rulebook_version=rulebook_version,
            actor=origin.actor,
        )
    )
