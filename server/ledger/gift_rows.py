"""The table of gifts: its rows, what is read before a decision and what is written after one (P5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.state import Gift
from server.domain.world import World
from server.ids import GiftId, MemberId
from server.ledger.bulk import Found, Row, insert, keyed, update
from server.ledger.gift_tables import gifts
from server.ledger.rows import named

GIFT = (
    "giver",
    "points",
    "state",
    "at_ms",
    "day",
    "receiver",
    "received_day",
    "code",
    "expires_ms",
    "id",
)


class GiftRows:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        gift = f"SELECT {named(GIFT, 't')} FROM {{keys}} CROSS JOIN gifts t "
        self._by_id = keyed(dialect, f"{gift} WHERE t.id = k.id", (("id", "text"),))
        self._of_days = keyed(
            dialect,
            f"{gift} WHERE t.giver = k.member AND t.day = k.day "
            f"UNION {gift} WHERE t.receiver = k.member AND t.received_day = k.day",
            (("member", "text"), ("day", "bigint")),
        )
        self._new = insert(dialect, gifts, GIFT)
        self._changed = update(dialect, gifts, ("state", "receiver", "received_day", "id"))

    async def named(self, connection: AsyncConnection, ids: Iterable[GiftId]) -> list[Gift]:
        """Return those that exist."""
        keys: list[Row] = [(gift,) for gift in sorted(set(ids))]
        return [gift_of(row) for row in await self._by_id.run(connection, keys)] if keys else []

    async def of_days(self, connection: AsyncConnection, days: Iterable[tuple[MemberId, int]]) -> list[Gift]:
        """Return what these members gave and received on these days."""
        keys: list[Row] = sorted(set(days))
        return [gift_of(row) for row in await self._of_days.run(connection, keys)] if keys else []

    async def keep(self, connection: AsyncConnection, world: World, known: Collection[GiftId]) -> None:
        """Write the gifts that the batch has touched; `known` are those that were there before."""
        touched = [world.gifts[gift] for gift in sorted(world.touched_gifts)]
        await self._new.run(connection, [gift_row(gift) for gift in touched if gift.id not in known])
        await self._changed.run(
            connection,
            [(gift.state, gift.receiver, gift.received_day, gift.id) for gift in touched if gift.id in known],
        )


def gift_row(gift: Gift) -> Row:
    return (
        gift.giver,
        gift.points,
        gift.state,
        gift.at_ms,
        gift.day,
        gift.receiver,
        gift.received_day,
        gift.code,
        gift.expires_ms,
        gift.id,
    )


def gift_of(row: Found) -> Gift:
    return Gift(
        giver=MemberId(row[0]),
        points=row[1],
        state=row[2],
        at_ms=row[3],
        day=row[4],
        receiver=row[5],
        received_day=row[6],
        code=row[7],
        expires_ms=row[8],
        id=GiftId(row[9]),
    )
