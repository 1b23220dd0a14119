"""GET /v1/audit: every press of a host or an operator is there, with who, when, what and outcome (X7)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from server.api.auditing import MOST, WINDOW_MS
from server.domain.commands import ById, Origin, RedeemReward
from server.domain.decide.rewards import reward_claim_id
from server.ids import MemberId, RewardId, RoomId
from server.ledger.engines import Engines
from tests.edge.api.test_draws import BODY as DRAW
from tests.edge.api.test_gates import GATE
from tests.edge.api.test_rewards import BAG
from tests.edge.api.test_tasks import SHARE
from tests.edge.api.under_test import NOW, Api, Json, event
from tests.support.hooks import Hooks
from tests.support.rulebooks import document

OPERATOR, HOST = "operator:boss", "host:h1"
NO_PRESS = {"previewTask"}
"""Writes by their method that change nothing."""
SECRET = "s3cret"


class Evening:
    """Everything a host and an operator can press, one after the other; each press must leave its own line."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.pressed: set[str] = set()
        self.secrets = [SECRET, "mall.example", "whsec_", "lrk_", "wx-1"]
        self._operations: list[tuple[str, re.Pattern[str], str]] = []

    async def begin(self) -> None:
        paths = (await self.api.http.get("/openapi.json")).json()["paths"]
        for path, methods in paths.items():
            shape = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) + "$")
            self._operations += [(method, shape, one["operationId"]) for method, one in methods.items()]

    def headers(self, who: str) -> dict[str, str]:
        role, sub = who.split(":")
        return self.api.token(role, sub, rooms=["demo"] if role == "host" else ["*"])

    async def lines(self, **query: object) -> list[Json]:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        answer = await self.api.http.get(f"/v1/audit?{asked}", headers=self.headers(OPERATOR))
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["lines"]
        return found

    async def press(self, method: str, path: str, body: Json | None = None, who: str = HOST) -> Json:
        """Press, and find the line; return the answer."""
        [before] = [line["id"] for line in await self.lines(limit=1)] or [0]
        self.api.clock.advance(1)
        answer = await self.api.http.request(method, path, json=body, headers=self.headers(who))
        assert answer.status_code < 300, (method, path, answer.text)
        [name] = [
            one for verb, shape, one in self._operations if verb == method.lower() and shape.match(path)
        ]
        new = [line for line in await self.lines(limit=20) if line["id"] > before]
        assert new, f"{name} left no line"
        assert {(line["actor"], line["outcome"]) for line in new} == {(who, "applied")}, name
        assert {line["at_ms"] for line in new} == {self.api.clock.now_ms()}, name
        if path.startswith("/v1/rooms/demo"):
            assert RoomId("demo") in {line["room"] for line in new}, f"{name} does not say in which room"
        self.pressed.add(name)
        shown: Json = answer.json() if answer.content else {}
        return shown

    async def of_staff(self) -> set[str]:
        """Return the operations that change something and that a host or an operator may use."""
        found: set[str] = set()
        for path, methods in (await self.api.http.get("/openapi.json")).json()["paths"].items():
            # Whom a route is for is judged before all else, so an empty request tells.
            url = re.sub(r"\{[^}]*\}", "demo", path)
            for method, one in methods.items():
                if method == "get" or (await self.api.http.request(method, url)).status_code != 401:
                    continue  # what is open to everybody is nobody's press
                for who in (OPERATOR, HOST):
                    answer = await self.api.http.request(method, url, headers=self.headers(who))
                    if answer.status_code != 403 or answer.json()["code"] == "room_not_allowed":
                        found.add(one["operationId"])
        return found


