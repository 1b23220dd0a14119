"""What waits for a member in the room, with real processes and real sockets."""

from __future__ import annotations

from tests.support.live import Viewer
from tests.support.shop import Shop
from tests.support.site import Site


async def test_B6_B7_B9_a_member_enters_is_handed_the_months_coupon_and_pays_the_price_on_show(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    await shop.post_events(shop.order(mei, 300, order=site.fresh("o")))
    async with Viewer(site.url) as hers:
        await hers.hello(room, await shop.token(mei, rooms=[room], name="小美"))
        notice = await hers.next("notice", kind="coupon")
        assert notice["text"]["zh-CN"] == "获得每月满99减5券:下单立减5元,30天内有效"
        card = (await hers.wait_for(lambda frame: frame["type"] == "card", "her card"))["card"]
        [monthly] = [coupon["id"] for coupon in card["coupons"] if coupon["min"] == 9_900]

        lipstick = {"sku": "sku-1", "title": "口红", "price": 12_000}
        await shop.http.put(f"/v1/rooms/{room}/spotlight", json=lipstick)
        shown = (await hers.next("room"))["patch"]["spotlight"]
        assert shown["member_prices"][card["tier"]] == 11_400

        asked = {"member": mei, "price": shown["price"], "room": room, "coupon": monthly}
        quoted = (await shop.http.post("/v1/quotes", json=asked)).json()
        assert (quoted["member_price"], quoted["coupon"]["off"], quoted["to_pay"]) == (11_400, 500, 10_900)
    async with Viewer(site.url) as again:
        welcome = await again.hello(room, await shop.token(mei, rooms=[room]))
        assert [coupon["id"] for coupon in welcome["card"]["coupons"]].count(monthly) == 1
