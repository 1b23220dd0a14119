"""POST /v1/quotes."""

import pytest

from tests.edge.api.under_test import Api, Json, paid


async def quoted(api: Api, key: dict[str, str], **body: object) -> Json:
    answer = await api.http.post("/v1/quotes", json={"member": "member:m1", **body}, headers=key)
    found: Json = answer.json()
    return {**found, "status": answer.status_code}


async def silver(api: Api) -> tuple[dict[str, str], str]:
    """m1 has paid ¥300 in a live room: silver, 600 points and the ¥10 coupon of the level-up."""
    key = await api.key()
    await api.post_events(key, paid(300))
    card = (await api.http.get("/v1/members/m1", headers=key)).json()["card"]
    return key, card["coupons"][0]["id"]


async def test_B9_the_lines_stand_in_the_order_discounts_have(api: Api) -> None:
    key, coupon = await silver(api)
    found = await quoted(api, key, price=10_000, coupon=coupon, points=500)
    assert found == {
        "status": 200,
        "member": "m1",
        "tier": "silver",
        "items": [{"price": 10_000, "quantity": 1, "member_price": 9_500}],
        "live_price": 10_000,
        "member_price": 9_500,
        "coupon": {"id": coupon, "off": 1_000},
        "points": {"used": 500, "off": 500},
        "to_pay": 8_000,
        "saved": 2_000,
        "earns": {"points": 80, "growth": 100},
    }


async def test_B9_what_was_quoted_is_what_paying_earns(api: Api) -> None:
    key, coupon = await silver(api)
    found = await quoted(api, key, price=10_000, coupon=coupon)
    order = paid(0, id_="e2", order="o2")
    order["data"] = {**order["data"], "amount": found["to_pay"], "coupon": coupon}
    [receipt] = await api.post_events(key, order)
    assert (receipt["outcome"], receipt["earned"]) == ("applied", found["earns"])
    assert "code" not in receipt


async def test_B9_P1_points_are_bounded_by_what_is_there_and_what_is_to_pay(api: Api) -> None:
    key, _ = await silver(api)
    assert (await quoted(api, key, price=10_000, points=9_999))["points"] == {"used": 600, "off": 600}
    assert (await quoted(api, key, price=200, points=9_999))["points"] == {"used": 190, "off": 190}
    await api.http.post("/v1/redemptions", json={"member": "m1", "points": 550, "order": "o9"}, headers=key)
    assert (await quoted(api, key, price=10_000, points=9_999))["points"] == {"used": 50, "off": 50}


async def test_B9_a_coupon_that_cannot_be_used_is_left_out_and_said(api: Api) -> None:
    key, coupon = await silver(api)
    for wrong in ("c_never", coupon):
        if wrong == coupon:
            api.clock.advance(86_400_000)
        found = await quoted(api, key, price=10_000, coupon=wrong)
        assert (found["coupon"], found["code"], found["to_pay"]) == (None, "coupon_refused", 9_500)


async def test_B1_several_things_and_a_live_shows_offer(api: Api) -> None:
    key, _ = await silver(api)
    await api.open_room()
    operator = api.token("operator")
    offers = {"silver": {"percent": 20, "text": "今晚8折"}}
    made = await api.http.post(
        "/v1/rooms/demo/shows", json={"title": "今晚", "offers": offers}, headers=operator
    )
    items = [{"price": 1_001, "quantity": 2, "sku": "a"}, {"price": 500}]
    before = await quoted(api, key, items=items, room="demo")
    assert (before["live_price"], before["member_price"]) == (2_502, 2 * 950 + 475)
    path = f"/v1/rooms/demo/shows/{made.json()['id']}"
    await api.http.patch(path, json={"status": "live"}, headers=operator)
    live = await quoted(api, key, items=items, room="demo")
    assert live["items"][0] == {"price": 1_001, "quantity": 2, "sku": "a", "member_price": 800}
    assert live["member_price"] == 2_000
    assert (await quoted(api, key, items=items))["member_price"] == before["member_price"]


async def test_T4_whoever_was_never_seen_pays_everybodys_price(api: Api) -> None:
    key = await api.key()
    for who in ("member:stranger", "wx:stranger"):
        found = await quoted(api, key, member=who, price=10_000, points=100)
        assert (found["member"], found["tier"], found["to_pay"]) == (None, "basic", 10_000)
        assert found["points"] == {"used": 0, "off": 0}


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({"price": 1, "room": "nowhere"}, 404, "not_found"),
        ({"items": [{"price": 100_000_000_000, "quantity": 2}]}, 409, "amount_too_large"),
        ({}, 422, "bad_request"),
        ({"price": 1, "items": [{"price": 1}]}, 422, "bad_request"),
        ({"items": []}, 422, "bad_request"),
        ({"price": -1}, 422, "bad_request"),
        ({"price": 1, "points": -1}, 422, "bad_request"),
        ({"price": 1, "discount": 1}, 422, "bad_request"),
    ],
)
async def test_B9_what_cannot_be_quoted_says_why(api: Api, body: Json, status: int, code: str) -> None:
    found = await quoted(api, await api.key(), **body)
    assert found["status"] == status
    assert status == 422 or found["code"] == code


async def test_R10_a_quote_is_for_shops_with_the_scope(api: Api) -> None:
    assert (await quoted(api, await api.key("rooms"), price=1))["code"] == "scope_missing"
    assert (await quoted(api, api.token("viewer"), price=1))["status"] == 403
