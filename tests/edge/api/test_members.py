"""Members over HTTP."""

from typing import Any

import pytest

from tests.edge.api.under_test import NOW, Api, event, paid


async def test_MBR1_a_member_is_answered_with_card_identities_and_first_contact(api: Api) -> None:
    key = await api.key()
    await api.post_events(key, paid(2_500, subject="douyin:小美"))
    answer = await api.http.get("/v1/members/douyin:小美", headers=key)
    assert answer.status_code == 200
    body = answer.json()
    assert body["identities"] == [{"platform": "douyin", "openid": "小美"}]
    assert body["created_ms"] >= NOW
    card = body["card"]
    assert (card["tier"], card["growth"], card["points"]) == ("gold", 2_520, 5_000)
    assert card["next"]["tier"] == "black"
    by_id = await api.http.get(f"/v1/members/{card['member']}", headers=key)
    assert by_id.json()["identities"] == body["identities"]


async def test_MBR1_put_makes_a_member_known_and_keeps_what_is_absent(api: Api) -> None:
    key = await api.key()
    made = await api.http.put("/v1/members/m1", json={"name": "小美", "birthday": "02-29"}, headers=key)
    assert made.status_code == 200
    assert made.json()["card"]["name"] == "小美"
    assert made.json()["card"]["tier"] == "basic"
    kept = await api.http.put("/v1/members/m1", json={}, headers=key)
    assert kept.json()["card"]["name"] == "小美"


async def test_MBR1_one_never_seen_is_404(api: Api) -> None:
    key = await api.key()
    for path in ("/v1/members/m1", "/v1/members/douyin:x", "/v1/members/m1/entries"):
        assert (await api.http.get(path, headers=key)).json()["code"] == "not_found"


@pytest.mark.parametrize("bad", ["a b", "member:", ":x", "x" * 65])
async def test_MBR1_an_id_that_is_none_is_named(api: Api, bad: str) -> None:
    answer = await api.http.get(f"/v1/members/{bad}", headers=await api.key())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "path.id"


async def test_X1_an_identity_is_linked_once_and_never_taken_away(api: Api) -> None:
    key = await api.key()
    await api.post_events(
        key, event("member.joined", "member:m1"), event("member.joined", "wechat:w1", id_="e2")
    )
    linked = await api.http.post(
        "/v1/members/m1/identities", json={"platform": "douyin", "openid": "a/b:c"}, headers=key
    )
    assert linked.json() == {"identities": [{"platform": "douyin", "openid": "a/b:c"}]}
    again = await api.http.get("/v1/members/douyin:a%2Fb:c", headers=key)
    assert again.json()["card"]["member"] == "m1"
    taken = await api.http.post(
        "/v1/members/m1/identities", json={"platform": "wechat", "openid": "w1"}, headers=key
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "identity_taken")
    ours = await api.http.post(
        "/v1/members/m1/identities", json={"platform": "member", "openid": "m2"}, headers=key
    )
    assert ours.status_code == 422


async def test_MBR2_X7_entries_are_paged_newest_first_and_none_is_shown_twice(api: Api) -> None:
    key = await api.key()
    for n in range(3):
        await api.post_events(key, paid(100, id_=f"e{n}", order=f"o{n}"))
    seen = []
    query = "?limit=2"
    while True:
        page = (await api.http.get(f"/v1/members/m1/entries{query}", headers=key)).json()
        seen += page["entries"]
        if page["next"] is None:
            break
        query = f"?limit=2&before={page['next']}"
    ids = [entry["id"] for entry in seen]
    assert ids == sorted(set(ids), reverse=True)
    card = (await api.http.get("/v1/members/m1", headers=key)).json()["card"]
    assert sum(entry["delta"] for entry in seen if entry["book"] == "points") == card["points"]
    assert sum(entry["delta"] for entry in seen if entry["book"] == "growth") == card["growth"]
    assert {entry["actor"] for entry in seen} == {f"key:{key['authorization'].split('_')[1]}"}


