"""Rulebooks over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from server.rulebooks.schedule import LEAD_MS
from tests.edge.api.under_test import NOW, Api, paid
from tests.support.rulebooks import document, words

DAY_MS = 86_400_000
RAW = {"content-type": "application/vnd.liveroom.rulebook+json"}
Json = dict[str, Any]
TWICE = {"order.points_percent": 200}


async def drafted(api: Api, changes: Mapping[str, object] | None = None, **more: object) -> Json:
    body = {"document": document(changes), **more}
    answer = await api.http.post("/v1/rulebooks", json=body, headers=api.token("operator"))
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def post(api: Api, path: str, body: Json | None = None, **headers: str) -> tuple[int, Json]:
    answer = await api.http.post(path, json=body or {}, headers={**api.token("operator"), **headers})
    return answer.status_code, answer.json()


async def get(api: Api, path: str) -> Json:
    answer = await api.http.get(path, headers=api.token("operator"))
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_LED61_drafted_published_in_force(api: Api) -> None:
    made = await drafted(api, TWICE, note="double points")
    assert (made["version"], made["state"], made["note"], made["created_by"]) == (
        2,
        "draft",
        "double points",
        "operator:m1",
    )
    assert made["document"] == document(TWICE)
    status, published = await post(api, "/v1/rulebooks/2/publish")
    assert (status, published["state"], published["effective_ms"]) == (200, "coming", NOW + LEAD_MS)
    listed = await get(api, "/v1/rulebooks")
    assert [(one["version"], one["state"]) for one in listed["rulebooks"]] == [(2, "coming"), (1, "in_force")]
    assert (listed["in_force"], [one["version"] for one in listed["coming"]]) == (1, [2])
    key = await api.key("events")
    api.clock.advance(LEAD_MS)
    listed = await get(api, "/v1/rulebooks")
    assert [(one["version"], one["state"]) for one in listed["rulebooks"]] == [
        (2, "in_force"),
        (1, "replaced"),
    ]
    await api.post_events(key, paid(1, id_="e1", order="o1"))
    (receipt,) = await api.post_events(key, paid(10, id_="e2", order="o2"))
    assert receipt["earned"]["points"] == 20


async def test_LED63_rolled_back_over_http(api: Api) -> None:
    await drafted(api, TWICE)
    await post(api, "/v1/rulebooks/2/publish")
    status, back = await post(api, "/v1/rulebooks/1/rollback", {"note": "too dear"})
    assert (status, back["version"], back["state"], back["note"]) == (201, 3, "coming", "too dear")
    assert back["document"] == document()
    assert (await get(api, "/v1/rulebooks/2"))["state"] == "replaced"


async def test_O3_R8_a_wrong_document_is_refused_with_every_field_line_and_reason(api: Api) -> None:
    text = words({"order.growth_extra": -1, "privileges.black.multiplier_percent": 9_999})
    answer = await api.http.post("/v1/rulebooks", content=text, headers={**api.token("operator"), **RAW})
    assert answer.status_code == 422
    body = answer.json()
    assert body["code"] == "rulebook_invalid"
    assert [(one["field"], one["code"]) for one in body["problems"]] == [
        ("privileges.black.multiplier_percent", "out_of_range"),
        ("order.growth_extra", "negative"),
    ]
    for one in body["problems"]:
        assert one["field"].rpartition(".")[2] in text.split("\n")[one["line"] - 1]
        assert one["reason"]
    assert [one["version"] for one in (await get(api, "/v1/rulebooks"))["rulebooks"]] == [1]


async def test_O3_the_lines_of_an_embedded_document_are_those_of_the_body(api: Api) -> None:
    body = json.dumps({"note": "x", "document": document({"watch_gap_s": 1})}, indent=2)
    headers = {**api.token("operator"), "content-type": "application/json"}
    answer = await api.http.post("/v1/rulebooks", content=body, headers=headers)
    (problem,) = answer.json()["problems"]
    assert '"watch_gap_s": 1' in body.split("\n")[problem["line"] - 1]


async def test_R8_what_is_sent_raw_is_kept_as_it_was(api: Api) -> None:
    answer = await api.http.post(
        "/v1/rulebooks", content=words(TWICE), headers={**api.token("operator"), **RAW}
    )
    assert answer.status_code == 201
    kept = await get(api, f"/v1/rulebooks/{answer.json()['version']}")
    assert kept["document"] == document(TWICE)


@pytest.mark.parametrize(
    "body, status, code",
    [
        ("{", 400, "broken_json"),
        ("[]", 422, "wrong_shape"),
        ('{"document": 1}', 422, "wrong_shape"),
        ('{"document": {}, "why": 1}', 422, "wrong_shape"),
        ('{"document": {}}', 422, "rulebook_invalid"),
        ('{"document": {"ladder": NaN}}', 422, "rulebook_invalid"),
    ],
)
async def test_R8_bodies_of_any_kind_are_refused_by_code(api: Api, body: str, status: int, code: str) -> None:
    headers = {**api.token("operator"), "content-type": "application/json"}
    answer = await api.http.post("/v1/rulebooks", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "was, says, field, code",
    [
        ('"watch_gap_s": 60', '"watch_gap_s": 60,\n  "watch_gap_s": 90', "watch_gap_s", "duplicate_key"),
        ('"watch_gap_s": 60', '"watch_gap_s": NaN', "", "broken_json"),
        ('"watch_gap_s": 60', '"watch_gap_s": 60,,', "", "broken_json"),
        ('"#b87646"', '"\\ud800"', "", "broken_json"),
    ],
)
async def test_O3_R8_what_is_wrong_with_the_text_itself_is_named_by_line(
    api: Api, was: str, says: str, field: str, code: str
) -> None:
    body = words().replace(was, says)
    answer = await api.http.post("/v1/rulebooks", content=body, headers={**api.token("operator"), **RAW})
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "rulebook_invalid")
    (problem,) = said["problems"]
    assert (problem["field"], problem["code"]) == (field, code)
    assert problem["line"] == body[: body.index(says) + len(says)].count("\n") + 1


@pytest.mark.parametrize("body", ["", "[]", '"x"', "[" * 100_000, "\ufeff{}", "\x00"])
async def test_R8_a_file_that_is_no_document_is_refused_as_one(api: Api, body: str) -> None:
    headers = {**api.token("operator"), **RAW}
    answer = await api.http.post("/v1/rulebooks", content=body.encode(), headers=headers)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "rulebook_invalid")
    assert said["problems"][0]["line"] >= 1


@pytest.mark.parametrize(
    "body, field",
    [
        ('{"note": "a",\n"note": "b",\n"document": %s}', "note"),
        ('{"document": {},\n"document": %s}', ""),
    ],
)
async def test_R8_a_key_said_twice_beside_a_document_is_named_by_line(
    api: Api, body: str, field: str
) -> None:
    headers = {**api.token("operator"), "content-type": "application/json"}
    answer = await api.http.post("/v1/rulebooks", content=body % words(), headers=headers)
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert (problem["field"], problem["code"], problem["line"]) == (field, "duplicate_key", 2)


async def test_P6_another_rate_is_announced_thirty_days_ahead_and_can_be_seen(api: Api) -> None:
    made = await drafted(api, {"spending.points_per_unit": 120})
    assert made["earliest_ms"] == NOW + 30 * DAY_MS
    status, no = await post(api, "/v1/rulebooks/2/publish", {"effective_from_ms": NOW + 29 * DAY_MS})
    assert (status, no["code"], no["earliest_ms"]) == (409, "notice_too_short", NOW + 30 * DAY_MS)
    status, _ = await post(api, "/v1/rulebooks/2/publish", {"effective_from_ms": NOW + 30 * DAY_MS})
    assert status == 200
    rules = (await api.http.get("/v1/rules")).json()
    assert rules["points_per_unit"] == 100
    assert rules["coming"] == [{"version": 2, "effective_ms": NOW + 30 * DAY_MS, "points_per_unit": 120}]
    api.clock.advance(30 * DAY_MS)
    assert (await api.http.get("/v1/rules")).json()["points_per_unit"] == 120


async def test_LED61_LED64_what_may_not_be_published_says_why(api: Api) -> None:
    await drafted(api, TWICE)
    status, no = await post(api, "/v1/rulebooks/2/publish", {"effective_from_ms": NOW + LEAD_MS - 1})
    assert (status, no["code"], no["earliest_ms"]) == (409, "too_soon", NOW + LEAD_MS)
    await drafted(api, {"streak.points": 300})
    assert (await post(api, "/v1/rulebooks/3/publish"))[0] == 200
    assert (await post(api, "/v1/rulebooks/3/publish"))[1]["code"] == "already_published"
    assert (await post(api, "/v1/rulebooks/2/publish"))[1]["code"] == "newer_published"
    other = {"document": document({"tier_map": {}}, preset="laopengyou")}
    assert (await post(api, "/v1/rulebooks", other))[0] == 201
    lost = (await post(api, "/v1/rulebooks/4/publish"))[1]
    assert lost["code"] == "tier_missing"
    assert '"gold": "lv1"' in lost["detail"], "the remedy"
    for path in ("/v1/rulebooks/99/publish", "/v1/rulebooks/2/rollback", "/v1/rulebooks/x/publish"):
        assert (await post(api, path))[1]["code"] == "not_found"
    answer = await api.http.get("/v1/rulebooks/99999999999", headers=api.token("operator"))
    assert answer.status_code == 404


async def test_LED66_R2_the_same_key_drafts_and_publishes_once(api: Api) -> None:
    body = {"document": document(TWICE)}
    first = await post(api, "/v1/rulebooks", body, **{"idempotency-key": "k1"})
    assert await post(api, "/v1/rulebooks", body, **{"idempotency-key": "k1"}) == first
    published = await post(api, "/v1/rulebooks/2/publish", None, **{"idempotency-key": "k2"})
    assert await post(api, "/v1/rulebooks/2/publish", None, **{"idempotency-key": "k2"}) == published
    assert published[0] == 200
    assert len((await get(api, "/v1/rulebooks"))["rulebooks"]) == 2


async def test_R10_rulebooks_are_the_operators_and_the_rules_are_everybodys(api: Api) -> None:
    key = await api.key()
    for headers in (api.token("viewer"), api.token("host"), key):
        for method, path in (("GET", "/v1/rulebooks"), ("GET", "/v1/rulebooks/1"), ("POST", "/v1/rulebooks")):
            assert (await api.http.request(method, path, headers=headers)).status_code == 403, path
    for path in ("/v1/rules", "/v1/rulebook.schema.json"):
        assert (await api.http.get(path)).status_code == 200


async def test_O2_the_rules_in_force_are_sentences_in_both_languages(api: Api) -> None:
    rules = (await api.http.get("/v1/rules")).json()
    said = {one["field"]: one["text"] for one in rules["sentences"]}
    assert said["spending.points_per_unit"] == {
        "zh-CN": "100积分抵1元",
        "en": "100 points are ¥1 off an order",
    }
    await drafted(api, {"streak.points": 300})
    await post(api, "/v1/rulebooks/2/publish")
    api.clock.advance(LEAD_MS)
    again = (await api.http.get("/v1/rules")).json()
    assert again["version"] == 2
    assert "300积分" in next(one["text"]["zh-CN"] for one in again["sentences"] if one["field"] == "streak")


async def test_P4_P5_the_rules_say_the_terms_of_giving_and_of_a_tier_for_the_day(api: Api) -> None:
    rules = await get(api, "/v1/rules")
    assert rules["gifts"] == {
        "from_tier": "bronze",
        "min_days": 7,
        "out_per_day": 500,
        "in_per_day": 1_000,
        "link_hours": 24,
    }
    assert rules["boost"] == {"points": 300}


async def test_O2_the_schema_is_published_and_true(api: Api) -> None:
    schema = (await api.http.get("/v1/rulebook.schema.json")).json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(document()) <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["SpendingPart"]["properties"]["notice_days"]["minimum"] == 30


async def test_X7_who_published_what_is_in_the_record(api: Api) -> None:
    await drafted(api, TWICE, note="why")
    await post(api, "/v1/rulebooks/2/publish")
    one = (await get(api, "/v1/rulebooks/2")) | {"sentences": None, "document": None}
    assert (one["published_by"], one["published_ms"]) == ("operator:m1", NOW)


async def test_R5_with_sql_away_nothing_is_published(api_without_sql: Api) -> None:
    answer = await api_without_sql.http.post(
        "/v1/rulebooks", json={"document": document()}, headers=api_without_sql.token("operator")
    )
    assert answer.status_code == 503
    assert (await api_without_sql.http.get("/v1/rules")).status_code == 503
