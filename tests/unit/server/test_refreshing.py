"""What a process knows from the database is kept fresh."""

from dataclasses import replace

from structlog.testing import capture_logs

from server.clock import ManualClock
from server.domain.rulebook import Rulebook
from server.ledger.errors import LedgerUnavailable
from server.refreshing import InForce, Refresher
from server.rulebooks.loading import load_preset


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
