"""GET /v1/rooms/{room}/figures and …/leaderboard."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from server.api.figures import FRESH_MS, OUTSTANDING_MS
from server.hot.ports import BEGAN, SAW, UNSIGNED
from server.ids import RoomId, TaskId
from tests.edge.api.test_tasks import on_air, start
from tests.edge.api.under_test import Api, Json, event, paid


async def figures(api: Api, who: Mapping[str, str], room: str = "demo") -> Json:
    answer = await api.http.get(f"/v1/rooms/{room}/figures", headers=dict(who))
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def leaderboard(api: Api, who: Mapping[str, str], **query: str) -> Json:
    answer = await api.http.get("/v1/rooms/demo/leaderboard", headers=dict(who), params=query)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def test_L8_a_host_sees_the_show_in_numbers(api: Api) -> None:
    host = await on_air(api)
    task = (await start(api, host))["id"]
    now_ms = api.clock.now_ms()
    await api.hot.report_audiences("n1", {RoomId("demo"): {"basic": 5, UNSIGNED: 30}}, now_ms)
    await api.hot.report_audiences("n2", {RoomId("demo"): {"basic": 1, "gold": 2}}, now_ms)
    await api.hot.mark({(SAW, TaskId(task)): list("abcdefgh"), (BEGAN, TaskId(task)): ["m1"]})
    key = await api.key()
    shared = event("room.shared", id_="s1", data={"channel": "wechat"}, room="demo")
    await api.post_events(key, shared, paid(300, id_="p1", room="demo"))
    seen = await figures(api, host)
    assert seen["audience"] == {"online": 38, "anonymous": 30, "tiers": {"basic": 6, "gold": 2}}
    show = seen["show"]
    # 10 for sharing, 100 of the task, ¥300 twice for the first order.
    assert show["points"] == {"given": 710, "taken_back": 0, "liability": 710}
    assert show["orders"] == {"count": 1, "paid": 30_000}
    assert show["shouts"] == {"shown": 1, "coupons": 1, "orders": 0, "conversion": 0.0}
    assert show["tasks"] == [
        {
            "task": task,
            "kind": "share",
            "title": "分享直播间得100积分",
            "state": "running",
            "saw": 8,
            "began": 1,
            "reached": 1,
            "rewarded": 100,
            "orders": 1,
        }
    ]
    outstanding = seen["outstanding"]
    assert (outstanding["points"], outstanding["cost"]) == (710, 710)


async def test_L8_figures_move_within_a_second_and_are_read_once_however_many_ask(api: Api) -> None:
    host = await on_air(api)
    key = await api.key()
    before = await figures(api, host)
    await api.post_events(key, paid(100, id_="p1", room="demo"))
    again = await figures(api, api.token("operator"))
    assert again == before
    assert before["show"]["orders"]["count"] == 0
    api.clock.advance(FRESH_MS)
    moved = await figures(api, host)
    assert moved["show"]["orders"] == {"count": 1, "paid": 10_000}
    assert moved["outstanding"] == before["outstanding"], "all members' points are added up now and then"
    api.clock.advance(OUTSTANDING_MS)
    assert (await figures(api, host))["outstanding"]["points"] == 200


async def test_V3_a_refund_is_in_the_figures(api: Api) -> None:
    host = await on_air(api)
    back = event("order.refunded", id_="r1", data={"order": "o1", "amount": 10_000}, room="demo")
    await api.post_events(await api.key(), paid(100, id_="p1", room="demo"), back)
    show = (await figures(api, host))["show"]
    assert (show["points"]["taken_back"], show["points"]["liability"]) == (200, 0)
    assert show["orders"] == {"count": 0, "paid": 0}


async def test_L8_a_room_without_a_show_has_an_audience_and_no_figures_of_a_show(api: Api) -> None:
    await api.open_room()
    host = api.token("host", rooms=["demo"])
    seen = await figures(api, host)
    assert (seen["show"], seen["audience"]) == (None, {"online": 0, "anonymous": 0, "tiers": {}})
    await api.http.post("/v1/rooms/demo/shows", json={"title": "今晚上新"}, headers=host)
    api.clock.advance(FRESH_MS)
    assert (await figures(api, host))["show"] is None, "a show that has not begun has given nothing"
    assert await leaderboard(api, host) == {**await leaderboard(api, host), "top": []}


async def test_R4_with_redis_away_the_ledger_s_figures_are_shown(api: Api) -> None:
    host = await on_air(api)
    task = (await start(api, host))["id"]
    shared = event("room.shared", id_="s1", data={"channel": "wechat"}, room="demo")
    await api.post_events(await api.key(), shared)
    api.hot.away = True
    seen = await figures(api, host)
    assert seen["audience"] is None
    [funnel] = seen["show"]["tasks"]
    assert (funnel["task"], funnel["saw"], funnel["began"], funnel["reached"]) == (task, 1, 1, 1)


async def test_R10_figures_are_for_the_room_s_host_the_operator_and_the_shop(api: Api) -> None:
    await api.open_room()
    refused = [
        api.token("viewer"),
        api.token("host", rooms=["other"]),
        await api.key("events"),
    ]
    for path in ("figures", "leaderboard"):
        for who in refused:
            assert (await api.http.get(f"/v1/rooms/demo/{path}", headers=who)).status_code == 403
        for who in (api.token("host", rooms=["demo"]), api.token("operator"), await api.key("rooms")):
            assert (await api.http.get(f"/v1/rooms/demo/{path}", headers=who)).status_code == 200
        missing = await api.http.get(f"/v1/rooms/none/{path}", headers=api.token("operator"))
        assert missing.status_code == 404


async def test_R5_with_sql_away_figures_are_not_guessed_and_are_there_when_it_is_back(
    api_without_sql: Api,
) -> None:
    for _ in range(2):
        answer = await api_without_sql.http.get(
            "/v1/rooms/demo/figures", headers=api_without_sql.token("operator")
        )
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


async def test_L8_the_leaderboard_names_who_wants_to_be_named(api: Api) -> None:
    host = await on_air(api)
    key = await api.key()
    for who, name in (("m1", "小美"), ("m2", "阿强")):
        joined = event("member.joined", f"member:{who}", id_=f"j{who}", data={"name": name})
        await api.post_events(key, joined)
    await api.post_events(
        key,
        paid(300, id_="p1", order="o1", room="demo"),
        paid(500, id_="p2", order="o2", subject="member:m2", room="demo"),
    )
    shown = await leaderboard(api, host)
    assert [(one["name"], one["tier"], one["score"]) for one in shown["top"]] == [
        ("阿强", "silver", 520),
        ("小美", "silver", 320),
    ]
    assert all(one["author"] for one in shown["top"])
    assert await leaderboard(api, host, show=shown["show"], limit="1") == {**shown, "top": shown["top"][:1]}


async def test_L8_an_earlier_show_s_leaderboard_can_still_be_read(api: Api) -> None:
    host = await on_air(api)
    await api.post_events(await api.key(), paid(300, id_="p1", room="demo"))
    first = (await leaderboard(api, host))["show"]
    await api.http.patch(f"/v1/rooms/demo/shows/{first}", json={"status": "ended"}, headers=host)
    await api.http.post("/v1/rooms/demo/shows", json={"title": "明晚"}, headers=host)
    assert (await leaderboard(api, host, show=first))["top"][0]["score"] == 320
    await api.open_room("other")
    elsewhere = await api.http.get(f"/v1/rooms/other/leaderboard?show={first}", headers=api.token("operator"))
    assert elsewhere.status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "show=", "nonsense=1"])
async def test_HTT2_a_wrong_question_to_the_leaderboard_is_refused(api: Api, query: str) -> None:
    answer = await api.http.get(f"/v1/rooms/demo/leaderboard?{query}", headers=api.token("operator"))
    assert answer.status_code == 422
