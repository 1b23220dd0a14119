"""What shops send in error, a line each: a clear code, and nothing half-written. On both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from server.ledger.engines import Engines
from server.ledger.verify import verify
from tests.edge.api.test_gates import a_permit, opened, verified
from tests.edge.api.test_gifts import friends, give
from tests.edge.api.test_tasks import on_air
from tests.edge.api.under_test import BATCH, Api, Json, event, paid
from tests.support.rulebooks import document

DAY_MS = 86_400_000
TABLES = (
    *("members", "events", "entries", "changes", "orders", "redemptions", "coupons", "gifts", "permits"),
    *("outbox", "rulebooks", "publications"),
)


class Bystander:
    """Looks at the database from beside."""

    def __init__(self, database_url: str) -> None:
        self._engines = Engines(
            database_url, patient=True
        )  # it is the test that looks, however busy the machine

    async def rows(self) -> dict[str, int]:
        counts = {}
        async with self._engines.read() as connection:
            for table in TABLES:
                found = await connection.execute(text(f"SELECT COUNT(*) FROM {table}"))
                counts[table] = found.scalar_one()
        return counts

    async def clean(self) -> None:
        assert (await verify(self._engines)).differences == ()

    async def close(self) -> None:
        await self._engines.close()


@pytest.fixture
def fresh_ledger(database_url: str) -> str:
    """On both databases here."""
    return database_url


@pytest.fixture
async def beside(fresh_ledger: str) -> AsyncIterator[Bystander]:
    bystander = Bystander(fresh_ledger)
    yield bystander
    await bystander.close()


def refunded(yuan: int, *, id_: str = "r1", subject: str = "member:m1") -> Json:
    return event("order.refunded", subject, id_=id_, data={"order": "o1", "amount": yuan * 100})


def ago(api: Api, days: float) -> str:
    return datetime.fromtimestamp((api.clock.now_ms() - days * DAY_MS) / 1_000, UTC).isoformat()


async def card(api: Api, key: dict[str, str], who: str = "m1") -> Json:
    found: Json = (await api.http.get(f"/v1/members/{who}", headers=key)).json()["card"]
    return found


@pytest.mark.parametrize(
    "amount", [10.5, 10.0, 1e3, "1000", 10**11 + 1, 2**63, 10**400, 0, -1, None, True, "9,99", [], {}]
)
async def test_EVT2_an_amount_that_is_no_amount_refuses_the_batch_and_names_it(
    api: Api, beside: Bystander, amount: object
) -> None:
    key = await api.key()
    before = await beside.rows()
    for type_ in ("order.paid", "order.refunded"):
        bad = paid(id_="bad", order="bad")
        bad["type"] = type_
        bad["data"] = {"order": "bad", "amount": amount}
        if type_ == "order.paid":
            bad["data"]["currency"] = "CNY"
        answer = await api.http.post("/v1/events", json=[paid(), bad], headers={**key, "content-type": BATCH})
        problem = answer.json()
        assert (answer.status_code, problem["index"]) == (422, 1)
        assert [one["field"] for one in problem["errors"]] == ["1.data.amount"]
    assert await beside.rows() == before, "the good order beside it is not kept either"


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_EVT2_numbers_that_are_none_are_refused_as_they_stand(
    api: Api, beside: Bystander, written: str
) -> None:
    key = await api.key()
    body = (
        '[{"specversion":"1.0","id":"e1","source":"shop","type":"order.paid","subject":"member:m1",'
        f'"data":{{"order":"o1","amount":{written},"currency":"CNY"}}}}]'
    )
    answer = await api.http.post("/v1/events", content=body, headers={**key, "content-type": BATCH})
    assert answer.status_code in (400, 422)
    assert (await beside.rows())["events"] == 0


async def test_X9_foreign_money_is_refused_alone(api: Api, beside: Bystander) -> None:
    key = await api.key()
    dollars = paid(id_="e2", order="o2")
    dollars["data"]["currency"] = "USD"
    receipts = await api.post_events(key, paid(), dollars)
    assert [(one["outcome"], one.get("code")) for one in receipts] == [
        ("applied", None),
        ("refused", "currency_mismatch"),
    ]
    (later,) = await api.post_events(key, paid(id_="e3", order="o2"))
    assert later["outcome"] == "applied", "the order itself was not taken"
    await beside.clean()


async def test_V3_no_more_is_refunded_than_was_paid_in_one_or_in_parts(api: Api, beside: Bystander) -> None:
    key = await api.key()
    receipts = await api.post_events(
        key,
        paid(100),
        refunded(101, id_="r1"),
        refunded(60, id_="r2"),
        refunded(41, id_="r3"),
        refunded(40, id_="r4"),
        refunded(1, id_="r5"),
    )
    assert [one.get("code") for one in receipts] == [
        None,
        "refund_exceeds",
        None,
        "refund_exceeds",
        None,
        "refund_exceeds",
    ]
    assert (await card(api, key))["points"] == 0
    await beside.clean()


async def test_V3_a_refund_before_its_order_waits_for_it(api: Api, beside: Bystander) -> None:
    key = await api.key()
    (early,) = await api.post_events(key, refunded(40))
    assert (early["outcome"], early["earned"]) == ("applied", {"points": 0, "growth": 0})
    (order,) = await api.post_events(key, paid(100))
    assert order["earned"]["points"] == 200
    assert (await card(api, key))["points"] == 120
    await beside.clean()


async def test_V3_a_refund_that_names_another_member_takes_from_the_payer_and_says_so(
    api: Api, beside: Bystander
) -> None:
    key = await api.key()
    await api.post_events(key, paid(100), paid(100, id_="e2", order="o2", subject="member:m2"))
    foreign = refunded(50, subject="member:m2")
    (receipt,) = await api.post_events(key, foreign)
    assert (receipt["member"], receipt["earned"]["points"]) == ("m1", -100)
    assert [(await card(api, key, who))["points"] for who in ("m1", "m2")] == [100, 200]
    (again,) = await api.post_events(key, foreign)
    assert again == {**receipt, "outcome": "duplicate"}
    (stranger,) = await api.post_events(key, refunded(50, id_="r2", subject="wx:never"))
    assert stranger["member"] == "m1"
    never = await api.http.get("/v1/members/wx:never", headers=key)
    assert never.status_code == 404, "a refund of somebody else's order makes nobody known"
    await beside.clean()


async def test_EVT3_what_is_a_year_old_or_of_tomorrow_is_refused_and_nothing_of_it_kept(
    api: Api, beside: Bystander
) -> None:
    key = await api.key()
    receipts = await api.post_events(
        key,
        event("followed", id_="old", time=ago(api, 365)),
        event("followed", id_="tomorrow", time=ago(api, -1)),
        paid(id_="tomorrow2", order="o9", time=ago(api, -1)),
    )
    assert [(one["outcome"], one["code"], one["member"]) for one in receipts] == [
        ("refused", "stale", None),
        ("refused", "future", None),
        ("refused", "future", None),
    ]
    rows = await beside.rows()
    assert (rows["events"], rows["members"]) == (0, 0)
    (order,) = await api.post_events(key, paid(time=ago(api, 365)))
    assert order["outcome"] == "applied", "money was paid, whenever we hear of it"
    (tomorrow,) = await api.post_events(key, event("followed", id_="tomorrow"))
    assert tomorrow["outcome"] == "applied", "once its time has come it may be told"


async def test_R2_what_was_answered_in_time_is_answered_for_ever(api: Api) -> None:
    key = await api.key()
    told = event("followed", id_="f1", time=ago(api, 1))
    (first,) = await api.post_events(key, told)
    assert (first["outcome"], first["earned"]["points"]) == ("applied", 20)
    api.clock.advance(30 * DAY_MS)
    (again,) = await api.post_events(key, told)
    assert again == {**first, "outcome": "duplicate"}
    (other,) = await api.post_events(key, {**told, "type": "liked", "data": {"count": 1}})
    assert other["outcome"] == "conflict"
    twice = await api.post_events(key, event("followed", id_="f2", time=ago(api, 8)), told)
    assert [one["outcome"] for one in twice] == ["refused", "duplicate"]


async def test_R2_the_same_event_with_other_content_is_a_conflict_and_changes_nothing(
    api: Api, beside: Bystander
) -> None:
    key = await api.key()
    await api.post_events(key, paid(100))
    before = await beside.rows()
    receipts = await api.post_events(
        key,
        paid(101),
        paid(100, order="o2"),
        paid(100, subject="member:m2"),
        event("liked", data={"count": 1}),
        paid(101, id_="e9"),
        paid(100, id_="e8", subject="member:m2"),
    )
    assert [one["outcome"] for one in receipts] == ["conflict"] * 6
    after = await beside.rows()
    assert after == {**before, "events": before["events"] + 2}, "only the answers to e8 and e9"
    await beside.clean()


async def test_P1_a_hold_is_captured_once_and_released_no_more_after_that(
    api: Api, beside: Bystander
) -> None:
    key = await api.key()
    await api.post_events(key, paid(300))
    held = await api.http.post(
        "/v1/redemptions", json={"member": "m1", "points": 500, "order": "o2"}, headers=key
    )
    path = f"/v1/redemptions/{held.json()['id']}"
    captured = await api.http.post(f"{path}/capture", json={}, headers=key)
    assert captured.status_code == 200
    before = await beside.rows()
    again = await api.http.post(f"{path}/capture", json={}, headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "already_captured")
    more = await api.http.post(f"{path}/release", json={"points": 501}, headers=key)
    assert (more.status_code, more.json()["code"]) == (409, "release_exceeds")
    after = await beside.rows()
    assert after == {**before, "events": before["events"] + 2}, "only the answers"
    assert (await card(api, key))["points"] == 100
    await beside.clean()


async def test_X1_an_order_of_a_merged_member_is_the_survivors(api: Api, beside: Bystander) -> None:
    key = await api.key()
    await api.post_events(key, paid(100), paid(100, id_="e2", order="o2", subject="member:m2"))
    merged = await api.http.post("/v1/members/m1/merge", json={"from": "m2"}, headers=key)
    assert merged.status_code == 200, merged.text
    before = (await card(api, key))["points"]
    (order,) = await api.post_events(key, paid(50, id_="e3", order="o3", subject="member:m2"))
    assert (order["outcome"], order["member"]) == ("applied", "m1")
    assert (await card(api, key))["points"] == before + order["earned"]["points"]
    await beside.clean()


@pytest.mark.parametrize(
    "body, key",
    [
        (
            '{"specversion":"1.0","id":"e1","source":"shop","type":"order.paid","subject":"member:m1",'
            '"data":{"order":"o1","amount":100,"currency":"CNY","amount":999999}}',
            "amount",
        ),
        (
            '{"specversion":"1.0","id":"e1","source":"shop","type":"followed","subject":"member:m1",'
            '"subject":"member:m2"}',
            "subject",
        ),
        (
            '{"specversion":"1.0","id":"e1","source":"shop","type":"followed","subject":"member:m1",'
            '"theirs":{"a":1,"\\u0061":[2.5]}}',
            "a",
        ),
    ],
)
async def test_EVT2_a_key_said_twice_is_refused_by_name_and_nothing_is_kept(
    api: Api, beside: Bystander, body: str, key: str
) -> None:
    """Whoever reads the last one, and whoever reads the first, must not count different amounts."""
    before = await beside.rows()
    headers = {**await api.key(), "content-type": BATCH}
    answer = await api.http.post("/v1/events", content=f"[{body}]".encode(), headers=headers)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (400, "broken_json")
    assert f"'{key}'" in said["detail"]
    assert await beside.rows() == before
    await beside.clean()


async def test_P5_nobody_gives_to_oneself_by_whatever_name(api: Api, beside: Bystander) -> None:
    key = await friends(api)
    await api.http.post("/v1/members/m1/identities", json={"platform": "wx", "openid": "mei"}, headers=key)
    await api.post_events(key, event("member.joined", "member:m3", id_="j3"))
    merged = await api.http.post("/v1/members/m1/merge", json={"from": "m3"}, headers=key)
    assert merged.status_code == 200, merged.text
    before, had = await beside.rows(), (await card(api, key))["points"]
    for number, self in enumerate(("member:m1", "wx:mei", "member:m3")):
        refused = await give(api, key, f"g{number}", to=self)
        assert (refused["status"], refused["code"]) == (409, "bad_request"), self
        assert refused["detail"].startswith("to:")
    assert (await card(api, key))["points"] == had
    assert await beside.rows() == {**before, "events": before["events"] + 3}, "only the answers"
    await beside.clean()


async def test_L5_a_permit_verified_a_second_time_sells_nothing(api: Api, beside: Bystander) -> None:
    host = await on_air(api)
    gate = await opened(api, host)
    api.clock.advance(600_000)
    key = await api.key("permits")
    permit = await a_permit(api, gate["id"])
    assert (await verified(api, key, permit, once="order-1"))["ok"]
    before = await beside.rows()
    again = await verified(api, key, permit, once="order-2")
    assert (again["status"], again["code"]) == (409, "permit_used")
    shown = (await api.http.get(f"/v1/rooms/demo/gates/{gate['id']}", headers=host)).json()
    assert (shown["verified"], shown["state"]) == (1, "scheduled")
    assert await beside.rows() == {**before, "events": before["events"] + 1}, "only the answer"
    await beside.clean()


@pytest.mark.parametrize(
    "changes, field, code",
    [
        ({"ladder.3.id": "bronze"}, "ladder.3.id", "ladder_loop"),
        ({"ladder.2.entry.paid": 9, "ladder.4.entry.paid": 99}, "ladder.3.entry", "ladder_gap"),
        ({"ladder.2.id": "bronze"}, "ladder.2.id", "duplicate_tier"),
        ({"level_up.coupon_off": -1}, "level_up.coupon_off", "negative"),
        ({"ladder.2.entry.paid": -1}, "ladder.2.entry.paid", "negative"),
        ({"tier_map": {"old": "nowhere"}}, "tier_map.old", "unknown_tier"),
    ],
)
async def test_R8_O3_a_rulebook_with_a_loop_a_gap_a_second_id_or_a_negative_price_leaves_no_draft(
    api: Api, beside: Bystander, changes: dict[str, object], field: str, code: str
) -> None:
    assert (await api.http.get("/v1/rulebooks", headers=api.token("operator"))).status_code == 200
    before = await beside.rows()
    answer = await api.http.post(
        "/v1/rulebooks", json={"document": document(changes)}, headers=api.token("operator")
    )
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "rulebook_invalid")
    assert (field, code) in [(one["field"], one["code"]) for one in said["problems"]]
    assert all(one["line"] >= 1 and one["reason"] for one in said["problems"])
    assert await beside.rows() == before


async def test_R8_what_nobody_can_see_in_a_note_is_left_out_on_both_databases(
    api: Api, beside: Bystander
) -> None:
    operator = api.token("operator")
    assert (await api.http.get("/v1/rulebooks", headers=operator)).status_code == 200
    drafted = await api.http.post(
        "/v1/rulebooks", json={"document": document(), "note": "双十一\x00\u202e版"}, headers=operator
    )
    assert (drafted.status_code, drafted.json().get("note")) == (201, "双十一版")
    endpoint = {"url": "https://shop.example/hook", "types": ["tier.upgraded"], "note": "主\x00站"}
    made = await api.http.post("/v1/webhook-endpoints", json=endpoint, headers=operator)
    assert (made.status_code, made.json().get("note")) == (201, "主站")
    before = await beside.rows()
    changes = {"level_up.coupon_title": "立减\x00券"}
    refused = await api.http.post("/v1/rulebooks", json={"document": document(changes)}, headers=operator)
    assert [(one["field"], one["code"]) for one in refused.json()["problems"]] == [
        ("level_up.coupon_title", "wrong_text")
    ]
    assert await beside.rows() == before
