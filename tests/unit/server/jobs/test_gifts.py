"""Gifts by link whose time is over, on a real ledger."""

from server.jobs.gifts import unclaimed_gifts
from server.ledger.due import CLAIMED_MS, DueWork
from tests.support.ledger import DAY_MS, NOW, gave_by_link, granted, joined, member
from tests.unit.server.jobs.working import Working


async def test_P5_an_unclaimed_gift_goes_back_after_a_day_however_many_servers_look(
    working: Working,
) -> None:
    ledger = working.ledger
    long_ago = NOW - 30 * DAY_MS
    await ledger.apply(
        joined("j", "m1", at_ms=long_ago),
        granted("g", "m1", growth=100, at_ms=long_ago),
        granted("p", "m1", points=600, at_ms=long_ago),
        gave_by_link("l", "m1", 300),
    )
    one, two = (unclaimed_gifts(DueWork(working.engines), working.submit) for _ in range(2))
    later = NOW + DAY_MS
    assert await one.work(later - 1) == 0
    assert [await one.work(later), await two.work(later)] == [1, 0]
    known = (await ledger.queries.members([member("m1")], later))[member("m1")]
    assert (known.points, known.held) == (600, 0)
    assert await two.work(later + CLAIMED_MS) == 0
    assert [answer.outcome for answer in working.answers] == ["applied"]
