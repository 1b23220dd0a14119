import pytest

from loadtest import shop
from loadtest.errors import ContractBroken
from loadtest.wire import Json


def test_DMO1_a_paid_order_is_a_cloudevent_in_minor_units() -> None:
    assert shop.paid("/demo", "o1", "m1", 300, "r1") == {
        "specversion": "1.0",
        "id": "paid-o1",
        "source": "/demo",
        "type": "order.paid",
        "subject": "member:m1",
        "data": {"order": "o1", "amount": 30_000, "currency": "CNY"},
        "room": "r1",
    }


def test_DMO1_a_name_is_told_without_a_room() -> None:
    event = shop.named("/demo", "m1", "小美")
    assert (event["type"], event["data"], "room" in event) == ("member.joined", {"name": "小美"}, False)


def test_VRD2_each_event_must_have_its_receipt() -> None:
    receipt: dict[str, Json] = {
        "id": "1",
        "source": "s",
        "member": "m",
        "outcome": "applied",
        "earned": {"points": 1, "growth": 1},
    }
    assert shop.outcomes({"receipts": [receipt, {**receipt, "outcome": "refused"}]}, 2) == [
        "applied",
        "refused",
    ]
    answers: list[Json] = [None, {}, {"receipts": []}, {"receipts": [receipt, receipt]}]
    for answer in answers:
        with pytest.raises(ContractBroken, match="1 events need 1 receipts"):
            shop.outcomes(answer, 1)
    with pytest.raises(ContractBroken, match="earned"):
        shop.outcomes({"receipts": [{"outcome": "applied"}]}, 1)


def test_VRD2_applied_and_repeated_count_as_through_and_nothing_else() -> None:
    assert shop.all_went_through(["applied", "duplicate"])
    assert not shop.all_went_through(["applied", "conflict"])
    assert not shop.all_went_through(["refused"])


def test_DMO1_a_token_answer_must_hold_a_token() -> None:
    assert shop.token_of({"token": "t", "expires_ms": 1}) == "t"
    answers: list[Json] = [[], {}, None]
    for answer in answers:
        with pytest.raises(ContractBroken):
            shop.token_of(answer)
