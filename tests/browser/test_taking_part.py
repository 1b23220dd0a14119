"""What a viewer does in the room answers at once, and says why when it brings nothing."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import PHONE, TALL, WIDE, ZOOMED, Pictures
from tests.support.pages import Heard, Pages, words
from tests.support.shop import Shop
from tests.support.site import Site

SAID = "lro-action-bar .say"
HOSTILE = '<img src=x onerror="window.pwned=1"><b>粗</b>'
TURNING = "‮abc‬正常"


async def test_L7_T10_the_three_widgets_say_what_the_card_says(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures
) -> None:
    page = await pages.viewer(room, await shop.token(mei, rooms=[room], name="小美"))
    card = page.locator("lro-member-card")
    truth = await shop.card(mei)
    await expect(card.locator(".tier")).to_have_text("普通用户")
    await expect(card.locator(".to-go")).to_have_text(
        f"还差 {truth['next']['growth_to_go']} 成长值升级青铜会员"
    )
    await expect(card.locator(".today")).to_have_text(f"今日可领 {truth['today']['claimable']} 积分")
    await expect(card.locator(".hint")).to_contain_text(truth["next"]["hint"]["zh-CN"])
    await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
    await expect(card.locator(".to-go")).to_have_text("还差 1,680 成长值升级黄金会员")
    await expect(card.locator(".by-order")).to_have_text("再消费1,660元就能升级")
    await card.locator(".head").click()
    coupon = card.locator(".coupons li")
    await expect(coupon).to_be_visible()
    await expect(coupon).to_contain_text("¥10")
    assert "600" in await words(page, "lro-member-card dl"), "points"
    await expect(card.locator(".ways li")).not_to_have_count(0)
    await pictures.take(page, "card-opened")


async def test_E2_E10_acts_answer_at_once_and_say_why_when_they_earn_nothing(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str
) -> None:
    context = await pages.context(permissions=["clipboard-read", "clipboard-write"])
    token = await shop.token(mei, rooms=[room], name="小美")
    page = await pages.viewer(room, token, context=context)
    field = page.locator("lro-action-bar input")

    await field.fill("这件外套好好看呀")
    await field.press("Enter")
    mine = page.locator("lro-comment-stream li.own")
    await expect(mine).to_contain_text("这件外套好好看呀")
    await expect(mine.locator(".gain")).to_have_text("+5 积分")
    await expect(field).to_have_value("")

    await field.fill("这件外套好好看呀")
    await field.press("Enter")
    await expect(page.locator(SAID)).to_have_text("写满 4 个字、不重复，就有积分")
    await expect(mine).to_have_count(2)

    likes = page.locator("lro-action-bar .count")
    await page.locator("lro-action-bar .like").click()
    await expect(likes).to_have_text("1")
    await expect(page.locator(SAID)).to_have_text("+1 积分")

    await page.get_by_role("button", name="分享直播间", exact=True).click()
    await expect(page.locator(SAID)).to_have_text("+10 积分 · +10 成长值")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    assert copied.startswith(f"{site.url}/rooms/{room}")
    assert "token" not in copied
    assert (await shop.card(mei))["points"] == 5 + 1 + 10


_FOCUS = """() => {
    const path = [];
    for (let at = document.activeElement; at; at = at.shadowRoot?.activeElement) path.push(at.localName + "." + at.className);
    return path;
}"""

# What can be pressed and does not lie within the page's width, or under something else once it has been scrolled to.
_OUT_OF_REACH = """() => {
    const roots = [document.querySelector("live-room-overlay").shadowRoot];
    const found = [];
    for (const root of roots)
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) roots.push(one.shadowRoot);
            if (!one.matches("button, input, a[href], summary") || !one.checkVisibility({visibilityProperty: true})) continue;
            if (one.closest("[inert]")) continue;
            one.scrollIntoView({block: "center"});
            const {left, right, top, bottom} = one.getBoundingClientRect();
            let hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            while (hit?.shadowRoot) {
                const inner = hit.shadowRoot.elementFromPoint((left + right) / 2, (top + bottom) / 2);
                if (inner === null || inner === hit) break;
                hit = inner;
            }
            if (left < -1 || right > innerWidth + 1 || !(hit && (one.contains(hit) || hit.contains(one))))
                found.push([one.localName, one.className, one.textContent.trim(), left, right, hit?.localName]);
        }
    return found;
}"""


# Words of what is on show that lie over the price beside them, or are cut off; and whether the board
# lies over it, or under the card.
_ON_SHOW = """() => {
    const room = document.querySelector("live-room-overlay").shadowRoot;
    const shown = room.querySelector("lro-spotlight");
    const board = room.querySelector("lro-live-board").getBoundingClientRect();
    const mine = shown.shadowRoot.querySelector(".mine").getBoundingClientRect();
    const meets = (one, other) => one.right > other.left + 1 && one.left < other.right - 1 && one.bottom > other.top + 1 && one.top < other.bottom - 1;
    const card = room.querySelector("lro-member-card").getBoundingClientRect();
    const found = [shown.getBoundingClientRect(), card].some((one) => meets(one, board)) ? ["the board"] : [];
    for (const one of shown.shadowRoot.querySelectorAll(".both *, .rise")) {
        const range = document.createRange();
        range.selectNodeContents(one);
        if (meets(range.getBoundingClientRect(), mine)) found.push("over the price: " + one.textContent.trim());
        if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline") found.push("cut: " + one.textContent.trim());
    }
    return found;
}"""


async def test_B7_OVL1_prices_of_five_digits_and_an_opened_card_cover_nothing(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures
) -> None:
    poll = {"question": "下一件看什么?", "options": ["驼色羊绒大衣", "毛衣", "围巾"], "seconds": 600}
    assert (await shop.http.post(f"/v1/rooms/{room}/polls", json=poll)).status_code == 201
    item = {"sku": "k2", "title": "山茶精华油 30ml 限量礼盒(含旅行装)", "price": 1_299_900}
    assert (await shop.http.put(f"/v1/rooms/{room}/spotlight", json=item)).status_code == 200
    await shop.post_events(shop.order(mei, 2_100, order=site.fresh("o"), room=room))
    token = await shop.token(mei, rooms=[room], name="小美")
    for lang, size in (("en", WIDE), ("zh-CN", WIDE), ("en", PHONE)):
        page = await pages.viewer(room, token, size=size, lang=lang)
        await expect(page.locator("lro-spotlight .save")).to_contain_text("¥1,299.90")
        await page.locator("lro-live-board button.option").first.wait_for()
        await page.locator("lro-member-card .head").click()
        await expect(page.locator("lro-member-card .ways li").first).to_be_visible()
        await pictures.take(page, f"on-show-{size['width']}-{lang}")
        assert await page.evaluate(_ON_SHOW) == [], (lang, size)
        await page.context.close()


async def test_OVL1_a_full_room_on_a_phone_never_pushes_the_bar_off_the_screen(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures
) -> None:
    poll = {
        "question": "下一件看什么?",
        "options": ["驼色羊绒大衣", "毛衣", "围巾", "手套", "帽子"],
        "seconds": 600,
    }
    assert (await shop.http.post(f"/v1/rooms/{room}/polls", json=poll)).status_code == 201
    item = {"sku": "k2", "title": "山茶精华油 30ml 限量礼盒", "price": 1_299_900}
    assert (await shop.http.put(f"/v1/rooms/{room}/spotlight", json=item)).status_code == 200
    pinned = {"text": "今晚 21:30 抽三支山茶红口红,关注主播不迷路;下单备注「小美」再送小样"}
    assert (await shop.http.put(f"/v1/rooms/{room}/pinned", json=pinned)).status_code == 204
    token = await shop.token(mei, rooms=[room], name="小美")
    for size in (PHONE, TALL):
        page = await pages.viewer(room, token, size=size)
        for shown in (
            "lro-live-board button.option",
            "lro-spotlight .mine",
            ".pinned",
            "lro-member-card .hint",
        ):
            await page.locator(shown).first.wait_for()
        await pictures.take(page, f"full-room-{size['width']}")
        bar: float = await page.locator("lro-action-bar").evaluate(
            "(bar) => bar.getBoundingClientRect().bottom"
        )
        assert bar <= size["height"], (size, bar)
        await page.context.close()


async def focused(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_FOCUS)
    return found


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_OVL25_OVL15_all_is_in_reach_at_200_percent_and_of_a_keyboard(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures, lang: str
) -> None:
    bodies = {
        "tasks": {
            "kind": "share",
            "title": "最后10分钟分享得100积分",
            "reward": 100,
            "seconds": 600,
            "budget": 900,
        },
        "polls": {"question": "下一件看什么?", "options": ["驼色羊绒大衣", "毛衣"], "seconds": 300},
    }
    for noun, body in bodies.items():
        assert (await shop.http.post(f"/v1/rooms/{room}/{noun}", json=body)).status_code == 201
    item = {"sku": "k1", "title": "羊绒大衣 · 山茶红", "price": 89_900}
    assert (await shop.http.put(f"/v1/rooms/{room}/spotlight", json=item)).status_code == 200
    token = await shop.token(mei, rooms=[room], name="小美")
    page = await pages.viewer(room, token, size=ZOOMED, lang=lang)
    await page.locator("lro-spotlight strong").wait_for()
    await page.locator("lro-live-board .card").first.wait_for()
    await pictures.take(page, f"zoomed-{lang}")
    assert await page.evaluate(_OUT_OF_REACH) == []

    # The sheet: a keyboard goes round in it, Escape closes it from wherever, and the focus goes back.
    opener = page.locator("lro-action-bar .points")
    await opener.focus()
    await page.keyboard.press("Enter")
    sheet = page.locator("lro-points-sheet")
    await expect(sheet).to_be_visible()
    await expect(sheet.get_by_role("dialog")).to_have_accessible_name(
        "我的积分" if lang == "zh-CN" else "My points"
    )
    await page.locator("#tab-gift").click()
    await pictures.take(page, f"zoomed-sheet-{lang}")
    for key in ("Tab", "Shift+Tab"):
        for _ in range(14):
            await page.keyboard.press(key)
            assert any("lro-points-sheet" in one for one in await focused(page))
    await page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
    assert (await focused(page))[-1].endswith("points")
    await page.keyboard.press("Enter")
    await expect(sheet).to_be_visible()
    await page.locator("lro-action-bar input").focus()
    await page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
    assert (await focused(page))[-1].startswith("input"), "who writes goes on writing"


async def test_R9_a_page_opened_in_the_middle_shows_what_the_others_show(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    early = await pages.viewer(room, token)
    for number in range(4):
        who = f"member:{site.fresh('talker')}"
        await shop.post_events(
            shop.event("comment.posted", who, room=room, text=f"第{number}条弹幕祝大家开心"),
            shop.event("liked", who, room=room, count=3),
        )
    await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
    await expect(early.locator("lro-member-card .tier")).to_have_text("白银会员")
    await expect(early.locator("lro-action-bar .count")).to_have_text("12")
    await expect(early.locator("lro-comment-stream li")).to_have_count(4)
    late = await pages.viewer(room, token)
    await expect(late.locator("lro-member-card .tier")).to_have_text("白银会员")
    await expect(late.locator("lro-action-bar .count")).to_have_text("12")
    for part in (
        "lro-member-card .to-go",
        "lro-member-card .today",
        "lro-comment-stream ol",
        "lro-room-header h1",
    ):
        assert await words(late, part) == await words(early, part), part
    for page in (early, late):
        await expect(page.locator("lro-room-header .count")).to_have_text("2")


async def test_OVL5_an_anonymous_viewer_sees_all_and_is_asked_to_sign_in(
    pages: Pages, site: Site, shop: Shop, room: str
) -> None:
    page = await pages.viewer(room)
    await expect(page.locator("lro-member-card .stranger")).to_contain_text("登录后，看直播就能攒积分")
    await page.evaluate("addEventListener('sign-in-request', () => { window.asked = true; })")
    await page.locator("lro-action-bar .like").click()
    assert await page.evaluate("window.asked === true")


async def test_OVL9_R10_the_token_leaves_the_address_bar_and_stays_in_this_tab(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    page = await pages.viewer(room, token)
    await expect(page.locator("lro-member-card .tier")).to_have_text("普通用户")
    assert page.url == f"{site.url}/rooms/{room}?lang=zh-CN"
    await page.reload()
    await expect(page.locator("lro-member-card .tier")).to_have_text("普通用户")
    elsewhere = await pages.viewer(room, context=page.context)
    await expect(elsewhere.locator("lro-member-card .stranger")).to_be_visible()
    assert token not in site.process.logged()


async def test_OVL3_R8_other_peoples_words_reach_the_page_as_text_alone(
    pages: Pages, site: Site, shop: Shop, room: str
) -> None:
    page = await pages.viewer(room)
    who = f"member:{site.fresh('hostile')}"
    await shop.http.put(f"/v1/members/{who}", json={"name": "<i>坏</i>‮人"})
    await shop.post_events(
        shop.event("comment.posted", who, room=room, text=HOSTILE),
        shop.event("comment.posted", who, room=room, text=TURNING),
        shop.event("comment.posted", who, room=room, text="👨‍👩‍👧‍👦" * 60),
    )
    rows = page.locator("lro-comment-stream li")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(0)).to_contain_text(HOSTILE)
    assert await rows.locator("img, b:not(.gain), i").count() == 0
    assert await page.evaluate("window.pwned === undefined")
    assert "‮" not in await page.locator("lro-comment-stream ol").inner_text()
    await expect(rows.nth(2)).to_contain_text("👨‍👩‍👧‍👦" * 60)
    stream = await page.locator("lro-comment-stream .window").bounding_box()
    widest = await rows.evaluate_all(
        "(all) => Math.max(...all.map((row) => row.getBoundingClientRect().right))"
    )
    assert stream is not None
    assert widest <= stream["x"] + stream["width"] + 1, "sixty emoji wrap"
    await shop.post_events(shop.order(who, 300, order=site.fresh("o"), room=room))
    assert await page.locator("lro-shout-banner .banner .who").inner_text() == "@<i>坏</i>人"


async def test_OVL11_the_first_page_lists_the_rooms_and_leads_to_them(
    pages: Pages, site: Site, shop: Shop, room: str
) -> None:
    page = await (await pages.context()).new_page()
    await page.goto(f"{site.url}/?lang=zh-CN")
    link = page.locator(f"a[href*='/rooms/{room}']").first
    await link.click()
    await expect(page.locator("lro-room-header h1")).to_have_text("秋冬新品专场")


async def test_O6_a_room_that_is_not_there_is_said_in_words(pages: Pages, site: Site) -> None:
    page = await (await pages.context()).new_page()
    heard = Heard(page)
    await page.goto(f"{site.url}/rooms/nowhere?lang=zh-CN")
    await expect(page.get_by_role("alert")).to_contain_text("没有找到这个直播间")
    await heard.until(page, "bye")
    assert heard.of("bye")[0]["code"] == 4502
