"""Polls, the pinned line and notices over HTTP."""

from typing import Any

import pytest

from tests.edge.api.test_tasks import on_air
from tests.edge.api.under_test import Api, event

POLL = {"question": "下一件上什么?", "options": ["围巾", "手套"], "seconds": 60}


async def test_L8_a_poll_from_question_to_result(api: Api) -> None:
    host = await on_air(api)
    opened = await api.http.post("/v1/rooms/demo/polls", json=POLL, headers=host)
    assert opened.status_code == 201
    poll = opened.json()
    key = await api.key()
    for n, option in enumerate("aab"):
        cast = event(
            "vote.cast",
            f"member:m{n}",
            id_=f"v{n}",
            data={"poll": poll["id"], "option": option},
            room="demo",
        )
        [receipt] = await api.post_events(key, cast)
        assert receipt["outcome"] == "applied"
    url = f"/v1/rooms/demo/polls/{poll['id']}"
    closed = await api.http.patch(url, json={"action": "close"}, headers=host)
    assert [(one["id"], one["votes"]) for one in closed.json()["options"]] == [("a", 2), ("b", 1)]
    assert closed.json()["state"] == "closed"
    late = event("vote.cast", id_="late", data={"poll": poll["id"], "option": "a"}, room="demo")
    assert (await api.post_events(key, late))[0]["code"] == "closed"
    assert (await api.http.request("DELETE", url, headers=host)).status_code == 204
    assert (await api.http.get(url, headers=host)).status_code == 404


async def test_L8_a_line_is_pinned_and_a_notice_is_posted(api: Api) -> None:
    host = await on_air(api)
    put = await api.http.put("/v1/rooms/demo/pinned", json={"text": "满200减30"}, headers=host)
    assert put.status_code == 204
    room = (await api.http.get("/v1/rooms/demo/snapshot")).json()["room"]
    assert room["pinned"]["text"] == "满200减30"
    assert (await api.http.request("DELETE", "/v1/rooms/demo/pinned", headers=host)).status_code == 204
    said = await api.http.post("/v1/rooms/demo/notices", json={"text": "马上抽奖"}, headers=host)
    assert said.status_code == 201
    assert said.json()["id"].startswith("mo_")


@pytest.mark.parametrize(
    "path,wrong",
    [
        ("polls", {**POLL, "options": ["one"]}),
        ("polls", {**POLL, "seconds": 1}),
        ("polls", {**POLL, "question": "\u200b"}),
        ("notices", {"text": "", "rank": 1}),
        ("notices", {"text": "x", "rank": 0}),
        ("notices", {"text": "长" * 121}),
    ],
)
async def test_L8_R8_what_makes_no_sense_is_refused(api: Api, path: str, wrong: dict[str, Any]) -> None:
    host = await on_air(api)
    assert (await api.http.post(f"/v1/rooms/demo/{path}", json=wrong, headers=host)).status_code == 422


async def test_L8_R10_only_who_manages_the_room_may(api: Api) -> None:
    await on_air(api)
    viewer = api.token("viewer")
    assert (await api.http.post("/v1/rooms/demo/polls", json=POLL, headers=viewer)).status_code == 403
    assert (
        await api.http.put("/v1/rooms/demo/pinned", json={"text": "x"}, headers=viewer)
    ).status_code == 403
