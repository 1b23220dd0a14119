"""Who said it first: claims events and keeps their first answers (R2).

Every claimed event keeps its receipt for good, refusals too: the same event again gets the same answer,
also when it would be allowed by now. A sender who wants another try sends another event. Whoever asks
before the journal (a door that finds a time too far ahead, a full queue) has claimed nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Origin
from server.domain.decision import Earned, Receipt
from server.ids import MemberId, RuleId
from server.ledger.batch import Answered, Key
from server.ledger.bulk import Found, Row, keyed, update
from server.ledger.rows import packed
from server.ledger.tables import events

_RECEIPT = (
    "member",
    "outcome",
    "code",
    "rule",
    "points",
    "growth",
    "message",
    "details",
    "retry_after_ms",
    "source",
    "event",
)


class Claiming:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._claim = keyed(
            dialect,
            "INSERT INTO events (source, event, digest, received_ms) "
            "SELECT k.source, k.event, k.digest, k.received_ms FROM {keys} WHERE true "
            "ON CONFLICT (source, event) DO NOTHING RETURNING source, event",
            (("source", "text"), ("event", "text"), ("digest", "text"), ("received_ms", "bigint")),
        )
        self._answered = keyed(
            dialect,
            f"SELECT {', '.join(f't.{name}' for name in _RECEIPT)}, t.digest FROM {{keys}} CROSS JOIN events t "
            "WHERE t.source = k.source AND t.event = k.event",
            (("source", "text"), ("event", "text")),
        )
        self._store = update(dialect, events, _RECEIPT, keys=2)

    async def claim(
        self, connection: AsyncConnection, origins: Iterable[Origin]
    ) -> tuple[set[Key], Mapping[Key, Answered]]:
        """Claim each event for this transaction; return what is ours now, and what was answered before.

        Of several with one key the first counts. Keys are claimed in sorted order, so that two journals
        wait for each other in one direction only; who waits sees the other's answer once it is durable.
        """
        first: dict[Key, Origin] = {}
        for origin in origins:
            first.setdefault((origin.source, origin.event), origin)
        keys = sorted(first)
        claims: list[Row] = [(*key, first[key].content, first[key].received_ms) for key in keys]
        ours = {(row[0], row[1]) for row in await self._claim.run(connection, claims)}
        repeats: list[Row] = [key for key in keys if key not in ours]
        if not repeats:
            return ours, {}
        answered = await self._answered.run(connection, repeats)
        return ours, {(row[9], row[10]): Answered(row[11], _receipt_of(row)) for row in answered}

    async def store(self, connection: AsyncConnection, receipts: Sequence[Receipt]) -> None:
        """Keep the first answers of the events claimed in this transaction."""
        await self._store.run(connection, [_receipt_row(receipt) for receipt in receipts])


def _receipt_row(receipt: Receipt) -> Row:
    return (
        receipt.member,
        receipt.outcome,
        receipt.code,
        receipt.rule,
        receipt.earned.points,
        receipt.earned.growth,
        receipt.message,
        packed(receipt.details),
        receipt.retry_after_ms,
        receipt.source,
        receipt.event,
    )


def _receipt_of(row: Found) -> Receipt:
    return Receipt(
        source=row[9],
        event=row[10],
        member=MemberId(row[0]) if row[0] is not None else None,
        outcome=row[1],
        code=row[2],
        rule=RuleId(row[3]) if row[3] is not None else None,
        earned=Earned(row[4], row[5]),
        message=row[6],
        details=tuple((name, value) for name, value in json.loads(row[7])),
        retry_after_ms=row[8],
    )
