"""Contacts over HTTP: whose they are, what is refused, and that an address goes for good (X8)."""

import pytest

from tests.edge.api.under_test import Api

BODY = {"address": "wx-mei", "purposes": ["replays", "marketing"]}


async def test_X8_a_member_leaves_reads_and_withdraws_a_contact(api: Api) -> None:
    mine = api.token("viewer", "m1")
    put = await api.http.put("/v1/members/m1/contacts/wechat", json=BODY, headers=mine)
    assert put.status_code == 200, put.text
    assert put.json() == {
        "channel": "wechat",
        "purposes": ["marketing", "replays"],
        "since_ms": api.clock.now_ms(),
    }
    got = await api.http.get("/v1/members/m1/contacts/wechat", headers=mine)
    assert got.json()["address"] == "wx-mei"
    for _ in range(2):
        gone = await api.http.delete("/v1/members/m1/contacts/wechat", headers=mine)
        assert gone.status_code == 204
    after = await api.http.get("/v1/members/m1/contacts/wechat", headers=mine)
    assert (after.status_code, after.json()["code"]) == (404, "not_found")


async def test_X8_R10_a_viewer_has_only_the_own_and_a_host_none(api: Api) -> None:
    await api.http.put("/v1/members/m1/contacts/sms", json=BODY, headers=api.token("viewer", "m1"))
    for who, code in (
        (api.token("viewer", "m2"), "not_yours"),
        (api.token("host", "m1"), "role_not_allowed"),
        (await api.key("events"), "scope_missing"),
    ):
        for method in ("GET", "PUT", "DELETE"):
            body = BODY if method == "PUT" else None
            answer = await api.http.request(method, "/v1/members/m1/contacts/sms", headers=who, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, code), method
    assert (await api.http.get("/v1/members/m1/contacts/sms")).status_code == 401
    for allowed in (await api.key("members"), api.token("operator")):
        answer = await api.http.get("/v1/members/m1/contacts/sms", headers=allowed)
        assert answer.json()["address"] == "wx-mei"


@pytest.mark.parametrize(
    "path, body, field",
    [
        ("WeChat", BODY, "path.channel"),
        ("sms", {"purposes": ["x"]}, "address"),
        ("sms", {"address": "", "purposes": ["x"]}, "address"),
        ("sms", {"address": "a", "purposes": []}, "purposes"),
        ("sms", {"address": "a", "purposes": ["x", "x"]}, "purposes"),
        ("sms", {"address": "a", "purposes": ["Not A Word"]}, "purposes.0"),
        ("sms", {"address": "a", "purposes": [f"p{n}" for n in range(11)]}, "purposes"),
        ("sms", {"address": "a" * 257, "purposes": ["x"]}, "address"),
    ],
)
async def test_X8_what_is_wrong_is_named(api: Api, path: str, body: dict[str, object], field: str) -> None:
    answer = await api.http.put(
        f"/v1/members/m1/contacts/{path}", json=body, headers=api.token("viewer", "m1")
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_X8_the_eleventh_channel_is_refused_with_the_remedy(api: Api) -> None:
    mine = api.token("viewer", "m1")
    for n in range(10):
        await api.http.put(f"/v1/members/m1/contacts/c{n}", json=BODY, headers=mine)
    answer = await api.http.put("/v1/members/m1/contacts/c10", json=BODY, headers=mine)
    assert (answer.status_code, answer.json()["code"]) == (409, "limit_reached")
    assert "withdraw" in answer.json()["detail"]


async def test_X8_no_stored_answer_outlives_the_address(api: Api) -> None:
    mine = {**api.token("viewer", "m1"), "idempotency-key": "k1"}
    first = await api.http.put("/v1/members/m1/contacts/sms", json=BODY, headers=mine)
    await api.http.delete("/v1/members/m1/contacts/sms", headers=api.token("viewer", "m1"))
    again = await api.http.put("/v1/members/m1/contacts/sms", json=BODY, headers=mine)
    assert again.content == first.content
    assert "wx-mei" not in again.text
