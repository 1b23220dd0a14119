"""Webhook endpoints as people keep them, and what became of the deliveries. The queue itself is `hook_queue`.

What people change leaves a line in `changes` in the same transaction: who did what to which endpoint (X7).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Select, Text, Update, func, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Origin
from server.domain.rulebook import Rulebook
from server.ledger.bulk import Found
from server.ledger.engines import Engines
from server.ledger.hook_tables import hook_deliveries, hook_endpoints
from server.ledger.noting import note
from server.ledger.packing import packed

State = Literal["waiting", "delivered", "dead"]
Resent = Literal["resent", "unknown", "being_sent"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One receiver. The secrets are sealed; only who signs opens them."""

    id: str
    url: str
    types: frozenset[str]
    note: str
    secret: str
    old_secret: str | None
    old_until_ms: int | None
    """Until then `old_secret` signs beside `secret`."""
    created_ms: int
    paused_ms: int | None
    """None = it is sent to."""
    paused_why: str | None
    """``operator``, or ``gone`` when it answered 410."""

    def __repr__(self) -> str:
        return f"Endpoint({self.id!r})"


@dataclass(frozen=True, slots=True)
class Change:
    """What a PATCH sets; None leaves as it is."""

    url: str | None = None
    types: frozenset[str] | None = None
    note: str | None = None
    paused: bool | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one endpoint, or where it ended."""

    id: int
    endpoint: str
    message: str
    """The `webhook-id`."""
    type: str
    member: str | None
    version: int | None
    created_ms: int
    state: State
    attempts: int
    due_ms: int
    """When it is tried next; of one being sent, when another server may try."""
    last_ms: int | None
    last_status: int | None
    last_error: str | None


ENDPOINT = (
    "id",
    "url",
    "types",
    "note",
    "secret",
    "old_secret",
    "old_until_ms",
    "created_ms",
    "paused_ms",
    "paused_why",
)
_DELIVERY = (
    "id",
    "endpoint",
    "message",
    "type",
    "member",
    "version",
    "created_ms",
    "state",
    "attempts",
    "due_ms",
    "last_ms",
    "last_status",
    "last_error",
)


def written(word: str) -> ColumnElement[str]:
    """Return one of our own words as SQL text: only so a partial index is seen to fit."""
    return literal_column(f"'{word}'", Text())


def standing() -> Select[tuple[object, ...]]:
    """Return the query of all endpoints that are not deleted, in the order of `ENDPOINT`."""
    return select(*(hook_endpoints.c[name] for name in ENDPOINT)).where(hook_endpoints.c.deleted_ms.is_(None))


def endpoint_of(row: Found) -> Endpoint:
    """Return the endpoint that a row of `standing` holds."""
    return Endpoint(row[0], row[1], frozenset(json.loads(row[2])), *row[3:])


class HookBook:
    """Endpoints and deliveries, for the people who look after them. Raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines, rulebook_at: Callable[[int], Rulebook]) -> None:
        self._engines = engines
        self._rulebook_at = rulebook_at

    async def add(self, endpoint: Endpoint, most: int, origin: Origin) -> bool:
        """Keep a new endpoint; return False, and keep nothing, when there are `most` already."""
        async with self._engines.write() as connection:
            await _one_at_a_time(connection)
            counted = select(func.count()).where(hook_endpoints.c.deleted_ms.is_(None))
            if (await connection.execute(counted)).scalar_one() >= most:
                return False
            row = {name: getattr(endpoint, name) for name in ENDPOINT}
            row["types"] = packed(sorted(endpoint.types))
            await connection.execute(insert(hook_endpoints).values(row))
            said: dict[str, object] = {"url": endpoint.url, "types": sorted(endpoint.types)}
            await self._note(connection, "webhook_endpoint_added", endpoint.id, said, origin)
        return True

    async def endpoints(self) -> Sequence[Endpoint]:
        """Return them, oldest first."""
        wanted = standing().order_by(hook_endpoints.c.created_ms, hook_endpoints.c.id)
        async with self._engines.read() as connection:
            return [endpoint_of(row) for row in (await connection.execute(wanted)).all()]

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        async with self._engines.read() as connection:
            return await _find(connection, endpoint_id)

    async def change(self, endpoint_id: str, change: Change, origin: Origin) -> Endpoint | None:
        """Set what `change` names; return the endpoint as it is then, None when there is none.

        A resumed endpoint is sent what waited, in its order.
        """
        at_ms = origin.received_ms
        sets: dict[str, object] = {}
        said: dict[str, object] = {}
        if change.url is not None:
            sets["url"] = said["url"] = change.url
        if change.types is not None:
            said["types"] = sorted(change.types)
            sets["types"] = packed(said["types"])
        if change.note is not None:
            sets["note"] = said["note"] = change.note
        if change.paused is not None:
            said["paused"] = change.paused
            sets["paused_ms"] = at_ms if change.paused else None
            sets["paused_why"] = "operator" if change.paused else None
        if not sets:
            return await self.endpoint(endpoint_id)
        return await self._set(endpoint_id, sets, "webhook_endpoint_changed", said, origin)

    async def delete(self, endpoint_id: str, origin: Origin) -> bool:
        """End it: nothing is sent to it any more, its secrets are gone, its deliveries follow with pruning."""
        sets: dict[str, object] = {"deleted_ms": origin.received_ms, "secret": "", "old_secret": None}
        async with self._engines.write() as connection:
            ended = _standing_update(endpoint_id).values(sets)
            if (await connection.execute(ended)).rowcount == 0:
                return False
            await self._note(connection, "webhook_endpoint_removed", endpoint_id, {}, origin)
        return True

    async def rotate(self, endpoint_id: str, secret: str, old_until_ms: int, origin: Origin) -> bool:
        """Put `secret` (sealed) in front; the one before signs, too, until `old_until_ms`."""
        sets = {"old_secret": hook_endpoints.c.secret, "secret": secret, "old_until_ms": old_until_ms}
        found = await self._set(
            endpoint_id, sets, "webhook_secret_rotated", {"old_until_ms": old_until_ms}, origin
        )
        return found is not None

    async def gone(self, endpoint_id: str, origin: Origin) -> None:
        """Pause an endpoint that says it is gone for good (HTTP 410), unless it is paused already."""
        paused = (
            _standing_update(endpoint_id)
            .where(hook_endpoints.c.paused_ms.is_(None))
            .values(paused_ms=origin.received_ms, paused_why="gone")
        )
        async with self._engines.write() as connection:
            if (await connection.execute(paused)).rowcount:
                said = {"paused": True, "why": "gone"}
                await self._note(connection, "webhook_endpoint_changed", endpoint_id, said, origin)

    async def deliveries(
        self, *, endpoint: str | None, state: State | None, before: int | None, limit: int
    ) -> Sequence[Delivery]:
        """Return deliveries newest first with id below `before` (None = from the newest)."""
        wanted = _deliveries().order_by(hook_deliveries.c.id.desc()).limit(limit)
        if endpoint is not None:
            wanted = wanted.where(hook_deliveries.c.endpoint == endpoint)
        if state is not None:
            wanted = wanted.where(hook_deliveries.c.state == written(state))
        if before is not None:
            wanted = wanted.where(hook_deliveries.c.id < before)
        async with self._engines.read() as connection:
            return [_delivery_of(row) for row in (await connection.execute(wanted)).all()]

    async def delivery(self, delivery_id: int) -> Delivery | None:
        async with self._engines.read() as connection:
            row = (await connection.execute(_deliveries().where(hook_deliveries.c.id == delivery_id))).first()
        return None if row is None else _delivery_of(row)

    async def resend(self, delivery_id: int, origin: Origin) -> Resent:
        """Make a delivery due now, with a whole new time of retries; its `webhook-id` stays."""
        at_ms = origin.received_ms
        again = (
            update(hook_deliveries)
            .where(
                hook_deliveries.c.id == delivery_id,
                hook_deliveries.c.endpoint.in_(_standing_ids()),
                # Whoever is sending it now would not know of a second sender.
                hook_deliveries.c.sending.is_(False) | (hook_deliveries.c.due_ms <= at_ms),
            )
            .values(
                state="waiting",
                spent=hook_deliveries.c.attempts,
                sending=False,
                due_ms=at_ms,
                began_ms=None,
                ended_ms=None,
            )
        )
        there = select(hook_deliveries.c.endpoint).where(
            hook_deliveries.c.id == delivery_id, hook_deliveries.c.endpoint.in_(_standing_ids())
        )
        async with self._engines.write() as connection:
            endpoint = (await connection.execute(there)).scalar()
            if endpoint is None:
                return "unknown"
            if (await connection.execute(again)).rowcount == 0:
                return "being_sent"
            await self._note(connection, "webhook_resent", endpoint, {"delivery": delivery_id}, origin)
        return "resent"

    async def _set(
        self,
        endpoint_id: str,
        sets: dict[str, object],
        kind: str,
        said: dict[str, object],
        origin: Origin,
    ) -> Endpoint | None:
        async with self._engines.write() as connection:
            if (await connection.execute(_standing_update(endpoint_id).values(sets))).rowcount == 0:
                return None
            await self._note(connection, kind, endpoint_id, said, origin)
            return await _find(connection, endpoint_id)

    async def _note(
        self,
        connection: AsyncConnection,
        kind: str,
        endpoint_id: str,
        said: dict[str, object],
        origin: Origin,
    ) -> None:
        version = self._rulebook_at(origin.received_ms).version
        await note(connection, kind, endpoint_id, said, origin, version)


async def _one_at_a_time(connection: AsyncConnection) -> None:
    """Let two who add an endpoint at once count one after the other; on SQLite the write lock does."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("LOCK TABLE hook_endpoints IN SHARE ROW EXCLUSIVE MODE")


async def _find(connection: AsyncConnection, endpoint_id: str) -> Endpoint | None:
    row = (await connection.execute(standing().where(hook_endpoints.c.id == endpoint_id))).first()
    return None if row is None else endpoint_of(row)


def _standing_ids() -> Select[tuple[str]]:
    return select(hook_endpoints.c.id).where(hook_endpoints.c.deleted_ms.is_(None))


def _standing_update(endpoint_id: str) -> Update:
    return update(hook_endpoints).where(
        hook_endpoints.c.id == endpoint_id, hook_endpoints.c.deleted_ms.is_(None)
    )


def _delivery_of(row: Found) -> Delivery:
    return Delivery(*row)


def _deliveries() -> Select[tuple[object, ...]]:
    return select(*(hook_deliveries.c[name] for name in _DELIVERY)).where(
        hook_deliveries.c.endpoint.in_(_standing_ids())
    )
