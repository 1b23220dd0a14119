"""Who said it first: finds what was answered before, and keeps first answers (R2).

Every event keeps its receipt for good, refusals too: the same event again gets the same answer, also when it
would be allowed by now. A sender who wants another try sends another event. Whoever asks before the journal
(a door that finds a time too far ahead, a full queue) has said nothing.

An event is written once, with its answer. Two transactions that decide the same event at once are parted by
its key: the second waits for the first, finds the row made, and goes again from the start, where it finds the
answer. Claiming by a row without an answer that is written over later would spare the second its work, which
is rare, and cost every event a row more (decision 0020).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Command, Origin
from server.domain.decision import Earned, Receipt
from server.ids import MemberId, RuleId
from server.ledger.batch import Answered, Key
from server.ledger.bulk import Found, Row, insert, keyed
from server.ledger.packing import packed
from server.ledger.rows import named
from server.ledger.tables import events

_EVENT = (
    "source",
    "event",
    "digest",
    "received_ms",
    "member",
    "outcome",
    "code",
    "rule",
    "points",
    "growth",
    "message",
    "details",
    "retry_after_ms",
)


class Claiming:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._answered = keyed(
            dialect,
            f"SELECT {named(_EVENT, 't')} FROM {{keys}} CROSS JOIN events t "
            "WHERE t.source = k.source AND t.event = k.event",
            (("source", "text"), ("event", "text")),
        )
        self._store = insert(dialect, events, _EVENT)

    async def answered(
        self, connection: AsyncConnection, origins: Iterable[Origin]
    ) -> Mapping[Key, Answered]:
        """Return what was answered before; what is absent may be decided now."""
        keys: list[Row] = sorted({(origin.source, origin.event) for origin in origins})
        found = await self._answered.run(connection, keys)
        return {(row[0], row[1]): Answered(row[2], _receipt_of(row)) for row in found}

    async def store(
        self, connection: AsyncConnection, claimed: Mapping[Key, Command], first: Mapping[Key, Receipt]
    ) -> None:
        """Keep the first answers. IntegrityError: somebody else has answered one of these events meanwhile.

        In the order of their keys, and after all other rows but the budgets are locked, so that transactions
        wait for each other in one direction only.
        """
        rows = [_row(claimed[key].origin, first[key]) for key in sorted(first)]
        await self._store.run(connection, rows)


def _row(origin: Origin, receipt: Receipt) -> Row:
    return (
        origin.source,
        origin.event,
        origin.content,
        origin.received_ms,
        receipt.member,
        receipt.outcome,
        receipt.code,
        receipt.rule,
        receipt.earned.points,
        receipt.earned.growth,
        receipt.message,
        packed(receipt.details) if receipt.details else "[]",
        receipt.retry_after_ms,
    )


def _receipt_of(row: Found) -> Receipt:
    return Receipt(
        source=row[0],
        event=row[1],
        member=MemberId(row[4]) if row[4] is not None else None,
        outcome=row[5],
        code=row[6],
        rule=RuleId(row[7]) if row[7] is not None else None,
        earned=Earned(row[8], row[9]),
        message=row[10],
        details=tuple((name, value) for name, value in json.loads(row[11])),
        retry_after_ms=row[12],
    )
