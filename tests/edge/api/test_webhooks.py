"""Webhook endpoints, deliveries and dead letters over HTTP."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from server.ledger.engines import Engines
from server.ledger.hook_queue import Settled
from server.webhooks.message import HookType
from server.webhooks.relay import MOST_ENDPOINTS
from tests.edge.api.under_test import NOW, Api, api_on, paid
from tests.support.hooks import Hooks

URL = "https://shop.example/hooks"
ALL = "/v1/webhook-endpoints"
Json = dict[str, Any]


async def add(api: Api, *types: str, url: str = URL, **more: object) -> Json:
    body = {"url": url, "types": types or ("points.changed",), **more}
    answer = await api.http.post(ALL, json=body, headers=api.token("operator", "o1"))
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def test_HOK13_an_operator_adds_changes_and_removes_an_endpoint(api: Api) -> None:
    who = api.token("operator", "o1")
    made = await add(api, "tier.upgraded", "points.changed", note="仓库")
    one = f"{ALL}/{made['id']}"
    shown = (await api.http.get(one, headers=who)).json()
    assert shown == {
        "id": made["id"],
        "url": URL,
        "types": ["points.changed", "tier.upgraded"],
        "note": "仓库",
        "created_ms": NOW,
        "paused": None,
        "old_secret_until_ms": None,
    }
    paused = await api.http.patch(one, json={"paused": True}, headers=who)
    assert (paused.json()["paused"], paused.json()["types"]) == ("operator", shown["types"])
    changed = await api.http.patch(one, json={"paused": False, "types": ["show.ended"]}, headers=who)
    assert (changed.json()["paused"], changed.json()["types"]) == (None, ["show.ended"])
    assert (await api.http.get(ALL, headers=who)).json()["endpoints"] == [changed.json()]
    gone = await api.http.delete(one, headers=who)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await api.http.get(ALL, headers=who)).json() == {"endpoints": []}
    for method, path in (("GET", one), ("DELETE", one), ("POST", f"{one}/secret")):
        answer = await api.http.request(method, path, headers=who)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await api.http.patch(one, json={"paused": True}, headers=who)).status_code == 404


async def test_HOK13_an_endpoint_may_want_everything(api: Api) -> None:
    made = await add(api, *get_args(HookType))
    assert set(made["types"]) == set(get_args(HookType))


async def test_HOK11_a_secret_is_shown_once_and_nowhere_kept_readable(
    api: Api, fresh_ledger: str, capfd: pytest.CaptureFixture[str]
) -> None:
    who = api.token("operator", "o1")
    answer = await api.http.post(
        ALL, json={"url": URL, "types": ["points.changed"]}, headers={**who, "idempotency-key": "k1"}
    )
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert made["secret"].startswith("whsec_")
    shown = await api.http.get(ALL, headers=who)
    rotated = await api.http.post(f"{ALL}/{made['id']}/secret", headers={**who, "idempotency-key": "k2"})
    assert rotated.headers["cache-control"] == "no-store"
    assert rotated.json()["secret"] not in ("", made["secret"])
    assert rotated.json()["old_secret_until_ms"] == NOW + 24 * 3_600_000
    engines = Engines(fresh_ledger)
    stored = str(
        [
            await Hooks(engines).rows(f"SELECT * FROM {table}")
            for table in ("hook_endpoints", "answers", "changes")
        ]
    )
    await engines.close()
    said = shown.text + stored + "".join(capfd.readouterr())
    for secret in (made["secret"], rotated.json()["secret"]):
        assert secret.removeprefix("whsec_") not in said
    until_ms = (await api.http.get(f"{ALL}/{made['id']}", headers=who)).json()["old_secret_until_ms"]
    assert until_ms == NOW + 24 * 3_600_000


@pytest.mark.parametrize(
    "body, field",
    [
        ({"url": "ftp://shop.example/", "types": ["show.ended"]}, "url"),
        ({"url": "https://u:p@shop.example/", "types": ["show.ended"]}, "url"),
        ({"url": "https://" + "a" * 3_000, "types": ["show.ended"]}, "url"),
        ({"url": URL, "types": []}, "types"),
        ({"url": URL, "types": ["order.paid"]}, "types.0"),
        ({"url": URL, "types": ["show.ended"], "note": "x" * 201}, "note"),
        ({"url": URL, "types": ["show.ended"], "secret": "mine"}, "secret"),
        ({"types": ["show.ended"]}, "url"),
    ],
)
async def test_HOK13_a_wrong_shape_is_refused_with_its_field(api: Api, body: Json, field: str) -> None:
    answer = await api.http.post(ALL, json=body, headers=api.token("operator"))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "url, code",
    [
        ("http://shop.example/", "https_only"),
        ("https://169.254.169.254/latest/meta-data/", "address_private"),
        ("https://[::ffff:127.0.0.1]/", "address_private"),
        ("https://localhost:9000/", "address_private"),
    ],
)
async def test_HOK7_an_address_we_do_not_send_to_is_refused_at_once(api: Api, url: str, code: str) -> None:
    who = api.token("operator")
    added = await api.http.post(ALL, json={"url": url, "types": ["show.ended"]}, headers=who)
    assert (added.status_code, added.json()["code"]) == (409, code)
    made = await add(api)
    changed = await api.http.patch(f"{ALL}/{made['id']}", json={"url": url}, headers=who)
    assert (changed.status_code, changed.json()["code"]) == (409, code)


async def test_HOK7_private_addresses_are_taken_where_they_are_allowed(
    fresh_ledger: str, tmp_path: Any
) -> None:
    async with api_on(fresh_ledger, tmp_path, allow_private_webhooks=True) as api:
        assert (await add(api, url="http://127.0.0.1:9000/"))["url"] == "http://127.0.0.1:9000/"


async def test_HOK13_R10_only_operators_and_keys_with_the_scope_may(api: Api) -> None:
    with_scope, without = await api.key("webhooks"), await api.key("events")
    for path in (ALL, "/v1/webhook-deliveries", "/v1/webhook-dead-letters"):
        assert (await api.http.get(path)).status_code == 401
        for role in ("viewer", "host"):
            assert (await api.http.get(path, headers=api.token(role))).status_code == 403
        assert (await api.http.get(path, headers=without)).json()["code"] == "scope_missing"
        assert (await api.http.get(path, headers=with_scope)).status_code == 200


async def test_HOK13_there_are_only_so_many_endpoints(api: Api) -> None:
    for _ in range(MOST_ENDPOINTS):
        await add(api)
    answer = await api.http.post(
        ALL, json={"url": URL, "types": ["show.ended"]}, headers=api.token("operator")
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "limit_reached")


async def test_HOK6_deliveries_and_dead_letters_say_what_became_of_them(api: Api, fresh_ledger: str) -> None:
    who = api.token("operator", "o1")
    endpoint = (await add(api, "points.changed", "tier.upgraded"))["id"]
    await api.post_events(await api.key("events"), paid(300))
    engines = Engines(fresh_ledger)
    hooks = Hooks(engines)
    now_ms = api.clock.now_ms()
    await hooks.fan_out(now_ms)
    (_, [tier]) = await hooks.claim(endpoint, now_ms)
    resend = f"/v1/webhook-deliveries/{tier.id}/resend"
    under_way = await api.http.post(resend, headers=who)
    assert (under_way.status_code, under_way.json()["code"]) == (409, "in_progress")
    await hooks.queue.settle([Settled(tier.id, 1, "dead", now_ms, now_ms, 500, "http_500")])
    everything = (await api.http.get("/v1/webhook-deliveries", headers=who)).json()
    assert [one["type"] for one in everything["deliveries"]] == ["points.changed", "tier.upgraded"]
    assert everything["more"] is None
    [dead] = (await api.http.get("/v1/webhook-dead-letters", headers=who)).json()["deliveries"]
    assert dead == {
        "id": tier.id,
        "endpoint": endpoint,
        "webhook_id": tier.message,
        "type": "tier.upgraded",
        "member": "m1",
        "version": 1,
        "created_ms": now_ms,
        "state": "dead",
        "attempts": 1,
        "next_ms": None,
        "last_ms": now_ms,
        "last_status": 500,
        "last_error": "http_500",
    }
    first_page = (await api.http.get("/v1/webhook-deliveries?limit=1", headers=who)).json()
    rest = await api.http.get(f"/v1/webhook-deliveries?before={first_page['more']}", headers=who)
    assert rest.json()["deliveries"] == [dead]
    waiting = await api.http.get(f"/v1/webhook-deliveries?state=waiting&endpoint={endpoint}", headers=who)
    assert [one["type"] for one in waiting.json()["deliveries"]] == ["points.changed"]
    again = await api.http.post(resend, headers={**who, "idempotency-key": "k1"})
    assert (again.status_code, again.json()["state"]) == (200, "waiting")
    assert again.json()["next_ms"] == api.clock.now_ms()
    lines = await hooks.rows("SELECT actor FROM changes WHERE kind = 'webhook_resent'")
    assert lines == [("operator:o1",)]
    for path in ("/v1/webhook-deliveries/999", "/v1/webhook-deliveries/999/resend"):
        method = "POST" if path.endswith("resend") else "GET"
        assert (await api.http.request(method, path, headers=who)).status_code == 404
    assert (await api.http.get("/v1/webhook-deliveries/x", headers=who)).status_code == 422
    await engines.close()


async def test_HOK12_the_key_that_changed_something_is_named(api: Api, fresh_ledger: str) -> None:
    key = await api.key("webhooks")
    answer = await api.http.post(ALL, json={"url": URL, "types": ["show.ended"]}, headers=key)
    engines = Engines(fresh_ledger)
    [(actor, ref)] = await Hooks(engines).rows("SELECT actor, ref FROM changes")
    await engines.close()
    assert actor.startswith("key:k")
    assert ref == answer.json()["id"]
