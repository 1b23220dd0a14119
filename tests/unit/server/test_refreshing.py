"""What a process knows from the database is kept fresh."""

from dataclasses import replace

from structlog.testing import capture_logs

from server.clock import ManualClock
from server.domain.rulebook import Rulebook
from server.ledger.errors import LedgerUnavailable
from server.refreshing import InForce, RateAnnounced, Refresher
from server.rulebooks.loading import load_preset
from server.rulebooks.schedule import Published, Schedule


class Thing:
    """Counts how often it was refreshed; `fault` makes it fail."""

    name = "thing"

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.at: list[int] = []

    async def refresh(self, now_ms: int) -> None:
        if self.fault is not None:
            raise self.fault
        self.at.append(now_ms)


async def test_FRS1_one_that_cannot_be_read_is_said_once_and_stops_no_other() -> None:
    broken, sound, clock = Thing(), Thing(), ManualClock(5)
    refresher = Refresher([broken, sound], clock)
    broken.fault = LedgerUnavailable("gone fishing")
    with capture_logs() as logs:
        await refresher.once()
        await refresher.once()
        broken.fault = None
        await refresher.once()
        await refresher.once()
    assert (broken.at, sound.at) == ([5, 5], [5, 5, 5, 5])
    assert [(line["event"], line["what"]) for line in logs] == [
        ("refresh.waits", "thing"),
        ("refresh.goes_on", "thing"),
    ]


async def test_FRS1_a_bug_in_one_is_said_once_too() -> None:
    broken, sound = Thing(), Thing()
    refresher = Refresher([broken, sound], ManualClock(5))
    broken.fault = ZeroDivisionError()
    with capture_logs() as logs:
        await refresher.once()
        await refresher.once()
    assert sound.at == [5, 5]
    assert [line["event"] for line in logs] == ["refresh.failed"]


async def test_FRS1_started_it_goes_on_by_itself_and_stops() -> None:
    thing = Thing()
    refresher = Refresher([thing], ManualClock(5))
    await refresher.stop()
    refresher.start()
    await refresher.stop()


async def test_FRS2_what_takes_force_is_told_once_and_the_first_one_not_at_all() -> None:
    first = load_preset("jifen")
    second = replace(first, version=2)
    told: list[tuple[int, int, int]] = []

    def changed(before: Rulebook, after: Rulebook, now_ms: int) -> None:
        told.append((before.version, after.version, now_ms))

    in_force = InForce(lambda at_ms: second if at_ms >= 10 else first, changed)
    for now_ms in (8, 9, 10, 11):
        await in_force.refresh(now_ms)
    assert told == [(1, 2, 10)]


async def test_FRS3_P6_a_rate_that_is_announced_is_told_once_and_so_is_that_it_was_called_off() -> None:
    first = load_preset("jifen")
    other = replace(first, version=2, spending=replace(first.spending, points_per_unit=120))
    same = replace(first, version=3)
    began = Schedule((Published(0, first, "jifen"),))
    schedules = [began]
    told: list[tuple[int, int | None, int, int]] = []

    def announced(now: Rulebook, coming: Rulebook | None, effective_ms: int, now_ms: int) -> None:
        told.append((now.version, None if coming is None else coming.version, effective_ms, now_ms))

    rate = RateAnnounced(lambda: schedules[-1], announced)
    await rate.refresh(1)
    schedules.append(began.with_published((Published(1_000, other, "own"),)))
    await rate.refresh(2)
    await rate.refresh(3)
    schedules.append(schedules[-1].with_published((Published(900, same, "own"),)))
    await rate.refresh(4)
    assert told == [(1, 2, 1_000, 2), (1, None, 0, 4)]
