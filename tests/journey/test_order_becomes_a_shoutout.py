"""The main job, end to end, with real processes, real Redis and real sockets (issue: DESIGN §3)."""

from __future__ import annotations

import pytest

from tests.support.live import Viewer, folded
from tests.support.shop import Shop
from tests.support.site import Site

SHOUT = "恭喜用户@小美 升级为白银会员!现在下单立减10元!"  # L2, word for word


async def test_X2_an_order_that_reaches_silver_is_a_card_and_a_shout_out_at_once(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    async with Viewer(site.url) as hers, Viewer(site.url, codec="json") as his:
        before = await hers.hello(room, await shop.token(mei, rooms=[room], name="小美"))
        assert before["card"]["tier"] == "basic"
        await his.hello(room, await shop.token(f"member:{site.fresh('stranger')}", rooms=[room], name="路人"))

        [receipt] = await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))

        assert receipt["outcome"] == "applied"
        assert receipt["earned"] == {"points": 600, "growth": 320}
        card = await hers.wait_for(
            lambda frame: frame["type"] == "card" and frame["card"]["tier"] == "silver", "her silver card"
        )
        assert card["card"]["points"] == 600
        assert card["card"]["growth"] == 320
        assert [coupon["off"] for coupon in card["card"]["coupons"]] == [1000]
        for viewer in (hers, his):
            moment = await viewer.next("moment", kind="level_up")
            assert moment["text"]["zh-CN"] == SHOUT
            assert moment["params"]["name"] == "小美"
            assert moment["params"]["tier"] == "silver"
            assert moment["params"]["offer"]["off"] == 1000
            assert moment["is_test"] is False
        assert not any(frame["type"] in {"card", "notice"} for frame in his.frames), (
            "nothing personal to others"
        )


