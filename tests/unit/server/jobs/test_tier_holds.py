"""Boosts and granted tiers whose time is over, on a real ledger."""

from server.jobs.tier_holds import tier_holds
from server.ledger.due import CLAIMED_MS, DueWork
from tests.support.ledger import CALENDAR, DAY_MS, NOW, boosted, granted, member
from tests.unit.server.jobs.working import Working


async def test_T8_P4_a_tier_for_a_while_ends_once_and_the_card_gets_a_new_version(working: Working) -> None:
    ledger = working.ledger
    midnight = CALENDAR.start_of(CALENDAR.day_of(NOW) + 1)
    await ledger.apply(
        granted("g", "m1", growth=100),
        granted("p", "m1", points=600),
        boosted("b", "m1"),
        granted("t", "m1", tier="gold", until_ms=midnight - 1),
    )
    before = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    one, two = (tier_holds(DueWork(working.engines), working.submit) for _ in range(2))
    assert await one.work(NOW) == 0
    assert await one.work(midnight) == 2
    assert [await two.work(midnight), await two.work(midnight + CLAIMED_MS)] == [0, 0]
    after = (await ledger.queries.members([member("m1")], midnight))[member("m1")]
    assert (after.boost, after.grant, after.tier) == (None, None, "bronze")
    assert after.version == before.version + 1
    assert [answer.outcome for answer in working.answers] == ["applied"]


async def test_P4_a_boost_of_the_next_day_ends_as_well(working: Working) -> None:
    await working.ledger.apply(granted("g", "m1", growth=100), granted("p", "m1", points=600))
    job = tier_holds(DueWork(working.engines), working.submit)
    for day in (0, 1):
        await working.ledger.apply(boosted(f"b{day}", "m1", at_ms=NOW + day * DAY_MS))
        assert await job.work(NOW + (day + 1) * DAY_MS) == 1
    assert [answer.outcome for answer in working.answers] == ["applied"] * 2
