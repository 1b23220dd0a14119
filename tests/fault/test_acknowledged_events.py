"""R1: what was answered 200 is there once, whenever the process died."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.support.beside import while_running
from tests.support.databases import DatabaseKind, migrate
from tests.support.logs import attach_log
from tests.support.postgres_server import PostgresServer
from tests.support.progress import Progress
from tests.support.shop import Json, Shop
from tests.support.site import Site, a_site

# CI runs a seeded sample; `make fault` runs more. The next kill needs a server started: what costs a second where
# `test_every_command` forks a writer in hundredths. So of many only a share is killed here.
ALL_KILLS = int(os.environ.get("LIVEROOM_KILLS", "20"))
KILLS = min(ALL_KILLS, 20 + max(0, ALL_KILLS - 20) // 6)
SEED = int(os.environ.get("LIVEROOM_SEED", "20261121"))


class Size(NamedTuple):
    members: int
    together: int
    """Events in a request, at most."""


# On PostgreSQL requests so large that one commit begins while another is under way (LED27).
SIZES: dict[DatabaseKind, Size] = {"sqlite": Size(12, 8), "postgres": Size(200, 900)}


class Stream:
    """A shop that posts orders and refunds without pause, and remembers what was acknowledged."""

    def __init__(self, shop: Shop, seed: int, size: Size) -> None:
        self.acknowledged: dict[str, Json] = {}
        self.sent: dict[str, Json] = {}
        self._shop = shop
        self._size = size
        self._random = random.Random(seed)
        self._number = 0
        self._told = asyncio.Event()

    def next_batch(self) -> list[Json]:
        batch = []
        for _ in range(self._random.randint(1, self._size.together)):
            self._number += 1
            who = f"member:m{self._random.randrange(self._size.members)}"
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
            self._told.set()

    async def one_more(self) -> None:
        """Return when another batch is acknowledged. A stream that ends before fails the test."""
        self._told.clear()
        await self._told.wait()


@pytest.fixture
def site(database: DatabaseKind, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A server on this database; PostgreSQL really syncs, as the file does."""
    options: tuple[str, ...] = ()
    if database == "postgres":
        server: PostgresServer = request.getfixturevalue("durable_postgres_server")
        url = server.url(server.create_database())
        migrate(url, tmp_path)
        options = ("--database-url", url)
    with a_site(tmp_path, *options) as running:
        attach_log(request.node, "liveroom", running.process.log)
        yield running


# On PostgreSQL the database outlives our processes; fewer moments show that 200 is said after its commit.
@pytest.mark.timeout(200 + 30 * KILLS)
@pytest.mark.parametrize("database, kills", [("sqlite", KILLS), ("postgres", max(5, KILLS // 4))])
async def test_R1_an_acknowledged_event_survives_kill_9_at_any_moment(
    site: Site, database: DatabaseKind, kills: int
) -> None:
    server = site.process
    moments = random.Random(SEED)
    print(f"seed {SEED}, {kills} kills")
    async with Shop(server.url, site.key) as shop:
        stream = Stream(shop, SEED, SIZES[database])
        progress = Progress(f"servers killed on {database}", kills)
        for kill in range(kills):
            progress.done(kill)
            running = asyncio.create_task(stream.until_cut())
            if kill % 3:  # otherwise a slow machine would be killed before it ever answered
                await while_running(stream.one_more(), running)
            # Not a wait for something: the random moment of the kill is what is tested.
            await asyncio.sleep(moments.uniform(0.0, 0.25))
            server.kill()
            await running
            await asyncio.to_thread(server.start)
        assert len(stream.acknowledged) > kills, "the stream hardly ran: nothing was proven"

        # Everything is sent again: what was acknowledged is a duplicate with its first answer, once.
        twice = earned = 0
        everything = list(stream.sent.values())
        for at in range(0, len(everything), 100):
            for receipt in await shop.post_events(*everything[at : at + 100]):
                first = stream.acknowledged.get(receipt["id"])
                if first is not None:
                    assert (receipt["outcome"], receipt["earned"]) == ("duplicate", first["earned"]), receipt
                twice += receipt["outcome"] == "duplicate"
                earned += receipt["earned"]["points"]
        assert twice >= len(stream.acknowledged)

        points = 0
        for number in range(SIZES[database].members):
            answer = await shop.http.get(f"/v1/members/m{number}")
            points += answer.json()["card"]["points"] if answer.status_code == 200 else 0
        assert points == earned
    server.run("verify-ledger")
