"""Redis dies or forgets under a whole server with viewers and a stream of events: SQL is the truth (R4, R9)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import psutil
import pytest
import redis

from tests.support.beside import while_running
from tests.support.live import Frame, Viewer
from tests.support.shop import Json, Shop
from tests.support.site import Site
from tests.support.site_fixtures import mei, room, shop, site
from tests.support.workers import private_redis, workers

__all__ = ["mei", "room", "shop", "site"]

# R4 says 10 s and R9 two beacons, 30 s; a machine may be three times slower, and busy.
ROOMS_WITHIN_S = 30.0
CARDS_WITHIN_S = 90.0
MEMBERS = 4


class Selling:
    """A shop that sells to the same few members without pause, and changes the room now and then."""

    def __init__(self, site: Site, shop: Shop, room: str) -> None:
        self.members = [f"member:{site.fresh('buyer')}" for _ in range(MEMBERS)]
        self.receipts: list[Json] = []
        self.room_now: Json = {}
        self._site, self._shop, self._room = site, shop, room
        self._on = True
        self._more = asyncio.Event()

    async def run(self) -> None:
        number = 0
        while self._on:
            number += 1
            who = self.members[number % MEMBERS]
            order = self._shop.order(who, 30, order=self._site.fresh("o"), room=self._room)
            self.receipts += await self._shop.post_events(order)
            self._more.set()
            if number % 5 == 0:
                path, body = f"/v1/rooms/{self._room}", {"slow_s": number % 60}
                answer = await self._shop.http.patch(path, json=body)
                assert answer.status_code == 200, answer.text

    async def sold(self, at_least: int) -> None:
        while len(self.receipts) < at_least:
            self._more.clear()
            await self._more.wait()

    def stop(self) -> None:
        self._on = False


def killed(site: Site) -> None:
    private_redis(site.process).kill()


def flushed(site: Site) -> None:
    with redis.Redis(unix_socket_path=str(site.process.data_dir / "run" / "redis.sock")) as connection:
        connection.flushall()


def answers(site: Site, gone: int) -> bool:
    """Whether a Redis other than process `gone` answers."""
    try:
        if private_redis(site.process).pid == gone:
            return False
        path = str(site.process.data_dir / "run" / "redis.sock")
        with redis.Redis(unix_socket_path=path, socket_timeout=5.0) as connection:
            return bool(connection.ping())
    except (redis.RedisError, psutil.Error, ValueError):
        return False


@pytest.mark.parametrize("fault", [killed, flushed])
async def test_R4_R9_after_redis_is_back_rooms_are_the_truth_in_ten_seconds_and_cards_in_two_beacons(
    site: Site, shop: Shop, room: str, fault: Callable[[Site], None]
) -> None:
    selling = Selling(site, shop, room)
    before = [worker.pid for worker in workers(site.process)]
    gone = private_redis(site.process).pid
    async with (
        Viewer(site.url, patience_s=100, beats=True) as stranger,
        Viewer(site.url, patience_s=100, beats=True) as buyer,
        Viewer(site.url, patience_s=100, beats=True, codec="json") as other,
    ):
        await stranger.hello(room)
        token = await shop.token(selling.members[0], rooms=[room], name="小美")
        for viewer in (buyer, other):
            await viewer.hello(room, token)
        running = asyncio.create_task(selling.run())
        await while_running(selling.sold(30), running)
        shown = stranger.room_now()

        fault(site)
        back = time.monotonic()
        while fault is killed and not answers(site, gone):
            if running.done():  # receipts go on while Redis is away
                await running
                raise AssertionError("it was not told to stop")
            assert stranger.room_now().keys() == shown.keys(), "the last state stays"
            await asyncio.sleep(0.02)
            back = time.monotonic()
        await while_running(selling.sold(len(selling.receipts) + 30), running)
        selling.stop()
        await running

        assert [receipt["outcome"] for receipt in selling.receipts] == ["applied"] * len(selling.receipts)
        truth_of_room = (await shop.http.get(f"/v1/rooms/{room}")).json()
        truth_of_card = await shop.card(selling.members[0])
        for viewer in (stranger, buyer, other):
            await equals_room(viewer, truth_of_room)
        assert time.monotonic() - back < ROOMS_WITHIN_S
        for viewer in (buyer, other):
            await equals_card(viewer, truth_of_card)
        assert time.monotonic() - back < CARDS_WITHIN_S
        assert {viewer.closed_with for viewer in (stranger, buyer, other)} == {None}
        async with Viewer(site.url) as late:
            welcome = await late.hello(room, token)
            assert welcome["room"] == stranger.room_now()
            assert same_card(welcome["card"], truth_of_card)
        await moments_go_on(site, shop, room, (stranger, buyer, other))
    assert [worker.pid for worker in workers(site.process)] == before, "no process of ours was started anew"
    assert (private_redis(site.process).pid != gone) == (fault is killed)


async def equals_room(viewer: Viewer, truth: Json) -> None:
    def equal() -> bool:
        now = viewer.room_now()
        return (now["slow_s"], now["name"], now["show"]["id"]) == (
            truth["slow_s"],
            truth["name"],
            truth["show"]["id"],
        )

    await viewer.until(equal, f"the room as it is: {truth}")


async def equals_card(viewer: Viewer, truth: Json) -> None:
    await viewer.until(lambda: same_card(viewer.card_now(), truth), f"the card as it is: {truth}")


def same_card(card: Frame | None, truth: Json) -> bool:
    keys = ("member", "version", "tier", "points", "growth")
    return card is not None and [card[key] for key in keys] == [truth[key] for key in keys]


async def moments_go_on(site: Site, shop: Shop, room: str, viewers: tuple[Viewer, ...]) -> None:
    who = site.fresh("after")
    await shop.http.put(f"/v1/members/{who}", json={"name": who[:12]})
    await shop.post_events(shop.order(f"member:{who}", 2_500, order=site.fresh("o"), room=room))
    for viewer in viewers:
        await viewer.wait_for(
            lambda frame: frame["type"] == "moment" and frame["params"].get("tier") == "gold",
            "a moment after the fault",
        )
