"""The webhooks' tables with short words for a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from server.domain.commands import Origin
from server.ledger.engines import Engines
from server.ledger.hook_queue import Claimed, FannedOut, HookQueue
from server.ledger.hooks import Delivery, Endpoint, HookBook, State
from server.webhooks.message import message_of
from tests.support.ledger import NOW, RULEBOOK

LONG_AGO = NOW - 1_000_000


def by(actor: str = "operator:o1", n: int = 1, at_ms: int = NOW) -> Origin:
    """Who does something to webhooks."""
    return Origin("api", f"w{n}", "c", at_ms, actor=actor)


def an_endpoint(
    id_: str, *types: str, url: str = "https://shop.example/", secret: str = "sealed"
) -> Endpoint:
    return Endpoint(id_, url, frozenset(types), "", secret, None, None, LONG_AGO, None, None)


class Hooks:
    """Book and queue on one database."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        self.book = HookBook(engines, lambda _: RULEBOOK)
        self.queue = HookQueue(engines)

    async def add(
        self, id_: str, *types: str, url: str = "https://shop.example/", secret: str = "sealed"
    ) -> None:
        """An endpoint that has been there for long."""
        assert await self.book.add(an_endpoint(id_, *types, url=url, secret=secret), 99, by())

    async def fan_out(self, now_ms: int) -> FannedOut:
        return await self.queue.fan_out(now_ms, message_of)

    async def claim(
        self, endpoint_id: str, now_ms: int, limit: int = 8
    ) -> tuple[Endpoint, Sequence[Claimed]]:
        claimed = await self.queue.claim(endpoint_id, limit, now_ms)
        assert claimed is not None
        return claimed

    async def listed(
        self,
        *,
        endpoint: str | None = None,
        state: State | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Delivery]:
        return await self.book.deliveries(endpoint=endpoint, state=state, before=before, limit=limit)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.engines.read() as connection:
            return [tuple(row) for row in (await connection.execute(text(query))).all()]

    async def execute(self, statement: str) -> None:
        async with self.engines.write() as connection:
            await connection.execute(text(statement))

    async def count(self, table: str) -> int:
        found: int = (await self.rows(f"SELECT COUNT(*) FROM {table}"))[0][0]
        return found
