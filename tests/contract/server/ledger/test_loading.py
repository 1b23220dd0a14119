"""What is loaded only for those who need it."""

from __future__ import annotations

from server.domain.needs import Needs
from server.domain.spendable import free_points
from server.domain.world import World
from server.ledger.batch import Asked
from server.ledger.loading import Loading
from server.ledger.remembering import Remembered
from tests.support.ledger import CALENDAR, DAY_MS, NOW, RULEBOOK, Ledger, joined, member, paid, refunded

WEEK_MS = 7 * DAY_MS


async def loaded(ledger: Ledger, at_ms: int, *, recent: bool = True) -> World:
    """Load m1 at a time as a command would that asks for what m1 may spend freely."""
    assert ledger.engines is not None
    world = World(RULEBOOK, CALENDAR)
    of_m1 = frozenset((member("m1"),))
    needs = Needs(of_m1, recent_orders=of_m1) if recent else Needs(of_m1)
    asked = [Asked(joined("j", "m1", at_ms=at_ms), member("m1"), needs, at_ms)]
    async with ledger.engines.write() as connection:
        await Loading(ledger.engines.dialect).fill(connection, world, asked, Remembered())
    return world


async def test_P1_orders_inside_their_return_window_come_with_who_asks_for_them(database: Ledger) -> None:
    await database.apply(
        paid("e1", "m1", "old", 100, at_ms=NOW - WEEK_MS - 1),
        paid("e2", "m1", "new", 30, at_ms=NOW - WEEK_MS),
        paid("e3", "m2", "theirs", 30, at_ms=NOW),
    )
    await database.apply(refunded("r1", "m1", "new", 10))
    world = await loaded(database, NOW)
    assert set(world.orders) == {"new"}
    assert free_points(world.members[member("m1")], world.orders.values(), RULEBOOK, NOW) == 200
    assert set((await loaded(database, NOW - 1)).orders) == {"old", "new"}
    assert set((await loaded(database, NOW, recent=False)).orders) == set()
