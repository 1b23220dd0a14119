"""Countdown tasks over HTTP: /v1/rooms/{room}/tasks."""

from typing import Any

import pytest

from tests.edge.api.under_test import Api, Json, event

SHARE = {"kind": "share", "reward": 100, "seconds": 600, "budget": 10_000}


async def on_air(api: Api) -> dict[str, str]:
    """Open a room with a live show; return the host's header."""
    await api.open_room()
    host = api.token("host", sub="host1", rooms=["demo"])
    show = (await api.http.post("/v1/rooms/demo/shows", json={"title": "今晚上新"}, headers=host)).json()[
        "id"
    ]
    await api.http.patch(f"/v1/rooms/demo/shows/{show}", json={"status": "live"}, headers=host)
    return host


async def start(api: Api, host: dict[str, str], **changes: object) -> Json:
    answer = await api.http.post("/v1/rooms/demo/tasks", json={**SHARE, **changes}, headers=host)
    body: Json = answer.json()
    return {**body, "status": answer.status_code}


async def change(api: Api, host: dict[str, str], task: str, **body: object) -> Json:
    answer = await api.http.patch(f"/v1/rooms/demo/tasks/{task}", json=body, headers=host)
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


async def test_L3_one_press_starts_ten_minutes_of_sharing_for_a_hundred_points(api: Api) -> None:
    host = await on_air(api)
    task = await start(api, host)
    assert (task["status"], task["title"], task["state"]) == (201, "分享直播间得100积分", "running")
    assert task["ends_ms"] == api.clock.now_ms() + 600_000
    key = await api.key()
    shared = event("room.shared", data={"channel": "wechat"}, room="demo")
    [receipt] = await api.post_events(key, shared)
    assert receipt["earned"] == {"points": 10, "growth": 10}
    listed = (await api.http.get("/v1/rooms/demo/tasks", headers=host)).json()["tasks"]
    assert [(one["id"], one["done"], one["spent"]) for one in listed] == [(task["id"], 1, 100)]
    card = (await api.http.get("/v1/members/m1", headers=key)).json()["card"]
    assert card["tasks"] == {task["id"]: {"count": 1, "target": 1, "state": "done"}}
    assert card["points"] == 110


async def test_L3_a_preview_says_what_it_would_cost_and_starts_nothing(api: Api) -> None:
    host = await on_air(api)
    api.rooms.rooms["demo"].presence["node1"] = (api.clock.now_ms() + 60_000, 40)
    answer = await api.http.post("/v1/rooms/demo/tasks/preview", json=SHARE, headers=host)
    assert answer.json() == {
        "audience": 40,
        "max_points": 4_000,
        "max_cost": 4_000,
        "expected_points": 4_000,
        "expected_members": 40,
    }
    assert (await api.http.get("/v1/rooms/demo/tasks", headers=host)).json() == {"tasks": []}


async def test_L3_extend_pause_resume_and_cancel(api: Api) -> None:
    host = await on_air(api)
    task = await start(api, host)
    name = task["id"]
    longer = await change(api, host, name, action="extend", seconds=60, rev=task["rev"])
    assert longer["ends_ms"] == task["ends_ms"] + 60_000
    late = await change(api, host, name, action="extend", seconds=60, rev=task["rev"])
    assert (late["status"], late["code"]) == (409, "conflict")
    api.clock.advance(10_000)
    paused = await change(api, host, name, action="pause")
    assert (paused["state"], paused["remaining_ms"]) == ("paused", 650_000)
    assert (await change(api, host, name, action="resume"))["state"] == "running"
    gone = await api.http.request("DELETE", f"/v1/rooms/demo/tasks/{name}", headers=host)
    assert gone.json()["state"] == "cancelled"
    assert (await change(api, host, name, action="pause"))["code"] == "closed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "dance"},
        {"budget": -1},
        {"budget": 99},
        {"reward": 0},
        {"seconds": 9},
        {"kind": "password"},
        {"password": "x"},
        {"reward": 1.5},
        {"more": 1},
        {"kind": "password", "password": "\u200b"},
    ],
)
async def test_L3_R8_a_task_that_makes_no_sense_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    host = await on_air(api)
    assert (await start(api, host, **wrong))["status"] == 422


async def test_L3_R8_a_change_that_makes_no_sense_is_refused(api: Api) -> None:
    host = await on_air(api)
    task = await start(api, host)
    for wrong in ({"action": "extend"}, {"action": "pause", "seconds": 5}, {"action": "explode"}):
        assert (await change(api, host, task["id"], **wrong))["status"] == 422
    assert (await change(api, host, "t_never", action="pause"))["status"] == 404


async def test_L3_R10_only_who_manages_the_room_may_start_one(api: Api) -> None:
    await on_air(api)
    for who in (api.token("viewer"), api.token("host", rooms=["other"])):
        assert (await start(api, who))["status"] == 403
    assert (await start(api, {}))["status"] == 401


async def test_L3_without_a_live_show_nothing_starts(api: Api) -> None:
    await api.open_room()
    refused = await start(api, api.token("operator"))
    assert (refused["status"], refused["code"]) == (409, "off_air")


async def test_L3_R2_the_same_key_starts_one_task(api: Api) -> None:
    host = await on_air(api)
    once = {**host, "idempotency-key": "press-1"}
    first, again = await start(api, once), await start(api, once)
    assert first["id"] == again["id"]
    assert len((await api.http.get("/v1/rooms/demo/tasks", headers=host)).json()["tasks"]) == 1