async def in_the_room(evening: Evening) -> None:
    press, room = evening.press, "/v1/rooms/demo"
    await press("PUT", room, {"name": "直播间"}, OPERATOR)
    await press("PATCH", room, {"slow_s": 5})
    show = (await press("POST", f"{room}/shows", {"title": "今晚上新"}))["id"]
    await press("PATCH", f"{room}/shows/{show}", {"status": "live"})
    await press("PUT", f"{room}/spotlight", {"sku": "k1", "title": "口红", "price": 9_900})
    lines = await evening.api.http.get(f"{room}/prompter", headers=evening.headers(HOST))
    line = f"{room}/prompter/{lines.json()['lines'][0]['key']}/said"
    await press("POST", line, {})
    await press("DELETE", line)
    await press("DELETE", f"{room}/spotlight")
    await press("PUT", f"{room}/pinned", {"text": "今晚九折"})
    await press("DELETE", f"{room}/pinned")
    await press("POST", f"{room}/notices", {"text": "马上开奖"})
    for action in ("pause", "resume", "test", "clear"):
        await press("POST", f"{room}/queue", {"action": action})
    closings: tuple[tuple[str, Json | None], ...] = (("PATCH", {"action": "close"}), ("DELETE", None))
    for verb, body in closings:
        campaign = await press("POST", f"{room}/first-n", {"title": "前50名", "n": 50, "points": 200})
        await press(verb, f"{room}/first-n/{campaign['id']}", body)
    gate = await press("POST", f"{room}/gates", {**GATE, "public_ms": evening.api.clock.now_ms() + 600_000})
    await press("DELETE", f"{room}/gates/{gate['id']}")
    poll = await press(
        "POST", f"{room}/polls", {"question": "下一件?", "options": ["红", "蓝"], "seconds": 60}
    )
    await press("PATCH", f"{room}/polls/{poll['id']}", {"action": "close"})
    await press("DELETE", f"{room}/polls/{poll['id']}")
    password = {"kind": "password", "password": SECRET, "reward": 10, "seconds": 60, "budget": 100}
    task = await press("POST", f"{room}/tasks", {**SHARE, **password})
    for action in ("pause", "resume"):
        await press("PATCH", f"{room}/tasks/{task['id']}", {"action": action})
    await press("DELETE", f"{room}/tasks/{task['id']}")
    widget = await press("POST", f"{room}/widgets", {"name": "OBS"})
    renewed = await press("POST", f"{room}/widgets/{widget['id']}/secret")
    evening.secrets += [widget["secret"], renewed["secret"]]
    await press("DELETE", f"{room}/widgets/{widget['id']}")
    draw = await press("POST", f"{room}/draws", DRAW)
    await press("PATCH", f"{room}/draws/{draw['id']}", {"action": "cancel"})
    await press("DELETE", f"{room}/draws/{draw['id']}")


async def about_members(evening: Evening) -> None:
    press, api = evening.press, evening.api
    await press("PUT", "/v1/members/m1", {"name": "小美"}, OPERATOR)
    await press("POST", "/v1/members/m1/identities", {"platform": "wx", "openid": "o1"}, OPERATOR)
    await press("POST", "/v1/members/m1/grants", {"points": 1_000, "reason": "sorry"}, OPERATOR)
    contact = {"address": "wx-1", "purposes": ["news"]}
    await press("PUT", "/v1/members/m1/contacts/wechat", contact, OPERATOR)
    await press("DELETE", "/v1/members/m1/contacts/wechat", None, OPERATOR)
    until_ms = api.clock.now_ms() + 3_600_000
    await press("PUT", "/v1/members/m1/restriction", {"kind": "mute", "until_ms": until_ms}, OPERATOR)
    await press("DELETE", "/v1/members/m1/restriction", None, OPERATOR)
    key = await api.key()
    said = event("comment.posted", id_="c1", room="demo", data={"text": "这个颜色真好看"})
    await api.post_events(key, said, event("member.joined", "member:m2", id_="j2", data={}))
    author = (await api.queries.members([MemberId("m1")], NOW))[MemberId("m1")].author
    await press("DELETE", "/v1/rooms/demo/comments/c1")
    ban = {"kind": "ban", "until_ms": until_ms}
    await press("PUT", f"/v1/rooms/demo/restrictions/{author}", ban)
    await press("DELETE", f"/v1/rooms/demo/restrictions/{author}")
    await press("PUT", "/v1/rewards/bag", BAG, OPERATOR)
    origin = Origin("live", "redeem", "redeem", api.clock.now_ms(), actor="m1")
    await api.intake.submit(RedeemReward(origin, ById(MemberId("m1")), RewardId("bag")))
    claim = reward_claim_id("live", "redeem")
    await press("POST", f"/v1/rewards/redemptions/{claim}/cancel", {"reason": "地址不详"}, OPERATOR)
    await press("DELETE", "/v1/rewards/bag", None, OPERATOR)
    await press("POST", "/v1/members/m1/merge", {"from": "m2"}, OPERATOR)


