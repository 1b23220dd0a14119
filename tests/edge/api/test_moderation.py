"""Moderation over HTTP: who may, what it says, and that orders count all the same (L13)."""

from typing import Any

import pytest

from server.ids import MemberId
from tests.edge.api.under_test import NOW, Api, event, paid

HOUR = 3_600_000


def ban(api: Api, **more: object) -> dict[str, Any]:
    return {"kind": "ban", "until_ms": api.clock.now_ms() + HOUR, **more}


async def known(api: Api) -> str:
    """Let m1 be known, in room `demo`; return the tag of what m1 writes."""
    await api.open_room()
    await api.post_events(await api.key(), event("member.joined", data={}))
    return (await api.queries.members([MemberId("m1")], NOW))[MemberId("m1")].author


async def test_L13_a_member_is_banned_everywhere_and_forgiven(api: Api) -> None:
    await known(api)
    key = await api.key("members")
    put = await api.http.put("/v1/members/m1/restriction", json=ban(api), headers=key)
    assert put.status_code == 200, put.text
    until_ms = api.clock.now_ms() + HOUR
    assert put.json() == {"restrictions": [{"room": None, "kind": "ban", "until_ms": until_ms}]}
    receipts = await api.post_events(await api.key(), paid(10, id_="o", room="demo"))
    assert receipts[0]["outcome"] == "applied", "money is never refused"
    said = event("comment.posted", id_="c", room="demo", data={"text": "这个颜色真好看"})
    assert (await api.post_events(await api.key(), said))[0]["code"] == "banned"
    for _ in range(2):
        lifted = await api.http.delete("/v1/members/m1/restriction", headers=key)
        assert lifted.status_code == 204
    shown = await api.http.get("/v1/members/m1/restriction", headers=key)
    assert shown.json() == {"restrictions": []}


async def test_L13_a_host_mutes_by_the_tag_in_the_own_rooms_alone(api: Api) -> None:
    author = await known(api)
    host = api.token("host", "h1", rooms=["demo"])
    path = f"/v1/rooms/demo/restrictions/{author}"
    body = {"kind": "mute", "until_ms": api.clock.now_ms() + HOUR, "remove_comments": True}
    assert (await api.http.put(path, json=body, headers=host)).status_code == 204
    shown = await api.http.get("/v1/members/m1/restriction", headers=api.token("operator"))
    assert [one["room"] for one in shown.json()["restrictions"]] == ["demo"]
    assert (await api.http.delete(path, headers=host)).status_code == 204
    shown = await api.http.get("/v1/members/m1/restriction", headers=api.token("operator"))
    assert shown.json() == {"restrictions": []}
    other = await api.http.put(f"/v1/rooms/other/restrictions/{author}", json=body, headers=host)
    assert (other.status_code, other.json()["code"]) == (403, "room_not_allowed")
    nobody = await api.http.put("/v1/rooms/demo/restrictions/a_nobody", json=body, headers=host)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")


async def test_L13_a_comment_is_removed_again_and_again(api: Api) -> None:
    await api.open_room()
    host = api.token("host", "h1", rooms=["demo"])
    for _ in range(2):
        assert (await api.http.delete("/v1/rooms/demo/comments/k_1", headers=host)).status_code == 204
    gone = await api.http.delete("/v1/rooms/none/comments/k_1", headers=api.token("operator"))
    assert gone.status_code == 404


async def test_L13_R10_viewers_moderate_nobody_and_hosts_only_their_room(api: Api) -> None:
    author = await known(api)
    in_room = f"/v1/rooms/demo/restrictions/{author}"
    for who, path in (
        (api.token("viewer", "m1"), "/v1/members/m1/restriction"),
        (api.token("host", "h1", rooms=["*"]), "/v1/members/m1/restriction"),
        (api.token("viewer", "m1"), in_room),
        (api.token("host", "h1", rooms=["other"]), in_room),
        (await api.key("events"), in_room),
    ):
        assert (await api.http.put(path, json=ban(api), headers=who)).status_code == 403
    viewer = api.token("viewer", "m1")
    assert (await api.http.delete("/v1/rooms/demo/comments/k_1", headers=viewer)).status_code == 403
    assert (await api.http.put(in_room, json=ban(api))).status_code == 401


@pytest.mark.parametrize(
    "body, status, named",
    [
        ({"kind": "kick", "until_ms": NOW + HOUR}, 422, "kind"),
        ({"kind": "ban"}, 422, "until_ms"),
        ({"kind": "ban", "until_ms": 1}, 409, "bad_request"),
    ],
)
async def test_L13_R8_what_makes_no_sense_is_named(
    api: Api, body: dict[str, object], status: int, named: str
) -> None:
    await known(api)
    answer = await api.http.put("/v1/members/m1/restriction", json=body, headers=api.token("operator"))
    assert answer.status_code == status
    said = answer.json()
    assert named in (said["code"], *(one["field"] for one in said.get("errors", ())))
