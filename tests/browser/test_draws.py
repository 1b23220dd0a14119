"""A draw from opening to result on a real server, then recomputed by its readers' browsers."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from playwright.async_api import expect

from tests.support.browser import PHONE, TALL, WIDE, Pictures
from tests.support.pages import Pages
from tests.support.shop import Shop
from tests.support.site import Site

SIZES = {"wide": WIDE, "tall": TALL, "phone": PHONE}
SECONDS = 15
"""Of these a slow machine may need most for entering and for opening the page."""
PRIZES = [
    {"name": "山茶精华油", "kind": "goods"},
    {"name": "积分 500", "kind": "points", "points": 500, "count": 2},
]


async def drawn(site: Site, shop: Shop, room: str, pages: Pages) -> dict[str, Any]:
    """Open a draw, let three viewers in by the live socket of their pages, and return its proof when it is drawn."""
    context = await pages.context()
    page, entering = await context.new_page(), await context.new_page()
    await entering.goto(f"{site.url}/?lang=zh-CN")
    tokens = [
        await shop.token(f"member:{site.fresh('m')}", rooms=[room], name=name)
        for name in ("小美", "阿杰", "Momo🍑")
    ]
    made = await shop.http.post(
        f"/v1/rooms/{room}/draws", json={"title": "开播福利", "cost": 0, "prizes": PRIZES, "seconds": SECONDS}
    )
    assert made.status_code == 201, made.text
    draw = made.json()["id"]
    for token in tokens:
        answer = await entering.evaluate(_ENTER, [room, token, draw])
        assert (answer["type"], answer["result"]["rule"]) == ("done", "draw"), answer
    await page.goto(f"{site.url}/draws/{draw}?lang=zh-CN")
    await expect(page.locator("lro-draw-proof h2").first).to_contain_text("还在报名")
    # The page looks again by itself once the time is over.
    await expect(page.locator("lro-draw-proof h2").first).to_contain_text("结果可信")
    await context.close()
    until = time.monotonic() + 60
    while True:
        proof: dict[str, Any] = (await shop.http.get(f"/v1/draws/{draw}/proof")).json()
        if proof["state"] == "drawn":
            return proof
        assert time.monotonic() < until, proof
        await asyncio.sleep(0.1)


_ENTER = """([room, token, draw]) => new Promise((done, fail) => {
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/v1/live", "liveroom.v1.json");
    const say = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () => say({type: "hello", room, surface: "viewer", token});
    socket.onclose = () => fail(new Error("closed"));
    socket.onmessage = ({data}) => {
        for (const frame of JSON.parse(data)) {
            if (frame.type === "welcome") say({type: "act", ref: "r1", name: "enter_draw", data: {draw}});
            if (frame.ref === "r1") { socket.onclose = null; socket.close(); done(frame); }
        }
    };
})"""


async def test_P3_readers_recompute_a_draw_and_see_every_tampering(
    pages: Pages, site: Site, shop: Shop, room: str, pictures: Pictures
) -> None:
    proof = await drawn(site, shop, room, pages)
    assert proof["entries"] == 3
    assert {winner["name"] for winner in proof["winners"]} == {"小美", "阿杰", "Momo🍑"}
    for size, viewport in SIZES.items():
        for lang, right, wrong in (
            ("zh-CN", "结果可信", "对不上"),
            ("en", "The result is right", "does not match"),
        ):
            page = await (await pages.context(viewport)).new_page()
            await page.goto(f"{site.url}/draws/{proof['draw']}?lang={lang}")
            element = page.locator("lro-draw-proof")
            await expect(element.locator("h2").first).to_contain_text(right)
            await expect(element.locator("ol .holds")).to_have_count(4)
            await pictures.take(page, f"draw-{size}-{lang}")
            await element.locator("summary").last.click()
            tampered = {**proof, "entry_list": proof["entry_list"].replace("\n1 t_", "\n1 t_x")}
            await element.locator("textarea").fill(json.dumps(tampered))
            await element.locator("details .filled").click()
            await expect(element.locator("h2").first).to_contain_text(wrong)
            # The field stands at the foot of the page, the verdict at its head.
            await expect(element.locator("h2").first).to_be_in_viewport()
            await expect(element.locator("ol .broken")).to_have_count(1)
            await pictures.take(page, f"tampered-{size}-{lang}")
            await page.context.close()
    nowhere = await (await pages.context(PHONE)).new_page()
    await nowhere.goto(f"{site.url}/draws/d_never?lang=zh-CN")
    await expect(nowhere.locator("lro-draw-proof h2").first).to_contain_text("没有这个抽奖")
    await pictures.take(nowhere, "no-such-draw-phone")
