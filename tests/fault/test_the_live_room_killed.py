"""R1, L3, L5, P3: kill -9 during a countdown, in a gate's opening second, and between a draw's list and its seed.

One kill hits all three: the server dies when the list of the draw is published, the task runs, and everybody asks
for a permit at once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.support.live import Frame, NothingCame, Viewer
from tests.support.logs import attach_log
from tests.support.shop import Json, Shop
from tests.support.site import Site, a_site

MEMBERS = 6
PIECES = 3
ROOM = "live"


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as running:
        attach_log(request.node, "liveroom", running.process.log)
        yield running


@asynccontextmanager
async def everybody(site: Site, tokens: list[str]) -> AsyncIterator[list[Viewer]]:
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(Viewer(site.url, patience_s=60)) for _ in tokens]
        for viewer, token in zip(viewers, tokens, strict=True):
            await viewer.hello(ROOM, token)
        yield viewers


async def posted(shop: Shop, path: str, body: Json) -> Json:
    answer = await shop.http.post(f"/v1/rooms/{ROOM}/{path}", json=body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def so(viewer: Viewer, kind: str, name: str, state: str) -> Frame:
    await viewer.until(
        lambda: viewer.room_now().get(kind, {}).get(name, {}).get("state") == state, f"{kind}/{name} {state}"
    )
    found: Frame = viewer.room_now()[kind][name]
    return found


async def asked(viewer: Viewer, gate: str, first: asyncio.Event) -> Frame | None:
    """Ask for a permit; None when the server went away without an answer."""
    try:
        answer = await viewer.act("permit", ref="permit", gate=gate)
    except NothingCame:
        return None
    first.set()
    return answer


async def test_R1_L3_L5_P3_what_a_live_room_had_promised_is_there_once_after_kill_9(site: Site) -> None:
    server = site.process
    async with Shop(server.url, site.key) as shop:
        await shop.open_room(ROOM)
        members = [f"member:m{n}" for n in range(MEMBERS)]
        tokens = [await shop.token(member, rooms=[ROOM], name=member[-2:]) for member in members]
        async with everybody(site, tokens) as viewers:
            share = {"kind": "share", "reward": 100, "target": 2, "seconds": 25, "budget": 1_000}
            task = (await posted(shop, "tasks", share))["id"]
            for viewer in viewers:
                assert (await viewer.act("share", channel="link"))["result"]["points"] == 10
            await viewers[0].act("share", channel="link")  # reaches the target
            prize = {"name": "88积分", "count": 2, "kind": "points", "points": 88}
            wish = {"title": "小奖", "cost": 10, "prizes": [prize], "seconds": 8}
            drawing = await posted(shop, "draws", wish)
            draw = drawing["id"]
            tickets = [
                (await viewer.act("enter_draw", ref="ticket", draw=draw))["result"] for viewer in viewers
            ]

            # Opens just after the draw has closed, so that the kill comes while its list is out and its seed is not.
            coat = {"sku": "coat", "title": "羊毛大衣", "price": 19_900, "link": "https://mall.example/coat"}
            public_ms = drawing["ends_ms"] + 500
            gate = (await posted(shop, "gates", {**coat, "public_ms": public_ms, "stock": PIECES}))["id"]
            await so(viewers[0], "gates", gate, "scheduled")
            early = await viewers[0].act("permit", gate=gate)
            assert early["code"] == "not_open"
            opens = asyncio.get_running_loop().time() + early["retry_after_ms"] / 1_000
            listed = await so(viewers[0], "draws", draw, "closed")
            # What every client does: waits as long as it was told to.
            await asyncio.sleep(opens - asyncio.get_running_loop().time())
            first = asyncio.Event()
            asking = [asyncio.create_task(asked(viewer, gate, first)) for viewer in viewers]
            await first.wait()
            server.kill()
            before = await asyncio.gather(*asking)
        assert before.count(None) < MEMBERS, "nothing was acknowledged: nothing is proven"
        with sqlite3.connect(server.data_dir / "ledger.db") as ledger:
            assert ledger.execute("SELECT state FROM draws").fetchall() == [("closed",)]
            assert ledger.execute("SELECT state FROM tasks").fetchall() == [("running",)]

        await asyncio.to_thread(server.start)
        async with everybody(site, tokens) as viewers:
            # Everybody sends again what they sent: what was acknowledged is the first answer.
            again = [await viewer.act("permit", ref="permit", gate=gate) for viewer in viewers]
            for old, new in zip(before, again, strict=True):
                if old is not None:
                    assert new["type"] == old["type"]
                    assert new.get("result") == old.get("result")
            for viewer, ticket in zip(viewers, tickets, strict=True):
                assert (await viewer.act("enter_draw", ref="ticket", draw=draw))["result"] == ticket
            given = [answer["result"]["permit"] for answer in again if answer["type"] == "done"]
            assert len(set(given)) == PIECES
            for permit in given:
                answer = await shop.http.post("/v1/permits/verify", json={"permit": permit, "sku": "coat"})
                assert answer.status_code == 200, answer.text
            without = next(
                viewer for viewer, answer in zip(viewers, again, strict=True) if answer["type"] == "refused"
            )
            late = await without.act("permit", ref="late", gate=gate)
            assert late["code"] == "sold_out"

            drawn = await so(viewers[1], "draws", draw, "drawn")
            assert (drawn["commitment"], drawn["list_hash"]) == (listed["commitment"], listed["list_hash"])
            proof = (await shop.http.get(f"/v1/draws/{draw}/proof")).json()
            won = {winner["ticket"] for winner in proof["winners"]}
            assert (proof["entries"], len(won)) == (MEMBERS, 2)

            ended = await so(viewers[1], "tasks", task, "ended")
            assert ended["rev"] == 2, "begun once, ended once"
        [line] = (await shop.http.get(f"/v1/rooms/{ROOM}/tasks")).json()["tasks"]
        assert (line["state"], line["done"], line["spent"], line["rev"]) == ("ended", 1, 100, 2)
        for member, ticket in zip(members, tickets, strict=True):
            shares_and_task = 120 if member == members[0] else 10
            expected = shares_and_task - 10 + (88 if ticket["ticket"] in won else 0)
            assert (await shop.card(member))["points"] == expected
    with sqlite3.connect(server.data_dir / "ledger.db") as ledger:
        assert ledger.execute("SELECT COUNT(*) FROM permits WHERE state = 'verified'").fetchone() == (PIECES,)
    server.run("verify-ledger")
