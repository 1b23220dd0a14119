"""What of a member's buckets and counters stands in the member's own row."""

from __future__ import annotations

import json

from hypothesis import given, strategies as st

from server.domain.rulebook import COMMENT, LIKE
from server.domain.state import AwardCount, DayBucket
from server.ledger.in_the_row import BLOCK, days_of, days_text, ever_of, ever_text, newest, older

FIRST = 20_000
"""A day on which a block begins."""
BUCKETS = st.lists(
    st.builds(
        DayBucket, st.integers(0, 30_000), st.integers(-50, 50), st.integers(0, 10**12), st.integers(0, 9)
    ),
    unique_by=lambda bucket: bucket.day,
).map(lambda buckets: tuple(sorted(buckets, key=lambda bucket: bucket.day)))


def of_days(*days: int) -> tuple[DayBucket, ...]:
    return tuple(DayBucket(day, 1) for day in days)


def test_LED68_the_newest_block_of_days_stands_in_the_row() -> None:
    assert FIRST % BLOCK == 0
    assert newest(()) == older(()) == ()
    assert newest(of_days(FIRST + 3)) == of_days(FIRST + 3)
    whole = of_days(FIRST - 300, FIRST - 1, FIRST, FIRST + BLOCK - 1)
    assert older(whole) == of_days(FIRST - 300, FIRST - 1)
    assert newest(whole) == of_days(FIRST, FIRST + BLOCK - 1)
    assert newest((*whole, *of_days(FIRST + BLOCK))) == of_days(FIRST + BLOCK)
    # Who comes on every day of a block has them all there.
    every_day = of_days(*range(FIRST, FIRST + BLOCK))
    assert newest((*of_days(FIRST - 1), *every_day)) == every_day


@given(BUCKETS)
def test_LED68_every_bucket_stands_in_one_place_and_comes_back_as_it_was(
    days: tuple[DayBucket, ...],
) -> None:
    assert (*older(days), *newest(days)) == days
    assert days_of(days_text(days)) == newest(days)
    assert len(newest(days)) <= BLOCK


def test_LED68_the_text_of_days_is_json_that_the_database_reads() -> None:
    assert days_text(()) is None
    text = days_text((DayBucket(FIRST, 5, 12_300, 2), DayBucket(FIRST + 1, -1)))
    assert text is not None
    assert json.loads(text) == [[FIRST, 5, 12_300, 2], [FIRST + 1, -1, 0, 0]]


def test_E8_LED68_counters_for_ever_come_back_and_no_others_are_with_them() -> None:
    awards = {
        ("total", LIKE): AwardCount(12),
        ("d20370", LIKE): AwardCount(1, 5, 2),
        ("total", COMMENT): AwardCount(3),
    }
    assert ever_text(awards) == "like:12,comment:3"
    assert ever_of("comment:3,like:12") == {
        ("total", COMMENT): AwardCount(3),
        ("total", LIKE): AwardCount(12),
    }
    assert ever_text({("d20370", LIKE): AwardCount(1)}) is None
    assert ever_of(None) == {}
