"""Points whose days of waiting are over, on a real ledger."""

from dataclasses import replace

from server.jobs.held_awards import held_awards
from server.ledger.due import CLAIMED_MS, DueWork
from server.ledger.journal import Journal
from tests.support.ledger import CALENDAR, DAY_MS, NOW, RULEBOOK, member, paid
from tests.unit.server.jobs.working import Working


async def test_E6_points_that_are_due_are_released_once_however_many_servers_look(working: Working) -> None:
    holding = replace(RULEBOOK, order=replace(RULEBOOK.order, hold_ms=2 * DAY_MS))
    await Journal(working.engines, lambda _: holding, CALENDAR).apply([paid("e", "m1", "o1", 10)], NOW)
    # By now the rule holds nothing any more: what is held waits for its day all the same.
    one, two = (held_awards(DueWork(working.engines), working.submit) for _ in range(2))
    later = NOW + 2 * DAY_MS
    assert await one.work(later - 1) == 0
    known = (await working.ledger.queries.members([member("m1")], later))[member("m1")]
    assert (known.points, known.held) == (20, 20)
    assert [await one.work(later), await two.work(later)] == [1, 0]
    known = (await working.ledger.queries.members([member("m1")], later))[member("m1")]
    assert (known.points, known.held) == (20, 0)
    assert await two.work(later + CLAIMED_MS) == 0
    assert [answer.outcome for answer in working.answers] == ["applied"]
