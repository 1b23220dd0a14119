"""An order becomes a shout-out on real screens: the viewer's own, a stranger's, and the picture OBS burns in."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import PHONE, TALL, WIDE, Pictures
from tests.support.pages import MOVING, Heard, Pages, animations, moves, stand_still, words
from tests.support.shop import Shop
from tests.support.site import Site

BANNER = "lro-shout-banner .banner"
ARRIVED = "(element) => Promise.all(element.getAnimations().map((one) => one.finished)).then(() => true)"
OTHERS_SEE = {
    "zh-CN": "恭喜 @小美 升级为 白银会员 现在下单 立减10元",
    "en": "@小美 just reached Silver Order now ¥10 off",
}
SHE_SEES = {
    "zh-CN": "恭喜你升级为白银会员！ 立减10元 已放进你的券包，24 小时内下单可用",
    "en": "You've reached Silver! ¥10 off In your wallet, good for 24 hours",
}
TIER = {"zh-CN": "白银会员", "en": "Silver"}
SIZES = {"1920x1080": WIDE, "1080x1920": TALL, "390x844": PHONE}


async def rises(site: Site, shop: Shop, room: str, name: str = "小美") -> None:
    """Somebody new pays ¥300."""
    who = f"member:{site.fresh('riser')}"
    await shop.http.put(f"/v1/members/{who}", json={"name": name})
    await shop.post_events(shop.order(who, 300, order=site.fresh("o"), room=room))


async def said(page: Page) -> str:
    """Wait for the banner and read it. The button for viewers with a card is not part of the sentence."""
    return (await words(page, BANNER)).removesuffix(" 我还差多少").removesuffix(" How far am I?")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_X2_L2_an_order_is_seen_by_the_buyer_by_strangers_and_in_the_broadcast_picture(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, lang: str
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    other = await shop.token(f"member:{site.fresh('other')}", rooms=[room], name="路人")
    hers, his, anonymous, overlay = await asyncio.gather(
        pages.viewer(room, token, lang=lang, can_stand_still=True),
        pages.viewer(room, other, lang=lang, can_stand_still=True),
        pages.viewer(room, lang=lang, can_stand_still=True),
        pages.overlay(room, lang=lang, can_stand_still=True),
    )
    card = hers.locator("lro-member-card")
    await expect(card.locator(".tier")).to_have_text({"zh-CN": "普通用户", "en": "Basic"}[lang])
    assert await card.locator("lro-tier-badge.stone").get_attribute("material") == "basic"
    await stand_still(hers, his, anonymous, overlay)

    await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))

    assert await asyncio.gather(*(said(page) for page in (hers, his, anonymous, overlay))) == [
        SHE_SEES[lang],
        *[OTHERS_SEE[lang]] * 3,
    ]
    for page in (hers, his, anonymous, overlay):
        await expect(page.locator(BANNER)).to_have_css("opacity", "1")
    await expect(card.locator(".tier")).to_have_text(TIER[lang])
    assert await card.locator("lro-tier-badge.stone").get_attribute("material") == "silver"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_OVL2_pictures_of_the_viewer_layer(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, pictures: Pictures, size: str, lang: str
) -> None:
    """A room in the middle of a show, in every format: nothing sticks out, overlaps or cannot be pressed."""
    token = await shop.token(mei, rooms=[room], name="小美")
    await shop.post_events(shop.order(mei, 300, order=site.fresh("o")))
    page = await pages.viewer(room, token, lang=lang, size=SIZES[size], can_stand_still=True)
    for name, text in (
        ("豆豆", "这件外套是羊毛的吗"),
        ("Kate 🎀", "好看，求链接 🎉🎉"),
        ("路人", "什么时候发货呀"),
    ):
        who = f"member:{site.fresh('talker')}"
        await shop.http.put(f"/v1/members/{who}", json={"name": name})
        await shop.post_events(shop.event("comment.posted", who, room=room, text=text))
    await expect(page.locator("lro-comment-stream li")).to_have_count(3)
    await expect(page.locator("lro-member-card .tier")).to_have_text(TIER[lang])
    await stand_still(page)
    await rises(site, shop, room)
    width, height = SIZES[size]["width"], SIZES[size]["height"]
    boxes = {}
    await page.locator(f"{BANNER} .coupon").evaluate(ARRIVED)
    for part in (BANNER, "lro-member-card section", "lro-action-bar .bar", "lro-room-header header"):
        box = await page.locator(part).first.bounding_box()
        assert box is not None, part
        assert box["x"] >= 0, part
        assert box["y"] >= 0, part
        assert box["x"] + box["width"] <= width, part
        assert box["y"] + box["height"] <= height, part
        boxes[part] = box
        if part == BANNER:
            await pictures.take(page, f"viewer-{size}-{lang}")
    above, below = boxes[BANNER], boxes["lro-action-bar .bar"]
    assert above["y"] + above["height"] <= below["y"], "the banner leaves the field free"
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("size", ["1920x1080", "1080x1920"])
async def test_OVL8_pictures_of_the_broadcast_overlay(
    pages: Pages, site: Site, shop: Shop, room: str, pictures: Pictures, size: str, lang: str
) -> None:
    overlay = await pages.overlay(room, lang=lang, size=SIZES[size], can_stand_still=True)
    await stand_still(overlay)
    await rises(site, shop, room)
    assert await said(overlay) == OTHERS_SEE[lang]
    box = await overlay.locator(BANNER).bounding_box()
    assert box is not None
    width, height = SIZES[size]["width"], SIZES[size]["height"]
    free = 0.05 * 0.95  # of each edge; the banner swings in by a pixel or two
    assert free * width <= box["x"] <= box["x"] + box["width"] <= (1 - free) * width
    assert free * height <= box["y"] <= box["y"] + box["height"] <= (1 - free) * height
    await overlay.locator(f"{BANNER} .coupon").evaluate(ARRIVED)
    await pictures.take(overlay, f"overlay-{size}-{lang}")


async def test_OVL8_the_overlay_is_transparent_still_when_idle_and_tells_nothing_personal(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str
) -> None:
    context = await pages.context(**MOVING)
    overlay = await context.new_page()
    heard = Heard(overlay)
    # Without the show's leaders, who stay on screen as long as there are any.
    await overlay.goto(f"{site.url}/overlay/{room}?lang=en&leaders=0")
    await heard.until(overlay, "welcome")
    assert await animations(overlay) == []
    assert await overlay.locator(BANNER).count() == 0
    for layer in ("html", "body", "lro-broadcast"):
        shown = await overlay.locator(layer).evaluate(
            "(element) => getComputedStyle(element).backgroundColor"
        )
        assert shown == "rgba(0, 0, 0, 0)", layer
    assert await is_empty(overlay), "every pixel is transparent"

    token = await shop.token(mei, rooms=[room], name="小美")
    hers = await pages.viewer(room, token)
    # Looked for before it comes: it is there for four seconds only.
    seen = asyncio.gather(moves(overlay), said(overlay))
    await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
    await seen
    author = (await shop.card(mei))["author"]
    shown = await overlay.locator("lro-broadcast").evaluate("(element) => element.shadowRoot.textContent")
    assert mei.removeprefix("member:") not in shown
    await expect(overlay.locator(BANNER)).to_have_count(0)
    assert await animations(overlay) == [], "nothing moves when nothing is shown"
    assert await is_empty(overlay)

    [hello] = [message for message in heard.sent if message["type"] == "hello"]
    assert (hello["surface"], hello.get("token")) == ("broadcast", None)
    assert {frame["type"] for frame in heard.frames} <= {
        "welcome", "moment", "pulse", "comment", "beacon", "time", "room",
    }  # fmt: skip
    assert heard.of("welcome")[0]["card"] is None
    assert mei.removeprefix("member:") not in str(heard.frames)
    assert author in str(heard.frames), "the opaque tag is what public frames carry"
    assert await hers.locator("lro-member-card .tier").inner_text() == "白银会员"


@pytest.mark.parametrize("asked_by", ["the system", "the address"])
async def test_OVL12_less_motion_ends_every_animation_at_once(
    pages: Pages, site: Site, shop: Shop, room: str, asked_by: str
) -> None:
    if asked_by == "the system":
        overlay = await pages.overlay(room, reduced_motion="reduce", can_stand_still=True)
    else:
        overlay = await pages.overlay(room, more="&motion=reduced", can_stand_still=True, **MOVING)
    viewer = await pages.viewer(room, reduced_motion="reduce", can_stand_still=True)
    await stand_still(overlay, viewer)
    await rises(site, shop, room)
    await asyncio.gather(said(overlay), said(viewer))
    for page in (overlay, viewer):
        # Its going must not be over at once, too.
        await expect(page.locator(BANNER)).to_have_css("opacity", "1")
        assert [one for one in await animations(page) if one["ms"] > 1] == []


async def is_empty(page: Page) -> bool:
    """Whether a picture of the page has no pixel that is not fully transparent, as OBS would see it."""
    picture = await page.screenshot(omit_background=True)
    answer: bool = await page.evaluate(
        """async (bytes) => {
            const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: "image/png"}));
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            const paper = canvas.getContext("2d");
            paper.drawImage(bitmap, 0, 0);
            return paper.getImageData(0, 0, bitmap.width, bitmap.height).data.every((part) => part === 0);
        }""",
        list(picture),
    )
    return answer
