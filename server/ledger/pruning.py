"""Lets go of what nobody may ask for any more. Nothing that is part of the record."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, and_, delete, or_, select, tuple_, update

from server.domain.days import DAY_MS
from server.domain.folding import REPEAT_MS
from server.domain.polls import NOTICES, notices_budget
from server.ids import RoomId
from server.ledger.door_tables import answers
from server.ledger.engines import Engines
from server.ledger.hook_tables import hook_deliveries, hook_endpoints
from server.ledger.hooks import written
from server.ledger.tables import budgets, orders, outbox, recent_comments, room_items

ANSWERS_MS = 7 * DAY_MS
"""PROTOCOL §2: an Idempotency-Key is kept at least so long."""
WAITING_REFUND_MS = 7 * DAY_MS
"""PROTOCOL §2: a refund before its order is kept so long."""
SENT_MS = 7 * DAY_MS
"""Webhooks stay so long once sent, to be looked at and resent …"""
UNSENT_MS = 30 * DAY_MS
"""… and so long when nobody ever took them: dead letters, and what waits for a paused endpoint."""
TOMBSTONE_MS = 7 * DAY_MS
"""Far longer than Redis keeps a room, and than any publish is under way."""
HOUR_MS = 3_600_000
USED_ONCE = ("tasks", "gates", "polls", "draws", "first_n")
_AT_ONCE = 2_000
"""Rows of one transaction: some tens of milliseconds on SQLite, where nobody else writes meanwhile."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    comments: int
    answers: int
    waiting_refunds: int
    webhooks: int
    deliveries: int = 0
    tombstones: int = 0
    minutes: int = 0


async def prune(engines: Engines, now_ms: int, *, waiting_refund_ms: int = WAITING_REFUND_MS) -> Pruned:
    """Remove recent comments older than 10 min, old answers, refunds whose order never came, old webhooks
    and their deliveries, tombstones of a room's items, counters of minutes that are long over.

    In short transactions, so that the journal waits little beside it. Raises `LedgerUnavailable`.
    """
    waiting = (orders.c.amount == 0) & (orders.c.paid_ms <= now_ms - waiting_refund_ms)
    told = or_(outbox.c.done_ms <= now_ms - SENT_MS, outbox.c.at_ms <= now_ms - UNSENT_MS)
    return Pruned(
        comments=await _remove(engines, recent_comments, recent_comments.c.at_ms <= now_ms - REPEAT_MS),
        answers=await _remove(engines, answers, answers.c.claimed_ms <= now_ms - ANSWERS_MS),
        waiting_refunds=await _remove(engines, orders, waiting),
        webhooks=await _remove(engines, outbox, told),
        deliveries=await _remove_deliveries(engines, now_ms),
        tombstones=await _remove_tombstones(engines, now_ms),
        minutes=await _remove(engines, budgets, _minutes_before(now_ms - HOUR_MS)),
    )


def _minutes_before(at_ms: int) -> ColumnElement[bool]:
    """Return which counters of a minute's notices are older; their names sort by the minute."""
    first = notices_budget(RoomId(""), at_ms)
    return budgets.c.name.like(f"{NOTICES}%") & (budgets.c.name < first)


async def _remove_tombstones(engines: Engines, now_ms: int) -> int:
    """Remove what stands for items that left a room's screen, once nothing of them can be under way any more.

    Only of items whose ids are used once; what may come back under its name (spotlight, pinned line, tiers) keeps its
    `rev` for good. The first round that sees a tombstone notes when; so no writer of items has to.
    """
    gone = room_items.c.value.is_(None) & or_(*(room_items.c.key.like(f"{kind}/%") for kind in USED_ONCE))
    unseen = update(room_items).where(gone, room_items.c.gone_ms.is_(None)).values(gone_ms=now_ms)
    back = update(room_items).where(room_items.c.value.is_not(None), room_items.c.gone_ms.is_not(None))
    async with engines.write() as connection:
        await connection.execute(back.values(gone_ms=None))
        await connection.execute(unseen)
    return await _remove(engines, room_items, gone & (room_items.c.gone_ms <= now_ms - TOMBSTONE_MS))


async def _remove_deliveries(engines: Engines, now_ms: int) -> int:
    """Remove what ended or waits too long, all of deleted endpoints, and those endpoints themselves."""
    rows, state = hook_deliveries.c, hook_deliveries.c.state
    ended = or_(
        and_(rows.ended_ms <= now_ms - SENT_MS, state == written("delivered")),
        and_(rows.ended_ms <= now_ms - UNSENT_MS, state == written("dead")),
    )
    endless = and_(state == written("waiting"), rows.created_ms <= now_ms - UNSENT_MS)
    deleted = select(hook_endpoints.c.id).where(hook_endpoints.c.deleted_ms.is_not(None))
    removed = 0
    # One after the other: each has an index of its own.
    for which in (ended, endless, rows.endpoint.in_(deleted)):
        removed += await _remove(engines, hook_deliveries, which)
    empty = hook_endpoints.c.deleted_ms.is_not(None) & hook_endpoints.c.id.not_in(select(rows.endpoint))
    await _remove(engines, hook_endpoints, empty)
    return removed


async def _remove(engines: Engines, table: Table, which: ColumnElement[bool]) -> int:
    key = list(table.primary_key)
    some = delete(table).where(tuple_(*key).in_(select(*key).where(which).limit(_AT_ONCE)))
    removed = 0
    while True:
        async with engines.write() as connection:
            gone = (await connection.execute(some)).rowcount
        removed += gone
        if gone < _AT_ONCE:
            return removed
