"""The network, the server or the door goes away under open pages: what was shown stays, a quiet mark says so, all comes back."""

from __future__ import annotations

import asyncio
import time

from playwright.async_api import WebSocketRoute, expect

from tests.support.browser import PHONE, Pictures
from tests.support.pages import Pages, words
from tests.support.shop import Shop
from tests.support.site import Site
from tests.support.workers import metric

SHOWN = ("lro-room-header h1", "lro-member-card .tier", "lro-member-card .to-go", "lro-comment-stream ol")


async def test_R4_O6_OVL7_a_server_that_dies_and_comes_back_costs_the_pages_nothing(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    viewer = await pages.viewer(room, token, size=PHONE)
    overlay = await pages.overlay(room)
    await shop.post_events(shop.event("comment.posted", mei, room=room, text="这件外套好好看呀"))
    await expect(viewer.locator("lro-comment-stream li")).to_have_count(1)
    await expect(viewer.locator("lro-link-mark .live")).to_have_count(1)
    before = [await words(viewer, part) for part in SHOWN]

    site.process.kill()
    await expect(viewer.locator("lro-link-mark .waiting")).to_contain_text("重连")
    assert [await words(viewer, part) for part in SHOWN] == before, "the last state stays"
    assert await overlay.locator("lro-broadcast").evaluate("(e) => e.shadowRoot.textContent.trim()") == "", (
        "the audience of the broadcast is not bothered with it"
    )
    await pictures.take(viewer, "link-lost")
    field = viewer.locator("lro-action-bar input")
    await field.fill("我说的话不会丢吧")
    await field.press("Enter")
    await expect(viewer.locator("lro-comment-stream li.own").last).to_contain_text("发送中")

    site.process.start()  # in this thread: the server dies with the one that started it
    await expect(viewer.locator("lro-link-mark .live")).to_have_count(1)
    await expect(viewer.locator("lro-comment-stream")).to_contain_text("我说的话不会丢吧")
    await expect(viewer.locator("lro-comment-stream li .way")).to_have_count(0)
    assert (await words(viewer, SHOWN[0]), await words(viewer, SHOWN[1])) == (before[0], before[1])
    async with site.shop() as again:
        until = time.monotonic() + 120  # the longest back-off is 20 s
        while await metric(again.http, "liveroom_connections") < 2:
            assert time.monotonic() < until, "the overlay has not come back"
            await asyncio.sleep(0.1)
        await again.post_events(again.order(mei, 300, order=site.fresh("o"), room=room))
        await asyncio.gather(
            overlay.locator("lro-shout-banner .banner").wait_for(),
            expect(viewer.locator("lro-member-card .tier")).to_have_text("白银会员"),
        )


async def test_LNK15_O6_a_network_that_falls_silent_is_noticed_and_made_good(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str
) -> None:
    context = await pages.context()
    await context.clock.install()  # so that two beacons that do not come need not be waited for
    token = await shop.token(mei, rooms=[room], name="小美")
    viewer = await pages.viewer(room, token, context=context)
    await expect(viewer.locator("lro-link-mark .live")).to_have_count(1)
    await context.set_offline(True)
    await context.clock.fast_forward(40_000)
    await expect(viewer.locator("lro-link-mark .waiting")).to_contain_text("重连")
    await expect(viewer.locator("lro-member-card .tier")).to_have_text("普通用户")
    await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
    await context.set_offline(False)
    await expect(viewer.locator("lro-link-mark .live")).to_have_count(1)
    await expect(viewer.locator("lro-member-card .tier")).to_have_text("白银会员")


async def test_X5_O6_where_sockets_fail_again_and_again_the_page_polls_and_goes_back_by_itself(
    pages: Pages, shop: Shop, room: str, mei: str
) -> None:
    context = await pages.context()
    through: list[WebSocketRoute] = []
    is_open = True

    async def connects(socket: WebSocketRoute) -> None:
        if not is_open:
            await socket.close(code=1011, reason="no socket gets through here")
            return
        socket.connect_to_server()
        through.append(socket)

    await context.route_web_socket("**/v1/live", connects)
    viewer = await pages.viewer(room, await shop.token(mei, rooms=[room], name="小美"), context=context)
    await expect(viewer.locator("lro-link-mark .live")).to_have_count(1)

    is_open = False
    await through[-1].close(code=1011, reason="cut")
    await expect(viewer.locator("lro-link-mark .polled")).to_have_count(1)
    await shop.http.put(f"/v1/rooms/{room}/pinned", json={"text": "满300减30，今晚有效"})
    await expect(viewer.get_by_text("满300减30，今晚有效").first).to_be_visible(timeout=45_000)
    await expect(viewer.locator("lro-member-card .tier")).to_have_text("普通用户")
    assert await viewer.locator("lro-link-mark .polled").count() == 1

    is_open = True
    await expect(viewer.locator("lro-link-mark .polled")).to_have_count(0, timeout=90_000)
    await expect(viewer.locator("lro-link-mark .live")).to_have_count(1)
    await shop.http.put(f"/v1/rooms/{room}/pinned", json={"text": "又连上了"})
    await expect(viewer.get_by_text("又连上了").first).to_be_visible(timeout=45_000)


async def test_L6_members_only_in_the_middle_of_a_show_asks_out_says_what_is_missing_and_lets_in_who_is_promoted(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str
) -> None:
    silver = f"member:{site.fresh('silver')}"
    await shop.post_events(shop.order(silver, 300, order=site.fresh("o")))
    hers = await pages.viewer(room, await shop.token(mei, rooms=[room], name="小美"))
    his = await pages.viewer(room, await shop.token(silver, rooms=[room], name="阿杰"))
    anybody = await pages.viewer(room)
    for page in (hers, his, anybody):
        await expect(page.locator("lro-link-mark .live")).to_have_count(1)
    closed = await shop.http.put(f"/v1/rooms/{room}", json={"name": "会员专场", "members_only": "silver"})
    assert closed.status_code in (200, 201), closed.text
    await expect(hers.locator("lro-full-notice")).to_contain_text("白银会员")
    await expect(hers.locator("lro-full-notice")).to_contain_text("300")
    await expect(anybody.locator("lro-full-notice")).to_contain_text("白银会员")
    await shop.post_events(shop.event("comment.posted", silver, room=room, text="专场开始啦大家好"))
    await expect(his.locator("lro-comment-stream")).to_contain_text("专场开始啦大家好")
    assert "专场开始啦" not in await words(hers, "body")

    await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
    await expect(hers.locator("lro-member-card .tier")).to_have_text("白银会员", timeout=90_000)
    await expect(hers.locator("lro-full-notice")).to_have_count(0)
    await expect(anybody.locator("lro-full-notice")).to_contain_text("白银会员")
