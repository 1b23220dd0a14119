"""Gates and permits over HTTP."""

import base64
import json
from typing import Any

import pytest

from server.domain.commands import AskPermit
from server.ids import GateId, PermitId
from tests.edge.api.test_tasks import on_air
from tests.edge.api.under_test import Api, Json
from tests.support.ledger import origin, who_of
from tests.support.permits import signed

GATE = {
    "sku": "sku-1",
    "title": "羊绒围巾",
    "price": 19_900,
    "link": "https://mall.example/sku-1?secret=1",
    "stock": 10,
}


async def opened(api: Api, host: dict[str, str], **changes: object) -> Json:
    body = {**GATE, "public_ms": api.clock.now_ms() + 600_000, **changes}
    answer = await api.http.post("/v1/rooms/demo/gates", json=body, headers=host)
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


async def verified(api: Api, key: dict[str, str], permit: str, **more: str) -> Json:
    headers = {**key, **({"idempotency-key": more["once"]} if "once" in more else {})}
    body = {"permit": permit, "sku": more.get("sku", "sku-1")}
    answer = await api.http.post("/v1/permits/verify", json=body, headers=headers)
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


async def a_permit(api: Api, gate: str, who: str = "m1") -> str:
    """Ask as the live socket does; return the token."""
    asked = origin(f"ask-{who}", source="live", room="demo", at_ms=api.clock.now_ms())
    receipt = await api.intake.submit(AskPermit(asked, who_of(who), GateId(gate)))
    assert receipt.outcome == "applied", receipt
    permit = await api.queries.permit(PermitId(str(dict(receipt.details)["permit"])))
    assert permit is not None
    return signed(api.permits, permit)


async def test_L5_a_gate_is_announced_with_every_tiers_time_and_without_its_link(api: Api) -> None:
    host = await on_air(api)
    gate = await opened(api, host)
    assert (gate["status"], gate["early"], gate["state"]) == (201, 3, "scheduled")
    assert gate["opens_ms"]["black"] == gate["public_ms"] - 300_000
    assert gate["opens_ms"]["basic"] == gate["public_ms"]
    assert "secret" not in str(gate)
    snapshot = await api.http.get("/v1/rooms/demo/snapshot")
    assert "mall.example" not in snapshot.text


async def test_L5_R3_a_permit_is_verified_once_and_the_same_key_gets_the_same_answer(api: Api) -> None:
    host = await on_air(api)
    gate = await opened(api, host)
    api.clock.advance(600_000)
    key = await api.key("permits")
    token = await a_permit(api, gate["id"])
    first = await verified(api, key, token, once="order-1")
    assert (first["status"], first["ok"], first["member"]) == (200, True, "m1")
    assert await verified(api, key, token, once="order-1") == first
    second = await verified(api, key, token, once="order-2")
    assert (second["status"], second["code"]) == (409, "permit_used")
    shown = await api.http.get(f"/v1/rooms/demo/gates/{gate['id']}", headers=host)
    assert shown.json()["verified"] == 1


async def test_L5_R10_a_permit_that_is_none_or_too_old_or_for_something_else_is_refused(api: Api) -> None:
    host = await on_air(api)
    gate = await opened(api, host)
    api.clock.advance(600_000)
    key = await api.key("permits")
    token = await a_permit(api, gate["id"])
    assert (await verified(api, key, token[:-4] + "AAAA"))["code"] == "permit_invalid"
    assert (await verified(api, key, token, sku="sku-2"))["code"] == "permit_other_sku"
    api.clock.advance(60_000)
    late = await verified(api, key, token)
    assert (late["status"], late["code"]) == (410, "permit_expired")


async def test_L5_R10_only_a_shop_with_the_scope_may_verify(api: Api) -> None:
    await on_air(api)
    assert (await verified(api, {}, "x"))["status"] == 401
    assert (await verified(api, api.token("viewer"), "x"))["status"] == 403
    assert (await verified(api, await api.key("events"), "x"))["status"] == 403


async def test_L5_the_key_is_published(api: Api) -> None:
    keys = (await api.http.get("/.well-known/jwks.json")).json()["keys"]
    assert [(key["kty"], key["crv"], "d" in key) for key in keys] == [("OKP", "Ed25519", False)]


async def test_L5_R3_how_much_one_member_may_buy_the_host_says_and_it_is_one_piece_by_default(
    api: Api,
) -> None:
    host = await on_air(api)
    key = await api.key("permits")
    one = await opened(api, host)
    many = await opened(api, host, per_member=None)
    two = await opened(api, host, per_member=2)
    assert [gate["per_member"] for gate in (one, many, two)] == [1, None, 2]
    api.clock.advance(600_000)
    bought = {}
    for gate in (one, many, two):
        for n in range(3):
            asked = origin(f"{gate['id']}-{n}", source="live", room="demo", at_ms=api.clock.now_ms())
            receipt = await api.intake.submit(AskPermit(asked, who_of("m1"), GateId(gate["id"])))
            if receipt.outcome != "applied":
                assert receipt.code == "limit_reached"
                break
            permit = await api.queries.permit(PermitId(str(dict(receipt.details)["permit"])))
            assert permit is not None
            assert (await verified(api, key, signed(api.permits, permit)))["ok"]
            bought[gate["id"]] = n + 1
    assert bought == {one["id"]: 1, many["id"]: 3, two["id"]: 2}


@pytest.mark.parametrize(
    "wrong",
    [
        {"stock": 0},
        {"per_member": 0},
        {"cobrand": "yes"},
        {"price": -1},
        {"early_share": 0.31},
        {"link": "javascript:alert(1)"},
        {"public_ms": 1.5},
        {"more": 1},
    ],
)
async def test_L5_R8_a_gate_that_makes_no_sense_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    host = await on_air(api)
    assert (await opened(api, host, **wrong))["status"] == 422


async def test_L5_cancelled_is_seen(api: Api) -> None:
    host = await on_air(api)
    gate = await opened(api, host)
    answer = await api.http.request("DELETE", f"/v1/rooms/demo/gates/{gate['id']}", headers=host)
    assert answer.json()["state"] == "cancelled"
    assert (await api.http.get("/v1/rooms/demo/gates/g_never", headers=host)).status_code == 404


async def test_L5_R10_X1_a_permit_is_its_members_alone_by_whatever_name_they_have_by_then(api: Api) -> None:
    host = await on_air(api)
    gate = await opened(api, host)
    api.clock.advance(600_000)
    key = await api.key()
    mine, theirs = await a_permit(api, gate["id"], "m1"), await a_permit(api, gate["id"], "m2")
    head, claims, mark = mine.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**said, "sub": "m2"}).encode()).rstrip(b"=").decode()
    other = theirs.split(".")
    for wrong in (f"{head}.{forged}.{mark}", f"{head}.{claims}.{other[2]}"):
        refused = await verified(api, key, wrong)
        assert (refused["status"], refused["code"]) == (409, "permit_invalid")
    merged = await api.http.post("/v1/members/m3/merge", json={"from": "m1"}, headers=key)
    assert merged.status_code == 404, "nobody"
    merged = await api.http.post("/v1/members/m2/merge", json={"from": "m1"}, headers=key)
    assert merged.status_code == 200, merged.text
    bought = await verified(api, key, mine, once="order-1")
    assert (bought["status"], bought["ok"], bought["member"]) == (200, True, "m2")
    assert await verified(api, key, mine, once="order-1") == bought
    assert (await verified(api, key, theirs))["code"] == "permit_expired", "one piece each, and they are one"
