"""POST /v1/events."""

import json

import pytest

from server.api.events import SAME_TOLD
from server.domain.commands import OUR_SOURCES
from tests.edge.api.under_test import BATCH, SINGLE, Api, Json, event, paid


async def test_EVT1_one_event_alone_and_two_in_a_batch_are_receipted_in_order(api: Api) -> None:
    key = await api.key()
    alone = await api.http.post(
        "/v1/events", content=json.dumps(paid()), headers={**key, "content-type": SINGLE}
    )
    assert alone.json() == {
        "receipts": [
            {
                "id": "e1",
                "source": "shop",
                "member": "m1",
                "outcome": "applied",
                "earned": {"points": 600, "growth": 320},
            }
        ]
    }
    batch = [
        paid(10, id_="e3", order="o3"),
        event("member.joined", "douyin:x", id_="e2", data={"name": "小美"}),
    ]
    receipts = await api.post_events(key, *batch)
    assert [receipt["id"] for receipt in receipts] == ["e3", "e2"]
    assert receipts[1]["member"].startswith("m_")


async def test_EVT1_unknown_attributes_and_a_missing_data_are_fine(api: Api) -> None:
    key = await api.key()
    odd = event("followed", traceparent="00-x", dataschema="y", time="2023-11-14T22:13:20.5+00:00")
    odd["datacontenttype"] = "application/json; charset=utf-8"
    charset = {**key, "content-type": f"{SINGLE}; charset=utf-8"}
    answer = await api.http.post("/v1/events", content=json.dumps(odd), headers=charset)
    assert answer.json()["receipts"][0]["outcome"] == "applied"


GOOD = paid()


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({**GOOD, "specversion": "0.3"}, "1.specversion"),
        ({name: value for name, value in GOOD.items() if name != "id"}, "1.id"),
        ({**GOOD, "id": ""}, "1.id"),
        ({**GOOD, "id": "x" * 257}, "1.id"),
        ({**GOOD, "source": "a\x00"}, "1.source"),
        ({**GOOD, "subject": "m y"}, "1.subject"),
        ({**GOOD, "room": "a room"}, "1.room"),
        ({**GOOD, "istest": "yes"}, "1.istest"),
        ({**GOOD, "time": "yesterday"}, "1.time"),
        ({**GOOD, "time": "1700000000"}, "1.time"),
        ({**GOOD, "datacontenttype": "text/xml"}, "1.datacontenttype"),
        ({**GOOD, "data": None}, "1.data"),
        ({**GOOD, "data": {**GOOD["data"], "amount": 0}}, "1.data.amount"),
        ({**GOOD, "data": {**GOOD["data"], "amount": -5}}, "1.data.amount"),
        ({**GOOD, "data": {**GOOD["data"], "amount": 10**11 + 1}}, "1.data.amount"),
        ({**GOOD, "data": {**GOOD["data"], "amount": 10**400}}, "1.data.amount"),
        ({**GOOD, "data": {**GOOD["data"], "amount": 1.5}}, "1.data.amount"),
        ({**GOOD, "data": {**GOOD["data"], "amount": "100"}}, "1.data.amount"),
        ({**GOOD, "data": {**GOOD["data"], "currency": "yuan"}}, "1.data.currency"),
        ({**GOOD, "data": {**GOOD["data"], "discount": 5}}, "1.data.discount"),
        ({**GOOD, "data": {**GOOD["data"], "order": ""}}, "1.data.order"),
        (event("liked", data={"count": 51}), "1.data.count"),
        (event("liked", data={}), "1.data.count"),
        (event("followed", data={"x": 1}), "1.data.x"),
        (event("comment.posted", data={"text": ""}), "1.data.text"),
        (event("member.joined", data={"birthday": "02-30"}), "1.data.birthday"),
        (event("invite.accepted", data={"inviter": "no body"}), "1.data.inviter"),
        (7, "1"),
        (None, "1"),
    ],
    ids=lambda part: str(part)[:40] if isinstance(part, str) else None,
)
async def test_EVT2_one_wrong_shape_refuses_the_whole_batch_and_names_it(
    api: Api, wrong: object, field: str
) -> None:
    key = await api.key()
    answer = await api.http.post(
        "/v1/events", json=[paid(id_="e0"), wrong], headers={**key, "content-type": BATCH}
    )
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["index"]) == ("wrong_shape", 1)
    assert field in [one["field"] for one in problem["errors"]]
    assert (await api.http.get("/v1/members/m1", headers=key)).status_code == 404, (
        "nothing of the batch happened"
    )


