"""The host's view of shout-outs over HTTP, and who may press (L2)."""

import json

import pytest

from broadcaster.frames import Moment, Rank
from server.announcing.shout_log import line_of, shelf_of
from server.announcing.shout_queue import overlays_board_of
from server.api.queue import SHOWS_A_MINUTE
from server.ledger.errors import LedgerUnavailable
from server.views import encoded
from tests.edge.api.under_test import Api, Json

QUEUE = "/v1/rooms/demo/queue"


async def press(api: Api, action: str, status: int = 200, **body: object) -> Json:
    answer = await api.http.post(
        QUEUE, json={"action": action, **body}, headers=api.token("host", "h1", ["demo"])
    )
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


async def shown(api: Api, moment_id: str, *, is_test: bool = False) -> None:
    body = {
        "id": moment_id,
        "kind": "level_up",
        "rank": 1,
        "text": {"zh-CN": "恭喜", "en": "Hooray"},
        "params": {"name": "小美"},
        "expires_ms": api.clock.now_ms() + 60_000,
        "is_test": is_test,
        "author": "a_1",
    }
    moment = Moment(moment_id, "level_up", Rank.LOUD, api.clock.now_ms() + 60_000, encoded(body), "a_1")  # type: ignore[arg-type]
    await api.hot.shelve(shelf_of("demo"), [line_of(moment, api.clock.now_ms())], 100, 60_000)


async def test_L2_a_host_sees_limits_what_was_shown_and_which_overlays_paint(api: Api) -> None:
    await api.open_room()
    widget = (await api.http.post("/v1/rooms/demo/widgets", json={}, headers=api.token("operator"))).json()
    now_ms = api.clock.now_ms()
    note = {"widget": widget["id"], "connected_ms": now_ms, "rendered_ms": None, "visible": True}
    await api.hot.pin(overlays_board_of("demo"), {"s1": json.dumps(note).encode()}, now_ms + 40_000, now_ms)
    await shown(api, "mo_1")
    seen = (await api.http.get(QUEUE, headers=api.token("host", "h1", ["demo"]))).json()
    assert (seen["rev"], seen["paused"], seen["alarm"], seen["muted"]) == (0, False, None, [])
    assert seen["limit"] == seen["rule"] == {"from_tier": "silver", "per_minute": 10}
    assert seen["waiting"] == {"count": 0, "next": []}
    assert [(line["id"], line["name"], line["gone"]) for line in seen["shown"]] == [("mo_1", "小美", False)]
    assert [line["widget"] for line in seen["overlays"]] == [widget["id"]]


async def test_L2_presses_change_what_stands_and_a_stale_one_is_refused(api: Api) -> None:
    await api.open_room()
    assert (await press(api, "pause", rev=0))["paused"] is True
    assert (await press(api, "limit", 409, rev=0, per_minute=5))["code"] == "conflict"
    limited = await press(api, "limit", rev=1, from_tier="gold", per_minute=5)
    assert limited["limit"] == {"from_tier": "gold", "per_minute": 5}
    laxer = await press(api, "limit", from_tier="basic", per_minute=60)
    assert laxer["limit"] == {"from_tier": "silver", "per_minute": 10}, "never laxer than the rulebook"
    assert (await press(api, "skip", 409))["code"] == "bad_request"
    assert (await press(api, "dance", 422))["code"] == "wrong_shape"
    assert (await press(api, "limit", 422, per_minute=0))["code"] == "wrong_shape"
    assert (await press(api, "mute", 404, author="a_nobody"))["code"] == "not_found"


async def test_L2_replay_takes_the_newest_that_is_none_of_tests_and_knows_what_is_gone(api: Api) -> None:
    await api.open_room()
    assert (await press(api, "replay", 404))["code"] == "not_found"
    await shown(api, "mo_1")
    await shown(api, "mo_test", is_test=True)
    await press(api, "replay")
    await press(api, "replay", id="mo_test")
    assert (await press(api, "replay", 404, id="mo_other"))["code"] == "not_found"


