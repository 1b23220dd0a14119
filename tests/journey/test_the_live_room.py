"""What a host starts and viewers do, in one live room of two workers: over HTTP and real sockets only.

Each test has a viewer on either worker, so that whatever one of them does the other has to be told of.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest

from tests.support.live import Frame, Viewer
from tests.support.shop import Json, Shop
from tests.support.site import Site, a_site, directory_of
from tests.support.workers import one_shop_per_worker, one_viewer_per_worker, viewer_at, workers


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_site(directory_of(request, tmp_path_factory), start=("--workers", "2")) as shared:
        yield shared


@pytest.fixture
async def host(site: Site, shop: Shop, room: str) -> AsyncIterator[Host]:
    """The host of the test's room, with a token and no API key."""
    token = await shop.token(site.fresh("host"), role="host", rooms=[room])
    async with httpx2.AsyncClient(
        base_url=f"{site.url}/v1/rooms/{room}",
        headers={"authorization": f"Bearer {token}"},
        timeout=60,
        trust_env=False,
    ) as http:
        yield Host(http)


class Host:
    """One hand free: presses, and is answered."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def presses(self, method: str, path: str, body: Json | None = None) -> httpx2.Response:
        return await self._http.request(method, path, json=body)

    async def does(self, method: str, path: str, body: Json | None = None, status: int = 200) -> Json:
        answer = await self.presses(method, path, body)
        assert answer.status_code == status, answer.text
        found: Json = answer.json() if answer.content else {}
        return found


@asynccontextmanager
async def two_members(site: Site, shop: Shop, room: str) -> AsyncIterator[list[Viewer]]:
    """Two members in the room, one on each worker."""
    members = [f"member:{site.fresh('m')}" for _ in range(2)]
    tokens = [await shop.token(who, rooms=[room], name=who[-4:]) for who in members]
    async with one_viewer_per_worker(site, room, *tokens) as viewers:
        yield viewers


async def item(viewer: Viewer, kind: str, name: str, **fields: object) -> Frame:
    """Return the item of the room as soon as it is so."""

    def there() -> bool:
        found = viewer.room_now().get(kind, {}).get(name, {})
        return bool(found) and all(found.get(key) == value for key, value in fields.items())

    await viewer.until(there, f"{kind}/{name} with {fields}")
    found: Frame = viewer.room_now()[kind][name]
    return found


async def pulse(viewer: Viewer, key: str, value: object) -> None:
    await viewer.wait_for(
        lambda frame: (frame["type"], frame.get("key"), frame.get("value")) == ("pulse", key, value),
        f"{key} at {value}",
    )


async def says(shop: Shop, path: str, so: Callable[[Json], bool]) -> Json:
    """Ask the worker that this shop's connection leads to until it is so; return what it says then."""
    found: Json = {}
    async with asyncio.timeout(60):
        while not (found and so(found)):
            answer = await shop.http.get(path)
            assert answer.status_code == 200, answer.text
            found = answer.json()
    return found


async def test_L3_a_task_is_done_by_viewers_of_both_workers_and_seen_by_both(
    site: Site, shop: Shop, room: str, host: Host
) -> None:
    async with two_members(site, shop, room) as viewers:
        here, there = viewers
        wish = {"kind": "share", "reward": 100, "target": 2, "seconds": 600, "budget": 200}
        await pulse(here, "online", 2)
        preview = await host.does("POST", "/tasks/preview", wish)
        assert (preview["max_points"], preview["audience"]) == (200, 2)
        task = await host.does("POST", "/tasks", wish, status=201)
        key = f"task:{task['id']}"
        for viewer in viewers:
            await item(viewer, "tasks", task["id"], state="running", ends_ms=task["ends_ms"])
        await here.act("share", channel="link")
        await here.until(
            lambda: (here.card_now() or {})["tasks"].get(task["id"], {}).get("count") == 1, "1/2 on the card"
        )
        done = await here.act("share", channel="link")
        assert done["result"]["points"] == 10, (
            "what the share itself earns; the task's reward is another entry"
        )
        for viewer in viewers:
            await pulse(viewer, key, {"done": 1, "budget_left": 100})
            moment = await viewer.next("moment", kind="task_done")
            assert (moment["params"]["task"], moment["params"]["reward"]) == (task["id"], 100)
        await here.until(
            lambda: (
                (here.card_now() or {})["tasks"][task["id"]] == {"count": 2, "target": 2, "state": "done"}
                and (here.card_now() or {})["points"] == 120
            ),
            "2/2 and its points on the card",
        )
        for _ in range(2):
            await there.act("share", channel="link")
        for viewer in viewers:
            await pulse(viewer, key, {"done": 2, "budget_left": 0})


