"""Can a viewer be caught up? And what keeps a log short."""

import pytest
from hypothesis import given, strategies as st

from broadcaster.frames import Numbered, Position
from broadcaster.roomlog import MAX_AGE_MS, MAX_BYTES, MAX_FRAMES, RoomLog, Verdict, judge
from broadcaster.testing import text_item

NOW = 1_000_000
ROOM = Position("e", 100)


def numbered(offset: int, sent_ms: int = NOW) -> Numbered:
    return Numbered(offset, text_item("name", offset, "x"), sent_ms)


@pytest.mark.parametrize(
    "position, first, first_missed_ms, verdict",
    [
        (Position("other", 100), 1, NOW, Verdict.OTHER_EPOCH),
        (Position("other", 101), 1, NOW, Verdict.OTHER_EPOCH),
        (Position("e", 101), 1, None, Verdict.FUTURE),
        (Position("e", 100), 1, None, Verdict.SAME),
        (Position("e", 100), None, None, Verdict.SAME),
        (Position("e", 99), None, None, Verdict.EMPTY),
        (Position("e", 48), 50, None, Verdict.TOO_MANY),
        (Position("e", 49), 50, NOW - MAX_AGE_MS - 1, Verdict.EXPIRED),
        (Position("e", 49), 50, NOW - MAX_AGE_MS, Verdict.SOME_MISSED),
        (Position("e", 99), 50, NOW, Verdict.SOME_MISSED),
    ],
)
def test_LOG1_R6_the_table_of_positions(
    position: Position, first: int | None, first_missed_ms: int | None, verdict: Verdict
) -> None:
    assert judge(position, ROOM, first, first_missed_ms, NOW) is verdict


def test_LOG1_only_same_and_some_missed_are_recovered() -> None:
    assert {verdict for verdict in Verdict if verdict.recovered} == {Verdict.SAME, Verdict.SOME_MISSED}


def test_LOG2_a_log_holds_so_many_frames() -> None:
    log = RoomLog()
    for offset in range(1, MAX_FRAMES + 11):
        log.append(numbered(offset), 1, NOW)
    assert (len(log), log.first) == (MAX_FRAMES, 11)


def test_LOG2_a_log_holds_so_many_bytes() -> None:
    log = RoomLog()
    for offset in range(1, 10):
        log.append(numbered(offset), MAX_BYTES // 4, NOW)
    assert len(log) == 4


def test_LOG2_a_log_holds_so_long() -> None:
    log = RoomLog()
    log.append(numbered(1, NOW), 1, NOW)
    log.append(numbered(2, NOW + MAX_AGE_MS), 1, NOW + MAX_AGE_MS)
    assert log.first == 1
    log.append(numbered(3, NOW + MAX_AGE_MS + 1), 1, NOW + MAX_AGE_MS + 1)
    assert log.first == 2


def test_LOG2_a_hole_is_an_error() -> None:
    log = RoomLog()
    log.append(numbered(1), 1, NOW)
    with pytest.raises(ValueError, match="offset 3 after 1"):
        log.append(numbered(3), 1, NOW)


@given(start=st.integers(1, 50), length=st.integers(0, 30), asked=st.integers(0, 90))
def test_LOG2_after_gives_exactly_what_follows(start: int, length: int, asked: int) -> None:
    log = RoomLog()
    for offset in range(start, start + length):
        log.append(numbered(offset, NOW + offset), 1, NOW)
    expected = [offset for offset in range(start, start + length) if offset > asked]
    assert [one.offset for one in log.after(asked)] == expected
    held = start <= asked < start + length
    assert log.sent_ms(asked) == (NOW + asked if held else None)
    log.clear()
    assert (len(log), log.first, list(log.after(0))) == (0, None, [])