async def at_the_console(evening: Evening, hooks: Hooks) -> None:
    press = evening.press
    key = await press("POST", "/v1/api-keys", {"name": "ERP", "source": "erp"}, OPERATOR)
    await press("PUT", "/v1/sources/erp", {"capabilities": ["order.paid"]}, OPERATOR)
    await press("DELETE", f"/v1/api-keys/{key['id']}", None, OPERATOR)
    await press("POST", "/v1/rulebooks", {"document": document({"order.points_percent": 200})}, OPERATOR)
    await press("POST", "/v1/rulebooks/2/publish", {}, OPERATOR)
    await press("POST", "/v1/rulebooks/1/rollback", {}, OPERATOR)
    url = {"url": "https://shop.example/hooks", "types": ["points.changed"]}
    one = "/v1/webhook-endpoints/" + (await press("POST", "/v1/webhook-endpoints", url, OPERATOR))["id"]
    await press("PATCH", one, {"note": "仓库"}, OPERATOR)
    await press("POST", f"{one}/secret", None, OPERATOR)
    await evening.api.http.post(
        "/v1/members/m1/grants", json={"points": 1, "reason": "x"}, headers=evening.headers(OPERATOR)
    )
    [delivery, *_] = await spread(hooks, evening.api)
    await press("POST", f"/v1/webhook-deliveries/{delivery}/resend", None, OPERATOR)
    await press("DELETE", one, None, OPERATOR)


async def spread(hooks: Hooks, api: Api) -> Sequence[int]:
    """Let what waits in the outbox become deliveries, as the job does; return their ids."""
    await hooks.fan_out(api.clock.now_ms() + 1_000)
    answer = await api.http.get("/v1/webhook-deliveries", headers=api.token("operator"))
    return [int(one["id"]) for one in answer.json()["deliveries"]]


async def test_X7_every_press_of_a_host_or_an_operator_leaves_a_line(api: Api, fresh_ledger: str) -> None:
    """A route that is added without one fails here, and so does one that this test does not press."""
    engines = Engines(fresh_ledger)
    evening = Evening(api)
    await evening.begin()
    await in_the_room(evening)
    await about_members(evening)
    await at_the_console(evening, Hooks(engines))
    await engines.close()
    assert evening.pressed | NO_PRESS == await evening.of_staff()
    kept = repr([await evening.lines(limit=200), await evening.lines(limit=200, before=100)])
    for secret in evening.secrets:
        assert secret not in kept, f"{secret} stands in the audit"


async def test_X7_a_refused_press_is_told_with_its_reason_and_once(api: Api) -> None:
    evening = Evening(api)
    await api.open_room()
    host = evening.headers(HOST)
    once = {**host, "idempotency-key": "k1"}
    for _ in range(2):
        off_air = await api.http.post("/v1/rooms/demo/tasks", json=SHARE, headers=once)
        assert (off_air.status_code, off_air.json()["code"]) == (409, "off_air")
    [line] = await evening.lines(kind="refused")
    assert (line["actor"], line["outcome"], line["code"], line["room"]) == (
        HOST,
        "refused",
        "off_air",
        "demo",
    )
    assert line["data"] == {"operation": "startTask", "status": 409, "code": "off_air"}
    other = await api.http.put("/v1/rooms/other/pinned", json={"text": "x"}, headers=host)
    assert other.json()["code"] == "room_not_allowed"
    [line] = await evening.lines(room="other")
    assert (line["actor"], line["code"], line["ref"]) == (HOST, "room_not_allowed", "putPinned")


