"""GET /v1/members/{id}/coupons."""

from tests.edge.api.under_test import Api, paid

DAY_MS = 86_400_000


async def test_MBR2_coupons_tell_open_used_and_expired(api: Api) -> None:
    key = await api.key()
    await api.post_events(key, paid(300))
    path = "/v1/members/member:m1/coupons"
    (coupon,) = (await api.http.get(path, headers=key)).json()["coupons"]
    assert (coupon["state"], coupon["used_by"], coupon["off"]) == ("open", None, 1_000)
    assert coupon["expires_ms"] - coupon["granted_ms"] == DAY_MS
    order = paid(100, id_="e2", order="o2")
    order["data"]["coupon"] = coupon["id"]
    (receipt,) = await api.post_events(key, order)
    assert "code" not in receipt
    (used,) = (await api.http.get(path, headers=api.token("viewer", "m1"))).json()["coupons"]
    assert used == {**coupon, "state": "used", "used_by": "o2"}
    await api.post_events(key, paid(2_000, id_="e3", order="o3"))
    api.clock.advance(DAY_MS)
    page = (await api.http.get(f"{path}?limit=1", headers=key)).json()
    assert [one["state"] for one in page["coupons"]] == ["expired"]
    rest = (await api.http.get(f"{path}?limit=1&before={page['next']}", headers=key)).json()
    assert [one["id"] for one in rest["coupons"]] == [coupon["id"]]
    end = (await api.http.get(f"{path}?limit=1&before={rest['next']}", headers=key)).json()
    assert end == {"coupons": [], "next": None}


async def test_R10_coupons_are_seen_by_their_member_alone(api: Api) -> None:
    await api.post_events(await api.key(), paid(300))
    path = "/v1/members/m1/coupons"
    assert (await api.http.get(path, headers=api.token("viewer", "m2"))).status_code == 403
    assert (await api.http.get(path)).status_code == 401
    never = await api.http.get("/v1/members/never/coupons", headers=api.token("operator"))
    assert (never.status_code, never.json()["code"]) == (404, "not_found")
    assert (await api.http.get(f"{path}?limit=0", headers=api.token("operator"))).status_code == 422