async def test_R2_the_same_event_again_changes_nothing_and_gets_the_first_answer(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    o1 = site.fresh("o")
    order = shop.order(mei, 300, order=o1, room=room)
    async with Viewer(site.url) as viewer:
        await viewer.hello(room, await shop.token(mei, rooms=[room], name="小美"))
        [first] = await shop.post_events(order)
        await viewer.next("moment", kind="level_up")
        card = await shop.card(mei)

        [again] = await shop.post_events(order)
        [other_event] = await shop.post_events(shop.order(mei, 300, order=o1, id_="other", room=room))
        [other_content] = await shop.post_events(shop.order(mei, 301, order=o1, id_=order["id"], room=room))

        assert (again["outcome"], again["earned"]) == ("duplicate", first["earned"])
        assert (other_event["outcome"], other_event["earned"]) == ("duplicate", first["earned"])
        assert other_content["outcome"] == "conflict"
        after = await shop.card(mei)
        assert (after["version"], after["points"], after["growth"]) == (
            card["version"],
            card["points"],
            card["growth"],
        )
        # A fence: what comes after the repeats is the next numbered frame, so no second shout stands between.
        await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": 3})
        patch = await viewer.next("room")
        moments = [frame for frame in viewer.frames if frame["type"] == "moment"]
        assert len(moments) == 1
        assert patch["offset"] == moments[0]["offset"] + 1


@pytest.mark.parametrize("codec", ["msgpack", "json"])
async def test_R9_who_joins_in_the_middle_sees_what_the_others_see(
    site: Site, shop: Shop, codec: str
) -> None:
    room = site.fresh("room")
    show = await shop.open_room(room, live=False)
    async with Viewer(site.url, codec=codec) as early:
        welcome = await early.hello(room)
        await shop.http.patch(f"/v1/rooms/{room}/shows/{show}", json={"status": "live"})
        await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": 7, "writers": "members"})
        await early.wait_for(
            lambda frame: frame["type"] == "room" and frame["patch"].get("writers") == "members",
            "the last patch",
        )
        async with Viewer(site.url, codec=codec) as late:
            theirs = (await late.hello(room))["room"]
        mine = folded(welcome["room"], early.frames)
        assert mine == theirs
        assert theirs["show"]["status"] == "live"
        assert theirs["slow_s"] == 7


async def test_R6_a_viewer_that_comes_back_gets_exactly_what_it_missed(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    token = await shop.token(mei, rooms=[room], name="小美")
    async with Viewer(site.url) as viewer:
        welcome = await viewer.hello(room, token)
    position = {"epoch": welcome["epoch"], "offset": welcome["offset"]}
    for _ in range(3):
        who = site.fresh("who")
        await shop.post_events(shop.order(f"member:{who}", 300, order=f"order-of-{who}", room=room))
    async with Viewer(site.url) as watching:
        behind = await watching.hello(room)
        while behind["offset"] < position["offset"] + 3:
            behind = {"offset": (await watching.next("moment"))["offset"]}
    async with Viewer(site.url) as viewer:
        back = await viewer.hello(room, token, position=position)
        assert back["recovered"] is True
        assert back["room"] is None
        assert back["offset"] == position["offset"]
        missed = [await viewer.next("moment") for _ in range(3)]
        assert [frame["offset"] for frame in missed] == [position["offset"] + n for n in (1, 2, 3)]
        assert [frame["params"]["tier"] for frame in missed] == ["silver"] * 3


async def test_R6_a_position_of_another_epoch_is_honestly_not_recovered(
    site: Site, shop: Shop, room: str
) -> None:
    async with Viewer(site.url) as viewer:
        welcome = await viewer.hello(room, position={"epoch": "of-yesterday", "offset": 3})
        assert welcome["recovered"] is False
        assert welcome["room"]["name"] == "小美的直播间"


async def test_T8_a_refund_within_its_window_drops_the_tier_without_telling_the_room(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    o1 = site.fresh("o")
    async with Viewer(site.url) as viewer:
        await viewer.hello(room)
        await shop.post_events(shop.order(mei, 300, order=o1, room=room))
        shout = await viewer.next("moment", kind="level_up")
        refund = shop.event("order.refunded", mei, room=room, order=o1, amount=30_000)
        [receipt] = await shop.post_events(refund)
        assert receipt["outcome"] == "applied"
        card = await shop.card(mei)
        assert (card["tier"], card["growth"], card["points"]) == ("basic", 0, 0)
        await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": 3})
        fence = await viewer.next("room")
        assert fence["offset"] == shout["offset"] + 1, "nothing about the drop was said in the room"


async def test_O1_a_first_time_viewer_earns_by_acts_and_is_told_why_when_not(
    site: Site, shop: Shop, room: str
) -> None:
    new = f"member:{site.fresh('new')}"
    token = await shop.token(new, rooms=[room], name="新来的")
    async with Viewer(site.url) as viewer:
        await viewer.hello(room, token)
        share = await viewer.act("share", channel="wechat")
        assert share["result"] == {"points": 10, "growth": 10, "rule": "share"}
        comment = await viewer.act("comment", text="这件外套好好看呀")
        assert (comment["result"]["points"], comment["result"]["growth"]) == (5, 2)
        seen = await viewer.next("comment")
        assert (seen["text"], seen["name"], seen["tier"]) == ("这件外套好好看呀", "新来的", "basic")
        again = await viewer.act("comment", text="这件外套好好看呀")
        assert again["result"]["why_nothing"] == "invalid_comment"
        same_ref = await viewer.act("share", ref="r1", channel="wechat")
        assert same_ref["result"] == share["result"], "one answer per ref"
        likes = await viewer.act("like", count=12)
        assert likes["result"]["points"] == 10
    card = await shop.card(new)
    assert (card["points"], card["growth"]) == (25, 12)


async def test_O1_an_anonymous_viewer_sees_the_room_and_is_asked_to_sign_in(
    site: Site, shop: Shop, room: str
) -> None:
    async with Viewer(site.url) as viewer:
        welcome = await viewer.hello(room)
        assert welcome["card"] is None
        refused = await viewer.act("like", count=1)
        assert (refused["type"], refused["code"]) == ("refused", "sign_in")


async def test_R10_no_one_joins_what_is_not_theirs(site: Site, shop: Shop, room: str) -> None:
    other_room = site.fresh("room")
    await shop.open_room(other_room)
    expectations: list[tuple[dict[str, object], int]] = [
        (
            {"room": other_room, "surface": "viewer", "token": await shop.token("member:a", rooms=[room])},
            4502,
        ),
        ({"room": "nowhere", "surface": "viewer", "token": None}, 4502),
        ({"room": room, "surface": "host", "token": await shop.token("member:a", rooms=[room])}, 4501),
        ({"room": room, "surface": "viewer", "token": "not.a.token"}, 4501),
    ]
    for hello, code in expectations:
        async with Viewer(site.url) as viewer:
            await viewer.send({"type": "hello", "position": None, **hello})
            assert await viewer.closed() == code, hello


async def test_P2_P8_a_reward_is_redeemed_in_the_room_and_comes_back_when_it_cannot_be_sent(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    bag = site.fresh("bag")
    terms = {"kind": "goods", "name": "帆布袋", "cost": 20, "stock": 1}
    assert (await shop.http.put(f"/v1/rewards/{bag}", json=terms)).status_code == 200
    async with Viewer(site.url) as hers, Viewer(site.url, codec="json") as his:
        await hers.hello(room, await shop.token(mei, rooms=[room], name="小美"))
        await his.hello(room, await shop.token(f"member:{site.fresh('stranger')}", rooms=[room]))
        assert (await hers.act("redeem", reward=bag))["code"] == "not_enough_points"
        await hers.act("follow")
        done = (await hers.act("redeem", reward=bag))["result"]
        assert (done["points"], done["reward"], done["kind"]) == (-20, bag, "goods")
        moment = await his.next("moment", kind="redeemed")
        assert moment["text"]["zh-CN"] == "小美 用积分兑换了帆布袋"
        assert (await hers.act("redeem", reward=bag))["code"] == "sold_out"
        assert (await shop.card(mei))["points"] == 0

        path = f"/v1/rewards/redemptions/{done['redemption']}/cancel"
        assert (await shop.http.post(path, json={"reason": "lost"})).json()["state"] == "cancelled"
        await hers.wait_for(
            lambda frame: frame["type"] == "card" and frame["card"]["points"] == 20, "her points again"
        )
        [listed] = [one for one in (await shop.http.get("/v1/rewards")).json()["rewards"] if one["id"] == bag]
        assert listed["stock_left"] == 1
        # The node reads the shop once a second: a card of now or of the next moment names the bag.
        named = None
        while named is None:
            named = (await shop.card(mei))["nearest_reward"]
        assert named == {"id": bag, "name": "帆布袋", "points_to_go": 0}
