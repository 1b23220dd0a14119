"""The host's prompter over HTTP: /v1/rooms/{room}/prompter (L9)."""

import pytest

from server.api.prompter import draws_of
from server.domain.attending import Here
from server.domain.prompting import DrawSeen
from server.domain.room import Json as Value
from server.ids import AuthorTag, DrawId, RoomId, TierId
from tests.edge.api.test_tasks import on_air, start
from tests.edge.api.under_test import Api, Json, paid

PROMPTER = "/v1/rooms/demo/prompter"
SILVER = TierId("silver")


async def prompter(api: Api, host: dict[str, str]) -> Json:
    answer = await api.http.get(PROMPTER, headers=host)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def words(api: Api, host: dict[str, str]) -> list[str]:
    return [line["text"]["zh-CN"] for line in (await prompter(api, host))["lines"] if line["said_ms"] is None]


async def said(api: Api, host: dict[str, str], key: str, event: str | None = None, **body: str) -> Json:
    headers = host if event is None else {**host, "idempotency-key": event}
    answer = await api.http.post(f"{PROMPTER}/{key}/said", json=body, headers=headers)
    return {**answer.json(), "status": answer.status_code}


async def unsaid(api: Api, host: dict[str, str], key: str) -> int:
    return (await api.http.request("DELETE", f"{PROMPTER}/{key}/said", headers=host)).status_code


async def test_L9_the_host_is_given_lines_from_all_that_runs(api: Api) -> None:
    host = await on_air(api)
    assert await prompter(api, host) == {"lines": [], "said": {}, "as_of_ms": api.clock.now_ms()}
    task = await start(api, host)
    await api.http.post("/v1/rooms/demo/first-n", json={"title": "福利", "n": 2, "points": 200}, headers=host)
    await api.http.put(
        "/v1/rooms/demo/spotlight", json={"sku": "s1", "title": "羊绒大衣", "price": 100_000}, headers=host
    )
    await api.http.post(
        "/v1/rooms/demo/polls",
        json={"question": "看什么?", "options": ["大衣", "毛衣"], "seconds": 600},
        headers=host,
    )
    prizes = [{"name": "茶油", "kind": "goods"}]
    await api.http.post(
        "/v1/rooms/demo/draws",
        json={"title": "福袋", "cost": 0, "seconds": 240, "prizes": prizes},
        headers=host,
    )
    gate = {"sku": "s2", "title": "限量款", "price": 100, "link": "https://x.example/", "stock": 9}
    opens_ms = api.clock.now_ms() + 600_000
    opened = await api.http.post("/v1/rooms/demo/gates", json={**gate, "public_ms": opens_ms}, headers=host)
    assert opened.status_code == 201, opened.text
    api.clock.advance(1_000)
    await api.post_events(await api.key(), paid(1, room="demo"))
    close = [Here(AuthorTag(f"a{n}"), SILVER, 45) for n in range(37)]
    await api.hot.attend("node1", {RoomId("demo"): close}, api.clock.now_ms())
    lines = (await prompter(api, host))["lines"]
    assert [(line["rank"], line["text"]["zh-CN"]) for line in lines] == [
        (0, "再卖1单送完前2名，每人200积分"),
        (1, "「福袋」4分钟后开奖，快报名"),
        (1, "5分钟后黑钻会员先买「限量款」"),
        (2, "分享直播间得100积分，还剩10分钟"),
        (2, "来投票，还剩10分钟：看什么?"),
        (2, "「羊绒大衣」会员价850元起，非会员价1,000元"),
        (2, "还有37位白银会员差50分以内升黄金会员"),
    ]
    first = next(line for line in lines if line["kind"] == "task")
    assert first == {
        "key": f"task:{task['id']}",
        "kind": "task",
        "rank": 2,
        "stage": f"{task['ends_ms']}.on",
        "text": {"zh-CN": "分享直播间得100积分，还剩10分钟", "en": "分享直播间得100积分: 10 minutes left"},
        "fresh_until_ms": task["ends_ms"] - 540_000,
        "said_ms": None,
        "since_ms": task["starts_ms"],
    }


async def test_L9_a_line_moves_with_its_numbers_and_goes_with_its_state(api: Api) -> None:
    host = await on_air(api)
    task = await start(api, host)
    [before] = (await prompter(api, host))["lines"]
    api.clock.advance(61_000)
    [after] = (await prompter(api, host))["lines"]
    assert (after["key"], after["stage"]) == (before["key"], before["stage"])
    assert after["text"]["zh-CN"] == "分享直播间得100积分，还剩9分钟"
    await api.http.patch(f"/v1/rooms/demo/tasks/{task['id']}", json={"action": "cancel"}, headers=host)
    assert await words(api, host) == []


async def test_L9_said_it_marks_it_done_until_there_is_something_new_to_say(api: Api) -> None:
    host = await on_air(api)
    await start(api, host)
    [line] = (await prompter(api, host))["lines"]
    done = await said(api, host, line["key"], stage=line["stage"])
    assert (done["status"], done["said_ms"]) == (200, api.clock.now_ms())
    api.clock.advance(60_000)
    seen = await prompter(api, host)
    assert [one["said_ms"] for one in seen["lines"]] == [done["said_ms"]]
    assert seen["said"] == {"task": 1}
    api.clock.advance(500_000)
    assert await words(api, host) == ["最后1分钟！分享直播间得100积分"]
    await said(api, host, line["key"])
    assert (await prompter(api, host))["said"] == {"task": 2}


