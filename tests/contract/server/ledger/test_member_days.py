"""The price of a member day comes into the rooms with the day and goes with it: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.jobs.presenting import presenting
from server.ledger.due import DueWork
from tests.support.ledger import (
    CALENDAR,
    DAY_MS,
    NOW,
    ROOM,
    RULEBOOK,
    Ledger,
    in_memory,
    on_database,
    put_spotlight,
)
from tests.unit.server.domain.builders import with_member_day

THURSDAYS = with_member_day(RULEBOOK, percent=8)
"""`NOW` is one."""


async def silver(ledger: Ledger) -> object:
    """Return what the silver tier is shown to pay for what costs 10 000."""
    items = {item.key: item.value for item in await ledger.queries.room_items(ROOM) or ()}
    shown = items["spotlight"]
    assert isinstance(shown, dict)
    prices = shown["member_prices"]
    assert isinstance(prices, dict)
    return prices["silver"]


async def test_B7_E11_what_is_shown_on_a_member_day_has_its_price_at_once(ledger_url: str) -> None:
    memory = in_memory(THURSDAYS)
    async with on_database(ledger_url, THURSDAYS) as database:
        for ledger in (memory, database):
            await ledger.with_live_show()
            await ledger.apply(put_spotlight("e1", "sku-1"))
            assert await silver(ledger) == 9_200


async def test_B7_E11_rooms_follow_the_day_once_and_after_a_server_slept_through_it(ledger_url: str) -> None:
    async with on_database(ledger_url, THURSDAYS) as ledger:
        await ledger.with_live_show()
        await ledger.apply(put_spotlight("e1", "sku-1"))
        asked: list[Command] = []
        now_ms = NOW

        async def submit(commands: Sequence[Command]) -> Sequence[Receipt]:
            asked.extend(commands)
            return (await ledger.journal.apply(commands, now_ms)).receipts if commands else ()

        async def a_process_comes(later_ms: int) -> None:
            nonlocal now_ms
            now_ms = NOW + later_ms
            assert ledger.engines is not None
            work = presenting(DueWork(ledger.engines), submit, lambda _: THURSDAYS, CALENDAR).work
            while await work(now_ms):
                pass

        for later_ms, price, presses in (
            (0, 9_200, 1),
            (DAY_MS, 9_500, 2),
            (2 * DAY_MS, 9_500, 2),
            (7 * DAY_MS, 9_200, 3),
            (10 * DAY_MS, 9_500, 4),
        ):
            await a_process_comes(later_ms)
            assert (await silver(ledger), len(asked)) == (price, presses), later_ms // DAY_MS
