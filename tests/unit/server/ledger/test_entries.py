"""What moves a balance as lines of the ledger."""

from __future__ import annotations

import pytest

from server.domain.facts import (
    Awarded,
    Fact,
    TakenBack,
)
from server.domain.gift_facts import PointsGiven
from server.domain.rulebook import LIKE, ORDER
from server.domain.state import Gift
from server.ids import GiftId, MemberId, OrderId
from server.ledger.batch import Happened
from server.ledger.entries import ENTRY, entries_of
from tests.support.ledger import NOW, ROOM, SHOW, origin

M1 = MemberId("m1")


def lines(*facts: Fact) -> list[dict[str, object]]:
    return [dict(zip(ENTRY, row, strict=True)) for row in entries_of([Happened(origin("e1"), facts)], 7)]


def awarded(points: int, growth: int, awards: int = 1) -> Awarded:
    return Awarded(M1, LIKE, points, growth, awards, 20_370, NOW, ROOM, SHOW)


@pytest.mark.parametrize(
    "points, growth, expected",
    [
        (3, 0, [("points", 3, 2)]),
        (3, 4, [("points", 3, 2), ("growth", 4, 0)]),
        (0, 4, [("growth", 4, 2)]),
        (0, 0, [("points", 0, 2)]),
    ],
)
def test_R3_an_award_is_counted_on_exactly_one_line(
    points: int, growth: int, expected: list[tuple[str, int, int]]
) -> None:
    found = [
        (line["book"], line["delta"], line["awards"]) for line in lines(awarded(points, growth, awards=2))
    ]
    assert found == expected


def test_X7_a_line_names_who_when_which_event_and_which_rules() -> None:
    [line] = lines(awarded(3, 0))
    assert line == {
        "member": "m1",
        "book": "points",
        "delta": 3,
        "rule": "like",
        "awards": 1,
        "behaviour": True,
        "taken_back": False,
        "source": "shop",
        "event": "e1",
        "order_id": None,
        "room": "demo",
        "show": "s1",
        "day": 20_370,
        "at_ms": NOW,
        "rulebook_version": 7,
        "actor": "key-1",
    }


def test_V3_what_a_refund_takes_back_counts_no_award_and_charges_no_budget() -> None:
    found = lines(TakenBack(M1, OrderId("o1"), 20, 30, 1_000, 1, 20_000, NOW))
    assert [(line["book"], line["delta"]) for line in found] == [("points", -20), ("growth", -30)]
    for line in found:
        assert (line["rule"], line["awards"], line["behaviour"], line["taken_back"]) == (
            ORDER,
            0,
            False,
            True,
        )
        assert (line["order_id"], line["day"]) == ("o1", 20_000)


def test_P5_a_gift_is_one_line_for_each_side_and_none_of_them_an_award() -> None:
    m2 = MemberId("m2")
    gift = Gift(GiftId("g1"), M1, 10, "given", NOW, 20_370, m2, 20_370, code="secret", expires_ms=NOW)
    found = lines(PointsGiven(gift, m2, "小美", "小丽", True, 20_370, NOW))
    assert [(line["member"], line["book"], line["delta"], line["rule"]) for line in found] == [
        ("m1", "points", -10, "gift"),
        ("m2", "points", 10, "gift"),
    ]
    assert {(line["awards"], line["behaviour"], line["taken_back"]) for line in found} == {(0, False, True)}