async def test_L3_what_the_host_does_to_a_task_is_seen_on_both_workers(
    site: Site, shop: Shop, room: str, host: Host
) -> None:
    async with two_members(site, shop, room) as viewers:
        wish = {"kind": "like", "reward": 10, "target": 5, "seconds": 60, "budget": 1_000}
        task = await host.does("POST", "/tasks", wish, status=201)
        path = f"/tasks/{task['id']}"
        longer = await host.does("PATCH", path, {"action": "extend", "seconds": 30, "rev": 1})
        assert longer["ends_ms"] == task["ends_ms"] + 30_000
        pause = {"action": "pause", "rev": longer["rev"]}
        both = await asyncio.gather(host.presses("PATCH", path, pause), host.presses("PATCH", path, pause))
        assert sorted(answer.status_code for answer in both) == [200, 409], (
            "two hosts at once: one was faster"
        )
        for viewer in viewers:
            paused = await item(viewer, "tasks", task["id"], state="paused")
            assert 0 < paused["remaining_ms"] <= 90_000
        await viewers[0].act("like", count=5)
        assert (viewers[0].card_now() or {})["tasks"].get(task["id"], {}).get("count", 0) == 0
        late = await host.does("PATCH", path, {"action": "cancel", "rev": 1}, status=409)
        assert late["code"] == "conflict"
        resumed = await host.does("PATCH", path, {"action": "resume"})
        for viewer in viewers:
            await item(viewer, "tasks", task["id"], state="running", ends_ms=resumed["ends_ms"])
        assert (await host.does("DELETE", path))["state"] == "cancelled"
        for viewer in viewers:
            await item(viewer, "tasks", task["id"], state="cancelled")
        assert (await host.does("PATCH", path, {"action": "resume"}, status=409))["code"] == "closed"


async def test_L5_permits_asked_on_both_workers_at_once_are_as_many_as_there_are_pieces(
    site: Site, shop: Shop, room: str, host: Host
) -> None:
    async with two_members(site, shop, room) as viewers, AsyncExitStack() as stack:
        everybody = list(viewers)
        for _ in range(6):
            viewer = await stack.enter_async_context(Viewer(site.url))
            await viewer.hello(room, await shop.token(f"member:{site.fresh('m')}", rooms=[room]))
            everybody.append(viewer)
        wish = {"sku": "coat", "title": "羊毛大衣", "price": 19_900, "link": "https://mall.example/coat"}
        public_ms = int(time.time() * 1_000) + 10_000  # a slow machine must come to knock before
        gate = await host.does("POST", "/gates", {**wish, "public_ms": public_ms, "stock": 3}, status=201)
        name: str = gate["id"]
        shown = await item(viewers[1], "gates", name, state="scheduled")
        assert "link" not in shown
        early = await viewers[0].act("permit", gate=name)
        assert (early["code"], early["details"]["opens_ms"]) == ("not_open", public_ms)
        assert "mall.example" not in str(viewers[0].frames)
        # What every client does: waits as long as it was told to.
        await asyncio.sleep(early["retry_after_ms"] / 1_000)
        answers = await asyncio.gather(*(viewer.act("permit", gate=name) for viewer in everybody))
        given = [answer["result"] for answer in answers if answer["type"] == "done"]
        assert len({one["permit"] for one in given}) == len(given) == 3
        assert {one["link"] for one in given} == {"https://mall.example/coat"}
        assert {answer["code"] for answer in answers if answer["type"] == "refused"} == {"sold_out"}
        for viewer in viewers:
            await pulse(viewer, f"gate:{name}", {"stock_left": 0})

        body = {"permit": given[0]["permit"], "sku": "coat"}
        other = await shop.http.post("/v1/permits/verify", json={**body, "sku": "scarf"})
        assert (other.status_code, other.json()["code"]) == (409, "permit_other_sku")
        first = await shop.http.post("/v1/permits/verify", json=body)
        assert (first.status_code, first.json()["ok"]) == (200, True)
        second = await shop.http.post("/v1/permits/verify", json=body)
        assert (second.status_code, second.json()["code"]) == (409, "permit_used")


