"""PostgreSQL stands still or dies under a whole server: writes are refused in time, rooms stay live (R5, R11)."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import cast

import httpx2
import pytest
from sqlalchemy import text

from server.ledger.engines import Engines
from server.ledger.errors import LedgerUnavailable
from tests.support.databases import migrate
from tests.support.live import Viewer
from tests.support.postgres_server import PostgresServer
from tests.support.shop import Json, Shop
from tests.support.site import Site, a_site, directory_of
from tests.support.site_fixtures import mei, room, shop
from tests.support.workers import workers

__all__ = ["mei", "room", "shop"]

REFUSED_WITHIN_S = 30.0
"""Three times the ten seconds after which a statement is given up."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer(durable=True)
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Site]:
    directory = directory_of(request, tmp_path_factory)
    url = postgres.url(postgres.create_database())
    migrate(url, tmp_path_factory.mktemp("migrate"))
    with a_site(directory, "--database-url", url) as shared:
        yield shared


@pytest.fixture(autouse=True)
def _back(postgres: PostgresServer) -> Iterator[None]:
    """Whatever a test did to it, the next one finds PostgreSQL running."""
    yield
    postgres.thaw()
    postgres.start()


async def ready(shop: Shop) -> int:
    return (await shop.http.get("/readyz")).status_code


@pytest.mark.parametrize("fault", ["frozen", "killed"])
async def test_R5_R11_with_sql_away_writes_are_503_and_rooms_stay_live(
    site: Site, shop: Shop, room: str, mei: str, postgres: PostgresServer, fault: str
) -> None:
    known = await shop.token(mei, rooms=[room], name="小美")
    unknown_member = f"member:{site.fresh('new')}"
    unknown = await shop.token(unknown_member, rooms=[room])
    await shop.post_events(shop.order(mei, 30, order=site.fresh("o"), room=room))
    processes = [worker.pid for worker in workers(site.process)]
    async with AsyncExitStack() as stack:

        async def a_viewer() -> Viewer:
            return await stack.enter_async_context(Viewer(site.url, patience_s=100, beats=True))

        hers, stranger = await a_viewer(), await a_viewer()
        welcome = await hers.hello(room, known)
        assert (await shop.http.get(f"/v1/rooms/{room}/snapshot")).status_code == 200
        await stranger.hello(room)
        (postgres.freeze if fault == "frozen" else postgres.kill)()
        order = shop.order(mei, 40, order=site.fresh("o"), room=room)
        began = time.monotonic()
        answer = await shop.http.post(
            "/v1/events", json=order, headers={"content-type": "application/cloudevents+json"}
        )
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert time.monotonic() - began < REFUSED_WITHIN_S
        refused = await hers.act("share", channel="link")
        assert (refused["type"], refused["code"]) == ("refused", "try_later")
        assert refused["retry_after_ms"] > 0

        assert (await shop.http.get("/livez")).status_code == 200
        snapshot = await shop.http.get(f"/v1/rooms/{room}/snapshot")
        assert snapshot.json()["room"] == welcome["room"]
        seen = len(stranger.frames)
        newcomer, again = await a_viewer(), await a_viewer()
        assert (await newcomer.hello(room, unknown))["card"] is None, "a tier is never guessed"
        assert (await again.hello(room, known))["card"]["points"] == welcome["card"]["points"]
        await stranger.wait_for(
            lambda frame: (frame["type"], frame.get("key"), frame.get("value")) == ("pulse", "online", 4),
            "the audience to grow on screen",
            since=seen,
        )
        assert (hers.closed_with, stranger.closed_with) == (None, None)
        assert await ready(shop) == 503

        (postgres.thaw if fault == "frozen" else postgres.start)()

        receipt = await when_it_is_back(shop, order)
        assert receipt["outcome"] in {"applied", "duplicate"}
        assert receipt["earned"]["growth"] == 60
        await hers.until(
            lambda: (hers.card_now() or {}).get("growth") == welcome["card"]["growth"] + 60, "the new card"
        )
        await newcomer.until(lambda: newcomer.card_now() is not None, "the card that was owed")
        assert (newcomer.card_now() or {})["tier"] == "basic"
        done = await hers.act("share", ref=refused["ref"], channel="link")
        assert done["result"]["points"] == 10
        assert await ready(shop) == 200
    assert [worker.pid for worker in workers(site.process)] == processes


async def when_it_is_back(shop: Shop, event: Json) -> Json:
    """Post it again as `Retry-After` asks, until it is taken."""
    until = time.monotonic() + 90
    while True:
        answer: httpx2.Response = await shop.http.post(
            "/v1/events", json=event, headers={"content-type": "application/cloudevents+json"}
        )
        if answer.status_code == 200:
            [receipt] = answer.json()["receipts"]
            return cast("Json", receipt)
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < until, "PostgreSQL is back and writes are still refused"


async def test_LED18_R5_a_frozen_server_is_away_soon_and_then_at_once(postgres: PostgresServer) -> None:
    engines = Engines(postgres.url(postgres.create_database()))
    try:
        async with engines.read() as connection:
            await connection.execute(text("SELECT 1"))
        postgres.freeze()
        waited = []
        for _ in range(6):
            began = time.monotonic()
            with pytest.raises(LedgerUnavailable):
                async with engines.read() as connection:
                    await connection.execute(text("SELECT 1"))
            waited.append(time.monotonic() - began)
        assert waited[0] < 10.0, "a join has ten seconds for all it asks"
        assert statistics.median(waited[1:]) < 0.5
        postgres.thaw()
        until = time.monotonic() + 30.0
        while True:
            try:
                async with engines.read() as connection:
                    assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
                return
            except LedgerUnavailable:
                assert time.monotonic() < until, "it is back and not asked again"
                await asyncio.sleep(0.1)
    finally:
        postgres.thaw()
        await engines.close()
