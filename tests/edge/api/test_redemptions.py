"""POST /v1/redemptions and what follows."""

import pytest

from tests.edge.api.under_test import Api, Json, paid


async def with_points(api: Api) -> dict[str, str]:
    key = await api.key()
    await api.post_events(key, paid(300))
    return key


async def hold(
    api: Api, key: dict[str, str], points: int = 500, order: str = "o2", once: str | None = None
) -> Json:
    answer = await api.http.post(
        "/v1/redemptions",
        json={"member": "member:m1", "points": points, "order": order},
        headers=key if once is None else {**key, "idempotency-key": once},
    )
    body: Json = answer.json()
    return {**body, "status": answer.status_code}


async def then(api: Api, key: dict[str, str], what: str, redemption: str, **body: object) -> Json:
    answer = await api.http.post(f"/v1/redemptions/{redemption}/{what}", json=body, headers=key)
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


async def test_P1_hold_capture_and_give_back_a_part(api: Api) -> None:
    key = await with_points(api)
    held = await hold(api, key)
    assert (held["status"], held["state"], held["discount"]) == (201, "held", 500)
    assert held["expires_ms"] == api.clock.now_ms() + 15 * 60_000
    card = (await api.http.get("/v1/members/m1", headers=key)).json()["card"]
    assert (card["points"], card["held"]) == (600, 500)
    captured = await then(api, key, "capture", held["id"])
    assert (captured["status"], captured["state"]) == (200, "captured")
    part = await then(api, key, "release", held["id"], points=200)
    assert (part["state"], part["returned"]) == ("captured", 200)
    card = (await api.http.get("/v1/members/m1", headers=key)).json()["card"]
    assert (card["points"], card["held"]) == (300, 0)


async def test_P1_what_cannot_be_done_says_why(api: Api) -> None:
    key = await with_points(api)
    assert (await hold(api, key, points=601))["code"] == "not_enough_points"
    held = await hold(api, key)
    assert (await hold(api, key, points=1))["code"] == "hold_open"
    await then(api, key, "capture", held["id"])
    assert (await then(api, key, "capture", held["id"]))["code"] == "already_captured"
    assert (await then(api, key, "release", held["id"], points=501))["code"] == "release_exceeds"
    await then(api, key, "release", held["id"])
    released = await then(api, key, "release", held["id"])
    assert (released["status"], released["code"]) == (409, "already_released")
    assert (await then(api, key, "capture", "rd_never"))["status"] == 404


async def test_P1_a_hold_over_time_is_gone(api: Api) -> None:
    key = await with_points(api)
    held = await hold(api, key)
    api.clock.advance(15 * 60_000)
    late = await then(api, key, "capture", held["id"])
    assert (late["status"], late["code"]) == (410, "hold_expired")
    assert (await hold(api, key))["status"] == 201


async def test_R2_P1_the_same_key_holds_once(api: Api) -> None:
    key = await with_points(api)
    first = await hold(api, key, once="k1")
    assert await hold(api, key, once="k1") == first
    card = (await api.http.get("/v1/members/m1", headers=key)).json()["card"]
    assert card["held"] == 500


@pytest.mark.parametrize("points", [0, -1, 1.5, "10", True, None])
async def test_P1_points_that_are_none_are_named(api: Api, points: object) -> None:
    key = await with_points(api)
    body = {"member": "m1", "points": points, "order": "o2"}
    answer = await api.http.post("/v1/redemptions", json=body, headers=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "points"


async def test_R10_only_a_shop_with_the_scope_redeems(api: Api) -> None:
    body = {"member": "m1", "points": 1, "order": "o2"}
    for proof in (await api.key("events"), api.token("viewer"), api.token("operator")):
        answer = await api.http.post("/v1/redemptions", json=body, headers=proof)
        assert answer.status_code == 403
