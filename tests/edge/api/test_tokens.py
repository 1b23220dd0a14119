"""Tokens asked for over HTTP, and those of the demo."""

from pathlib import Path

from server.credentials.access import MAX_TTL_S
from tests.edge.api.under_test import NOW, Api, api_on


async def test_TOK1_a_token_says_what_was_asked(api: Api) -> None:
    key = await api.key("tokens")
    body = {"role": "host", "sub": "douyin:h", "name": "小美", "rooms": ["demo"], "ttl_s": 60}
    answer = await api.http.post("/v1/tokens", json=body, headers=key)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    claims = api.tokens.verify(answer.json()["token"], api.clock.now_ms())
    assert (claims.role, claims.sub, claims.name, claims.rooms) == ("host", "douyin:h", "小美", ("demo",))
    assert answer.json()["expires_ms"] == claims.exp_ms
    longest = await api.http.post(
        "/v1/tokens", json={"role": "viewer", "sub": "m1", "rooms": ["*"]}, headers=key
    )
    assert longest.json()["expires_ms"] <= api.clock.now_ms() + MAX_TTL_S * 1_000


async def test_TOK1_a_token_that_nobody_could_use_is_not_given_away(api: Api) -> None:
    body = {"role": "viewer", "sub": "m1", "rooms": [f"room-{n}" + "x" * 50 for n in range(100)]}
    answer = await api.http.post("/v1/tokens", json=body, headers=await api.key())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "rooms"


async def test_TOK1_R10_a_token_is_never_kept_for_an_idempotency_key(api: Api) -> None:
    headers = {**await api.key("tokens"), "idempotency-key": "k-1"}
    body = {"role": "viewer", "sub": "m1", "rooms": ["demo"]}
    first = await api.http.post("/v1/tokens", json=body, headers=headers)
    api.clock.advance(1_000)
    second = await api.http.post("/v1/tokens", json=body, headers=headers)
    assert first.json()["token"] != second.json()["token"]


async def test_DTK1_without_demo_there_is_no_such_route(api: Api) -> None:
    answer = await api.http.post("/demo/token", json={"room": "demo"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_DTK1_anybody_gets_a_member_of_room_demo_and_stays_it(
    fresh_ledger: str, tmp_path: Path
) -> None:
    async with api_on(fresh_ledger, tmp_path, demo=True) as api:
        first = (await api.http.post("/demo/token", json={"room": "demo"})).json()["token"]
        other = (await api.http.post("/demo/token", json={"room": "demo"})).json()["token"]
        api.clock.advance(60_000)
        renewed = (await api.http.post("/demo/token", json={"room": "demo", "token": first})).json()["token"]
        host = (
            await api.http.post("/demo/token", json={"room": "demo", "role": "host", "token": first})
        ).json()
        subs = [api.tokens.verify(text, NOW + 60_000) for text in (first, other, renewed, host["token"])]
        assert subs[0].sub == subs[2].sub
        assert len({claims.sub for claims in subs}) == 3
        assert {claims.rooms for claims in subs} == {("demo",)}
        assert [claims.role for claims in subs] == ["viewer", "viewer", "viewer", "host"]
        foreign = api.token("viewer", "somebody")["authorization"].split()[1]
        stolen = (await api.http.post("/demo/token", json={"room": "demo", "token": foreign})).json()["token"]
        assert api.tokens.verify(stolen, NOW + 60_000).sub != "somebody"
        elsewhere = await api.http.post("/demo/token", json={"room": "vip"})
        assert elsewhere.json()["code"] == "not_found"
        operator = await api.http.post("/demo/token", json={"room": "demo", "role": "operator"})
        assert operator.status_code == 422