async def test_MBR2_R10_a_viewer_is_not_told_which_key_or_operator_it_was(api: Api) -> None:
    await api.post_events(await api.key(), paid(100))
    gift = {"points": 5, "reason": "sorry"}
    await api.http.post("/v1/members/m1/grants", json=gift, headers=api.token("operator", "boss"))
    own = (await api.http.get("/v1/members/m1/entries", headers=api.token("viewer", "m1"))).json()["entries"]
    assert len(own) == 3
    assert {line["actor"] for line in own} == {""}
    whole = await api.http.get("/v1/members/m1/entries", headers=api.token("operator", "boss"))
    assert "operator:boss" in {line["actor"] for line in whole.json()["entries"]}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "before=0", "before=-1", "nonsense=1"])
async def test_MBR2_a_wrong_query_is_named(api: Api, query: str) -> None:
    answer = await api.http.get(f"/v1/members/m1/entries?{query}", headers=await api.key())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"query.{query.partition('=')[0]}"


async def test_T8_an_operator_grants_points_growth_or_a_tier_for_a_while(api: Api) -> None:
    operator = api.token("operator", "op1")
    until_ms = api.clock.now_ms() + 86_400_000

    async def grant(**body: object) -> Any:
        answer = await api.http.post(
            "/v1/members/m1/grants", json={"reason": "an apology", **body}, headers=operator
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["card"]

    assert (await grant(points=50))["points"] == 50
    assert (await grant(growth=300))["tier"] == "silver"
    card = await grant(tier="gold", until_ms=until_ms)
    assert (card["tier"], card["real_tier"], card["until_ms"]) == ("gold", "silver", until_ms)
    lines = (await api.http.get("/v1/members/m1/entries", headers=operator)).json()["entries"]
    assert [(line["rule"], line["delta"], line["actor"]) for line in lines] == [
        ("grant", 300, "operator:op1"),
        ("grant", 50, "operator:op1"),
    ]


async def test_T8_only_an_operator_grants_and_only_one_thing(api: Api) -> None:
    body = {"reason": "x", "points": 1}
    for proof in (await api.key(), api.token("viewer"), api.token("host")):
        assert (await api.http.post("/v1/members/m1/grants", json=body, headers=proof)).status_code == 403
    wrong = await api.http.post(
        "/v1/members/m1/grants", json={**body, "growth": 1}, headers=api.token("operator")
    )
    assert (wrong.status_code, wrong.json()["code"]) == (409, "bad_request")


async def test_X1_merging_makes_one_member_of_two(api: Api) -> None:
    key = await api.key()
    await api.post_events(
        key, paid(100, subject="wx:anna"), paid(50, subject="member:m1", id_="e2", order="o2")
    )
    gone = (await api.http.get("/v1/members/wx:anna", headers=key)).json()["card"]["member"]
    answer = await api.http.post("/v1/members/m1/merge", json={"from": "wx:anna"}, headers=key)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["card"]["member"], body["card"]["points"]) == ("m1", 300)
    assert body["identities"] == [{"platform": "wx", "openid": "anna"}]
    assert "merged_into" not in body
    by_old = (await api.http.get(f"/v1/members/{gone}", headers=key)).json()
    assert (by_old["card"]["member"], by_old["merged_into"]) == ("m1", "m1")
    lines = (await api.http.get(f"/v1/members/{gone}/entries", headers=key)).json()["entries"]
    assert {line["member"] for line in lines} == {"m1", gone}
    assert {line["rule"] for line in lines} == {"first_order", "merge"}
    again = await api.http.post("/v1/members/m1/merge", json={"from": gone}, headers=key)
    assert (again.status_code, again.json()["card"]["points"]) == (200, 300)


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({"from": "m1"}, 409, "bad_request"),
        ({"from": "wx:never"}, 404, "not_found"),
        ({"from": "no body"}, 422, "wrong_shape"),
        ({}, 422, "wrong_shape"),
        ({"from_": "m2"}, 422, "wrong_shape"),
    ],
)
async def test_X1_what_cannot_be_merged_says_why(
    api: Api, body: dict[str, str], status: int, code: str
) -> None:
    key = await api.key()
    await api.post_events(key, event("member.joined"))
    answer = await api.http.post("/v1/members/m1/merge", json=body, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
