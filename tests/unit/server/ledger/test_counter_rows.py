"""Counters parted by what is known of their rows."""

from __future__ import annotations

from dataclasses import replace

from server.domain.decide.membership import newcomer
from server.domain.state import AwardCount, DayBucket, Member
from server.domain.world import World
from server.ids import MemberId, RuleId
from server.ledger.counter_rows import AwardRows, day_changes, older_changes
from tests.support.ledger import CALENDAR, NOW, RULEBOOK

LIKE = RuleId("like")


def a_member(**awards: AwardCount) -> Member:
    whole = newcomer(MemberId("m1"), World(RULEBOOK, CALENDAR), NOW)
    return replace(whole, awards={(scope, LIKE): count for scope, count in awards.items()})


def rows(before: Member | None, after: Member) -> tuple[int, int, int]:
    """How many there are that are new, known and unsure."""
    found = AwardRows([], [], [])
    found.add(before, after, frozenset(("d1",)))
    return len(found.new), len(found.known), len(found.unsure)


def test_LED25_a_counter_is_new_where_all_of_its_scope_was_read_and_it_was_not_there() -> None:
    assert rows(a_member(), a_member(d1=AwardCount(1, 5, 0))) == (1, 0, 0)
    assert rows(None, a_member(anything=AwardCount(1, 5, 0))) == (1, 0, 0)


def test_LED25_a_counter_of_a_scope_that_was_not_read_may_be_there() -> None:
    assert rows(a_member(), a_member(d2=AwardCount(1, 5, 0))) == (0, 0, 1)


def test_LED25_a_counter_that_stood_is_known_unless_it_may_never_have_been_written() -> None:
    assert rows(a_member(d1=AwardCount(1, 5, 0)), a_member(d1=AwardCount(2, 10, 0))) == (0, 1, 0)
    assert rows(a_member(d1=AwardCount(0, 0, 0)), a_member(d1=AwardCount(1, 5, 0))) == (0, 0, 1)


def test_LED25_a_counter_that_did_not_move_is_not_written() -> None:
    assert rows(a_member(d1=AwardCount(1, 5, 0)), a_member(d1=AwardCount(1, 5, 0))) == (0, 0, 0)


def test_LED68_a_counter_for_ever_has_no_row_of_its_own() -> None:
    assert rows(a_member(), a_member(total=AwardCount(1))) == (0, 0, 0)


def of_days(*days: DayBucket) -> Member:
    return replace(a_member(), days=days)


def test_LED68_buckets_come_to_the_table_when_a_later_block_begins() -> None:
    monday, tuesday, next_block = DayBucket(16, 1), DayBucket(17, 2, 300, 1), DayBucket(24, 5)
    assert older_changes(None, of_days(monday)) == []
    assert older_changes(of_days(monday), of_days(monday, tuesday)) == []
    came = older_changes(of_days(monday, tuesday), of_days(monday, tuesday, next_block))
    assert came == [("m1", 16, 1, 0, 0), ("m1", 17, 2, 300, 1)]


def test_LED68_a_bucket_of_the_table_moves_by_what_came_to_it() -> None:
    old, new = DayBucket(3, 10, 500, 1), DayBucket(3, 4, 500, 1)
    today = DayBucket(16, 1)
    assert older_changes(of_days(old, today), of_days(new, replace(today, growth=2))) == [("m1", 3, -6, 0, 0)]
    assert day_changes(of_days(old, today), of_days(new, today)) == [("m1", 3, -6, 0, 0)]
    # A day before all that was read: whether there is a row, the database knows.
    assert older_changes(of_days(today), of_days(DayBucket(2, -3), today)) == [("m1", 2, -3, 0, 0)]
