"""Rooms and shows over HTTP."""

import pytest

from tests.edge.api.under_test import Api


async def test_ROM1_a_room_exists_only_by_put(api: Api) -> None:
    operator = api.token("operator")
    assert (await api.http.get("/v1/rooms/demo", headers=operator)).json()["code"] == "not_found"
    missing = await api.http.patch("/v1/rooms/demo", json={"slow_s": 5}, headers=operator)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    made = await api.http.put("/v1/rooms/demo", json={"name": " 直播\u202e间 "}, headers=operator)
    assert made.json() == {"id": "demo", "name": "直播间", "writers": "all", "slow_s": 0, "theme": {}}
    changed = await api.http.patch(
        "/v1/rooms/demo",
        json={"slow_s": 5, "writers": "members", "theme": {"--lr-accent": "#f00"}},
        headers=operator,
    )
    assert changed.json() == {
        "id": "demo",
        "name": "直播间",
        "writers": "members",
        "slow_s": 5,
        "theme": {"--lr-accent": "#f00"},
    }


async def test_ROM1_R10_a_members_only_room_shows_everybody_its_id_name_and_tier(api: Api) -> None:
    await api.open_room("vip", members_only="gold")
    await api.open_room("open")
    shows = "/v1/rooms/vip/shows"
    made = await api.http.post(shows, json={"title": "内部"}, headers=api.token("operator"))
    assert made.status_code == 201
    listed = {room["id"]: room for room in (await api.http.get("/v1/rooms")).json()["rooms"]}
    assert listed["vip"] == {"id": "vip", "name": "直播间", "members_only": "gold"}
    assert listed["open"] == {"id": "open", "name": "直播间"}


async def test_ROM2_a_show_starts_and_ends_and_a_second_one_live_is_refused(api: Api) -> None:
    await api.open_room()
    host = api.token("host", "h1", ["demo"])
    ids = []
    for title in ("第一场", "第二场"):
        offers = {"gold": {"percent": 10, "text": "今晚黄金会员专享9折"}}
        made = await api.http.post(
            "/v1/rooms/demo/shows", json={"title": title, "offers": offers}, headers=host
        )
        assert made.status_code == 201, made.text
        assert made.json()["status"] == "scheduled"
        ids.append(made.json()["id"])
    started = await api.http.patch(f"/v1/rooms/demo/shows/{ids[0]}", json={"status": "live"}, headers=host)
    assert started.json()["status"] == "live"
    second = await api.http.patch(f"/v1/rooms/demo/shows/{ids[1]}", json={"status": "live"}, headers=host)
    assert (second.status_code, second.json()["code"]) == (409, "show_live")
    room = (await api.http.get("/v1/rooms/demo", headers=host)).json()
    assert (room["show"]["id"], room["show"]["status"]) == (ids[0], "live")
    ended = await api.http.patch(
        f"/v1/rooms/demo/shows/{ids[0]}",
        json={"status": "ended", "replay_url": "https://cdn.example/r.mp4"},
        headers=host,
    )
    assert ended.json()["replay_url"] == "https://cdn.example/r.mp4"
    again = await api.http.patch(f"/v1/rooms/demo/shows/{ids[0]}", json={"status": "live"}, headers=host)
    assert (again.status_code, again.json()["code"]) == (409, "closed")


@pytest.mark.parametrize(
    "method, path, body, status, field",
    [
        ("PUT", "/v1/rooms/a b", {"name": "x"}, 422, "path.room"),
        ("PUT", "/v1/rooms/demo", {"name": ""}, 422, "name"),
        ("PUT", "/v1/rooms/demo", {"name": "\u200b"}, 422, "name"),
        ("PUT", "/v1/rooms/demo", {"name": "字" * 61}, 422, "name"),
        ("PUT", "/v1/rooms/demo", {}, 422, "name"),
        ("PATCH", "/v1/rooms/demo", {"slow_s": -1}, 422, "slow_s"),
        ("PATCH", "/v1/rooms/demo", {"writers": "nobody"}, 422, "writers"),
        ("PATCH", "/v1/rooms/demo", {"theme": {"color": "red"}}, 422, "theme.color.[key]"),
        ("POST", "/v1/rooms/demo/shows", {"title": "x", "starts_ms": -1}, 422, "starts_ms"),
        (
            "POST",
            "/v1/rooms/demo/shows",
            {"title": "x", "offers": {"gold": {"percent": 101, "text": "x"}}},
            422,
            "offers.gold.percent",
        ),
        ("PATCH", "/v1/rooms/demo/shows/s1", {"status": "paused"}, 422, "status"),
        (
            "PATCH",
            "/v1/rooms/demo/shows/s1",
            {"status": "ended", "replay_url": "javascript:x"},
            422,
            "replay_url",
        ),
    ],
)
async def test_ROM2_what_is_wrong_is_named(
    api: Api, method: str, path: str, body: dict[str, object], status: int, field: str
) -> None:
    await api.open_room()
    answer = await api.http.request(method, path, json=body, headers=api.token("operator"))
    assert answer.status_code == status
    assert field in [one["field"] for one in answer.json()["errors"]]


async def test_ROM2_a_tier_or_show_that_is_not_there_is_refused_by_state(api: Api) -> None:
    await api.open_room()
    operator = api.token("operator")
    tier = await api.http.put(
        "/v1/rooms/demo", json={"name": "x", "members_only": "platinum"}, headers=operator
    )
    assert (tier.status_code, tier.json()["code"]) == (409, "bad_request")
    assert "platinum" in tier.json()["detail"]
    show = await api.http.patch("/v1/rooms/demo/shows/none", json={"status": "live"}, headers=operator)
    assert (show.status_code, show.json()["code"]) == (404, "not_found")
