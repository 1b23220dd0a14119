"""Whether an event's own time lets it in."""

import pytest

from server.domain.timeliness import untimely
from tests.unit.server.domain.builders import DAY, MINUTE, NOW


@pytest.mark.parametrize(
    "time_ms, of_order, code",
    [
        (None, False, None),
        (NOW, False, None),
        (NOW - 7 * DAY, False, None),
        (NOW - 7 * DAY - 1, False, "stale"),
        (NOW - 70 * DAY, True, None),
        (NOW + 5 * MINUTE, False, None),
        (NOW + 5 * MINUTE + 1, False, "future"),
        (NOW + 5 * MINUTE + 1, True, "future"),
    ],
)
def test_R8_what_is_older_than_a_week_or_ahead_by_five_minutes_is_refused_but_no_order_is_too_old(
    time_ms: int | None, of_order: bool, code: str | None
) -> None:
    assert untimely(time_ms, NOW, of_order=of_order) == code
