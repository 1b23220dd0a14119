"""The end of tiers' years, on a real ledger."""

import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.jobs.runner import Job
from server.jobs.years import years
from server.ledger.due import LOOK_AGAIN_MS, DueWork
from tests.support.databases import sqlite_url
from tests.support.ledger import CALENDAR, DAY_MS, NOW, RULEBOOK, Ledger, granted, member, on_database

END = NOW + 365 * DAY_MS


@pytest.fixture
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    async with on_database(sqlite_url(tmp_path / "ledger.db")) as opened:
        yield opened


def jobs(ledger: Ledger) -> Sequence[Job]:
    async def submit(commands: Sequence[Command]) -> Sequence[Receipt]:
        return await ledger.receipts(*commands) if commands else []

    assert ledger.engines is not None
    return years(DueWork(ledger.engines), ledger.queries, submit, lambda _: RULEBOOK, CALENDAR)


async def tier(ledger: Ledger, who: str, at_ms: int) -> str:
    return (await ledger.queries.members([member(who)], at_ms))[member(who)].tier


async def told(ledger: Ledger) -> list[tuple[object, ...]]:
    assert ledger.engines is not None
    async with ledger.engines.read() as connection:
        sql = (
            "SELECT type, member FROM outbox WHERE type LIKE 'tier.%' AND type <> 'tier.upgraded' ORDER BY id"
        )
        return [tuple(row) for row in (await connection.execute(text(sql))).all()]


async def test_T7_T6_warned_seven_days_before_and_down_at_the_end(ledger: Ledger) -> None:
    # The growth is a day older than the year is long, so that it has left the window at the end.
    await ledger.apply(granted("g1", "m1", growth=299, at_ms=NOW - DAY_MS))
    await ledger.apply(granted("g2", "m1", growth=1, at_ms=NOW))
    end, warn = jobs(ledger)
    assert [await warn.work(END - 7 * DAY_MS - 1), await warn.work(END - 7 * DAY_MS)] == [0, 1]
    assert await told(ledger) == [("tier.will_downgrade", "m1")]
    assert await warn.work(END - 6 * DAY_MS) == 0, "who was warned is not looked at again"
    assert [await end.work(END - 1), await end.work(END)] == [0, 1]
    assert await tier(ledger, "m1", END) == "bronze"
    assert (await told(ledger))[1:] == [("tier.downgraded", "m1")]


async def test_T6_a_week_away_is_caught_up_oldest_first_and_once_by_two_servers(ledger: Ledger) -> None:
    for n in range(3):
        await ledger.apply(granted(f"a{n}", f"m{n}", growth=299, at_ms=NOW - DAY_MS - n))
        await ledger.apply(granted(f"b{n}", f"m{n}", growth=1, at_ms=NOW + (3 - n) * 1_000))
    (one, _), (two, _) = jobs(ledger), jobs(ledger)
    week_later = END + 7 * DAY_MS
    assert [await one.work(week_later), await two.work(week_later)] == [3, 0]
    assert await told(ledger) == [("tier.downgraded", f"m{n}") for n in (2, 1, 0)]
    assert await one.work(week_later + LOOK_AGAIN_MS) == 0


async def test_T7_who_keeps_the_tier_is_looked_at_again_and_costs_no_event(ledger: Ledger) -> None:
    await ledger.apply(granted("g1", "m1", growth=300))
    await ledger.apply(granted("g2", "m1", growth=240, at_ms=NOW + 100 * DAY_MS))
    _, warn = jobs(ledger)
    soon = END - DAY_MS
    assert [await warn.work(soon), await warn.work(soon), await warn.work(soon + LOOK_AGAIN_MS)] == [1, 0, 1]
    assert await told(ledger) == []
