"""A server killed while it sends a webhook: the message is sent again, under the same id."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import text

from server.ledger.engines import Engines
from tests.support.databases import sqlite_url
from tests.support.liveroom_process import StartLiveroom
from tests.support.receiver import OK, Got, Receiver
from tests.support.shop import Shop


async def the_lease_ends(ledger: Path) -> int:
    """Let the time of leases pass at once; return how many stood."""
    engines = Engines(sqlite_url(ledger))
    async with engines.write() as connection:
        passed = await connection.execute(text("UPDATE hook_deliveries SET due_ms = 0 WHERE sending"))
    await engines.close()
    return passed.rowcount


async def test_HOK10_R1_a_message_being_sent_at_kill_9_is_sent_again(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom("--allow-private-webhooks")

    async def hangs(_got: Got) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with Receiver(hangs) as receiver, Shop(server.url, server.api_key()) as shop:
        body = {"url": receiver.url, "types": ["tier.upgraded", "coupon.granted"]}
        secret = (await shop.http.post("/v1/webhook-endpoints", json=body)).json()["secret"]
        await shop.post_events(shop.order("member:m1", 300, order="o1"))
        await receiver.until(1)
        server.kill()
        assert await the_lease_ends(server.data_dir / "ledger.db") == 1
        receiver.reply = OK
        await asyncio.to_thread(server.start, "--allow-private-webhooks")
        cut, again, after = await receiver.until(3)
        assert cut.id == again.id
        assert [one.verified(secret)["type"] for one in (again, after)] == ["tier.upgraded", "coupon.granted"]
    server.run("verify-ledger")
