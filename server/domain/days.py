"""Days of the programme: every cap, bucket and budget is counted in its own time zone (T11, E5). Pure."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

DAY_MS = 86_400_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def date_of(day: int) -> date:
    """Return the date that is `day` days after 1970-01-01."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


class Calendar:
    """Turns Unix ms into days since 1970-01-01 of one time zone and back.

    The zone is built outside (`zoneinfo.ZoneInfo` reads files) and handed in.
    """

    __slots__ = ("_known", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        # Nearly every question is about today: the last answer and the span it holds for, replaced as one
        # value, so that threads may share a calendar.
        self._known = (0, 0, 0)

    def day_of(self, at_ms: int) -> int:
        """Return the day that `at_ms` (Unix ms) falls in."""
        from_ms, to_ms, day = self._known
        if from_ms <= at_ms < to_ms:
            return day
        day = datetime.fromtimestamp(at_ms / 1_000, self._zone).toordinal() - _EPOCH_ORDINAL
        self._known = (self.start_of(day), self.start_of(day + 1), day)
        return day

    def start_of(self, day: int) -> int:
        """Return the first moment of `day`, Unix ms. A midnight that clocks skip is the moment they skip it."""
        return round(
            datetime.fromordinal(day + _EPOCH_ORDINAL).replace(tzinfo=self._zone).timestamp() * 1_000
        )
