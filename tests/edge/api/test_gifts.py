"""POST /v1/gifts: the shop's server gives points from member to member."""

import asyncio

import pytest

from server.domain.days import DAY_MS
from tests.edge.api.under_test import Api, Json, event, paid


async def friends(api: Api) -> dict[str, str]:
    """m1 is silver for more than a week, its order out of its return window; m2 is known."""
    key = await api.key()
    await api.post_events(key, paid(300), event("member.joined", "member:m2", id_="j2"))
    api.clock.advance(8 * DAY_MS)
    return key


async def give(api: Api, key: dict[str, str], ref: str = "g-1", **changed: object) -> Json:
    body = {"member": "member:m1", "to": "member:m2", "points": 100, "ref": ref} | changed
    answer = await api.http.post("/v1/gifts", json=body, headers=key)
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


async def points(api: Api, key: dict[str, str], who: str) -> int:
    card = (await api.http.get(f"/v1/members/{who}", headers=key)).json()["card"]
    have: int = card["points"]
    return have


async def test_P5_R2_a_shop_gives_points_from_member_to_member_once_per_ref(api: Api) -> None:
    key = await friends(api)
    before = await points(api, key, "m1")
    first = await give(api, key)
    assert (first["status"], first["member"], first["to"], first["points"]) == (201, "m1", "m2", 100)
    assert await give(api, key) == first
    other = await give(api, key, points=200)
    assert (other["status"], other["code"]) == (409, "conflict")
    assert (await points(api, key, "m1"), await points(api, key, "m2")) == (before - 100, 100)
    assert (await give(api, key, "g-2", points=50))["status"] == 201
    assert (await points(api, key, "m1"), await points(api, key, "m2")) == (before - 150, 150)


async def test_P5_R3_the_same_ref_many_times_at_once_is_one_gift(api: Api) -> None:
    key = await friends(api)
    before = await points(api, key, "m1")
    answers = await asyncio.gather(*(give(api, key) for _ in range(8)))
    assert [answer["status"] for answer in answers] == [201] * 8
    assert len({answer["id"] for answer in answers}) == 1
    assert (await points(api, key, "m1"), await points(api, key, "m2")) == (before - 100, 100)


@pytest.mark.parametrize(
    "wrong, status, code, field",
    [
        ({"points": 0}, 422, "wrong_shape", "points"),
        ({"points": 1.5}, 422, "wrong_shape", "points"),
        ({"points": 1_000_001}, 422, "wrong_shape", "points"),
        ({"ref": ""}, 422, "wrong_shape", "ref"),
        ({"ref": "x" * 65}, 422, "wrong_shape", "ref"),
        ({"note": "x"}, 422, "wrong_shape", "note"),
        ({"to": "member:nobody"}, 404, "not_found", "to"),
        ({"to": "wx:never"}, 404, "not_found", "to"),
        ({"to": "member:m1"}, 409, "bad_request", "to"),
        ({"points": 400}, 409, "not_enough_points", "points"),
        ({"points": 501}, 409, "limit_reached", "points"),
        ({"member": "member:m2", "to": "member:m1"}, 409, "giver_not_eligible", "bronze"),
        ({"member": "member:nobody"}, 409, "giver_not_eligible", "days"),
    ],
)
async def test_P5_R8_what_cannot_be_given_is_refused_naming_it_and_nothing_moves(
    api: Api, wrong: dict[str, object], status: int, code: str, field: str
) -> None:
    key = await friends(api)
    before = await points(api, key, "m1")
    # What is spent is no gift: 300 are left of the 600.
    await api.http.post(
        "/v1/redemptions", json={"member": "member:m1", "points": before - 300, "order": "o9"}, headers=key
    )
    refused = await give(api, key, **wrong)  # type: ignore[arg-type]  # each case gives what it names
    assert (refused["status"], refused["code"]) == (status, code)
    assert field in refused["detail"]
    assert (await points(api, key, "m1"), await points(api, key, "m2")) == (before, 0)


async def test_P5_R10_only_a_shop_s_server_with_the_scope_gives(api: Api) -> None:
    await friends(api)
    assert (await give(api, {}))["status"] == 401
    assert (await give(api, await api.key("events")))["status"] == 403
    for role in ("viewer", "host", "operator"):
        assert (await give(api, api.token(role)))["status"] == 403


async def test_P5_R2_two_shops_may_call_their_gifts_alike(api: Api) -> None:
    await friends(api)
    one, two = await api.key("members", source="tmall"), await api.key("members", source="wechat")
    again = await api.key("members", source="tmall")
    first, second, repeat = await give(api, one), await give(api, two), await give(api, again)
    assert first["id"] != second["id"]
    assert repeat == first, "another key of the same source repeats it"