async def test_L2_R8_what_puts_things_on_the_screens_is_limited(api: Api) -> None:
    await api.open_room()
    for _ in range(SHOWS_A_MINUTE):
        await press(api, "test")
    assert (await press(api, "test", 429))["code"] == "rate_limited"
    await press(api, "pause")
    api.clock.advance(60_000)
    await press(api, "test")


async def test_L2_HOT6_presses_are_limited_with_redis_away_too(api: Api) -> None:
    await api.open_room()
    api.hot.away = True
    for _ in range(SHOWS_A_MINUTE):
        await press(api, "test")
    assert (await press(api, "test", 429))["code"] == "rate_limited"


async def test_L2_R4_a_press_that_counts_is_answered_as_one_while_redis_is_away(api: Api) -> None:
    await api.open_room()
    await shown(api, "mo_1")
    api.hot.away = True
    held = await press(api, "pause", rev=0)
    assert (held["rev"], held["paused"], held["unseen"]) == (1, True, True)
    assert (held["waiting"], held["shown"], held["alarm"]) == ({"count": 0, "next": []}, [], None)
    assert (await press(api, "pause", 409, rev=0))["code"] == "conflict", "it did count"
    assert (await press(api, "replay", 503))["code"] == "unavailable", (
        "what to replay is not known: nothing happened"
    )
    looked = await api.http.get(QUEUE, headers=api.token("host", "h1", ["demo"]))
    assert looked.status_code == 503
    api.hot.away = False
    again = await press(api, "resume", rev=1)
    assert ("unseen" in again, again["rev"], len(again["shown"])) == (False, 2, 1)


async def test_L2_R2_the_same_press_again_is_answered_and_happens_once(api: Api) -> None:
    await api.open_room()
    headers = {**api.token("host", "h1", ["demo"]), "idempotency-key": "press-1"}
    first = await api.http.post(QUEUE, json={"action": "clear"}, headers=headers)
    api.clock.advance(5_000)
    again = await api.http.post(QUEUE, json={"action": "clear"}, headers=headers)
    assert first.json() == again.json()
    assert first.json()["rev"] == 1


async def test_L2_R2_a_press_is_one_press_when_the_ledger_goes_between_its_commit_and_its_answer(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.open_room()

    async def away(*_given: object) -> None:
        raise LedgerUnavailable("after the commit")

    with monkeypatch.context() as gone:
        gone.setattr(api.widgets, "of_room", away)
        held = await press(api, "pause", rev=0)
        assert (held["rev"], held["paused"], held["unseen"]) == (1, True, True)
    headers = {**api.token("host", "h1", ["demo"]), "idempotency-key": "press-1"}
    with monkeypatch.context() as gone:
        for name in ("room", "drop_answer"):
            gone.setattr(api.queries, name, away)
        lost = await api.http.post(QUEUE, json={"action": "resume", "rev": 1}, headers=headers)
        assert (lost.status_code, lost.headers["retry-after"]) == (503, "1")
    api.clock.advance(2_000)
    again = await api.http.post(QUEUE, json={"action": "resume", "rev": 1}, headers=headers)
    assert again.status_code == 200, "a second press with rev 1 would be a conflict"
    assert (again.json()["rev"], again.json()["paused"]) == (2, False)


async def test_R10_the_queue_is_for_hosts_of_the_room_and_operators(api: Api) -> None:
    await api.open_room()
    for who, code in (
        (api.token("viewer"), "role_not_allowed"),
        (api.token("host", "h2", ["other"]), "room_not_allowed"),
        (await api.key("events"), "scope_missing"),
    ):
        for method in ("GET", "POST"):
            body = {"action": "clear"} if method == "POST" else None
            answer = await api.http.request(method, QUEUE, headers=who, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert (await api.http.get(QUEUE, headers=api.token("operator"))).status_code == 200
    nowhere = await api.http.get("/v1/rooms/none/queue", headers=api.token("operator"))
    assert nowhere.status_code == 404
