"""Days of the programme's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from server.domain.days import DAY_MS, Calendar

ZONES = ("Asia/Shanghai", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1_000)  # type: ignore[misc,arg-type]


def test_T11_a_day_in_shanghai_begins_at_16_utc() -> None:
    calendar = Calendar(ZoneInfo("Asia/Shanghai"))
    midnight = ms(2026, 1, 21, 16)
    assert calendar.day_of(midnight) == calendar.day_of(midnight - 1) + 1
    assert calendar.start_of(calendar.day_of(midnight)) == midnight


def test_T11_days_are_counted_from_1970() -> None:
    assert Calendar(ZoneInfo("UTC")).day_of(DAY_MS * 3 + 1) == 3


@pytest.mark.parametrize("zone", ZONES)
def test_T11_every_moment_is_in_the_day_that_starts_before_it_and_ends_after_it(zone: str) -> None:
    @given(st.integers(ms(2012, 1, 1), ms(2040, 1, 1)))
    def law(at_ms: int) -> None:
        calendar = Calendar(ZoneInfo(zone))
        day = calendar.day_of(at_ms)
        assert calendar.start_of(day) <= at_ms < calendar.start_of(day + 1)
        assert calendar.day_of(calendar.start_of(day)) == day
        assert calendar.day_of(calendar.start_of(day) - 1) == day - 1

    law()


@pytest.mark.parametrize("zone", ZONES)
def test_T11_a_calendar_asked_before_answers_like_a_new_one(zone: str) -> None:
    asked = Calendar(ZoneInfo(zone))

    @given(st.integers(ms(2020, 1, 1), ms(2027, 1, 1)))
    def law(at_ms: int) -> None:
        assert asked.day_of(at_ms) == Calendar(ZoneInfo(zone)).day_of(at_ms)

    law()