async def test_L8_votes_on_both_workers_are_counted_exactly_and_words_reach_both(
    site: Site, shop: Shop, room: str, host: Host
) -> None:
    async with two_members(site, shop, room) as viewers:
        wish = {"question": "下一件上什么?", "options": ["围巾", "手套"], "seconds": 60}
        poll = await host.does("POST", "/polls", wish, status=201)
        name: str = poll["id"]
        answers = await asyncio.gather(
            viewers[0].act("vote", poll=name, option="a"), viewers[1].act("vote", poll=name, option="a")
        )
        assert [answer["result"]["points"] for answer in answers] == [5, 5]
        again = await viewers[1].act("vote", poll=name, option="b")
        assert again["result"]["why_nothing"] == "duplicate"
        for viewer in viewers:
            await pulse(viewer, f"poll:{name}", {"a": 2, "b": 0})
        closed = await host.does("PATCH", f"/polls/{name}", {"action": "close"})
        assert [option["votes"] for option in closed["options"]] == [2, 0]
        assert (await viewers[0].act("vote", poll=name, option="b"))["code"] == "closed"
        await host.does("PUT", "/pinned", {"text": "满300减30"}, status=204)
        await host.does("POST", "/notices", {"text": "马上抽奖"}, status=201)
        for viewer in viewers:
            await item(viewer, "polls", name, state="closed")
            assert (await viewer.next("moment", kind="notice"))["text"]["zh-CN"] == "马上抽奖"
            await viewer.until(
                lambda viewer=viewer: viewer.room_now().get("pinned", {}).get("text") == "满300减30",  # type: ignore[misc]
                "the pinned line",
            )


async def test_L13_L4_L8_words_are_taken_back_and_the_first_are_counted_on_both_workers(
    site: Site, shop: Shop, room: str, host: Host
) -> None:
    async with two_members(site, shop, room) as viewers:
        here = viewers[0]
        await here.act("comment", text="加微信私聊更便宜哦")
        comments = [await viewer.next("comment") for viewer in viewers]
        await host.does("DELETE", f"/comments/{comments[0]['id']}", status=204)
        muted = {"kind": "mute", "until_ms": int(time.time() * 1_000) + 600_000}
        await host.does("PUT", f"/restrictions/{comments[0]['author']}", muted, status=204)
        for viewer in viewers:
            assert (await viewer.next("retract"))["ids"] == [comments[0]["id"]]
        assert (await here.act("comment", text="为什么不让我说话呀"))["code"] == "muted"

        spot = {"sku": "coat", "title": "羊绒大衣", "price": 89_900}
        await host.does("PUT", "/spotlight", spot)
        first: str = (
            await host.does("POST", "/first-n", {"title": "首单加送", "n": 1, "points": 200}, status=201)
        )["id"]
        for viewer in viewers:
            await item(viewer, "first_n", first, state="open")
            await viewer.until(
                lambda viewer=viewer: viewer.room_now().get("spotlight", {}).get("price") == 89_900,  # type: ignore[misc]
                "the product on show",
            )
        async with one_shop_per_worker(site) as shops:
            await asyncio.gather(
                *(
                    one.post_events(
                        one.order(f"member:{site.fresh('b')}", 30, order=site.fresh("o"), room=room)
                    )
                    for one in shops
                )
            )
        for viewer in viewers:
            await item(viewer, "first_n", first, state="full")
            await pulse(viewer, f"first_n:{first}", {"taken": 1})


async def test_L8_E2_E5_likes_and_check_ins_of_both_workers_are_one_sum_and_one_list(
    site: Site, shop: Shop, room: str
) -> None:
    async with two_members(site, shop, room) as viewers:
        for viewer, count in zip(viewers, (3, 4), strict=True):
            await viewer.act("like", count=count)
            assert (await viewer.act("check_in"))["result"]["points"] > 0
            await viewer.act("share", channel="link")
        for viewer in viewers:
            await pulse(viewer, "likes", 7)
            await viewer.wait_for(
                lambda frame: (
                    (frame["type"], frame.get("key")) == ("pulse", "leaderboard")
                    and len(frame["value"]["top"]) == 2
                ),
                "both on the leaderboard",
            )


