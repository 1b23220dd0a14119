"""Due work on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

from server.ledger.due import CLAIMED_MS, HOLD, DueWork
from server.ledger.engines import Engines
from tests.support.ledger import MINUTE_MS, NOW, Ledger, held, paid, released

LATER = NOW + 15 * MINUTE_MS


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


async def with_holds(ledger: Ledger, count: int) -> DueWork:
    await ledger.apply(paid("e1", "m1", "o1", 300))
    await ledger.apply(*(held(f"h{n}", "m1", f"order{n}", 1, at_ms=NOW + n) for n in range(count)))
    return DueWork(engines_of(ledger))


async def test_LED40_what_is_due_is_claimed_oldest_first_and_once(database: Ledger) -> None:
    due = await with_holds(database, 5)
    assert [one.at_ms for one in await due.holds(LATER + 3, 2)] == [LATER, LATER + 1]
    assert [one.at_ms for one in await due.holds(LATER + 3, 9)] == [LATER + 2, LATER + 3]
    assert await due.holds(LATER + 3, 9) == []


async def test_LED40_two_that_look_at_once_get_different_pieces(database: Ledger) -> None:
    due = await with_holds(database, 40)
    other = DueWork(engines_of(database))
    portions = await asyncio.gather(*((due, other)[n % 2].holds(LATER + MINUTE_MS, 7) for n in range(8)))
    claimed = [one.id for portion in portions for one in portion]
    assert len(claimed) == len(set(claimed))


async def test_LED40_what_a_dead_one_claimed_falls_to_the_next(database: Ledger) -> None:
    due = await with_holds(database, 1)
    [first] = await due.holds(LATER, 9)
    assert await due.holds(LATER + CLAIMED_MS - 1, 9) == []
    assert await due.holds(LATER + CLAIMED_MS, 9) == [first]


async def test_P1_what_was_let_go_is_not_due(database: Ledger) -> None:
    due = await with_holds(database, 2)
    await database.apply(released("r1", "m1", "h0"))
    assert len(await due.holds(LATER + 1, 9)) == 1


async def test_JOB2_one_look_finds_the_kinds_of_work_that_are_due(database: Ledger) -> None:
    due = await with_holds(database, 1)
    assert await due.waiting(LATER - 1) == []
    assert await due.waiting(LATER) == [HOLD]
    await database.apply(released("r1", "m1", "h0"))
    assert await due.waiting(LATER) == []
