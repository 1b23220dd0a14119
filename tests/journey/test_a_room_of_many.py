"""What a room sees of its members' deeds, on one whole server: pacing, naming, signing in, time, origins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.live import Viewer
from tests.support.shop import Shop
from tests.support.site import Site, a_site, directory_of

FRIEND = "https://shop.example"
STRANGER = "https://elsewhere.example"


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One worker that lets pages of one foreign origin in."""
    with a_site(directory_of(request, tmp_path_factory), "--origins", FRIEND) as shared:
        yield shared


async def test_T5_several_tiers_at_once_name_only_the_highest(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    async with Viewer(site.url) as viewer:
        await viewer.hello(room)
        [receipt] = await shop.post_events(shop.order(mei, 2_500, order=site.fresh("o"), room=room))
        assert receipt["earned"]["growth"] == 2_520
        moment = await viewer.next("moment")
        await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": 3})
        fence = await viewer.next("room")
        assert (moment["kind"], moment["params"]["tier"]) == ("level_up", "gold")
        assert fence["offset"] == moment["offset"] + 1, "no other tier was named before the fence"
        assert [frame["params"]["tier"] for frame in viewer.moments()] == ["gold"]
    card = await shop.card(mei)
    assert card["tier"] == "gold"
    assert len(card["coupons"]) == 1, "one coupon, of the tier that was named"


async def test_L2_more_than_ten_in_a_minute_are_folded_and_nobody_is_left_out(
    site: Site, shop: Shop, room: str
) -> None:
    people = [site.fresh("riser") for _ in range(14)]
    async with Viewer(site.url) as viewer:
        await viewer.hello(room)
        await shop.post_events(
            *(
                shop.order(f"member:{who}", 300, order=site.fresh("o"), room=room)
                if number != 3
                else shop.order(f"member:{who}", 2_100, order=site.fresh("o"), room=room)
                for number, who in enumerate(people)
            )
        )
        await viewer.until(
            lambda: sum(frame["params"]["count"] for frame in viewer.moments()) == len(people), "all of them"
        )
        await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": 3})
        await viewer.next("room")
        counts = [frame["params"]["count"] for frame in viewer.moments()]
        assert len(counts) <= 10
        folds = [frame for frame in viewer.moments() if frame["params"]["count"] > 1]
        assert folds
        for fold in folds:
            assert f"等{fold['params']['count']}人" in fold["text"]["zh-CN"].replace(" ", ""), fold["text"]
        assert "gold" in [frame["params"]["tier"] for frame in viewer.moments()]


async def test_R10_an_anonymous_viewer_signs_in_on_the_same_connection_and_earns(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    async with Viewer(site.url) as viewer:
        assert (await viewer.hello(room))["card"] is None
        assert (await viewer.act("share", channel="link"))["code"] == "sign_in"
        await viewer.send({"type": "token", "token": await shop.token(mei, rooms=[room], name="小美")})
        card = await viewer.next("card")
        assert (card["card"]["tier"], card["card"]["name"]) == ("basic", "小美")
        assert (await viewer.act("share", channel="link"))["result"]["points"] == 10
        await viewer.send(
            {"type": "token", "token": await shop.token(f"member:{site.fresh('other')}", rooms=[room])}
        )
        assert await viewer.closed() == 4501, "nobody turns into somebody else"


async def test_LNK11_the_clock_exchange_lets_a_viewer_find_the_servers_time(
    site: Site, shop: Shop, room: str
) -> None:
    async with Viewer(site.url) as viewer:
        welcome = await viewer.hello(room)
        sent_ms = time.time_ns() // 1_000_000
        await viewer.send({"type": "time", "t0": sent_ms})
        answer = await viewer.next("time")
        back_ms = time.time_ns() // 1_000_000
        assert answer["t0"] == sent_ms
        assert sent_ms <= answer["t1"] <= answer["t2"] <= back_ms, "one machine, one clock"
        assert welcome["server_time_ms"] <= answer["t1"]


async def test_R10_pages_of_other_origins_neither_join_nor_read_and_named_ones_do(
    site: Site, shop: Shop, room: str
) -> None:
    async with Viewer(site.url, origin=FRIEND) as friend, Viewer(site.url, origin=site.url) as own:
        assert (await friend.hello(room))["room"]["id"] == (await own.hello(room))["room"]["id"] == room
    with pytest.raises(InvalidStatus) as refused:
        async with Viewer(site.url, origin=STRANGER):
            pass
    assert refused.value.response.status_code == 403
    for origin, allowed in ((FRIEND, FRIEND), (STRANGER, None)):
        answer = await shop.http.get(f"/v1/rooms/{room}/snapshot", headers={"origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed


async def test_R9_the_snapshot_is_the_welcomes_room_and_its_tag_changes_only_with_it(
    site: Site, shop: Shop, room: str
) -> None:
    path = f"/v1/rooms/{room}/snapshot"
    await shop.http.patch(f"/v1/rooms/{room}", json={"slow_s": 5, "theme": {"--accent": "#c33"}})
    first = await shop.http.get(path)
    async with Viewer(site.url) as viewer:
        # Nothing of the room differs, but one who watches may already be counted.
        welcome = await viewer.hello(room)
        for key in ("epoch", "offset", "room"):
            assert welcome[key] == first.json()[key], key
    quiet = site.fresh("room")
    await shop.open_room(quiet)
    path = f"/v1/rooms/{quiet}/snapshot"
    first = await shop.http.get(path)
    same = await shop.http.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    await shop.http.patch(f"/v1/rooms/{quiet}", json={"slow_s": 6})
    async with asyncio.timeout(60):  # it may be kept for a second
        while (
            changed := await shop.http.get(path, headers={"if-none-match": first.headers["etag"]})
        ).status_code == 304:
            pass
    assert changed.status_code == 200
    assert changed.json()["room"]["slow_s"] == 6
    assert changed.headers["etag"] != first.headers["etag"]


async def test_X1_a_platforms_openid_and_our_member_id_meet_one_member(
    site: Site, shop: Shop, room: str
) -> None:
    openid = site.fresh("wx")
    wechat = f"wechat:{openid}"
    [first] = await shop.post_events(shop.order(wechat, 300, order=site.fresh("o"), room=room))
    member = first["member"]
    linked = await shop.http.post(
        f"/v1/members/{member}/identities", json={"platform": "douyin", "openid": openid}
    )
    assert linked.status_code == 200, linked.text
    taken = await shop.http.post(
        f"/v1/members/{site.fresh('somebody')}/identities", json={"platform": "wechat", "openid": openid}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "identity_taken")

    [by_douyin] = await shop.post_events(shop.order(f"douyin:{openid}", 10, order=site.fresh("o"), room=room))
    [by_id] = await shop.post_events(shop.order(f"member:{member}", 10, order=site.fresh("o"), room=room))
    assert by_douyin["member"] == by_id["member"] == member
    cards = []
    for sub in (wechat, f"douyin:{openid}", f"member:{member}", member):
        async with Viewer(site.url) as viewer:
            welcome = await viewer.hello(room, await shop.token(sub, rooms=[room]))
            cards.append(welcome["card"])
            # Entering may hand something over (the month's coupon), which is a newer card of the same member.
            assert (await shop.card(sub))["version"] >= welcome["card"]["version"]
    assert {card["member"] for card in cards} == {member}
    assert {card["growth"] for card in cards} == {320 + 30 + 30}
    shown = (await shop.http.get(f"/v1/members/{wechat}")).json()["identities"]
    assert {(one["platform"], one["openid"]) for one in shown} == {("wechat", openid), ("douyin", openid)}


async def test_E10_before_the_show_is_live_a_comment_is_shown_earns_nothing_and_says_so(
    site: Site, shop: Shop, mei: str
) -> None:
    room = site.fresh("room")
    show = await shop.open_room(room, live=False)
    async with Viewer(site.url) as viewer:
        await viewer.hello(room, await shop.token(mei, rooms=[room], name="小美"))
        early = await viewer.act("comment", text="什么时候开播呀各位")
        assert early["result"] == {"points": 0, "growth": 0, "rule": "comment", "why_nothing": "off_air"}
        assert (await viewer.next("comment"))["text"] == "什么时候开播呀各位"
        await shop.http.patch(f"/v1/rooms/{room}/shows/{show}", json={"status": "live"})
        await viewer.until(lambda: viewer.room_now()["show"]["status"] == "live", "the show to go live")
        assert (await viewer.act("comment", text="终于开播了太好啦"))["result"]["points"] == 5


async def test_X9_an_order_in_another_currency_is_refused_alone(
    site: Site, shop: Shop, room: str, mei: str
) -> None:
    foreign = shop.event("order.paid", mei, room=room, order=site.fresh("o"), amount=30_000, currency="USD")
    [refused, applied] = await shop.post_events(
        foreign, shop.order(mei, 20, order=site.fresh("o"), room=room)
    )
    assert (refused["outcome"], refused["earned"]) == ("refused", {"points": 0, "growth": 0})
    assert refused["code"] == "currency_mismatch"
    assert applied["outcome"] == "applied"
    assert (await shop.card(mei))["growth"] == 40


async def test_L13_the_last_twenty_comments_greet_whoever_comes(site: Site, shop: Shop, room: str) -> None:
    said = []
    async with Viewer(site.url) as viewer:
        await viewer.hello(room)
        for number in range(23):
            who = f"member:{site.fresh('talker')}"
            text = f"第{number}条弹幕祝大家开心"
            said.append(text)
            await shop.post_events(shop.event("comment.posted", who, room=room, text=text))
        await viewer.until(
            lambda: any(frame.get("text") == said[-1] for frame in viewer.frames), "the last comment"
        )
    async with Viewer(site.url) as late:
        welcome = await late.hello(room)
        assert [comment["text"] for comment in welcome["comments"]] == said[-20:]
