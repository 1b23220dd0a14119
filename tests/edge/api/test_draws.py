"""Draws over HTTP: opened, called off, and proven to everybody."""

import pytest

from tests.edge.api.under_test import Api, Json

BODY: Json = {
    "title": "开播福利",
    "cost": 100,
    "prizes": [
        {"name": "口红", "count": 1, "kind": "goods"},
        {"name": "满100减10", "count": 2, "kind": "coupon", "off": 1_000, "min": 10_000},
        {"name": "积分 500", "kind": "points", "points": 500},
    ],
    "seconds": 60,
}


async def opened(api: Api, **more: object) -> Json:
    await api.open_room()
    answer = await api.http.post(
        "/v1/rooms/demo/draws", json={**BODY, **more}, headers=api.token("host", "h1")
    )
    assert answer.status_code == 201, answer.text
    body: Json = answer.json()
    return body


async def proof(api: Api, draw: str, headers: dict[str, str] | None = None) -> Json:
    answer = await api.http.get(f"/v1/draws/{draw}/proof", headers=headers or {})
    body: Json = answer.json()
    return {**body, "status": answer.status_code}


async def test_P3_a_draw_is_opened_with_a_commitment_that_everybody_may_see(api: Api) -> None:
    draw = await opened(api)
    assert (draw["state"], draw["entries"], draw["ends_ms"]) == ("open", 0, api.clock.now_ms() + 60_000)
    shown = await proof(api, draw["id"])
    assert shown["status"] == 200
    assert shown["commitment"] == draw["commitment"]
    hidden = [
        shown[name] for name in ("entry_list", "list_hash", "seed", "winners", "closed_ms", "settled_ms")
    ]
    assert hidden == [None] * 6
    assert shown["prizes"][1] == {
        "name": "满100减10",
        "count": 2,
        "kind": "coupon",
        "off": 1_000,
        "min": 10_000,
    }
    assert "sealed" not in repr(shown)
    assert "salt" not in shown


async def test_P3_two_draws_have_seeds_of_their_own(api: Api) -> None:
    one, two = await opened(api), await opened(api)
    assert one["commitment"] != two["commitment"]


async def test_R2_P3_the_same_key_opens_one_draw(api: Api) -> None:
    await api.open_room()
    headers = {**api.token("host", "h1"), "idempotency-key": "k1"}
    first = await api.http.post("/v1/rooms/demo/draws", json=BODY, headers=headers)
    again = await api.http.post("/v1/rooms/demo/draws", json=BODY, headers=headers)
    assert first.json() == again.json()


async def test_P3_a_draw_is_called_off_once_and_removed_when_it_is_over(api: Api) -> None:
    draw = await opened(api)
    path = f"/v1/rooms/demo/draws/{draw['id']}"
    host = api.token("host", "h1")
    early = await api.http.delete(path, headers=host)
    assert (early.status_code, early.json()["code"]) == (409, "not_over")
    for _ in range(2):
        answer = await api.http.patch(path, json={"action": "cancel"}, headers=host)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert (await api.http.delete(path, headers=host)).status_code == 204
    shown = await proof(api, draw["id"])
    assert (shown["state"], shown["seed"], shown["winners"]) == ("cancelled", None, None)
    nowhere = await api.http.patch("/v1/rooms/demo/draws/d_9", json={"action": "cancel"}, headers=host)
    assert nowhere.status_code == 404


@pytest.mark.parametrize(
    "field, wrong",
    [
        ("cost", {"cost": -1}),
        ("seconds", {"seconds": 4}),
        ("prizes", {"prizes": []}),
        ("prizes.0", {"prizes": [{"name": "x", "kind": "points"}]}),
        ("prizes.0", {"prizes": [{"name": "x", "kind": "goods", "off": 5}]}),
        ("prizes.0.kind", {"prizes": [{"name": "x", "kind": "cash"}]}),
        ("prizes.0.count", {"prizes": [{"name": "x", "kind": "goods", "count": 201}]}),
        ("max_entries", {"max_entries": 0}),
        ("title", {"title": "\u200b"}),
        ("more", {"more": 1}),
    ],
)
async def test_P3_what_is_wrong_with_a_draw_is_named(api: Api, field: str, wrong: Json) -> None:
    await api.open_room()
    answer = await api.http.post(
        "/v1/rooms/demo/draws", json={**BODY, **wrong}, headers=api.token("operator")
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_R10_P3_only_a_host_of_the_room_an_operator_and_the_shop_open_draws(api: Api) -> None:
    await api.open_room()
    for proof_ in (api.token("viewer"), api.token("host", "h1", rooms=["other"]), await api.key("events")):
        answer = await api.http.post("/v1/rooms/demo/draws", json=BODY, headers=proof_)
        assert answer.status_code == 403
    answer = await api.http.post("/v1/rooms/demo/draws", json=BODY, headers=await api.key("rooms"))
    assert answer.status_code == 201


async def test_R10_P3_the_proof_of_a_members_only_room_is_for_those_who_may_enter(api: Api) -> None:
    draw = (await opened(api))["id"]
    await api.open_room(members_only="bronze")
    key = await api.key()
    await api.post_events(
        key,
        {
            "specversion": "1.0",
            "id": "e1",
            "source": "shop",
            "type": "order.paid",
            "subject": "member:rich",
            "data": {"order": "o1", "amount": 30_000, "currency": "CNY"},
        },
    )
    closed = await proof(api, draw)
    assert (closed["status"], closed["code"], closed["tier"]) == (403, "members_only", "bronze")
    for no in (api.token("viewer", "poor"), api.token("host", "h", rooms=["other"]), await api.key("events")):
        assert (await proof(api, draw, no))["status"] == 403
    for yes in (api.token("viewer", "rich"), api.token("host", "h"), api.token("operator"), key):
        assert (await proof(api, draw, yes))["status"] == 200
    assert (await proof(api, draw, {"authorization": "Bearer nonsense"}))["status"] == 401
    assert (await proof(api, "d_never"))["status"] == 404
