"""A new release takes over on another machine while the show goes on: viewers move, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.beside import while_running
from tests.support.busy_room import seen_of
from tests.support.databases import migrate
from tests.support.live import Frame, NothingCame, Viewer, folded
from tests.support.liveroom_process import LiveroomProcess
from tests.support.logs import attach_log
from tests.support.postgres_server import PostgresServer
from tests.support.programs import redis_server_program
from tests.support.redis_server import RedisServer
from tests.support.shop import Json, Shop

PEOPLE = 4
ROOM = "r1"


@dataclass(slots=True)
class Machines:
    """The old release, which serves, and the new one: data directories of their own, one PostgreSQL, one Redis."""

    old: LiveroomProcess
    new: LiveroomProcess


@pytest.fixture
def machines(
    postgres_server: PostgresServer, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Machines]:
    name = postgres_server.create_database_from("migrated", lambda url: migrate(url, tmp_path / "migrating"))
    redis = RedisServer(redis_server_program())
    redis.start()
    shared = ["--database-url", postgres_server.url(name), "--redis-url", redis.url]
    # What machines of one programme share beside the two servers: who signs.
    secrets = (
        *("--token-secret-file", tmp_path / "old/token.secret"),
        *("--permit-key-file", tmp_path / "old/permit.key"),
    )
    both = []
    for which, more in (("old", ()), ("new", secrets)):
        (tmp_path / which).mkdir()
        both.append(LiveroomProcess(tmp_path / which, tmp_path / f"{which}.log", [*shared, *map(str, more)]))
        attach_log(request.node, which, both[-1].log)
    try:
        both[0].start()
        yield Machines(*both)
    finally:
        for process in both:
            process.close()
        redis.close()
        postgres_server.drop_database(name)


@dataclass(slots=True)
class Customer:
    """Watches, chats and counts what the room says; moves with its position when it is told goodbye."""

    name: str
    token: str
    connections: list[Viewer] = field(default_factory=list)
    welcomes: list[Frame] = field(default_factory=list)
    answers: dict[str, Frame] = field(default_factory=dict)
    goodbyes: list[Frame] = field(default_factory=list)
    on: bool = True

    def says(self, number: int) -> str:
        """What nobody else says: the same words of many would be a wave and earn nothing (E9)."""
        return f"{self.name}的第{number}句话"

    def position(self) -> Frame | None:
        if not self.connections:
            return None
        at = self.welcomes[-1]
        numbered = [at, *(frame for frame in self.connections[-1].frames if "offset" in frame)]
        return {"epoch": at["epoch"], "offset": numbered[-1]["offset"]}

    def room_now(self) -> Frame:
        """The room as a page would show it: what it was told first, and all that came since, on either connection."""
        since = [frame for viewer in self.connections for frame in viewer.frames]
        return folded(self.welcomes[0]["room"], since)

    async def takes_part(self, addresses: list[str]) -> None:
        """Be in the room at the newest address until told to stop; an act without an answer is done again."""
        number = 1
        while self.on:
            position = self.position()
            async with Viewer(addresses[-1]) as viewer:
                self.welcomes.append(await viewer.hello(ROOM, self.token, position=position))
                self.connections.append(viewer)
                try:
                    while self.on:
                        ref = f"act{number}"
                        self.answers[ref] = await viewer.act("comment", ref=ref, text=self.says(number))
                        number += 1
                except (NothingCame, ConnectionClosed):
                    await viewer.closed()
                    self.goodbyes.append(viewer.frames[-1])


@dataclass(slots=True)
class Sales:
    """Orders one after another; what got no answer is posted again, to whoever serves now."""

    key: str
    sent: dict[str, Json] = field(default_factory=dict)
    receipts: dict[str, Json] = field(default_factory=dict)
    name: str = ""
    """The room's, which the shop changes with every order: a frame with a number."""
    on: bool = True

    async def go_on(self, addresses: list[str]) -> None:
        number = 1
        while self.on:
            async with Shop(addresses[-1], self.key) as shop:
                try:
                    while self.on:
                        await self._sell(shop, number)
                        number += 1
                except httpx2.TransportError:
                    continue

    async def _sell(self, shop: Shop, number: int) -> None:
        buyer = f"member:m{number % PEOPLE}"
        order = shop.order(buyer, 7, order=f"o{number}", id_=f"e{number}", room=ROOM)
        self.sent[order["id"]] = order
        [receipt] = await shop.post_events(order)
        name = f"第{number}单"
        answer = await shop.http.put(f"/v1/rooms/{ROOM}", json={"name": name})
        assert answer.status_code == 200, answer.text
        self.receipts[order["id"]], self.name = receipt, name


async def _true(condition: Callable[[], bool]) -> None:
    while True:
        if condition():
            return
        await asyncio.sleep(0.02)


async def test_R1_R6_PRO7_viewers_move_from_the_old_release_to_the_new_and_nothing_is_lost(
    machines: Machines,
) -> None:
    key = machines.old.api_key()
    addresses = [machines.old.url]
    async with Shop(machines.old.url, key) as shop:
        await shop.open_room(ROOM)
        people = [
            Customer(f"观众{n}", await shop.token(f"member:m{n}", rooms=[ROOM], name=f"观众{n}"))
            for n in range(PEOPLE)
        ]
    sales = Sales(key)
    tasks = [asyncio.create_task(one.takes_part(addresses)) for one in people]
    tasks.append(asyncio.create_task(sales.go_on(addresses)))
    await while_running(
        _true(lambda: len(sales.receipts) > 20 and all(len(one.answers) > 2 for one in people)), *tasks
    )

    await asyncio.to_thread(machines.new.start)
    addresses.append(machines.new.url)
    before = {one.name: len(one.answers) for one in people}
    assert await while_running(asyncio.to_thread(machines.old.stop), *tasks, patience_s=90) == 0
    sold = len(sales.receipts)
    await while_running(
        _true(
            lambda: (
                len(sales.receipts) > sold + 10
                and all(len(one.connections) == 2 for one in people)
                and all(len(one.answers) > before[one.name] + 2 for one in people)
            )
        ),
        *tasks,
    )
    sales.on = False
    await tasks[-1]
    await while_running(
        _true(lambda: {one.room_now()["name"] for one in people} == {sales.name}), *tasks[:-1]
    )
    for one in people:
        one.on = False
    await asyncio.gather(*tasks)

    for one in people:
        assert [(bye["type"], bye["code"]) for bye in one.goodbyes] == [("bye", 4000)]
        assert [welcome["recovered"] for welcome in one.welcomes] == [False, True]
        for connection in one.connections:
            assert seen_of(connection)[1:] == (0, 0), "numbers twice, numbers left out"
        moments = [frame["id"] for viewer in one.connections for frame in viewer.moments()]
        assert len(moments) == len(set(moments))
    async with Shop(machines.new.url, key) as shop:
        for event_id, receipt in sales.receipts.items():
            [again] = await shop.post_events(sales.sent[event_id])
            assert (again["outcome"], again["earned"]) == ("duplicate", receipt["earned"])
        for number, one in enumerate(people):
            ordered = [event for event in sales.sent.values() if event["subject"] == f"member:m{number}"]
            earned = [sales.receipts[event["id"]]["earned"]["points"] for event in ordered]
            acted = [
                answer["result"]["points"] for answer in one.answers.values() if answer["type"] == "done"
            ]
            assert (await shop.card(f"m{number}"))["points"] == sum(earned) + sum(acted) > 0
    assert await asyncio.to_thread(machines.new.stop) == 0
    machines.new.run("verify-ledger")
