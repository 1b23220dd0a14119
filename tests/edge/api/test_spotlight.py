"""PUT and DELETE /v1/rooms/{room}/spotlight."""

import pytest

from server.ids import RoomId
from tests.edge.api.under_test import Api

LIPSTICK = {"sku": "sku 1", "title": "口红", "price": 10_000}
PATH = "/v1/rooms/demo/spotlight"


async def test_B7_the_host_shows_a_product_and_the_room_carries_both_prices(api: Api) -> None:
    await api.open_room()
    host = api.token("host", "h1", ["demo"])
    put = await api.http.put(PATH, json={**LIPSTICK, "image": "https://cdn.example/a.png"}, headers=host)
    prices = {"basic": 10_000, "bronze": 10_000, "silver": 9_500, "gold": 9_000, "black": 8_500}
    shown = {**LIPSTICK, "image": "https://cdn.example/a.png", "member_prices": prices}
    assert (put.status_code, put.json()) == (200, shown)
    snapshot = (await api.http.get("/v1/rooms/demo/snapshot")).json()
    assert snapshot["room"]["spotlight"] == shown
    gone = await api.http.delete(PATH, headers=host)
    assert (gone.status_code, gone.content) == (204, b"")
    items = {item.key: item.value for item in await api.queries.room_items(RoomId("demo")) or ()}
    assert items["spotlight"] is None


async def test_B7_what_cannot_be_shown_says_why(api: Api) -> None:
    operator = api.token("operator")
    assert (await api.http.put(PATH, json=LIPSTICK, headers=operator)).json()["code"] == "not_found"
    assert (await api.http.delete(PATH, headers=operator)).json()["code"] == "not_found"
    stranger = await api.http.put(PATH, json=LIPSTICK, headers=api.token("host", "h1", ["other"]))
    assert stranger.status_code == 403


@pytest.mark.parametrize(
    "field, value", [("price", -1), ("price", 9.5), ("sku", ""), ("title", "‮"), ("image", "javascript:x")]
)
async def test_B7_a_field_that_is_none_is_named(api: Api, field: str, value: object) -> None:
    await api.open_room()
    wrong = await api.http.put(PATH, json={**LIPSTICK, field: value}, headers=api.token("operator"))
    assert wrong.status_code == 422
    assert [error["field"] for error in wrong.json()["errors"]] == [field]