async def test_B6_who_comes_in_with_an_effect_is_seen_at_both_workers(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    await shop.post_events(shop.order(mei, 12_000, order=site.fresh("o")))
    token = await shop.token(mei, rooms=[room], name="小美")
    async with two_members(site, shop, room) as viewers, Viewer(site.url) as hers:
        await hers.hello(room, token)
        for viewer in viewers:
            assert (await viewer.next("moment", kind="entrance"))["params"]["name"] == "小美"


async def test_L3_P3_what_the_clock_ends_is_ended_on_both_workers_and_one_who_is_late_is_told(
    site: Site, shop: Shop, room: str, host: Host
) -> None:
    async with two_members(site, shop, room) as viewers:
        here, there = viewers
        for viewer in viewers:
            await viewer.act("share", channel="link")  # points for a ticket
        prize = {"name": "88积分", "count": 1, "kind": "points", "points": 88}
        task = await host.does(
            "POST",
            "/tasks",
            {"kind": "share", "reward": 50, "target": 1, "seconds": 10, "budget": 100},
            status=201,
        )
        # It ends after the task, so its end tells that the task's end has passed.
        poll = await host.does(
            "POST", "/polls", {"question": "?", "options": ["甲", "乙"], "seconds": 10}, status=201
        )
        # The last: whoever enters has all of its seconds, however slow the machine is.
        draw = await host.does(
            "POST", "/draws", {"title": "小奖", "cost": 10, "prizes": [prize], "seconds": 10}, status=201
        )
        tickets = [(await viewer.act("enter_draw", draw=draw["id"]))["result"] for viewer in viewers]
        assert sorted(one["ticket"] for one in tickets) == [1, 2]
        assert (await here.act("enter_draw", draw=draw["id"]))["code"] == "limit_reached"

        results = [await viewer.next("moment", kind="draw_result") for viewer in viewers]
        assert results[0]["id"] == results[1]["id"]
        proof = (await shop.http.get(f"/v1/draws/{draw['id']}/proof")).json()
        assert (proof["state"], proof["entries"], len(proof["winners"])) == ("drawn", 2, 1)
        assert all(one["tag"] in proof["entry_list"] for one in tickets)
        [won] = [
            viewer
            for viewer, one in zip(viewers, tickets, strict=True)
            if one["ticket"] == proof["winners"][0]["ticket"]
        ]
        await won.until(lambda: (won.card_now() or {})["points"] == 88, "the prize")
        assert (await there.act("enter_draw", draw=draw["id"]))["code"] == "closed"

        await item(here, "polls", poll["id"], state="closed")
        late = await here.act("share", channel="link")
        assert late["type"] == "done", "a share is a share; only the task is over"
        assert (await host.does("PATCH", f"/tasks/{task['id']}", {"action": "extend", "seconds": 5}, 409))[
            "code"
        ] == "closed"
        [line] = (await host.does("GET", "/tasks"))["tasks"]
        assert (line["done"], line["spent"]) == (0, 0)


async def test_L2_L9_X4_R10_what_is_pressed_at_one_worker_stands_at_the_other(
    site: Site, shop: Shop, room: str
) -> None:
    """Shout-outs in the host's hand, a widget and its overlay, the prompter, the live figures."""
    path = f"/v1/rooms/{room}"
    async with (
        two_members(site, shop, room) as viewers,
        one_shop_per_worker(site) as (one, other),
        AsyncExitStack() as stack,
    ):
        # A widget made at one worker buys its ticket at the other, and both see its overlay.
        made = (await one.http.post(f"{path}/widgets", json={"name": "OBS 主画面"})).json()
        buying = {"widget": made["id"], "secret": made["secret"]}
        bought = (await other.http.post("/v1/overlay-tickets", json=buying)).json()
        first, second = [worker.pid for worker in workers(site.process)]
        overlay = await stack.enter_async_context(
            viewer_at(site, first, room, bought["ticket"], surface="broadcast")
        )
        await stack.enter_async_context(viewer_at(site, second, room))
        for asked in (one, other):
            await says(asked, f"{path}/queue", lambda queue: len(queue["overlays"]) == 1)

        # A pause pressed at one holds at both; what came meanwhile is seen waiting at the other, and let go there.
        paused = (await one.http.post(f"{path}/queue", json={"action": "pause", "rev": 0})).json()
        assert (paused["rev"], paused["paused"]) == (1, True)
        for viewer in (*viewers, overlay):
            await viewer.until(
                lambda viewer=viewer: viewer.room_now().get("shoutouts") == {"paused": True},  # type: ignore[misc]
                "the pause",
            )
        riser = f"member:{site.fresh('riser')}"
        await one.post_events(one.order(riser, 300, order=site.fresh("o"), room=room))
        waiting = await says(other, f"{path}/queue", lambda queue: queue["waiting"]["count"] == 1)
        assert (waiting["paused"], waiting["rev"]) == (True, 1)
        stale = await other.http.post(f"{path}/queue", json={"action": "resume", "rev": 0})
        assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
        await other.http.post(f"{path}/queue", json={"action": "resume", "rev": 1})
        shouts = [await viewer.next("moment", kind="level_up") for viewer in (*viewers, overlay)]
        assert len({shout["id"] for shout in shouts}) == 1
        skipped = await one.http.post(f"{path}/queue", json={"action": "skip", "id": shouts[0]["id"]})
        assert skipped.status_code == 200, skipped.text
        for viewer in (*viewers, overlay):
            assert (await viewer.next("retract"))["ids"] == [shouts[0]["id"]]
        await says(other, f"{path}/queue", lambda queue: [line["gone"] for line in queue["shown"]] == [True])

        # A task started at one gives the host of the other something to say; said there, it is said here.
        wish = {"kind": "share", "reward": 100, "target": 1, "seconds": 600, "budget": 500}
        task = (await one.http.post(f"{path}/tasks", json=wish)).json()
        lines = await says(
            other, f"{path}/prompter", lambda told: any(line["kind"] == "task" for line in told["lines"])
        )
        [line] = [line for line in lines["lines"] if line["kind"] == "task"]
        said = await other.http.post(f"{path}/prompter/{line['key']}/said", json={"stage": line["stage"]})
        assert said.status_code == 200, said.text
        told = await says(one, f"{path}/prompter", lambda told: told["said"].get("task") == 1)
        assert all(line["said_ms"] is not None for line in told["lines"] if line["key"] == said.json()["key"])

        # What a viewer of either worker does is in the figures of both.
        for viewer in viewers:
            await viewer.act("share", channel="link")
        for asked in (one, other):
            figures = await says(
                asked,
                f"{path}/figures",
                lambda found: (
                    found["audience"] is not None
                    and found["audience"]["online"] >= 3
                    and found["audience"]["tiers"].get("basic") == 2
                    and [each["rewarded"] for each in found["show"]["tasks"]] == [200]
                ),
            )
            [funnel] = figures["show"]["tasks"]
            assert (funnel["task"], funnel["reached"]) == (task["id"], 2)
            assert figures["show"]["orders"] == {"count": 1, "paid": 30_000}

        # A ticket lets one in, whoever is first at whichever worker; the used one nobody.
        fresh = (await one.http.post("/v1/overlay-tickets", json=buying)).json()
        async with AsyncExitStack() as stack:
            racers = [await stack.enter_async_context(Viewer(site.url)) for _ in range(6)]
            hello = {"type": "hello", "room": room, "surface": "broadcast"}
            for racer in racers:
                used = racer is racers[-1]
                await racer.send({**hello, "token": bought["ticket"] if used else fresh["ticket"]})
            answers: list[Frame] = []
            for racer in racers:
                await racer.until(lambda racer=racer: bool(racer.frames), "an answer")  # type: ignore[misc]
                answers.append(racer.frames[0])
            assert sorted(answer["type"] for answer in answers) == ["bye"] * 5 + ["welcome"]
            assert {answer["code"] for answer in answers if answer["type"] == "bye"} == {4005}
            assert answers[-1]["type"] == "bye"

        # Another secret, made at the other worker, ends the overlay at this one.
        await other.http.post(f"{path}/widgets/{made['id']}/secret")
        assert await overlay.closed() == 4505
        late = await one.http.post("/v1/overlay-tickets", json=buying)
        assert (late.status_code, late.json()["code"]) == (401, "secret_invalid")


async def test_R8_why_something_earned_nothing_is_said(site: Site, shop: Shop, room: str) -> None:
    async with two_members(site, shop, room) as (here, there):
        assert (await here.act("comment", text="这件外套真好看"))["result"]["points"] == 5
        assert (await there.act("follow"))["result"].get("why_nothing") is None
        assert (await there.act("follow"))["result"]["why_nothing"] == "duplicate"
        assert (await here.act("vote", poll="none", option="a"))["code"] == "not_found"
        assert (await here.act("permit", gate="none"))["code"] == "not_found"
        assert (await here.act("enter_draw", draw="none"))["code"] == "not_found"
        assert (await here.act("comment", text="。"))["result"]["why_nothing"] == "invalid_comment"


async def test_L3_R3_after_all_this_the_books_are_right(site: Site) -> None:
    site.process.run("verify-ledger")