async def test_L9_what_was_read_is_what_is_marked_though_something_new_has_come_meanwhile(api: Api) -> None:
    host = await on_air(api)
    await start(api, host)
    [line] = (await prompter(api, host))["lines"]
    api.clock.advance(545_000)
    answer = await said(api, host, line["key"], stage=line["stage"])
    assert (answer["status"], answer["said_ms"]) == (200, None)
    assert await words(api, host) == ["最后1分钟！分享直播间得100积分"]


async def test_L9_R2_a_replayed_ref_counts_once_and_another_host_s_press_too(api: Api) -> None:
    host = await on_air(api)
    await start(api, host)
    [line] = (await prompter(api, host))["lines"]
    first = await said(api, host, line["key"], "ref1", stage=line["stage"])
    api.clock.advance(5)
    assert await said(api, host, line["key"], "ref1", stage=line["stage"]) == first
    clash = await said(api, host, line["key"], "ref1", stage="other")
    assert (clash["status"], clash["code"]) == (409, "key_reused")
    other = await said(api, api.token("operator", sub="o1"), line["key"], stage=line["stage"])
    assert other["said_ms"] == first["said_ms"]
    assert (await prompter(api, host))["said"] == {"task": 1}


async def test_L9_a_press_is_taken_back_for_a_minute(api: Api) -> None:
    host = await on_air(api)
    await start(api, host)
    [line] = (await prompter(api, host))["lines"]
    assert await unsaid(api, host, line["key"]) == 404
    await said(api, host, line["key"])
    assert await words(api, host) == []
    assert await unsaid(api, host, line["key"]) == 204
    assert await words(api, host) != []
    assert (await prompter(api, host))["said"] == {}
    await said(api, host, line["key"])
    api.clock.advance(60_001)
    assert await unsaid(api, host, line["key"]) == 404


@pytest.mark.parametrize("key", ["task:t_none", "spotlight", "x" * 64])
async def test_L9_a_line_that_is_not_there_cannot_be_said(api: Api, key: str) -> None:
    host = await on_air(api)
    answer = await said(api, host, key)
    assert (answer["status"], answer["code"]) == (404, "not_found")


async def test_L9_R8_a_key_a_stage_and_a_body_that_make_no_sense_are_refused(api: Api) -> None:
    host = await on_air(api)
    assert (await said(api, host, "x" * 65))["status"] == 422
    assert (await said(api, host, "spotlight", stage="a b"))["status"] == 422
    assert (await said(api, host, "spotlight", more="x"))["status"] == 422


async def test_L9_R10_only_the_room_s_own_host_an_operator_and_the_shop_see_it(api: Api) -> None:
    await on_air(api)
    elsewhere = api.token("host", sub="h2", rooms=["other"])
    for headers, status, code in (
        ({}, 401, "sign_in"),
        (api.token("viewer"), 403, "role_not_allowed"),
        (elsewhere, 403, "room_not_allowed"),
        (await api.key("events"), 403, "scope_missing"),
    ):
        for method, path in (
            ("GET", PROMPTER),
            ("POST", f"{PROMPTER}/spotlight/said"),
            ("DELETE", f"{PROMPTER}/spotlight/said"),
        ):
            answer = await api.http.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path)
    for headers in (api.token("operator"), await api.key("rooms")):
        assert (await api.http.get(PROMPTER, headers=headers)).status_code == 200
    missing = await api.http.get("/v1/rooms/nowhere/prompter", headers=api.token("operator"))
    assert missing.status_code == 404


async def test_L9_R5_without_redis_the_lines_stand_but_for_who_is_close(api: Api) -> None:
    host = await on_air(api)
    await start(api, host)
    api.hot.away = True
    assert await words(api, host) == ["分享直播间得100积分，还剩10分钟"]


async def test_L9_R5_without_sql_it_is_told_to_come_back(api_without_sql: Api) -> None:
    answer = await api_without_sql.http.get(PROMPTER, headers=api_without_sql.token("host", rooms=["demo"]))
    assert answer.status_code == 503


async def test_L9_L12_when_the_show_has_ended_nothing_is_left_to_say(api: Api) -> None:
    host = await on_air(api)
    await start(api, host)
    show = (await api.http.get("/v1/rooms/demo", headers=host)).json()["show"]["id"]
    await api.http.patch(f"/v1/rooms/demo/shows/{show}", json={"status": "ended"}, headers=host)
    assert await words(api, host) == []
    bare = api.token("operator")
    await api.http.put("/v1/rooms/bare", json={"name": "空房间"}, headers=bare)
    assert (await api.http.get("/v1/rooms/bare/prompter", headers=bare)).json()["lines"] == []
    gone = await api.http.request("DELETE", "/v1/rooms/bare/prompter/spotlight/said", headers=bare)
    assert gone.status_code == 404


def test_L9_draws_are_read_as_the_room_shows_them_and_others_are_as_good_as_absent() -> None:
    item: Value = {
        "title": "福袋",
        "state": "drawn",
        "order": 5,
        "ends_ms": 9,
        "winners": [{"name": "小美"}, {"name": ""}, {}],
    }
    assert draws_of({"draws/d1": item, "draws/d2": {"title": 3}, "draws/d3": None, "tasks/t1": item}) == (
        DrawSeen(DrawId("d1"), "福袋", "drawn", 5, 9, ("小美", "")),
    )
