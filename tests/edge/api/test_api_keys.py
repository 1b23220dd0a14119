"""/v1/api-keys and /v1/sources: who may speak, for what, and what that can prove."""

from tests.edge.api.under_test import Api, Json, event, paid

SOURCE = "https://shop.example/wechat"


async def make_key(api: Api, **body: object) -> tuple[Json, dict[str, str]]:
    """Return the answer and the header of a key made over HTTP, once it counts."""
    answer = await api.http.post("/v1/api-keys", json={"name": "shop", **body}, headers=api.token("operator"))
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    api.clock.advance(1_000)
    made: Json = answer.json()
    return made, {"authorization": f"Bearer {made['secret']}"}


async def declare(api: Api, capabilities: list[str] | None, source: str = SOURCE) -> Json:
    answer = await api.http.put(
        f"/v1/sources/{source}", json={"capabilities": capabilities}, headers=api.token("operator")
    )
    api.clock.advance(1_000)
    body: Json = answer.json()
    return {**body, "status": answer.status_code}


async def listed(api: Api) -> tuple[dict[str, Json], dict[str, Json]]:
    answer = await api.http.get("/v1/sources", headers=api.token("operator"))
    body = answer.json()
    return {one["id"]: one for one in body["sources"]}, {one["rule"]: one for one in body["rules"]}


async def test_X6_an_event_its_source_cannot_prove_is_refused_alone(api: Api) -> None:
    _, key = await make_key(api, source=SOURCE)
    assert (await declare(api, ["order.paid"]))["capabilities"] == ["order.paid"]
    order = paid(300, source=SOURCE)
    said = event("liked", id_="e2", source=SOURCE, data={"count": 1})
    receipts = await api.post_events(key, said, order)
    assert [(one["outcome"], one.get("code")) for one in receipts] == [
        ("refused", "source_cannot_prove"),
        ("applied", None),
    ]
    assert receipts[0]["member"] is None


async def test_X6_what_is_declared_later_counts_within_a_second(api: Api) -> None:
    _, key = await make_key(api, source=SOURCE)
    said = event("followed", id_="e1", source=SOURCE)
    await declare(api, [])
    assert (await api.post_events(key, said))[0]["code"] == "source_cannot_prove"
    await declare(api, ["followed"])
    assert (await api.post_events(key, said))[0]["outcome"] == "applied"
    await declare(api, None)
    assert (await api.post_events(key, paid(300, id_="e2", source=SOURCE)))[0]["outcome"] == "applied"


async def test_X6_a_key_without_source_speaks_for_no_source_beyond_what_that_can_prove(api: Api) -> None:
    await declare(api, ["liked"])
    _, of_any = await make_key(api)
    order, liked = paid(300, source=SOURCE), event("liked", id_="e2", source=SOURCE, data={"count": 1})
    undeclared = paid(300, id_="e3", order="o3", source="somebody")
    receipts = await api.post_events(of_any, order, liked, undeclared)
    assert [(one["outcome"], one.get("code")) for one in receipts] == [
        ("refused", "source_cannot_prove"),
        ("applied", "off_air"),
        ("applied", None),
    ]
    await declare(api, None)
    assert (await api.post_events(of_any, order))[0]["outcome"] == "applied"


async def test_X6_a_source_nobody_declared_proves_everything(api: Api) -> None:
    await declare(api, [])
    _, of_any = await make_key(api)
    assert (await api.post_events(of_any, paid(300, source="free")))[0]["outcome"] == "applied"
    _, of_other = await make_key(api, source="other")
    other = paid(300, id_="e2", order="o2", source="other")
    assert (await api.post_events(of_other, other))[0]["outcome"] == "applied"


async def test_X6_the_operator_sees_where_a_rule_cannot_work(api: Api) -> None:
    made, _ = await make_key(api, source=SOURCE)
    await declare(api, ["comment.posted", "order.refunded"])
    sources, rules = await listed(api)
    assert sources[SOURCE]["keys"] == [made["id"]]
    assert (rules["order"]["works"], rules["order"]["sources"]) == (False, [])
    assert (rules["watch15"]["works"], rules["watch15"]["server"]) == (True, True)
    assert (rules["comment"]["sources"], rules["comment"]["any_source"]) == ([SOURCE], False)
    await make_key(api)
    _, rules = await listed(api)
    assert (rules["order"]["works"], rules["order"]["any_source"]) == (True, True)


async def test_X6_what_cannot_be_declared_is_named(api: Api) -> None:
    wrong = await declare(api, ["order"])
    assert (wrong["status"], wrong["code"]) == (422, "wrong_shape")
    assert wrong["errors"][0]["field"] == "capabilities.0"
    reserved = await declare(api, [], source="watch")
    assert (reserved["status"], reserved["code"]) == (409, "source_reserved")
    unknown = await api.http.get("/v1/sources/nobody", headers=api.token("operator"))
    assert unknown.status_code == 404


async def test_KEY1_a_key_made_over_http_shows_its_secret_once(api: Api) -> None:
    made, key = await make_key(api, scopes=["events"], source=SOURCE)
    assert (await api.post_events(key, paid(300, source=SOURCE)))[0]["outcome"] == "applied"
    answer = await api.http.get("/v1/api-keys", headers=api.token("operator"))
    (one,) = answer.json()["keys"]
    assert made["secret"] not in answer.text
    assert (one["id"], one["kind"], one["scopes"], one["source"]) == (
        made["id"],
        "bearer",
        ["events"],
        SOURCE,
    )


async def test_KEY2_a_key_revoked_over_http_is_worthless_within_a_second(api: Api) -> None:
    made, key = await make_key(api)
    gone = await api.http.delete(f"/v1/api-keys/{made['id']}", headers=api.token("operator"))
    assert gone.status_code == 204
    api.clock.advance(1_000)
    assert (await api.http.get("/v1/members/m1", headers=key)).status_code == 401
    again = await api.http.delete(f"/v1/api-keys/{made['id']}", headers=api.token("operator"))
    assert again.status_code == 404


async def test_HTT5_only_operators_make_keys(api: Api) -> None:
    key = await api.key()
    for headers in (key, api.token("host"), api.token("viewer")):
        answer = await api.http.post("/v1/api-keys", json={"name": "x"}, headers=headers)
        assert answer.status_code == 403
