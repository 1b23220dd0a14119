"""How numbers are said."""

import pytest

from server.rulebooks.wording import many, points, span, times


def test_O2_one_is_not_said_as_many() -> None:
    assert (points(1), points("1"), points("1.5"), points(0)) == (
        "1 point",
        "1 point",
        "1.5 points",
        "0 points",
    )
    assert [times(n) for n in (1, 2, 3)] == ["once", "twice", "3 times"]


@pytest.mark.parametrize(
    "seconds, zh, en",
    [
        (60, "60秒", "60 s"),
        (119, "119秒", "119 s"),
        (120, "2分钟", "2 minutes"),
        (121, "121秒", "121 s"),
        (600, "10分钟", "10 minutes"),
    ],
)
def test_O2_a_while_is_said_in_minutes_when_it_is_some(seconds: int, zh: str, en: str) -> None:
    assert span(seconds) == (zh, en)


def test_O2_nobody_counts_noughts() -> None:
    assert [many(n) for n in (9_999, 10_000, 10_001, 2_000_000)] == [
        ("9999", "9,999"),
        ("1万", "10,000"),
        ("10001", "10,001"),
        ("200万", "2,000,000"),
    ]
