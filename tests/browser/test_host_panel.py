"""The host panel beside a viewer's page on a real server: what is pressed here is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from tests.support.browser import PHONE, TALL, WIDE, ZOOMED, Pictures
from tests.support.pages import Heard, Pages
from tests.support.shop import Shop
from tests.support.site import Site

SIZES: dict[str, ViewportSize] = {"wide": WIDE, "phone": PHONE, "zoomed": ZOOMED, "tall": TALL}
TITLE = "最后10分钟分享得100积分"


async def panel(
    pages: Pages,
    site: Site,
    room: str,
    token: str,
    size: ViewportSize = PHONE,
    lang: str = "zh-CN",
    context: BrowserContext | None = None,
) -> Page:
    page = await (context or await pages.context(size)).new_page()
    await page.goto(f"{site.url}/host/{room}?lang={lang}#token={token}")
    return page


async def host_token(site: Site, shop: Shop, room: str) -> str:
    return await shop.token(site.fresh("host"), role="host", rooms=[room])


@asynccontextmanager
async def holding(page: Page, name: str) -> AsyncIterator[None]:
    """Keep Enter on the button. While the press before it is under way, it takes none."""
    button = page.get_by_role("button", name=name).first
    await expect(button).to_be_enabled()
    await button.focus()
    await expect(button).to_be_focused()
    await page.keyboard.down("Enter")
    yield
    await page.keyboard.up("Enter")


def tasks_in(frames: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    return [task for frame in frames for task in frame["patch"].get("tasks", {}).values()]


async def test_L3_PNL1_PNL2_a_host_starts_extends_and_cancels_and_the_viewer_gets_each(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures
) -> None:
    context = await pages.context(WIDE)
    viewer = await context.new_page()
    heard = Heard(viewer)
    await viewer.goto(f"{site.url}/rooms/{room}#token={await shop.token(mei, rooms=[room])}")
    await heard.until(viewer, "welcome")
    page = await panel(pages, site, room, await host_token(site, shop, room))
    share = page.locator("lro-host-tasks .preset").first
    # The preview stands there before the press; who is in the room is counted every few seconds.
    await expect(share).to_contain_text("最多")
    await expect(share).to_contain_text("预计")
    assert "token" not in page.url
    await share.dblclick()  # a nervous thumb: the second does nothing, or there would be two

    card = page.locator("[data-task]")
    await expect(card).to_have_count(1)
    await expect(card).to_contain_text(TITLE)
    await expect(card).to_contain_text("0 人完成")
    await heard.until(viewer, "room")
    first = [task for task in tasks_in(heard.of("room")) if task]
    assert [task["title"] for task in first] == [TITLE]

    await shop.post_events(shop.event("room.shared", mei, room=room, channel="wechat"))
    await expect(card).to_contain_text("1 人完成")
    await pictures.take(page, "running-phone")

    await card.locator(".extend").click()
    await expect(card.locator(".extend")).to_be_enabled()
    longer = (await shop.http.get(f"/v1/rooms/{room}/tasks")).json()["tasks"][0]
    assert longer["ends_ms"] == first[0]["ends_ms"] + 300_000

    # A second host was faster: the press is refused, the panel refreshes, the next one counts.
    await shop.http.patch(f"/v1/rooms/{room}/tasks/{longer['id']}", json={"action": "pause"})
    await expect(card).to_contain_text("已暂停")
    await card.locator(".pause").click()
    await expect(card.locator(".time")).to_contain_text("剩")

    # That a tap does nothing is shown where a second is a second: src/host/hold-button.test.ts.
    async with holding(page, "长按1秒：取消任务"):
        await expect(card).to_have_count(0)
    assert (await shop.http.get(f"/v1/rooms/{room}/tasks")).json()["tasks"][0]["state"] == "cancelled"
    while not any(task is None or task["state"] == "cancelled" for task in tasks_in(heard.of("room"))):
        await viewer.wait_for_timeout(20)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_PNL8_everything_that_runs_fits_every_screen(
    pages: Pages, site: Site, shop: Shop, room: str, pictures: Pictures, lang: str
) -> None:
    made = [
        ("tasks", {"kind": "share", "title": TITLE, "reward": 100, "seconds": 600, "budget": 50_000}),
        ("first-n", {"title": "前50名下单再送200积分" * 4, "n": 50, "points": 200}),
        ("polls", {"question": "下一件看什么?", "options": ["大衣", "毛衣"], "seconds": 300}),
        (
            "draws",
            {"title": "开播福利", "cost": 0, "seconds": 300, "prizes": [{"name": "茶油", "kind": "goods"}]},
        ),
    ]
    for noun, body in made:
        answer = await shop.http.post(f"/v1/rooms/{room}/{noun}", json=body)
        assert answer.status_code == 201, answer.text
    for size, viewport in SIZES.items():
        token = await host_token(site, shop, room)
        page = await panel(pages, site, room, token, viewport, lang)
        await expect(page.locator("lro-host-running article")).to_have_count(4)
        await page.wait_for_function(
            "() => !document.querySelector('lro-host-panel').shadowRoot.querySelector('lro-host-tasks')"
            ".shadowRoot.textContent.match(/正在估算|Estimating/)"
        )
        wider = await page.evaluate(
            "() => ['.running', '.body', '.tabs'].map((part) => document.querySelector('lro-host-panel')"
            ".shadowRoot.querySelector(part)).some((part) => part.scrollWidth > part.clientWidth)"
        )
        assert not wider, f"{size} {lang} scrolls sideways"
        await pictures.take(page, f"tasks-{size}-{lang}")
        for tab in ("prompter", "sale", "play", "comments", "room"):
            await page.locator(f"#tab-{tab}").click()
            await expect(page.locator(f"lro-host-{tab}")).to_be_visible()
            await pictures.take(page, f"{tab}-{size}-{lang}")
        await page.context.close()


async def test_R10_PNL7_another_person_s_token_shows_nothing_of_the_room(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures
) -> None:
    viewer = await panel(pages, site, room, await shop.token(mei, rooms=[room]))
    await expect(viewer.get_by_role("heading", name="这不是你的直播间")).to_be_visible()
    await expect(viewer.locator("main")).to_have_count(0)
    await pictures.take(viewer, "viewer-token-phone")
    other = await panel(pages, site, room, await host_token(site, shop, site.fresh("elsewhere")))
    await expect(other.get_by_role("alert")).to_be_visible()
    await expect(other.locator("main")).to_have_count(0)
    await pictures.take(other, "other-room-phone")
    nobody = await (await pages.context(PHONE)).new_page()
    await nobody.goto(f"{site.url}/host/{room}?lang=zh-CN")
    await expect(nobody.get_by_role("heading", name="需要主播链接")).to_be_visible()


async def test_PNL6_offline_says_so_and_comes_back(
    pages: Pages, site: Site, shop: Shop, room: str, pictures: Pictures
) -> None:
    context = await pages.context(PHONE)
    page = await panel(pages, site, room, await host_token(site, shop, room), lang="en", context=context)
    share = page.locator("lro-host-tasks .preset").first
    await expect(share).to_be_enabled()
    await context.set_offline(True)
    await expect(share).to_be_disabled()
    await pictures.take(page, "offline-phone")
    await context.set_offline(False)
    await expect(share).to_be_enabled()


async def test_L9_PNL10_the_prompter_says_what_runs_and_is_told_what_was_said(
    pages: Pages, site: Site, shop: Shop, room: str, pictures: Pictures
) -> None:
    token = await host_token(site, shop, room)
    page = await panel(pages, site, room, token)
    await page.locator("#tab-prompter").click()
    await expect(page.locator("lro-host-prompter")).to_contain_text("暂时没有要说的")
    await pictures.take(page, "empty-phone")
    coat = {"sku": "coat", "title": "加厚羊绒双面呢大衣女款中长款秋冬新品", "price": 299_900}
    await shop.http.put(f"/v1/rooms/{room}/spotlight", json=coat)
    made = [
        ("tasks", {"kind": "share", "reward": 100, "seconds": 600, "budget": 50_000}),
        ("first-n", {"title": "开场福利", "n": 3, "points": 200}),
        ("polls", {"question": "下一件看什么?", "options": ["大衣", "毛衣"], "seconds": 300}),
    ]
    for noun, body in made:
        answer = await shop.http.post(f"/v1/rooms/{room}/{noun}", json=body)
        assert answer.status_code == 201, answer.text
    lines = page.locator("[data-prompt]")
    await expect(lines).to_have_count(4)
    await expect(page.locator("[data-prompt^='first_n:']")).to_contain_text("前3名下单，每人再送200积分")
    await pictures.take(page, "lines-phone")

    # Said with the thumb: it stays in its place with the way back, and the server has counted it.
    task = page.locator("[data-prompt^='task:']")
    await task.locator("button").click()
    await expect(task.locator(".undo")).to_be_enabled()
    await pictures.take(page, "marked-phone")
    await task.locator(".undo").click()
    await expect(task.locator(".say")).to_be_enabled()
    said = (await shop.http.get(f"/v1/rooms/{room}/prompter")).json()
    assert said["said"] == {}

    # The teleprompter in the studio, in English, with a keyboard.
    for size, viewport in SIZES.items():
        tablet = await panel(pages, site, room, token, viewport, "en")
        await tablet.locator("#tab-prompter").click()
        await expect(tablet.locator("[data-prompt]")).to_have_count(4)
        await pictures.take(tablet, f"lines-{size}-en")
        await tablet.locator("lro-host-prompter .full").click()
        await expect(tablet.locator("main")).to_have_count(0)
        first = await tablet.locator("[data-prompt]").first.get_attribute("data-prompt")
        await pictures.take(tablet, f"full-{size}-en")
        if size == "tall":  # the last: what is said is said on every screen
            await tablet.keyboard.press("Space")
            await expect(tablet.locator(f"[data-prompt='{first}'].marked")).to_have_count(1)
            # The phone beside the camera hears of it, too.
            await expect(page.locator(f"[data-prompt='{first}']:not(.marked)")).to_have_count(0)
            await pictures.take(tablet, "full-marked-en")
            await tablet.keyboard.press("Escape")
            await expect(tablet.locator("main")).to_have_count(1)
        wider = await tablet.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
        assert not wider, f"{size} scrolls sideways"
        await tablet.context.close()
    counted = (await shop.http.get(f"/v1/rooms/{room}/prompter")).json()["said"]
    assert sum(counted.values()) == 1
