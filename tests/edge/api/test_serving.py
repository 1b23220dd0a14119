"""The order in which a request is judged, and what the answers look like."""

import base64
import gzip
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256

import pytest

from server.api.serving import MAX_BODY
from tests.edge.api.under_test import BATCH, SINGLE, Api, Json, paid

JSON = {"content-type": "application/json"}
BIG = b" " * (MAX_BODY + 1)


def problem(answer_body: bytes, status: int) -> Json:
    document: Json = json.loads(answer_body)
    assert document["status"] == status
    assert set(document) >= {"type", "title", "status", "code", "detail"}
    return document


@pytest.mark.parametrize(
    "who, path, headers, body, status, code",
    [
        ("nobody", "/v1/tokens", {"content-type": "text/plain"}, BIG, 401, "sign_in"),
        ("scopeless", "/v1/tokens", {"content-type": "text/plain"}, BIG, 403, "scope_missing"),
        ("shop", "/v1/tokens", {"content-type": "text/plain"}, BIG, 413, "body_too_large"),
        ("shop", "/v1/tokens", {"content-type": "text/plain"}, b"{", 415, "unsupported_media_type"),
        ("shop", "/v1/tokens", {}, b"{", 415, "unsupported_media_type"),
        ("shop", "/v1/tokens", JSON, b"{", 400, "broken_json"),
        ("shop", "/v1/tokens", JSON, b"", 400, "broken_json"),
        ("shop", "/v1/tokens", JSON, b'"\\ud800"', 400, "broken_json"),
        ("shop", "/v1/tokens", JSON, b"\xff\xfe", 400, "broken_json"),
        ("shop", "/v1/tokens", JSON, b"[" * 100_000, 400, "broken_json"),
        ("shop", "/v1/tokens", JSON, b"[]", 422, "wrong_shape"),
        ("shop", "/v1/tokens", JSON, b'{"role":"operator","sub":"m1","rooms":["*"]}', 422, "wrong_shape"),
        ("shop", "/v1/tokens", JSON, b'{"role":"viewer","sub":"m1","rooms":["*"],"x":1}', 422, "wrong_shape"),
        ("shop", "/v1/rooms/nowhere/shows", JSON, b'{"title":"x"}', 404, "not_found"),
        ("shop", "/v1/nothing", JSON, b"{}", 404, "not_found"),
        ("shop", "/v1/rooms", JSON, b"{}", 405, "method_not_allowed"),
        ("shop", "/v1/tokens/", JSON, b"{}", 404, "not_found"),
    ],
)
async def test_HTT1_a_request_is_judged_in_the_documented_order(
    api: Api, who: str, path: str, headers: Mapping[str, str], body: bytes, status: int, code: str
) -> None:
    proof = {
        "nobody": dict[str, str](),
        "scopeless": await api.key("members"),
        "shop": await api.key(),
    }[who]
    answer = await api.http.post(path, content=body, headers={**proof, **headers})
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem(answer.content, status)["code"] == code


@pytest.mark.parametrize(
    "headers, body, remedy",
    [
        ({"content-encoding": "gzip"}, gzip.compress(b"{}"), "send the body plain"),
        ({"content-encoding": "gzip"}, b"{}", "send the body plain"),
        ({"content-encoding": "identity, br"}, b"{}", "send the body plain"),
        ({"content-type": "application/json; charset=gbk"}, '{"x":"积分"}'.encode("gbk"), "UTF-8"),
        ({"content-type": 'application/json; x=1; Charset="UTF-16"'}, "{}".encode("utf-16"), "UTF-8"),
        ({"content-type": "application/json; charset*=a'b'gbk"}, b"{}", "UTF-8"),
        ({"content-type": "application/json; charset*=a; charset*0=b"}, b"{}", "UTF-8"),
        ({"content-type": f"application/json; charset*{'9' * 5_000}=b"}, b"{}", "UTF-8"),
    ],
    ids=["gzip", "said gzip", "one of two", "gbk", "utf-16", "rfc 2231", "parts in a mess", "many digits"],
)
async def test_HTT6_a_coded_body_is_415_and_says_what_to_send(
    api: Api, headers: Mapping[str, str], body: bytes, remedy: str
) -> None:
    answer = await api.http.post("/v1/tokens", content=body, headers={**await api.key(), **JSON, **headers})
    said = problem(answer.content, 415)
    assert said["code"] == "unsupported_media_type"
    assert remedy in said["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json; charset=utf-8"},
        {"content-type": 'Application/JSON;CHARSET="UTF-8"'},
        {"content-type": "application/json;"},
        {"content-encoding": "identity"},
    ],
    ids=["utf-8", "quoted", "no parameter", "identity"],
)
async def test_HTT6_a_plain_body_may_say_so(api: Api, headers: Mapping[str, str]) -> None:
    body = json.dumps({"role": "viewer", "sub": "m1", "rooms": ["*"]})
    answer = await api.http.post("/v1/tokens", content=body, headers={**await api.key(), **JSON, **headers})
    assert answer.status_code == 200, answer.text


