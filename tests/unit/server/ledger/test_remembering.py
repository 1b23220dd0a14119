"""Members used again while nobody has touched them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.domain.decide.membership import newcomer
from server.domain.state import Member
from server.domain.world import World
from server.ids import MemberId
from server.ledger.extent import Since
from server.ledger.remembering import Remembered
from tests.support.ledger import CALENDAR, NOW, RULEBOOK

SINCE = Since(NOW, 20_005)
SCOPES = frozenset(("total", "d20370"))


def a_member(name: str = "m1", version: int = 3) -> Member:
    return replace(newcomer(MemberId(name), World(RULEBOOK, CALENDAR), NOW), version=version)


def test_LED20_a_member_is_recalled_while_the_row_has_its_version() -> None:
    remembered = Remembered()
    member = a_member()
    remembered.remember(member, SINCE, SCOPES)
    assert remembered.recall(member.id, 3, SINCE, SCOPES) is member
    assert remembered.recall(member.id, 3, Since(NOW + 1, 20_006), frozenset(("total",))) == member
    assert remembered.recall(member.id, 4, SINCE, SCOPES) is None
    assert remembered.recall(MemberId("m2"), 3, SINCE, SCOPES) is None


@pytest.mark.parametrize(
    "since, scopes",
    [
        (Since(NOW - 1, 20_005), SCOPES),
        (Since(NOW, 20_004), SCOPES),
        (SINCE, SCOPES | {"s:s1"}),
        (SINCE, frozenset(("d20371",))),
    ],
)
def test_LED20_what_was_not_read_is_not_recalled(since: Since, scopes: frozenset[str]) -> None:
    remembered = Remembered()
    remembered.remember(a_member(), SINCE, SCOPES)
    assert remembered.recall(MemberId("m1"), 3, since, scopes) is None


def test_LED20_the_longest_unused_goes_first() -> None:
    remembered = Remembered(2)
    for name in ("m1", "m2"):
        remembered.remember(a_member(name), SINCE, SCOPES)
    assert remembered.recall(MemberId("m1"), 3, SINCE, SCOPES) is not None
    remembered.remember(a_member("m3"), SINCE, SCOPES)
    held = [name for name in ("m1", "m2", "m3") if remembered.recall(MemberId(name), 3, SINCE, SCOPES)]
    assert held == ["m1", "m3"]


def test_LED20_none_means_nothing_is_remembered() -> None:
    remembered = Remembered(0)
    remembered.remember(a_member(), SINCE, SCOPES)
    assert remembered.recall(MemberId("m1"), 3, SINCE, SCOPES) is None


def test_LED20_what_is_foreseen_never_takes_the_place_of_something_newer() -> None:
    remembered = Remembered()
    remembered.remember(a_member(version=4), SINCE, SCOPES)
    remembered.foresee(a_member(version=3), SINCE, SCOPES)
    assert remembered.recall(MemberId("m1"), 4, SINCE, SCOPES) is not None
    remembered.foresee(a_member(version=5), SINCE, SCOPES)
    assert remembered.recall(MemberId("m1"), 5, SINCE, SCOPES) is not None
    assert remembered.unknown([MemberId("m1"), MemberId("m2")]) == {"m2"}
