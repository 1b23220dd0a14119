"""Holds whose time is over, on a real ledger."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.jobs.holds import holds
from server.ledger.due import CLAIMED_MS, DueWork
from tests.support.databases import sqlite_url
from tests.support.ledger import MINUTE_MS, NOW, held, member, on_database, paid

LATER = NOW + 15 * MINUTE_MS


async def test_P1_points_come_free_after_fifteen_minutes_however_many_servers_look(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    async with on_database(sqlite_url(tmp_path / "ledger.db")) as ledger:
        await ledger.apply(paid("e1", "m1", "o1", 300), held("h1", "m1", "o2", 600))
        answers: list[Receipt] = []

        async def submit(commands: Sequence[Command]) -> list[Receipt]:
            receipts = list(await ledger.receipts(*commands)) if commands else []
            answers.extend(receipts)
            return receipts

        assert ledger.engines is not None
        one, two = (holds(DueWork(ledger.engines), submit) for _ in range(2))
        assert await one.work(LATER - 1) == 0
        known = (await ledger.queries.members([member("m1")], LATER))[member("m1")]
        assert known.held == 600
        assert [await one.work(LATER), await two.work(LATER)] == [1, 0]
        known = (await ledger.queries.members([member("m1")], LATER))[member("m1")]
        assert (known.points, known.held) == (600, 0)
        # Another server that was away meanwhile finds nothing to do either.
        assert await two.work(LATER + CLAIMED_MS) == 0
        assert [answer.outcome for answer in answers] == ["applied"]
