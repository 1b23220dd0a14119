"""Draws brought to their end by due work, on a real ledger: in order, once, also after an interruption."""

import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.domain.fairness import commitment_of
from server.errors import SignatureInvalid
from server.jobs.draws import LATE_ENTRIES_MS, PUBLISHED_MS, draws
from server.jobs.runner import Job
from server.ledger.due import CLAIMED_MS, DueWork
from server.ledger.verify import verify
from tests.support.databases import sqlite_url
from tests.support.draws import DRAW, ENDS, SEED, cancelled, entered, open_draw, the_draw, with_draw
from tests.support.ledger import NOW, Ledger, member, on_database


class Sealed:
    """Opens what `tests.support.draws` has sealed; `lost` = under another secret."""

    def __init__(self) -> None:
        self.lost = False

    def open(self, sealed: str) -> str:
        if self.lost:
            raise SignatureInvalid("sealed under another secret")
        return sealed.removeprefix("sealed ")


@pytest.fixture
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    async with on_database(sqlite_url(tmp_path / "ledger.db")) as opened:
        yield opened


def jobs_on(ledger: Ledger, seal: Sealed | None = None) -> tuple[Job, Job, Job]:
    async def submit(commands: Sequence[Command]) -> list[Receipt]:
        return list(await ledger.receipts(*commands)) if commands else []

    assert ledger.engines is not None
    close, reveal, give_back = draws(DueWork(ledger.engines), ledger.queries, submit, seal or Sealed())
    return close, reveal, give_back


async def points(ledger: Ledger, who: str) -> int:
    return (await ledger.queries.members([member(who)], NOW))[member(who)].points


async def test_P3_the_list_is_public_before_the_seed_and_both_follow_the_end(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    await ledger.apply(entered("e1", "m1"))
    close, reveal, _ = jobs_on(ledger)
    assert await close.work(ENDS + LATE_ENTRIES_MS - 1) == 0
    assert await close.work(ENDS + LATE_ENTRIES_MS) == 1
    assert (await the_draw(ledger)).state == "closed"
    assert await reveal.work(ENDS + LATE_ENTRIES_MS + PUBLISHED_MS - 1) == 0
    assert await reveal.work(ENDS + LATE_ENTRIES_MS + PUBLISHED_MS) == 1
    assert (await the_draw(ledger)).state == "drawn"


async def test_R2_P3_two_servers_draw_once_and_one_that_died_leaves_it_to_the_next(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    await ledger.apply(entered("e1", "m1"))
    close, reveal, _ = jobs_on(ledger)
    other_close, other_reveal, _ = jobs_on(ledger)
    late = ENDS + 60_000
    assert [await close.work(late), await other_close.work(late)] == [1, 0]
    # One claims it and dies: what it took upon itself falls to the other when the claim is over.
    assert ledger.engines is not None
    assert await DueWork(ledger.engines).draws_to_reveal(late, late, 9) == [DRAW]
    assert await other_reveal.work(late + CLAIMED_MS - 1) == 0
    assert await other_reveal.work(late + CLAIMED_MS) == 1
    assert await reveal.work(late + 2 * CLAIMED_MS) == 0
    assert await points(ledger, "m1") == 1_400
    assert (await verify(ledger.engines)).differences == ()


async def test_P3_a_server_that_was_off_for_a_week_closes_in_the_order_they_ended(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    for n in (3, 1, 2):
        await ledger.apply(open_draw(f"o{n}", f"d1{n}", seconds=10 * n))
    assert ledger.engines is not None
    week = NOW + 7 * 86_400_000
    assert await DueWork(ledger.engines).draws_to_close(week, week, 9) == ["d11", "d12", "d13", "d1"]
    close, reveal, _ = jobs_on(ledger)
    assert await close.work(week + CLAIMED_MS) == 4
    assert await reveal.work(week + CLAIMED_MS + PUBLISHED_MS) == 4
    assert (await the_draw(ledger, "d13")).state == "drawn"


async def test_P3_a_cancelled_draw_pays_everybody_back_once(ledger: Ledger) -> None:
    names = [f"m{n}" for n in range(5)]
    await with_draw(ledger, *names)
    await ledger.apply(*(entered(f"e{name}", name) for name in names))
    await ledger.apply(cancelled())
    *_, give_back = jobs_on(ledger)
    *_, other = jobs_on(ledger)
    assert [await give_back.work(NOW), await other.work(NOW)] == [1, 0]
    assert [await points(ledger, name) for name in names] == [1_000] * 5
    assert await other.work(NOW + CLAIMED_MS) == 0
    assert ledger.engines is not None
    assert (await verify(ledger.engines)).differences == ()


async def test_P3_a_seed_nobody_can_read_any_more_ends_in_points_back(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    await ledger.apply(entered("e1", "m1"))
    seal = Sealed()
    seal.lost = True
    close, reveal, give_back = jobs_on(ledger, seal)
    await close.work(ENDS + 5_000)
    await reveal.work(ENDS + 9_000)
    draw = await the_draw(ledger)
    assert (draw.state, draw.seed, draw.commitment) == ("cancelled", None, commitment_of(SEED, DRAW))
    await give_back.work(ENDS + 10_000)
    assert await points(ledger, "m1") == 1_000
