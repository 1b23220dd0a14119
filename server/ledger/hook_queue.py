"""The webhooks' queue: outbox rows become one delivery per endpoint, deliveries are claimed, sent and settled.

Two servers never send one delivery at the same time: a claim is a lease, taken under SKIP LOCKED on PostgreSQL and
the write lock on SQLite. Who dies in the middle leaves a lease that ends; the delivery is then sent again, under
the same `webhook-id`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, exists, func, insert, literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ledger.bulk import Found
from server.ledger.engines import Engines
from server.ledger.hook_tables import hook_deliveries, hook_endpoints
from server.ledger.hooks import Endpoint, State, endpoint_of, standing, written
from server.ledger.outbox import POINTS_CHANGED
from server.ledger.packing import packed
from server.ledger.tables import members, outbox

PORTION = 200
"""Outbox rows of one transaction, in which the journal's `points.changed` waits …"""
_MOST_MADE = 1_000
"""… and deliveries made of them, which with many endpoints is fewer rows."""
POINTS_EVERY_MS = 1_000
"""PROTOCOL §2: `points.changed` at most once per member and second."""
MOST_WAITING = 50_000
"""Deliveries that may wait for one endpoint; what comes on top is a dead letter at once."""
LEASE_MS = 30_000
"""Three times what an attempt may take, so that only a dead or frozen server loses its lease."""
QUEUE_FULL = "queue_full"
_UNWANTED = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """An outbox row that has been taken: nobody overtakes it any more."""

    id: int
    type: str
    member: str | None
    room: str | None
    version: int | None
    body: str
    """JSON of what happened."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class Message:
    """What goes over the wire for a `Told`, the same on every attempt and to every endpoint."""

    id: str
    """The `webhook-id`."""
    body: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send until the lease ends."""

    id: int
    message: str
    type: str
    body: str
    attempts: int
    """This one included; what `settle` is recognised by."""
    tries: int
    """The same since it was last sent again by hand: what the back-off counts."""
    began_ms: int
    """When the first of these tries began."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt ended."""

    id: int
    attempts: int
    state: State
    due_ms: int
    """Of a waiting one, when to try next."""
    at_ms: int
    status: int | None
    """None = no answer came."""
    error: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What there is to do."""

    fan_out: bool
    endpoints: tuple[str, ...]
    """Those with deliveries that are due."""


@dataclass(frozen=True, slots=True)
class FannedOut:
    rows: int
    """Outbox rows dealt with."""
    overflown: int
    """Deliveries that found their endpoint's queue full: dead letters, never tried."""