@pytest.mark.parametrize(
    "body, code, index",
    [
        ([], "empty_batch", None),
        ([paid(id_=str(n), order=str(n)) for n in range(1_001)], "batch_too_large", None),
        ([paid(), {**GOOD, "type": "order.lost"}], "unknown_type", 1),
        ([{**GOOD, "type": 7}], "wrong_shape", 0),
        ({}, "wrong_shape", None),
    ],
    ids=["empty", "1001", "unknown type", "type is a number", "no list"],
)
async def test_EVT2_what_is_no_batch_has_a_code_of_its_own(
    api: Api, body: object, code: str, index: int | None
) -> None:
    key = await api.key()
    answer = await api.http.post("/v1/events", json=body, headers={**key, "content-type": BATCH})
    assert answer.status_code == 422
    problem = answer.json()
    if code == "wrong_shape" and index == 0:
        assert problem["code"] in ("wrong_shape", "unknown_type")
    else:
        assert problem["code"] == code
    assert problem.get("index") == index


async def test_EVT3_what_needs_our_state_is_refused_alone(api: Api) -> None:
    key = await api.key()
    foreign = paid(id_="e1", order="o1")
    foreign["data"]["currency"] = "USD"
    receipts = await api.post_events(
        key,
        foreign,
        paid(id_="e2", order="o2"),
        event("order.refunded", id_="e3", data={"order": "o2", "amount": 40_000}),
        event("comment.posted", id_="e4", data={"text": "\u200b \u202e"}),
        paid(id_="e5", order="o5", room="nowhere"),
        event("order.refunded", id_="e6", data={"order": "o5", "amount": 1}, room="nowhere"),
        event("order.refunded", id_="e7", data={"order": "not here yet", "amount": 1}, room="nowhere"),
        event("member.joined", id_="e8", room="nowhere"),
        event("member.updated", id_="e9", room="nowhere"),
        event("room.shared", id_="e10", data={"channel": "wx"}, room="nowhere"),
    )
    outcomes = [(receipt["outcome"], receipt.get("code")) for receipt in receipts]
    assert outcomes[0][0] == "refused"
    assert outcomes[1] == ("applied", None)
    assert outcomes[2] == ("refused", "refund_exceeds")
    assert outcomes[3] == ("refused", "bad_request")
    assert outcomes[4:] == [("applied", "room_unknown")] * 6


async def test_EVT3_what_is_refused_says_which_field_and_what_to_do_and_says_it_again(api: Api) -> None:
    key = await api.key()
    foreign = paid(id_="e1", order="o1")
    foreign["data"]["currency"] = "USD"
    sent = (
        foreign,
        event("order.refunded", id_="e3", data={"order": "o2", "amount": 40_000}),
        event("comment.posted", id_="e4", data={"text": "\u200b \u202e"}),
        event("followed", id_="e5", time="2023-11-01T00:00:00Z"),
        event("followed", id_="e6", time="2023-11-14T22:20:00Z"),
        {**paid(id_="e7", order="o7"), "source": "live"},
        paid(500, id_="e2", order="o2"),  # told before as another amount
    )
    fields = ("currency", "amount", "data.text", "time", "time", "source", "the same event came before")
    await api.post_events(key, paid(id_="e2", order="o2"))
    receipts = await api.post_events(key, *sent)
    assert [one["detail"].partition(":")[0] for one in receipts[:-1]] == [*fields[:-1]]
    assert receipts[-1]["detail"].startswith(fields[-1])
    assert all(" " in one["detail"].partition(":")[2] for one in receipts[:-1]), "the remedy follows"
    assert [one["detail"] for one in await api.post_events(key, *sent)] == [one["detail"] for one in receipts]
    (elsewhere,) = await api.post_events(key, paid(500, id_="another", order="o2"))
    assert (elsewhere["outcome"], elsewhere["detail"]) == ("conflict", SAME_TOLD)
    (applied,) = await api.post_events(key, paid(id_="e8", order="o8"))
    assert "detail" not in applied


async def test_EVT3_an_event_out_of_its_time_is_refused_but_orders_are_never_too_old(api: Api) -> None:
    key = await api.key()
    at = "2023-11-01T00:00:00Z"  # thirteen days before the clock of these tests
    soon = "2023-11-14T22:20:00Z"  # more than five minutes ahead
    receipts = await api.post_events(
        key,
        event("followed", id_="e1", time=at),
        paid(id_="e2", time=at),
        event("followed", id_="e3", time=soon),
        paid(id_="e4", order="o4", time=soon),
    )
    assert [(one["outcome"], one.get("code")) for one in receipts] == [
        ("refused", "stale"),
        ("applied", None),
        ("refused", "future"),
        ("refused", "future"),
    ]


