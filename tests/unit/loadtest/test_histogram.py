import pytest
from hypothesis import given, strategies as st

from loadtest.histogram import Histogram, bucket_of, upper_of

VALUES = st.integers(min_value=0, max_value=2**62)


@given(VALUES)
def test_HST1_a_bucket_holds_its_value_and_is_at_most_a_sixteenth_wide(value: int) -> None:
    upper = upper_of(bucket_of(value))
    assert value <= upper
    assert upper - value <= value / 16


@given(VALUES)
def test_HST1_an_edge_lies_in_its_own_bucket_and_the_next_value_does_not(value: int) -> None:
    bucket = bucket_of(value)
    assert bucket_of(upper_of(bucket)) == bucket
    assert bucket_of(upper_of(bucket) + 1) == bucket + 1


@given(st.lists(VALUES, min_size=1, max_size=50), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_HST2_a_quantile_never_flatters(values: list[int], q: float) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    quantile = histogram.quantile(q)
    assert quantile is not None
    assert sum(value <= quantile for value in values) >= q * len(values)
    assert quantile <= upper_of(bucket_of(max(values)))


def test_HST2_nothing_counted_has_no_quantile() -> None:
    assert Histogram().quantile(0.99) is None


def test_HST2_one_in_a_hundred_shows_only_beyond_the_99th() -> None:
    histogram = Histogram()
    histogram.add(10, 99)
    histogram.add(1_000_000)
    assert histogram.quantile(0.99) == 10
    assert histogram.quantile(0.995) == upper_of(bucket_of(1_000_000))


@given(st.lists(VALUES, max_size=30), st.lists(VALUES, max_size=30))
def test_HST3_merging_is_counting_both_and_pairs_rebuild_it(ours: list[int], theirs: list[int]) -> None:
    one, other, both = Histogram(), Histogram(), Histogram()
    for value in ours:
        one.add(value)
        both.add(value)
    for value in theirs:
        other.add(value)
        both.add(value)
    one.merge(other)
    assert one == both
    assert Histogram.of_pairs(one.pairs()) == one


@pytest.mark.parametrize("value", [-1, -5_000])
def test_HST1_a_negative_duration_counts_as_none(value: int) -> None:
    histogram = Histogram()
    histogram.add(value)
    assert histogram.quantile(1.0) == 0
