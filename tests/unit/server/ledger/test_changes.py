"""What moves no balance as lines of the ledger."""

from __future__ import annotations

import json

from server.domain.facts import (
    Acted,
    Awarded,
    BudgetSpent,
    Fact,
    IdentityLinked,
    MemberUpdated,
    TierReached,
)
from server.domain.gift_facts import GiftReturned, GiftSetAside, PointsGiven
from server.domain.rulebook import LIKE
from server.domain.state import Gift
from server.ids import GiftId, MemberId, OrderId, TierId
from server.ledger.batch import Happened
from server.ledger.changes import CHANGE, changes_of
from tests.support.ledger import NOW, ROOM, SHOW, origin

M1 = MemberId("m1")


def changes(*facts: Fact) -> list[dict[str, object]]:
    return [dict(zip(CHANGE, row, strict=True)) for row in changes_of([Happened(origin("e1"), facts)], 7)]


def test_X7_what_moves_no_balance_is_a_change_and_what_is_no_business_is_not() -> None:
    found = changes(
        TierReached(M1, TierId("gold"), TierId("basic"), NOW + 5, NOW, OrderId("o1")),
        Awarded(M1, LIKE, 1, 1, 1, 20_370, NOW, ROOM, SHOW),
        Acted(M1, LIKE, NOW),
        BudgetSpent("day:1", 1, 2),
        IdentityLinked(M1, "wx", "anna", NOW),
    )
    assert [(change["kind"], change["member"], change["ref"]) for change in found] == [
        ("tier_reached", "m1", "gold"),
        ("identity_linked", "m1", "wx"),
    ]
    assert json.loads(str(found[0]["data"])) == {"previous": "basic", "until_ms": NOW + 5, "order": "o1"}
    assert {change["rulebook_version"] for change in found} == {7}


def test_X7_names_and_birthdays_are_not_copied_into_what_cannot_be_removed() -> None:
    [change] = changes(MemberUpdated(M1, NOW, name="小美", birthday="05-20"))
    assert json.loads(str(change["data"])) == {"changed": "name birthday"}


def test_P5_of_a_gift_neither_its_code_nor_names_are_copied_into_what_cannot_be_removed() -> None:
    m2 = MemberId("m2")
    gift = Gift(GiftId("g1"), M1, 10, "given", NOW, 20_370, m2, 20_370, code="secret", expires_ms=NOW)
    given = PointsGiven(gift, m2, "小美", "小丽", True, 20_370, NOW)
    told = changes(GiftSetAside(gift, NOW), given, GiftReturned(gift, NOW))
    assert [change["kind"] for change in told] == ["gift_set_aside", "points_given", "gift_returned"]
    assert "secret" not in repr(told)
    assert "小丽" not in repr(told)
