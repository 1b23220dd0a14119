"""What hosts have set for their rooms' shout-outs, for whoever shows them (L2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from server.domain.shout_control import ShoutControl
from server.ids import RoomId
from server.ledger.engines import Engines
from server.ledger.stage_rows import shouts_of
from server.ledger.tables import rooms


class ShoutBook:
    """Raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def controls(self, ids: Sequence[RoomId]) -> Mapping[RoomId, ShoutControl]:
        """Return what is set in those of these rooms that there are."""
        wanted = select(rooms.c.id, rooms.c.stage).where(rooms.c.id.in_(ids))
        async with self._engines.read() as connection:
            found = (await connection.execute(wanted)).all()
        return {RoomId(row[0]): shouts_of(row[1]) for row in found}
