"""The job that lets go; what exactly goes is the ledger's story."""

import shutil
from pathlib import Path

import pytest

from server.jobs.pruning import pruning
from server.ledger.doorbook import Doorbook
from server.ledger.engines import Engines
from server.ledger.ports import StoredAnswer
from tests.support.databases import sqlite_url
from tests.support.ledger import RULEBOOK

NOW = 1_700_000_000_000
DAY_MS = 86_400_000


async def test_JOB1_old_answers_go_and_young_ones_stay(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    engines = Engines(sqlite_url(tmp_path / "ledger.db"))
    book = Doorbook(engines, lambda _: RULEBOOK)
    for key, at_ms in (("old", NOW - 8 * DAY_MS), ("young", NOW - 6 * DAY_MS)):
        assert await book.claim_answer("me", key, "d", at_ms) is None
        await book.store_answer("me", key, StoredAnswer("d", 200, (), b"{}"))
    assert await pruning(engines).work(NOW) == 0, "nothing is left to do at once"
    assert await book.claim_answer("me", "old", "d", NOW) is None
    kept = await book.claim_answer("me", "young", "d", NOW)
    assert kept is not None
    assert kept.status == 200
    await engines.close()
