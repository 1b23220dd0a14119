"""Members whom nobody has seen for long, and since when anybody looks for them (L11).

A turn is the claim: whoever looks at a member writes down when it is looked at next, under its row lock, so that two
processes look at different ones (DESIGN §4). That a recall happens once all the same is the journal's part.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from server.domain.days import DAY_MS
from server.domain.offers import RecallRule
from server.ids import MemberId
from server.ledger.bulk import Row, insert, update
from server.ledger.due import Due
from server.ledger.engines import Engines
from server.ledger.perk_tables import perks, switches
from server.ledger.tables import budgets, members, shows

CLAIMED_MS = 3_600_000
"""A recall that came to nothing is tried again so much later."""
NEVER_MS = 2**53 - 1


class Absences:
    """Raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._switch_on = insert(engines.dialect, switches, ("name", "since_ms"), "(name) DO NOTHING")
        self._turns = update(engines.dialect, members, ("look_ms", "id"))

    async def since(self, switch: str, now_ms: int) -> int:
        """Return since when `switch` is on: since now, if nobody has asked before."""
        known = select(switches.c.since_ms).where(switches.c.name == switch)
        async with self._engines.read() as connection:
            since_ms = (await connection.execute(known)).scalar_one_or_none()
        if since_ms is not None:
            return int(since_ms)
        async with self._engines.write() as connection:
            await self._switch_on.run(connection, [(switch, now_ms)])
            return int((await connection.execute(known)).scalar_one())

    async def switched_off(self, switch: str) -> None:
        """Forget since when `switch` was on: it begins anew."""
        async with self._engines.read() as connection:
            known = await connection.execute(select(switches.c.name).where(switches.c.name == switch))
            if known.first() is None:
                return
        async with self._engines.write() as connection:
            await connection.execute(delete(switches).where(switches.c.name == switch))

    async def spent(self, budget: str) -> int:
        """Return what of `budget` is spent."""
        async with self._engines.read() as connection:
            known = await connection.execute(select(budgets.c.spent).where(budgets.c.name == budget))
            return int(known.scalar_one_or_none() or 0)

    async def last_replay(self) -> str | None:
        """Return the replay of the show that ended last, of those that have one."""
        wanted = (
            select(shows.c.replay_url)
            .where(shows.c.status == "replay")
            .order_by(shows.c.ended_ms.desc(), shows.c.id)
            .limit(1)
        )
        async with self._engines.read() as connection:
            url = (await connection.execute(wanted)).scalar_one_or_none()
        return None if url is None else str(url)

    async def due(
        self, rule: RecallRule, switched_on_ms: int, now_ms: int, most: int
    ) -> tuple[int, Sequence[Due]]:
        """Look at up to `most` members whose turn it is; return how many, and who of them is to be recalled (L11).

        Whose turn comes when is kept with the member, so that each is looked at about once in an absence. Who is to
        be recalled is claimed until an hour has passed. `at_ms` of a `Due` is when the member was last active.
        """
        table = members
        recalled = select(perks.c.at_ms).where(perks.c.member == table.c.id, perks.c.perk.like("recall:%"))
        last = recalled.with_only_columns(func.coalesce(func.max(perks.c.at_ms), 0)).scalar_subquery()
        of_year = (
            recalled.where(perks.c.at_ms > now_ms - 365 * DAY_MS)
            .with_only_columns(func.count())
            .scalar_subquery()
        )
        wanted = (
            select(table.c.id, table.c.last_active_ms, table.c.merged_into, last, of_year)
            .where(table.c.look_ms <= now_ms)
            .order_by(table.c.look_ms, table.c.id)
            .limit(most)
        )
        if self._engines.dialect == "postgresql":
            wanted = wanted.with_for_update(skip_locked=True, of=table)
        due: list[Due] = []
        turns: list[Row] = []
        async with self._engines.write() as connection:
            for id_, active_ms, merged_into, last_ms, recalls in (await connection.execute(wanted)).all():
                if merged_into is not None:
                    turns.append((NEVER_MS, id_))  # its absence is the survivor's (X1)
                elif active_ms + rule.absent_ms > now_ms:
                    turns.append((active_ms + rule.absent_ms, id_))
                elif last_ms > active_ms or active_ms < switched_on_ms - rule.skip_ms:
                    turns.append((now_ms + rule.absent_ms, id_))  # no new absence can be whole before
                elif recalls >= rule.per_year:
                    turns.append((now_ms + DAY_MS, id_))
                else:
                    turns.append((now_ms + CLAIMED_MS, id_))
                    due.append(Due(id_, MemberId(id_), active_ms))
            await self._turns.run(connection, sorted(turns, key=lambda turn: str(turn[1])))
        return len(turns), due