async def test_EVT4_R2_the_same_again_is_a_duplicate_and_other_content_a_conflict(api: Api) -> None:
    key = await api.key()
    first = (await api.post_events(key, paid()))[0]
    again = (await api.post_events(key, paid(time="2023-11-14T22:13:20Z")))[0]
    assert again == {**first, "outcome": "duplicate"}
    other = (await api.post_events(key, paid(500)))[0]
    assert other["outcome"] == "conflict"
    twice = await api.post_events(key, paid(id_="e7", order="o7"), paid(id_="e7", order="o7"))
    assert [one["outcome"] for one in twice] == ["applied", "duplicate"]
    elsewhere = (await api.post_events(key, paid(id_="another", source="erp")))[0]
    assert elsewhere["outcome"] == "duplicate", "an order is paid once, whatever id or source says so"


@pytest.mark.parametrize(
    "type_, data",
    [("share.opened", {"share": "s1"})],
)
async def test_EVT5_what_takes_effect_later_is_taken_and_says_so(api: Api, type_: str, data: Json) -> None:
    key = await api.key()
    sent = event(type_, "douyin:y", data=data)
    first = (await api.post_events(key, sent))[0]
    assert (first["outcome"], first["code"], first["earned"]) == (
        "applied",
        "not_eligible",
        {"points": 0, "growth": 0},
    )
    again = (await api.post_events(key, sent))[0]
    assert (again["outcome"], again["code"]) == ("duplicate", "not_eligible")
    assert (await api.http.get("/v1/members/douyin:y", headers=key)).status_code == 200


async def test_E4_following_is_told_by_the_shop_and_earns_once_for_good(api: Api) -> None:
    key = await api.key()
    first = (await api.post_events(key, event("followed", id_="f1")))[0]
    assert (first["outcome"], first["earned"]) == ("applied", {"points": 20, "growth": 0})
    again = (await api.post_events(key, event("followed", id_="f2")))[0]
    assert (again["outcome"], again["code"], again["earned"]["points"]) == ("applied", "duplicate", 0)


@pytest.mark.parametrize("source", sorted(OUR_SOURCES))
async def test_EVT6_nobody_speaks_for_the_server_itself(api: Api, source: str) -> None:
    key = await api.key()
    receipts = await api.post_events(key, {**paid(), "source": source})
    assert (receipts[0]["outcome"], receipts[0]["code"]) == ("refused", "source_reserved")


async def test_HTT5_a_key_for_one_source_speaks_for_no_other(api: Api) -> None:
    key = await api.key("events", source="shop")
    assert (await api.post_events(key, paid()))[0]["outcome"] == "applied"
    answer = await api.http.post(
        "/v1/events", json=[paid(), {**paid(), "source": "erp"}], headers={**key, "content-type": BATCH}
    )
    assert answer.status_code == 403
    assert (answer.json()["code"], answer.json()["index"]) == ("source_not_allowed", 1)


async def test_T4_text_that_is_markup_or_turns_around_is_harmless(api: Api) -> None:
    key = await api.key()
    names = ["<b>x</b>", "\u202eevil", "😀" * 60, "\u0000\u0001"]
    for n, name in enumerate(names):
        await api.post_events(key, event("member.joined", f"member:n{n}", id_=f"n{n}", data={"name": name}))
        card = (await api.http.get(f"/v1/members/n{n}", headers=key)).json()["card"]
        assert 1 <= len(card["name"]) <= 24
        assert "\u202e" not in card["name"]
        assert "\x00" not in card["name"]


async def test_EVT7_a_test_event_is_answered_with_what_it_would_earn_and_changes_nothing(api: Api) -> None:
    key = await api.key()
    await api.open_room()
    test = paid(subject="wx:anna", room="demo", istest=True)
    (first,) = await api.post_events(key, test)
    assert (first["outcome"], first["earned"]) == ("applied", {"points": 600, "growth": 320})
    (again,) = await api.post_events(key, test)
    assert again == {**first, "outcome": "duplicate"}
    counted = api.metrics.exposition().decode()
    assert 'liveroom_commands_total{name="RecordPaidOrder"' not in counted
    (meant,) = await api.post_events(key, {**test, "istest": False})
    assert meant["outcome"] == "conflict", "a test does not become real by sending it again"
    unknown = await api.http.get("/v1/members/wx:anna", headers=key)
    assert unknown.status_code == 404


async def test_E4_an_invitation_is_accepted_by_either_form_of_an_id(api: Api) -> None:
    key = await api.key()
    await api.post_events(key, event("member.joined", "wx:anna", id_="e1"))
    receipts = await api.post_events(
        key,
        event("invite.accepted", "wx:bert", id_="e2", data={"inviter": "wx:anna"}),
        event("invite.accepted", "wx:bert", id_="e3", data={"inviter": "wx:anna"}),
        event("invite.accepted", "wx:carl", id_="e4", data={"inviter": "wx:never-seen"}),
    )
    assert [one["outcome"] for one in receipts] == ["applied"] * 3
    assert [one.get("code") for one in receipts] == [None, "duplicate", "not_eligible"]