class HookQueue:
    """The queue in the database. Every method raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._on_postgres = engines.dialect == "postgresql"
        self._claim = text(_claim_sql(self._on_postgres))

    async def waiting(self, now_ms: int) -> Waiting:
        """Look, without locking anything."""
        due = exists().where(
            hook_deliveries.c.endpoint == hook_endpoints.c.id,
            hook_deliveries.c.state == written("waiting"),
            hook_deliveries.c.due_ms <= now_ms,
        )
        sendable = (
            select(hook_endpoints.c.id)
            .where(hook_endpoints.c.deleted_ms.is_(None), hook_endpoints.c.paused_ms.is_(None), due)
            .order_by(hook_endpoints.c.id)
        )
        async with self._engines.read() as connection:
            types = _types_of(await _endpoints(connection))
            fresh = select(outbox.c.id).where(outbox.c.done_ms.is_(None), outbox.c.type.in_(types)).limit(1)
            found = bool(types) and (await connection.execute(fresh)).first() is not None
            return Waiting(found, tuple((await connection.execute(sendable)).scalars()))

    async def fan_out(
        self, now_ms: int, render: Callable[[Told], Message], most_waiting: int = MOST_WAITING
    ) -> FannedOut:
        """Make deliveries of the next outbox rows, in the order of each member's versions.

        One server at a time, so that deliveries are numbered in that order. `points.changed` rows are overtaken
        in place while they wait, so they come after all else that waits, once that is done with, for one member a
        second apart, and tell the balance of that moment. An endpoint is told what happened since it was made.
        """
        async with self._engines.write() as connection:
            if self._on_postgres and not await _alone(connection):
                return FannedOut(0, 0)
            endpoints = await _endpoints(connection)
            types = _types_of(endpoints)
            # First the points: while we hold these rows, no later version of their members can commit over them.
            portion = min(PORTION, _MOST_MADE // max(1, len(endpoints)))
            points = await _points(connection, now_ms, portion) if POINTS_CHANGED in types else []
            others = await _others(connection, types - {POINTS_CHANGED}, portion)
            told = others if len(others) == portion else [*others, *points]
            told.sort(key=lambda one: (one.version or 0, one.type == POINTS_CHANGED, one.id))
            if not told:
                return FannedOut(0, 0)
            rooms_left = {one.id: await _room_left(connection, one.id, most_waiting) for one in endpoints}
            rows: list[dict[str, object]] = []
            for one in told:
                message = render(one)
                for endpoint in endpoints:
                    if one.type in endpoint.types and one.at_ms >= endpoint.created_ms:
                        fits = rooms_left[endpoint.id] > 0
                        rooms_left[endpoint.id] -= 1
                        rows.append(_delivery(one, message, endpoint.id, fits, now_ms))
            if rows:
                await connection.execute(insert(hook_deliveries), rows)
            taken = update(outbox).where(outbox.c.id.in_([one.id for one in told]))
            await connection.execute(taken.values(attempts=outbox.c.attempts + 1, done_ms=now_ms))
        return FannedOut(len(told), sum(row["state"] == "dead" for row in rows))

    async def let_go(self) -> int:
        """Remove some waiting outbox rows of types that no endpoint wants; return how many."""
        async with self._engines.write() as connection:
            types = _types_of(await _endpoints(connection))
            unwanted = (
                select(outbox.c.id)
                .where(outbox.c.done_ms.is_(None), outbox.c.type.not_in(types))
                .limit(_UNWANTED)
                .with_for_update(skip_locked=True)
            )
            ids = (await connection.execute(unwanted)).scalars().all()
            await connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))
        return len(ids)

    async def claim(
        self, endpoint_id: str, limit: int, now_ms: int
    ) -> tuple[Endpoint, Sequence[Claimed]] | None:
        """Take up to `limit` due deliveries of an endpoint for `LEASE_MS`; None = it is gone or paused.

        A first attempt is handed out only when every earlier one of its lane has ended.
        """
        wanted = standing().where(hook_endpoints.c.id == endpoint_id, hook_endpoints.c.paused_ms.is_(None))
        mine = {"endpoint": endpoint_id, "now_ms": now_ms, "lease_ms": now_ms + LEASE_MS, "most": limit}
        async with self._engines.write() as connection:
            row = (await connection.execute(wanted)).first()
            if row is None:
                return None
            claimed = [Claimed(*one) for one in (await connection.execute(self._claim, mine)).all()]
        return endpoint_of(row), sorted(claimed, key=lambda one: one.id)

    async def settle(self, settled: Sequence[Settled]) -> None:
        """Write down how attempts ended; one whose lease was lost meanwhile changes nothing."""
        ended = (
            update(hook_deliveries)
            .where(
                hook_deliveries.c.id == bindparam("b_id"),
                hook_deliveries.c.attempts == bindparam("b_attempts"),
                hook_deliveries.c.sending.is_(True),
            )
            .values(
                state=bindparam("b_state"),
                due_ms=bindparam("b_due_ms"),
                ended_ms=bindparam("b_ended_ms"),
                last_ms=bindparam("b_at_ms"),
                last_status=bindparam("b_status"),
                last_error=bindparam("b_error"),
                sending=False,
                tried=True,
            )
        )
        rows = [
            {
                "b_id": one.id,
                "b_attempts": one.attempts,
                "b_state": one.state,
                "b_due_ms": one.due_ms,
                "b_ended_ms": None if one.state == "waiting" else one.at_ms,
                "b_at_ms": one.at_ms,
                "b_status": one.status,
                "b_error": one.error,
            }
            for one in sorted(settled, key=lambda one: one.id)
        ]
        async with self._engines.write() as connection:
            await connection.execute(ended, rows)


def _claim_sql(on_postgres: bool) -> str:
    skip = "FOR UPDATE OF d SKIP LOCKED" if on_postgres else ""
    return f"""
        WITH due AS MATERIALIZED (
            SELECT d.id FROM hook_deliveries d
            WHERE d.endpoint = :endpoint AND d.state = 'waiting' AND d.due_ms <= :now_ms
            AND (d.tried OR NOT EXISTS (
                SELECT 1 FROM hook_deliveries e
                WHERE e.endpoint = d.endpoint AND e.lane = d.lane AND NOT e.tried AND e.id < d.id
            ))
            ORDER BY d.due_ms, d.id LIMIT :most {skip}
        )
        UPDATE hook_deliveries
        SET attempts = attempts + 1, sending = true, due_ms = :lease_ms, began_ms = COALESCE(began_ms, :now_ms)
        WHERE id IN (SELECT id FROM due)
        RETURNING id, message, type, body, attempts, attempts - spent, began_ms
    """


async def _alone(connection: AsyncConnection) -> bool:
    lock = text("SELECT pg_try_advisory_xact_lock(:key, hashtext(current_schema()))")
    return bool((await connection.execute(lock, {"key": 0x686F_6F6B})).scalar_one())


async def _endpoints(connection: AsyncConnection) -> list[Endpoint]:
    return [endpoint_of(row) for row in (await connection.execute(standing())).all()]


def _types_of(endpoints: Sequence[Endpoint]) -> frozenset[str]:
    return frozenset().union(*(one.types for one in endpoints))


_TOLD = (
    outbox.c.id,
    outbox.c.type,
    outbox.c.member,
    outbox.c.room,
    outbox.c.version,
    outbox.c.body,
    outbox.c.at_ms,
)


async def _points(connection: AsyncConnection, now_ms: int, most: int) -> list[Told]:
    """Take waiting `points.changed` rows, each brought up to its member's newest version.

    While such a row waited for its second, later versions may have been told of; it must not come after them
    with an older one.
    """
    lately = exists().where(
        hook_deliveries.c.type == written(POINTS_CHANGED),
        hook_deliveries.c.lane == outbox.c.member,
        hook_deliveries.c.created_ms > now_ms - POINTS_EVERY_MS,
    )
    waiting = (
        select(*_TOLD, members.c.version, members.c.points, members.c.held)
        .outerjoin_from(outbox, members, members.c.id == outbox.c.member)
        .where(
            outbox.c.type == written(POINTS_CHANGED),
            outbox.c.attempts == literal_column("0"),
            outbox.c.done_ms.is_(None),
            ~lately,
        )
        .limit(most)
        .with_for_update(skip_locked=True, of=outbox)
    )
    return [_newest(Told(*row[:7]), row[7:]) for row in (await connection.execute(waiting)).all()]


def _newest(told: Told, now: Found) -> Told:
    """Return `told` with the version and balance of `now` if that is newer.

    It may be older: PostgreSQL reads again what it waited for, and not what it joined it with.
    """
    version, points, held = now
    if version is None or version <= (told.version or 0):
        return told
    body = {**json.loads(told.body), "version": version, "points": points, "held": held}
    return replace(told, version=version, body=packed(body))


async def _others(connection: AsyncConnection, types: frozenset[str], most: int) -> list[Told]:
    waiting = (
        select(*_TOLD)
        .where(outbox.c.done_ms.is_(None), outbox.c.type.in_(types))
        .order_by(outbox.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [Told(*row) for row in (await connection.execute(waiting)).all()]


async def _room_left(connection: AsyncConnection, endpoint_id: str, most: int) -> int:
    some = (
        select(hook_deliveries.c.id)
        .where(hook_deliveries.c.endpoint == endpoint_id, hook_deliveries.c.state == written("waiting"))
        .limit(most)
        .subquery()
    )
    waiting: int = (await connection.execute(select(func.count()).select_from(some))).scalar_one()
    return most - waiting


def _delivery(told: Told, message: Message, endpoint_id: str, fits: bool, now_ms: int) -> dict[str, object]:
    return {
        "endpoint": endpoint_id,
        "lane": told.member or f"room/{told.room}",
        "message": message.id,
        "type": told.type,
        "member": told.member,
        "version": told.version,
        "body": message.body,
        "created_ms": now_ms,
        "state": "waiting" if fits else "dead",
        "attempts": 0,
        "spent": 0,
        "tried": not fits,
        "sending": False,
        "due_ms": now_ms,
        "last_error": None if fits else QUEUE_FULL,
        "ended_ms": None if fits else now_ms,
    }
