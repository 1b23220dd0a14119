"""On which dates a member day falls."""

from datetime import date

import pytest

from server.domain.offers import MemberDay


def member_day(weekday: int | None = None, day_of_month: int | None = None) -> MemberDay:
    return MemberDay(weekday, day_of_month, 100, 0, None)


def test_E11_a_member_day_falls_on_its_weekday() -> None:
    fridays = [day for day in range(1, 32) if member_day(weekday=5).falls_on(date(2026, 1, day))]
    assert fridays == [2, 9, 16, 23, 30]


@pytest.mark.parametrize(
    "day, falls",
    [
        (date(2026, 1, 31), True),
        (date(2026, 1, 30), False),
        (date(2026, 2, 28), True),
        (date(2028, 2, 28), False),
        (date(2028, 2, 29), True),
        (date(2026, 4, 30), True),
    ],
)
def test_E11_the_31st_is_the_last_day_of_a_shorter_month(day: date, falls: bool) -> None:
    assert member_day(day_of_month=31).falls_on(day) is falls


def test_E11_the_8th_is_one_day_of_every_month() -> None:
    days = [day for day in range(1, 29) if member_day(day_of_month=8).falls_on(date(2026, 2, day))]
    assert days == [8]
