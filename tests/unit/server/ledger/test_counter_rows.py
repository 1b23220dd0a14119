"""Counters parted by what is known of their rows."""

from __future__ import annotations

from dataclasses import replace

from server.domain.decide.membership import newcomer
from server.domain.state import AwardCount, Member
from server.domain.world import World
from server.ids import MemberId, RuleId
from server.ledger.counter_rows import AwardRows
from tests.support.ledger import CALENDAR, NOW, RULEBOOK

LIKE = RuleId("like")


def a_member(**awards: AwardCount) -> Member:
    whole = newcomer(MemberId("m1"), World(RULEBOOK, CALENDAR), NOW)
    return replace(whole, awards={(scope, LIKE): count for scope, count in awards.items()})


def rows(before: Member | None, after: Member) -> tuple[int, int, int]:
    """How many there are that are new, known and unsure."""
    found = AwardRows([], [], [])
    found.add(before, after, frozenset(("d1", "total")))
    return len(found.new), len(found.known), len(found.unsure)


def test_LED25_a_counter_is_new_where_all_of_its_scope_was_read_and_it_was_not_there() -> None:
    assert rows(a_member(), a_member(d1=AwardCount(1, 5, 0), total=AwardCount(1, 5, 0))) == (2, 0, 0)
    assert rows(None, a_member(anything=AwardCount(1, 5, 0))) == (1, 0, 0)


def test_LED25_a_counter_of_a_scope_that_was_not_read_may_be_there() -> None:
    assert rows(a_member(), a_member(d2=AwardCount(1, 5, 0))) == (0, 0, 1)


def test_LED25_a_counter_that_stood_is_known_unless_it_may_never_have_been_written() -> None:
    assert rows(a_member(d1=AwardCount(1, 5, 0)), a_member(d1=AwardCount(2, 10, 0))) == (0, 1, 0)
    assert rows(a_member(d1=AwardCount(0, 0, 0)), a_member(d1=AwardCount(1, 5, 0))) == (0, 0, 1)


def test_LED25_a_counter_that_did_not_move_is_not_written() -> None:
    assert rows(a_member(d1=AwardCount(1, 5, 0)), a_member(d1=AwardCount(1, 5, 0))) == (0, 0, 0)