async def test_PAG4_HTT2_a_file_that_is_not_there_is_a_problem_document(api: Api) -> None:
    for path in ("/assets/none.js", "/assets/", "/assets/%2e%2e/%2e%2e/token.secret"):
        answer = await api.http.get(path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem(answer.content, 404)["code"] == "not_found"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_HTT1_what_an_address_takes_stands_in_the_refusal(api: Api) -> None:
    wrong = await api.http.patch("/v1/rooms")
    assert problem(wrong.content, 405)["detail"].endswith("it takes GET, HEAD")
    live = await api.http.get("/v1/live")
    assert problem(live.content, 426)["code"] == "websocket_only"
    assert live.headers["upgrade"] == "websocket"


async def test_HTT1_a_body_of_ten_megabytes_is_refused_announced_or_not(api: Api) -> None:
    key = {**await api.key(), "content-type": BATCH}

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b" " * 65_536

    announced = await api.http.post("/v1/events", content=b" " * 10_000_000, headers=key)
    chunked = await api.http.post("/v1/events", content=pieces(), headers=key)
    assert announced.status_code == chunked.status_code == 413
    assert api.counted('liveroom_bad_input_total{reason="body_too_large"} 2.0')


@pytest.mark.parametrize(
    "authorization, code",
    [
        ("Basic eDp5", "sign_in"),
        ("Bearer", "sign_in"),
        ("Bearer nonsense", "token_invalid"),
        ("Bearer lrk_k0_nonsense", "key_invalid"),
        ("Bearer lrk_", "key_invalid"),
    ],
)
async def test_HTT2_each_proof_that_does_not_hold_has_its_code(
    api: Api, authorization: str, code: str
) -> None:
    answer = await api.http.get("/v1/members/m1", headers={"authorization": authorization})
    assert problem(answer.content, 401)["code"] == code
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "nonsense" not in answer.text, "a proof is never repeated"


async def test_HTT2_an_expired_token_says_so(api: Api) -> None:
    token = api.token("operator", ttl_s=10)
    api.clock.advance(15_000)
    answer = await api.http.get("/v1/rooms/demo", headers=token)
    assert problem(answer.content, 401)["code"] == "token_expired"


async def test_HTT2_a_422_names_the_field(api: Api) -> None:
    answer = await api.http.post(
        "/v1/tokens", json={"role": "viewer", "sub": "m1", "rooms": [], "ttl_s": 0}, headers=await api.key()
    )
    fields = {one["field"] for one in problem(answer.content, 422)["errors"]}
    assert fields == {"rooms", "ttl_s"}


async def test_KEY3_a_signed_request_is_as_good_as_a_bearer_key(api: Api) -> None:
    key_id, secret = await api.signing_key()
    body = json.dumps(paid()).encode()
    sent_s = api.clock.now_ms() // 1_000
    raw = hmac.new(
        base64.b64decode(secret.removeprefix("whsec_")), f"msg.{sent_s}.".encode() + body, sha256
    ).digest()
    headers = {
        "webhook-id": "msg",
        "webhook-timestamp": str(sent_s),
        "webhook-signature": "v1," + base64.b64encode(raw).decode(),
        "liveroom-key": key_id,
        "content-type": SINGLE,
    }
    good = await api.http.post("/v1/events", content=body, headers=headers)
    assert good.status_code == 200, good.text
    bad = await api.http.post("/v1/events", content=body + b" ", headers=headers)
    assert problem(bad.content, 401)["code"] == "signature_invalid"


@pytest.mark.parametrize(
    "method, path, role, sub, rooms, status, code",
    [
        ("GET", "/v1/members/m1", "viewer", "m2", ["*"], 403, "not_yours"),
        ("GET", "/v1/members/m1", "viewer", "m1", ["*"], 404, "not_found"),
        ("GET", "/v1/members/member:m1/entries", "viewer", "m1", ["*"], 404, "not_found"),
        ("GET", "/v1/members/wx:x", "viewer", "member:wx:x", ["*"], 403, "not_yours"),
        ("GET", "/v1/members/member:wx:x", "viewer", "wx:x", ["*"], 403, "not_yours"),
        ("GET", "/v1/members/member:wx:x", "viewer", "member:wx:x", ["*"], 404, "not_found"),
        ("GET", "/v1/members/a%20b", "viewer", "m1", ["*"], 403, "not_yours"),
        ("PUT", "/v1/members/m1", "viewer", "m1", ["*"], 403, "role_not_allowed"),
        ("GET", "/v1/members/m1", "host", "h1", ["*"], 403, "role_not_allowed"),
        ("GET", "/v1/members/m1", "operator", "o1", ["*"], 404, "not_found"),
        ("GET", "/v1/rooms/demo", "host", "h1", ["other"], 403, "room_not_allowed"),
        ("GET", "/v1/rooms/demo", "host", "h1", ["demo"], 404, "not_found"),
        ("GET", "/v1/rooms/demo", "host", "h1", ["*"], 404, "not_found"),
        ("GET", "/v1/rooms/demo", "viewer", "m1", ["demo"], 403, "role_not_allowed"),
        ("POST", "/v1/events", "operator", "o1", ["*"], 403, "role_not_allowed"),
        ("POST", "/v1/tokens", "operator", "o1", ["*"], 403, "role_not_allowed"),
    ],
)
async def test_HTT5_R10_each_role_does_only_what_is_its_own(
    api: Api, method: str, path: str, role: str, sub: str, rooms: list[str], status: int, code: str
) -> None:
    answer = await api.http.request(
        method, path, headers={**api.token(role, sub, rooms), **JSON}, content=b"{}"
    )
    assert problem(answer.content, status)["code"] == code


@pytest.mark.parametrize(
    "method, path, scope",
    [
        ("POST", "/v1/events", "events"),
        ("GET", "/v1/members/m1", "members"),
        ("POST", "/v1/tokens", "tokens"),
        ("PUT", "/v1/rooms/demo", "rooms"),
    ],
)
async def test_HTT5_R10_a_key_does_only_what_its_scopes_say(
    api: Api, method: str, path: str, scope: str
) -> None:
    others = {"events", "members", "tokens", "rooms"} - {scope}
    refused = await api.http.request(method, path, headers=await api.key(*others))
    assert problem(refused.content, 403)["code"] == "scope_missing"
    let_in = await api.http.request(method, path, headers=await api.key(scope))
    assert let_in.status_code in (404, 415)


async def test_HTT3_with_the_ledger_away_writes_and_keys_are_503(api_without_sql: Api) -> None:
    api = api_without_sql
    by_key = await api.http.get("/v1/members/m1", headers={"authorization": "Bearer lrk_k1_x"})
    by_token = await api.http.put("/v1/rooms/demo", json={"name": "x"}, headers=api.token("operator"))
    public = await api.http.get("/v1/rooms")
    for answer in (by_key, by_token, public):
        assert problem(answer.content, 503)["code"] == "unavailable"
        assert int(answer.headers["retry-after"]) >= 1


async def test_HTT3_a_fault_of_ours_says_nothing_of_its_inside(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(api.queries, "rooms", broken)
    answer = await api.http.get("/v1/rooms")
    assert problem(answer.content, 500)["code"] == "internal"
    assert "secret detail" not in answer.text
    assert api.counted('liveroom_http_answers_total{route="/v1/rooms",status="500"} 1.0')


async def test_HTT4_answers_are_counted_by_template_and_keys_by_their_use(api: Api) -> None:
    key = await api.key()
    for member in ("m1", "m2"):
        await api.http.get(f"/v1/members/{member}", headers=key)
    assert api.counted('liveroom_http_answers_total{route="/v1/members/{id:path}",status="404"} 2.0')
    key_id = key["authorization"].split("_")[1]
    assert api.counted(f'liveroom_api_key_uses_total{{key="{key_id}"}} 2.0')
