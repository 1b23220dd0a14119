"""Work that fell due, claimed so that two processes do not do the same (DESIGN §4, SQLite / SKIP LOCKED).

A claim lasts a while and is not taken back: who dies over it leaves the work to the next. That work happens
once all the same is the journal's part: every piece is an event with a name of its own (R2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    bindparam,
    delete,
    exists,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.days import DAY_MS
from server.domain.decide.tasks import SETTLED_AFTER_MS
from server.domain.draw import CANCELLED, CLOSED, OPEN
from server.ids import MemberId, RoomId, TierId
from server.ledger.bulk import Row, keyed
from server.ledger.draw_tables import draws
from server.ledger.engines import Engines
from server.ledger.gate_tables import permits
from server.ledger.gift_tables import gifts
from server.ledger.held_tables import held_awards
from server.ledger.poll_tables import polls
from server.ledger.tables import claims, events, members, redemptions, rooms
from server.ledger.task_tables import tasks

CLAIMED_MS = 30_000
"""Longer than any portion takes."""
LOOKED_AT = 1_000
"""Members read at once by whoever walks through all of them."""
LOOK_AGAIN_MS = 3_600_000
"""How long a tier that seems safe is not looked at again."""


HOLD, GIFT, AWARD, BOOST, GRANT, YEAR = "hold", "gift", "award", "boost", "grant", "year"
TASK, POLL, PERMIT = "task", "poll", "permit"
DRAW_CLOSE, DRAW_REVEAL, DRAW_RETURN = "draw close", "draw reveal", "draw return"

_NOW: ColumnElement[int] = bindparam("now_ms", type_=BigInteger)


def _is(table: Table, state: str) -> ColumnElement[bool]:
    # Written out: with a bound value no database sees that the index of such rows alone is enough.
    return table.c.state == literal_column(f"'{state}'")


_OVER: Mapping[str, ColumnElement[bool]] = {
    HOLD: _is(redemptions, "held") & (redemptions.c.expires_ms <= _NOW),
    GIFT: _is(gifts, "waiting") & (gifts.c.expires_ms <= _NOW),
    AWARD: (held_awards.c.points_left > literal_column("0")) & (held_awards.c.due_ms <= _NOW),
    BOOST: members.c.boost_until_ms <= _NOW,
    GRANT: members.c.grant_until_ms <= _NOW,
    YEAR: members.c.tier_until_ms <= _NOW,
    TASK: _is(tasks, "running") & (tasks.c.ends_ms <= _NOW - SETTLED_AFTER_MS),
    POLL: _is(polls, "open") & (polls.c.ends_ms <= _NOW),
    PERMIT: _is(permits, "open") & (permits.c.expires_ms <= _NOW),
    DRAW_CLOSE: _is(draws, OPEN) & (draws.c.ends_ms <= _NOW),
    DRAW_REVEAL: _is(draws, CLOSED),
    DRAW_RETURN: _is(draws, CANCELLED)
    & (draws.c.cost > literal_column("0"))
    & (draws.c.returned < draws.c.entries),
}
"""What each kind of work waits for. Draws are closed and revealed some seconds later than this says."""
_WAITING = select(*(exists().where(over).label(kind) for kind, over in _OVER.items()))


@dataclass(frozen=True, slots=True)
class Due:
    """One piece of work: what it is about, whose it is, and when it fell due."""

    id: str
    member: MemberId
    at_ms: int


def presented_event(version: int, since: int | None, room: str) -> str:
    """Return the name of the event by which a room comes to show a rulebook, as it is since a day: it happens once (R2)."""
    return f"rulebook:{version}:{room}" if since is None else f"rulebook:{version}@{since}:{room}"


class DueWork:
    """Finds what is due, oldest first, and claims it. Raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._claim = keyed(
            engines.dialect,
            "INSERT INTO claims (kind, id, until_ms) SELECT k.kind, k.id, k.until_ms FROM {keys} WHERE true "
            "ON CONFLICT (kind, id) DO UPDATE SET until_ms = excluded.until_ms "
            "WHERE claims.until_ms <= {1} RETURNING id",
            (("kind", "text"), ("id", "text"), ("until_ms", "bigint")),
        )

    async def waiting(self, now_ms: int) -> Collection[str]:
        """Return of which kinds there is work that is due, in one look that locks nothing.

        What others have claimed just now counts: whoever tries finds out.
        """
        async with self._engines.read() as connection:
            found = (await connection.execute(_WAITING, {"now_ms": now_ms})).one()
        return [kind for kind, waits in zip(_OVER, found, strict=True) if waits]

    async def take_turn(self, kind: str, now_ms: int, for_ms: int) -> bool:
        """Return whether this process alone may do something that recurs, for so long."""
        turn: list[Row] = [(kind, "turn", now_ms + for_ms)]
        async with self._engines.write() as connection:
            return bool(await self._claim.run(connection, turn, now_ms))

    async def holds(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` holds of points whose time is over (P1)."""
        table = redemptions
        return await self._claimed(HOLD, table, table.c.member, table.c.expires_ms, _OVER[HOLD], now_ms, most)

    async def draws_to_close(self, now_ms: int, ended_by_ms: int, most: int) -> Sequence[str]:
        """Claim up to `most` open draws that ended by `ended_by_ms`, the first of them first (P3)."""
        over = (draws.c.state == OPEN) & (draws.c.ends_ms <= ended_by_ms)
        return await self._draws(DRAW_CLOSE, draws.c.ends_ms, over, now_ms, most)

    async def draws_to_reveal(self, now_ms: int, published_by_ms: int, most: int) -> Sequence[str]:
        """Claim up to `most` draws whose list was published by `published_by_ms` (P3)."""
        closed = (draws.c.state == CLOSED) & (draws.c.closed_ms <= published_by_ms)
        return await self._draws(DRAW_REVEAL, draws.c.ends_ms, closed, now_ms, most)

    async def draws_to_return(self, now_ms: int, most: int) -> Sequence[str]:
        """Claim up to `most` cancelled draws with tickets whose points are not back (P3)."""
        return await self._draws(DRAW_RETURN, draws.c.settled_ms, _OVER[DRAW_RETURN], now_ms, most)

    async def _draws(
        self,
        kind: str,
        due_ms: ColumnElement[int],
        which: ColumnElement[bool],
        now_ms: int,
        most: int,
    ) -> Sequence[str]:
        found = await self._claimed(kind, draws, draws.c.room, due_ms, which, now_ms, most)
        return [one.id for one in found]

    async def unclaimed_gifts(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` gifts by link that nobody took in time (P5)."""
        table = gifts
        return await self._claimed(GIFT, table, table.c.giver, table.c.expires_ms, _OVER[GIFT], now_ms, most)

    async def held_awards(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` awards whose points may be spent from now on (E6)."""
        table = held_awards
        return await self._claimed(AWARD, table, table.c.member, table.c.due_ms, _OVER[AWARD], now_ms, most)

    async def ended_holds(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` members whose boost or granted tier is over (P4, T8); a member may be named twice."""
        found: list[Due] = []
        for kind in (BOOST, GRANT):
            until_ms, over = members.c[f"{kind}_until_ms"], _OVER[kind]
            found += await self._claimed(kind, members, members.c.id, until_ms, over, now_ms, most)
        return found

    async def ended_years(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` members whose tier's year is over (T6)."""
        table = members
        return await self._claimed(YEAR, table, table.c.id, table.c.tier_until_ms, _OVER[YEAR], now_ms, most)

    async def ending_years(self, now_ms: int, warn_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` members whose tier's year ends within `warn_ms` and who were not warned of it (T7).

        For an hour: most of them keep their tier, and nothing is written of having looked.
        """
        table = members
        near = (
            (table.c.tier_until_ms > now_ms)
            & (table.c.tier_until_ms <= now_ms + warn_ms)
            & (table.c.warned_until_ms != table.c.tier_until_ms)
        )
        due_ms = table.c.tier_until_ms
        return await self._claimed("warning", table, table.c.id, due_ms, near, now_ms, most, LOOK_AGAIN_MS)

    async def on_tiers(
        self, tiers: Collection[TierId], after: str, most: int
    ) -> tuple[Sequence[MemberId], str | None]:
        """Return up to `most` of the members next after `after`, by id, who stand on one of `tiers`, and how far
        was looked; None = to the end (X3). Claims nobody, and reads so few rows that no page waits for it.
        """
        wanted = (
            select(members.c.id, members.c.tier, members.c.merged_into)
            .where(members.c.id > after)
            .order_by(members.c.id)
            .limit(LOOKED_AT)
        )
        async with self._engines.read() as connection:
            looked = (await connection.execute(wanted)).all()
        found = [MemberId(row[0]) for row in looked if row[1] in tiers and row[2] is None]
        if len(found) > most:
            return found[:most], found[most - 1]
        return found, looked[-1][0] if looked else None

    async def claim(self, kind: str, found: Sequence[MemberId], now_ms: int) -> Sequence[MemberId]:
        """Claim a piece of work of these members, and return those whose piece nobody else has."""
        due = [Due(member, member, now_ms) for member in found]
        async with self._engines.write() as connection:
            ours = await self._ours(connection, kind, due, now_ms, now_ms + CLAIMED_MS)
        return [member for member in found if member in ours]

    async def tasks(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` countdown tasks whose time is over (L3); `member` is the task's room."""
        return await self._claimed(TASK, tasks, tasks.c.room, tasks.c.ends_ms, _OVER[TASK], now_ms, most)

    async def rooms_of_old_rules(
        self, version: int, since: int | None, now_ms: int, most: int
    ) -> Sequence[RoomId] | None:
        """Claim up to `most` rooms that were not asked to show rulebook `version` yet, as it is since a day (X3, E11).

        None = every room was asked; empty = others are at what is left.
        """
        event = literal(presented_event(version, since, "")) + rooms.c.id
        mark = f"{version}:" if since is None else f"{version}@{since}:"
        claim = literal(mark) + rooms.c.id
        asked = exists().where(events.c.source == "jobs", events.c.event == event)
        taken = exists().where(claims.c.kind == "rulebook", claims.c.id == claim, claims.c.until_ms > now_ms)
        wanted = select(rooms.c.id).where(~asked, ~taken).order_by(rooms.c.id).limit(most)
        async with self._engines.write() as connection:
            if (await connection.execute(select(rooms.c.id).where(~asked).limit(1))).first() is None:
                return None
            found = {f"{mark}{row[0]}": row[0] for row in (await connection.execute(wanted)).all()}
            due = [Due(claim_id, MemberId(""), now_ms) for claim_id in found]
            ours = await self._ours(connection, "rulebook", due, now_ms, now_ms + CLAIMED_MS)
        return [RoomId(room) for claim_id, room in found.items() if claim_id in ours]

    async def polls(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` polls whose time is over (L8); `member` is their room."""
        return await self._claimed(POLL, polls, polls.c.room, polls.c.ends_ms, _OVER[POLL], now_ms, most)

    async def permits(self, now_ms: int, most: int) -> Sequence[Due]:
        """Claim up to `most` permits whose minute is over (L5); `member` is their gate's room."""
        over = _OVER[PERMIT]
        return await self._claimed(PERMIT, permits, permits.c.room, permits.c.expires_ms, over, now_ms, most)

    async def _claimed(
        self,
        kind: str,
        table: Table,
        member: ColumnElement[str],
        due_ms: ColumnElement[int],
        which: ColumnElement[bool],
        now_ms: int,
        most: int,
        for_ms: int = CLAIMED_MS,
    ) -> Sequence[Due]:
        taken = exists().where(claims.c.kind == kind, claims.c.id == table.c.id, claims.c.until_ms > now_ms)
        wanted = (
            select(table.c.id, member, due_ms).where(which, ~taken).order_by(due_ms, table.c.id).limit(most)
        )
        if self._engines.dialect == "postgresql":
            # What another process looks at just now is not waited for. On SQLite the write lock does this.
            wanted = wanted.with_for_update(skip_locked=True, of=table)
        async with self._engines.write() as connection:
            found = [
                Due(row[0], MemberId(row[1]), row[2])
                for row in (await connection.execute(wanted, {"now_ms": now_ms})).all()
            ]
            ours = await self._ours(connection, kind, found, now_ms, now_ms + for_ms)
            await connection.execute(delete(claims).where(claims.c.until_ms <= now_ms - DAY_MS))
        return [due for due in found if due.id in ours]

    async def _ours(
        self, connection: AsyncConnection, kind: str, found: Sequence[Due], now_ms: int, until_ms: int
    ) -> set[str]:
        if not found:
            return set()
        # Sorted: two that claim at once wait for each other in one direction only.
        wanted: list[Row] = sorted((kind, due.id, until_ms) for due in found)
        return {row[0] for row in await self._claim.run(connection, wanted, now_ms)}
