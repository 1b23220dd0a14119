"""Bringing members back, on a real ledger."""

import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from server.domain.commands import Command, Recall
from server.domain.decision import Receipt
from server.domain.rulebook import Rulebook
from server.jobs.recall import recalling
from server.jobs.runner import Job
from server.ledger.absences import Absences
from tests.support.databases import sqlite_url
from tests.support.ledger import CALENDAR, DAY_MS, NOW, RULEBOOK, Ledger, on_database, paid, with_budgets


@pytest.fixture
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    async with on_database(sqlite_url(tmp_path / "ledger.db")) as opened:
        yield opened


class Told:
    """A job, and whom it has recalled."""

    def __init__(self, ledger: Ledger, rulebook: Rulebook = RULEBOOK) -> None:
        self.commands: list[Recall] = []
        self.receipts: list[Receipt] = []
        self.rulebook = rulebook
        self._ledger = ledger
        assert ledger.engines is not None
        self.job: Job = recalling(Absences(ledger.engines), self._submit, lambda _: self.rulebook, CALENDAR)

    async def _submit(self, commands: Sequence[Command]) -> Sequence[Receipt]:
        self.commands += [command for command in commands if isinstance(command, Recall)]
        receipts = await self._ledger.receipts(*commands)
        self.receipts += receipts
        return receipts

    @property
    def who(self) -> list[str]:
        return [str(receipt.member) for receipt in self.receipts if receipt.earned.points]


async def gone(ledger: Ledger, who: str, days: int) -> None:
    await ledger.apply(paid(f"p{who}{days}", who, f"o{who}{days}", 1, at_ms=NOW - days * DAY_MS))


async def test_L11_whoever_is_away_for_thirty_days_is_recalled_once(ledger: Ledger) -> None:
    await gone(ledger, "m1", 30)
    await gone(ledger, "m2", 29)
    told = Told(ledger)
    for days in (0, 0, 1, 2):
        await told.job.work(NOW + days * DAY_MS)
    assert told.who == ["m1", "m2"]


async def test_L11_when_switched_on_the_long_gone_are_left_alone_also_later(ledger: Ledger) -> None:
    await gone(ledger, "lost", 121)
    await gone(ledger, "away", 119)
    told = Told(ledger)
    for days in (0, 1, 40, 80):
        await told.job.work(NOW + days * DAY_MS)
    assert told.who == ["away"]


async def test_L11_switched_off_and_on_again_is_a_first_time_again(ledger: Ledger) -> None:
    told = Told(ledger, replace(RULEBOOK, recall=None))
    await gone(ledger, "m1", 10)
    assert await told.job.work(NOW) == 0
    told.rulebook = RULEBOOK
    await told.job.work(NOW + 200 * DAY_MS)
    assert told.who == []


async def test_L11_half_of_the_days_budget_is_left_to_those_in_the_room(ledger: Ledger) -> None:
    for n in range(5):
        await gone(ledger, f"m{n}", 31)
    told = Told(ledger, with_budgets(coupons=4_000))
    looks = [await told.job.work(NOW) for _ in range(3)]
    assert (looks, len(told.who)) == ([2, 0, 0], 2)
    while await told.job.work(NOW + DAY_MS):
        pass
    assert len(told.who) == 4


async def test_L11_R2_a_recall_has_one_name_a_day(ledger: Ledger) -> None:
    await gone(ledger, "m1", 31)
    told = Told(ledger)
    await told.job.work(NOW)
    [command] = told.commands
    day = CALENDAR.day_of(NOW)
    assert command.origin.event == f"recall:m1:{NOW - 31 * DAY_MS}:{day}"
    assert command.switched_on_ms == NOW
