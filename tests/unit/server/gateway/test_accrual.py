import pytest
from hypothesis import given, strategies as st

from server.gateway.accrual import EXCUSED_MS, Span, accrued, beaten, due, number, reported, watched_ms
from server.hot.ports import Progress

GAP = 60_000
T = 1_000_000


def spans_of(*beats: int | None) -> tuple[Span, ...]:
    """Spans of one connection after beats at these seconds; None = a beat that proves nothing."""
    spans: tuple[Span, ...] = ()
    running = False
    for at in beats:
        if at is None:
            running = False
            continue
        spans = beaten(spans, T + at * 1_000, GAP, running=running, late=False)
        running = True
    return spans


def watched(*spans: Span, progress: Progress | None = None) -> Progress:
    standing = progress or Progress()
    for span in spans:
        standing = accrued(standing, span, GAP)
    return standing


def seconds(progress: Progress) -> tuple[float, float]:
    return progress.toward15_ms / 1_000, progress.toward10_ms / 1_000


def test_E1_a_first_beat_proves_a_moment_and_the_second_the_time_between() -> None:
    assert spans_of(0) == (Span(T, T, first=True),)
    assert spans_of(0, 15) == (Span(T, T + 15_000, first=True),)
    assert seconds(watched(*spans_of(0))) == (0, 0)
    assert seconds(watched(*spans_of(0, 15, 30))) == (30, 30)


def test_E1_a_silence_of_a_minute_counts_and_one_of_more_breaks_the_run() -> None:
    assert seconds(watched(*spans_of(0, 15, 75))) == (75, 75)
    assert seconds(watched(*spans_of(0, 15, 76, 91))) == (15, 30)


def test_E1_time_after_a_beat_that_proves_nothing_does_not_count_and_breaks_nothing() -> None:
    assert seconds(watched(*spans_of(0, 15, None, 45, 60))) == (30, 30)
    assert seconds(watched(*spans_of(0, 15, None, None, None, None, 90, 105))) == (15, 30)


def test_E1_after_a_pause_a_minute_is_still_no_gap_and_a_moment_more_is() -> None:
    before = watched(*spans_of(0, 15))
    assert accrued(before, Span(T + 75_000, T + 75_000), GAP).toward15_ms == 15_000
    assert accrued(before, Span(T + 75_001, T + 75_001), GAP).toward15_ms == 0


def test_E1_a_beat_from_the_past_changes_nothing() -> None:
    spans = spans_of(0, 15)
    assert beaten(spans, T + 15_000, GAP, running=True, late=False) == spans
    assert beaten(spans, T + 3_000, GAP, running=True, late=False) == spans


def test_E1_a_silence_is_excused_when_this_node_was_late() -> None:
    before = watched(*spans_of(0, 15))
    later = Span(T + 120_000, T + 135_000, excused=True)
    assert seconds(accrued(before, later, GAP)) == (30, 30)
    assert seconds(accrued(before, Span(T + 120_000, T + 135_000), GAP)) == (15, 30)


@pytest.mark.parametrize("present, run", [(True, 30), (False, 15)])
def test_E1_a_first_span_is_excused_when_nobody_said_that_the_member_had_left(
    present: bool, run: int
) -> None:
    before = Progress(15_000, 15_000, 0, 0, last_ms=T, present=present)
    span = Span(T + 120_000, T + 135_000, first=True)
    assert seconds(accrued(before, span, GAP)) == (run, 30)


def test_E1_no_fault_of_ours_excuses_more_than_its_time() -> None:
    before = Progress(15_000, 15_000, 0, 0, last_ms=T, present=True)
    long = Span(T + EXCUSED_MS + 1, T + EXCUSED_MS + 1, first=True, excused=True)
    assert accrued(before, long, GAP).toward15_ms == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 120)).map(
            lambda drawn: Span(T + drawn[0] * 1_000, T + (drawn[0] + drawn[1]) * 1_000)
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_R3_time_proven_twice_counts_once_and_nobody_watches_more_than_the_clock(spans, random) -> None:  # type: ignore[no-untyped-def]
    repeated = sorted(spans + random.sample(spans, len(spans) // 2), key=lambda span: span.to_ms)
    once = watched(*sorted(spans, key=lambda span: span.to_ms))
    twice = watched(*repeated)
    assert twice == once
    if spans:
        assert twice.toward10_ms <= max(s.to_ms for s in spans) - min(s.from_ms for s in spans)
    assert twice.toward15_ms <= twice.toward10_ms


def test_V2_ten_minutes_may_be_gathered_over_the_show() -> None:
    progress = watched(*spans_of(*range(0, 301, 15)))
    progress = watched(
        *(Span(s.from_ms + 3_600_000, s.to_ms + 3_600_000) for s in spans_of(*range(0, 301, 15))),
        progress=progress,
    )
    assert seconds(progress) == (300, 600)
    assert due(progress) == (10,)


def test_E1_a_milestone_takes_its_minutes_and_the_rest_goes_on() -> None:
    progress = Progress(toward15_ms=15 * 60_000 + 7_000, toward10_ms=20 * 60_000, n15=2, n10=3)
    assert due(progress) == (15, 10)
    assert (number(progress, 15), number(progress, 10)) == (3, 4)
    after = reported(reported(progress, 15), 10)
    assert (after.toward15_ms, after.toward10_ms, after.n15, after.n10) == (7_000, 600_000, 3, 4)
    assert due(after) == (10,)


def test_E4_all_that_was_watched_of_a_show_counts_paid_or_not() -> None:
    assert watched_ms(Progress(toward10_ms=170_000)) == 170_000
    assert watched_ms(Progress(toward10_ms=5_000, n10=2)) == 1_205_000
