"""/v1/rooms/{room}/first-n."""

from tests.edge.api.under_test import Api, Json, paid

BODY = {"title": "前两名下单再送200积分", "n": 2, "points": 200}
PATH = "/v1/rooms/demo/first-n"


async def on_air(api: Api) -> dict[str, str]:
    """Return the host's header; room `demo` is live."""
    await api.open_room()
    host = api.token("host", "h1", rooms=("demo",))
    show = await api.http.post("/v1/rooms/demo/shows", json={"title": "Tonight"}, headers=host)
    await api.http.patch(f"/v1/rooms/demo/shows/{show.json()['id']}", json={"status": "live"}, headers=host)
    return host


async def opened(api: Api, host: dict[str, str], **body: object) -> Json:
    answer = await api.http.post(PATH, json={**BODY, **body}, headers=host)
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


async def test_L4_a_host_opens_a_campaign_and_sees_it_fill(api: Api) -> None:
    host = await on_air(api)
    made = await opened(api, host)
    assert (made["status"], made["taken"], made["state"]) == (201, 0, "open")
    key = await api.key()
    receipts = await api.post_events(
        key,
        *(paid(10, id_=f"e{n}", order=f"o{n}", subject=f"member:m{n}", room="demo") for n in range(3)),
    )
    assert [receipt["earned"]["points"] for receipt in receipts] == [220, 220, 20]
    (listed,) = (await api.http.get(PATH, headers=host)).json()["first_n"]
    assert listed == {"id": made["id"], **BODY, "taken": 2, "state": "full"}
    entries = (await api.http.get("/v1/members/m0/entries", headers=key)).json()["entries"]
    assert [entry["delta"] for entry in entries if entry["rule"] == f"first_n:{made['id']}"] == [200]


async def test_L4_closing_by_patch_or_delete_ends_it_once(api: Api) -> None:
    host = await on_air(api)
    one, two = (await opened(api, host))["id"], (await opened(api, host))["id"]
    closed = await api.http.patch(f"{PATH}/{one}", json={"action": "close"}, headers=host)
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert (await api.http.delete(f"{PATH}/{two}", headers=host)).json()["state"] == "closed"
    again = await api.http.delete(f"{PATH}/{two}", headers=host)
    assert (again.status_code, again.json()["code"]) == (409, "closed")
    key = await api.key()
    (receipt,) = await api.post_events(key, paid(10, room="demo"))
    assert receipt["earned"]["points"] == 20


async def test_L4_only_who_manages_the_room_may(api: Api) -> None:
    await on_air(api)
    for header, status in (
        (api.token("viewer", "m1"), 403),
        (api.token("host", "h2", rooms=("other",)), 403),
        (await api.key("events"), 403),
        ({}, 401),
    ):
        assert (await api.http.post(PATH, json=BODY, headers=header)).status_code == status
    assert (await api.http.post(PATH, json=BODY, headers=await api.key("rooms"))).status_code == 201


async def test_L4_what_cannot_be_says_why(api: Api) -> None:
    host = await on_air(api)
    for wrong in ({"n": 0}, {"points": 0}, {"n": 1.5}, {"points": True}, {"title": ""}, {"budget": 1}):
        assert (await opened(api, host, **wrong))["status"] == 422
    assert (await opened(api, host, n=100_000, points=1_000_000))["code"] == "bad_request"
    operator = api.token("operator")
    nowhere = await api.http.post("/v1/rooms/nowhere/first-n", json=BODY, headers=operator)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (await api.http.get("/v1/rooms/nowhere/first-n", headers=operator)).status_code == 404
    assert (await api.http.delete(f"{PATH}/fn_none", headers=host)).status_code == 404
    assert (await api.http.patch(f"{PATH}/fn_none", json={"action": "open"}, headers=host)).status_code == 422
