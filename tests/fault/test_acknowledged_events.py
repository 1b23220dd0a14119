"""R1: what was answered 200 is there once, whenever the process died."""

from __future__ import annotations

import asyncio
import os
import random

import httpx2

from tests.support.liveroom_process import LiveroomProcess
from tests.support.shop import Json, Shop

# CI runs a seeded sample; `LIVEROOM_KILLS=50 LIVEROOM_SEED=… make test` runs the whole promise.
KILLS = int(os.environ.get("LIVEROOM_KILLS", "20"))
SEED = int(os.environ.get("LIVEROOM_SEED", "20261121"))
MEMBERS = 12


class Stream:
    """A shop that posts orders and refunds without pause, and remembers what was acknowledged."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.acknowledged: dict[str, Json] = {}
        self.sent: dict[str, Json] = {}
        self._shop = shop
        self._random = random.Random(seed)
        self._number = 0

    def next_batch(self) -> list[Json]:
        batch = []
        for _ in range(self._random.randint(1, 8)):
            self._number += 1
            who = f"member:m{self._random.randrange(MEMBERS)}"
            event = self._shop.order(
                who, self._random.randint(1, 90), order=f"o{self._number}", id_=f"e{self._number}"
            )
            self.sent[event["id"]] = event
            batch.append(event)
        return batch

    async def until_cut(self) -> None:
        """Post batches one after another until the server is gone in the middle of one."""
        while True:
            try:
                receipts = await self._shop.post_events(*self.next_batch())
            except httpx2.TransportError:
                return
            for receipt in receipts:
                assert receipt["outcome"] == "applied"
                self.acknowledged[receipt["id"]] = receipt


async def test_R1_an_acknowledged_event_survives_kill_9_at_any_moment(
    liveroom_process: LiveroomProcess,
) -> None:
    key = liveroom_process.api_key()
    moments = random.Random(SEED)
    print(f"seed {SEED}, {KILLS} kills")
    async with Shop(liveroom_process.url, key) as shop:
        stream = Stream(shop, SEED)
        for _ in range(KILLS):
            running = asyncio.create_task(stream.until_cut())
            # Not a wait for something: the random moment of the kill is what is tested.
            await asyncio.sleep(moments.uniform(0.0, 0.25))
            liveroom_process.kill()
            await running
            await asyncio.to_thread(liveroom_process.start)
        assert len(stream.acknowledged) > KILLS, "the stream hardly ran: nothing was proven"

        # Everything is sent again: what was acknowledged is a duplicate with its first answer, once.
        twice = 0
        for event in stream.sent.values():
            [receipt] = await shop.post_events(event)
            first = stream.acknowledged.get(event["id"])
            if first is not None:
                assert (receipt["outcome"], receipt["earned"]) == ("duplicate", first["earned"]), event
            twice += receipt["outcome"] == "duplicate"
        assert twice >= len(stream.acknowledged)

        points = 0
        for number in range(MEMBERS):
            answer = await shop.http.get(f"/v1/members/m{number}")
            points += answer.json()["card"]["points"] if answer.status_code == 200 else 0
        earned = 0
        for event in stream.sent.values():
            [receipt] = await shop.post_events(event)
            earned += receipt["earned"]["points"]
        assert points == earned
    liveroom_process.run("verify-ledger")