async def test_X7_a_refused_press_keeps_no_name_that_a_database_cannot(api: Api) -> None:
    evening = Evening(api)
    await api.open_room()
    for name in ("%00", "x" * 300):
        answer = await api.http.delete(f"/v1/rooms/other/widgets/{name}", headers=evening.headers(HOST))
        assert answer.status_code == 403
    assert [line["ref"] for line in await evening.lines(kind="refused")] == ["removeWidget"] * 2


async def test_X7_what_is_malformed_or_no_staff_s_is_no_press(api: Api) -> None:
    evening = Evening(api)
    await api.open_room()
    before = await evening.lines()
    wrong = await api.http.post("/v1/rooms/demo/tasks", json={}, headers=evening.headers(HOST))
    foreign = await api.http.put("/v1/rooms/demo/pinned", json={"text": "x"}, headers=api.token("viewer"))
    shop = await api.http.put("/v1/rooms/demo/pinned", json={"text": "x"}, headers=await api.key("rooms"))
    looked = await api.http.get("/v1/rooms/none/tasks", headers=evening.headers(HOST))
    assert [one.status_code for one in (wrong, foreign, shop, looked)] == [422, 403, 204, 403]
    assert await evening.lines() == before


async def test_X7_a_script_gone_wild_does_not_fill_the_record(api: Api) -> None:
    evening = Evening(api)
    await api.open_room()
    for _ in range(MOST + 5):
        await api.http.delete("/v1/rooms/demo/tasks/none", headers=evening.headers(HOST))
    assert len(await evening.lines(kind="refused", limit=200)) == MOST
    api.clock.advance(WINDOW_MS)
    await api.http.delete("/v1/rooms/demo/tasks/none", headers=evening.headers(HOST))
    assert len(await evening.lines(kind="refused", limit=200)) == MOST + 1


async def test_X7_the_audit_is_paged_newest_first_and_filtered(api: Api) -> None:
    evening = Evening(api)
    await api.open_room()
    for n in range(5):
        headers = evening.headers(HOST if n % 2 else OPERATOR)
        await api.http.put("/v1/rooms/demo/pinned", json={"text": f"第{n}条"}, headers=headers)
    paged: list[Json] = []
    before: dict[str, int] = {}
    while True:
        answer = await api.http.get(
            "/v1/audit",
            params={"limit": 2, "kind": "room_pinned", **before},
            headers=evening.headers(OPERATOR),
        )
        paged += answer.json()["lines"]
        if answer.json()["next"] is None:
            break
        before = {"before": answer.json()["next"]}
    assert [line["data"]["text"] for line in paged] == [f"第{n}条" for n in (4, 3, 2, 1, 0)]
    assert {line["actor"] for line in await evening.lines(actor=HOST)} == {HOST}
    assert await evening.lines(room="elsewhere") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "before=0", "actor=m1", "kind=DROP", "nonsense=1", "actor=host:%00"]
)
async def test_HTT2_a_wrong_question_to_the_audit_is_refused(api: Api, query: str) -> None:
    answer = await api.http.get(f"/v1/audit?{query}", headers=api.token("operator"))
    assert answer.status_code == 422, answer.text


async def test_R10_only_an_operator_reads_the_audit(api: Api) -> None:
    for proof in (api.token("host"), api.token("viewer"), await api.key()):
        assert (await api.http.get("/v1/audit", headers=proof)).status_code == 403
    assert (await api.http.get("/v1/audit")).status_code == 401


async def test_X7_a_refused_press_is_answered_with_the_ledger_away(api_without_sql: Api) -> None:
    api = api_without_sql
    answer = await api.http.put(
        "/v1/rooms/other/pinned", json={"text": "x"}, headers=api.token("host", rooms=["demo"])
    )
    assert answer.json()["code"] == "room_not_allowed"
