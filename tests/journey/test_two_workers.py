"""Two workers behind one port are one server: on the embedded default, and on PostgreSQL with a Redis of its own.

Which worker a connection leads to is read off the table of open sockets (`tests.support.workers.serving`), so each
test knows that it used both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.databases import migrate
from tests.support.postgres_server import PostgresServer
from tests.support.programs import redis_server_program
from tests.support.redis_server import RedisServer
from tests.support.rulebooks import document
from tests.support.shop import Shop
from tests.support.site import Site, a_site, directory_of
from tests.support.workers import metric, one_shop_per_worker, one_viewer_per_worker, viewer_at, workers


@pytest.fixture(scope="module", params=["embedded", "postgres-and-redis"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = directory_of(request, tmp_path_factory)
    two = ("--workers", "2")
    if request.param == "embedded":
        with a_site(directory, start=two) as shared:
            yield shared
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    name = postgres.create_database_from("migrated", lambda url: migrate(url, tmp_path_factory.mktemp("m")))
    redis = RedisServer(redis_server_program())
    redis.start()
    options = ("--database-url", postgres.url(name), "--redis-url", redis.url)
    with a_site(directory, *options, start=two) as shared:
        yield shared
    redis.close()
    postgres.drop_database(name)


async def test_X2_R9_viewers_of_both_workers_get_the_card_and_the_shout_out(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    async with one_viewer_per_worker(site, room, token) as hers, one_viewer_per_worker(site, room) as others:
        for viewer in hers:
            assert viewer.welcome["card"]["tier"] == "basic"
        await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
        for viewer in hers:
            await viewer.wait_for(
                lambda frame: frame["type"] == "card" and frame["card"]["tier"] == "silver", "the silver card"
            )
        moments = [await viewer.next("moment", kind="level_up") for viewer in (*hers, *others)]
        assert {(moment["id"], moment["offset"]) for moment in moments} == {
            (moments[0]["id"], moments[0]["offset"])
        }
        cards = [
            {**(viewer.card_now() or {}), "as_of_ms": 0} for viewer in hers
        ]  # each worker renders at its time
        assert cards[0] == cards[1]
        assert all(viewer.card_now() is None for viewer in others)


async def test_R2_the_same_events_posted_to_both_workers_at_once_count_once(
    site: Site, shop: Shop, room: str
) -> None:
    people = [f"member:{site.fresh('payer')}" for _ in range(5)]
    orders = [shop.order(people[n % 5], 10 + n, order=site.fresh("o"), room=room) for n in range(40)]
    async with one_shop_per_worker(site) as (one, other):
        answers = await asyncio.gather(
            *(sender.post_events(*orders[at : at + 5]) for at in range(0, 40, 5) for sender in (one, other))
        )
    receipts = [receipt for answer in answers for receipt in answer]
    for order in orders:
        first, second = [receipt for receipt in receipts if receipt["id"] == order["id"]]
        assert {first["outcome"], second["outcome"]} == {"applied", "duplicate"}
        assert first["earned"] == second["earned"]
    earned = sum(receipt["earned"]["points"] for receipt in receipts if receipt["outcome"] == "applied")
    held = [(await shop.card(who))["points"] for who in people]
    assert sum(held) == earned > 0


async def test_L13_a_comment_at_one_worker_is_seen_at_the_other(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    async with one_viewer_per_worker(site, room, token, None) as (here, there):
        done = await here.act("comment", text="这件外套好好看呀")
        assert done["result"]["points"] == 5
        for viewer in (here, there):
            comment = await viewer.next("comment")
            assert (comment["name"], comment["text"], comment["tier"]) == (
                "小美",
                "这件外套好好看呀",
                "basic",
            )


async def test_R2_an_act_repeated_at_the_other_worker_gets_the_first_answer(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    async with one_viewer_per_worker(site, room, token) as (here, there):
        answers = await asyncio.gather(
            here.act("share", ref="same", channel="link"), there.act("share", ref="same", channel="link")
        )
        later = await there.act("share", ref="same", channel="link")
        assert [answer["result"] for answer in (*answers, later)] == [
            {"points": 10, "growth": 10, "rule": "share"}
        ] * 3
    assert (await shop.card(mei))["points"] == 10


async def test_R6_a_viewer_comes_back_at_the_other_worker_without_gap_or_duplicate(
    site: Site, shop: Shop, room: str
) -> None:
    first, second = [worker.pid for worker in workers(site.process)]
    async with viewer_at(site, first, room) as here:
        await shop.post_events(shop.order(f"member:{site.fresh('a')}", 300, order=site.fresh("o"), room=room))
        seen = await here.next("moment")
    for _ in range(3):
        await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": len(site.fresh("x"))})
        who = f"member:{site.fresh('late')}"
        await shop.post_events(shop.order(who, 300, order=site.fresh("o"), room=room))
    position = {"epoch": here.welcome["epoch"], "offset": seen["offset"]}
    async with viewer_at(site, second, room, position=position) as there:
        back = there.welcome
        assert (back["recovered"], back["room"], back["offset"]) == (True, None, seen["offset"])
        await there.until(lambda: len(there.moments()) == 3, "what it missed")
        offsets = [frame["offset"] for frame in there.kept()]
        assert offsets == list(range(seen["offset"] + 1, seen["offset"] + 1 + len(offsets)))


async def test_MET1_whichever_worker_is_asked_the_figures_are_of_both(
    site: Site, shop: Shop, room: str
) -> None:
    async with one_shop_per_worker(site) as shops:
        joined = await metric(shops[0].http, "liveroom_joins_total", outcome="joined")
        async with one_viewer_per_worker(site, room):
            # A worker writes its figures down every quarter of a second.
            for one in shops:
                async with asyncio.timeout(60):
                    while await metric(one.http, "liveroom_connections") != 2:
                        pass  # asking takes a while
                    while await metric(one.http, "liveroom_joins_total", outcome="joined") != joined + 2:
                        pass  # asking takes a while


async def test_L2_both_workers_share_the_rooms_ten_a_minute(site: Site, shop: Shop, room: str) -> None:
    async with one_viewer_per_worker(site, room) as (here, there), one_shop_per_worker(site) as shops:
        for n in range(24):
            who = f"member:{site.fresh('riser')}"
            await shops[n % 2].post_events(shop.order(who, 300, order=site.fresh("o"), room=room))
        await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": 9})
        for viewer in (here, there):
            await viewer.wait_for(
                lambda frame: frame["type"] == "room" and frame["patch"].get("slow_s") == 9, "the fence"
            )
        assert [frame["id"] for frame in here.moments()] == [frame["id"] for frame in there.moments()]
        assert 1 <= len(here.moments()) <= 10


async def test_R3_after_all_this_the_books_are_right(site: Site) -> None:
    site.process.run("verify-ledger")


async def test_LED61_LED65_FRS2_a_published_rulebook_counts_at_both_workers_from_its_time_on(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    """The last one here: the rulebook stays changed."""
    operator = {"authorization": f"Bearer {site.process.token('operator', 'ann')}"}
    token = await shop.token(mei, rooms=[room], name="小美")
    changed = document({"ladder.2.color": "#123456", "streak.points": 300})
    async with one_viewer_per_worker(site, room, token) as viewers, one_shop_per_worker(site) as shops:
        drafted = await shops[0].http.post("/v1/rulebooks", json={"document": changed}, headers=operator)
        assert drafted.status_code == 201, drafted.text
        version = drafted.json()["version"]
        publish = f"/v1/rulebooks/{version}/publish"
        published = await shops[1].http.post(publish, json={}, headers=operator)
        assert published.status_code == 200, published.text
        effective_ms = published.json()["effective_ms"]
        for viewer in viewers:
            await viewer.next("notice", kind="rules")
            assert (viewer.card_now() or {})["as_of_ms"] >= effective_ms
            await viewer.until(
                lambda viewer=viewer: viewer.room_now()["tiers"]["silver"]["color"] == "#123456",  # type: ignore[misc]
                "the new colour of silver",
            )
        for one in shops:
            rules = (await one.http.get("/v1/rules")).json()
            assert rules["version"] == version
            assert any("300积分" in sentence["text"]["zh-CN"] for sentence in rules["sentences"])


async def test_L6_a_show_that_turns_members_only_asks_out_at_both_workers_and_lets_in_who_is_promoted(
    site: Site, shop: Shop, mei: str
) -> None:
    room = site.fresh("room")
    await shop.open_room(room, live=False)
    token = await shop.token(mei, rooms=[room], name="小美")
    boss = f"member:{site.fresh('boss')}"
    await shop.post_events(shop.order(boss, 300, order=site.fresh("o")))
    silver = await shop.token(boss, rooms=[room], name="阿杰")
    async with (
        one_viewer_per_worker(site, room, token) as hers,
        one_viewer_per_worker(site, room, silver) as his,
    ):
        answer = await shop.http.post(
            f"/v1/rooms/{room}/shows", json={"title": "白银专场", "members_only": "silver"}
        )
        show = f"/v1/rooms/{room}/shows/{answer.json()['id']}"
        assert (await shop.http.patch(show, json={"status": "live"})).status_code == 200
        for viewer in hers:
            bye = await viewer.next("bye")
            assert (bye["code"], bye["details"]["tier"], bye["details"]["growth_to_go"]) == (
                4502,
                "silver",
                300,
            )
            assert await viewer.closed() == 4502
        # She buys, and the same token opens the door, at either worker. He has been inside all the time.
        await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
        async with one_viewer_per_worker(site, room, token) as again:
            for viewer in again:
                assert viewer.welcome["card"]["tier"] == "silver"
        for viewer in his:
            assert (await viewer.act("share", channel="link"))["type"] == "done"
