"""Seeds of blind boxes, promised ahead and made public by due work, on a real ledger."""

import shutil
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from server.credentials.keys import Seal
from server.domain.boxes import GOODS, TICKET_SERIES, BoxPrize, seed_name
from server.domain.commands import Command, PutReward, RedeemReward
from server.domain.decision import Receipt
from server.domain.fairness import commitment_of
from server.domain.rewards import BLIND_BOX, RewardTerms
from server.domain.rulebook import Rulebook
from server.ids import RewardId, SeriesId
from server.jobs.boxes import LATE_MS, boxes
from server.jobs.runner import Job
from server.ledger.box_queries import BoxQueries
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.verify import verify
from tests.support.databases import sqlite_url
from tests.support.ledger import CALENDAR, NOW, RULEBOOK, Ledger, granted, on_database, origin, who_of

TODAY = CALENDAR.day_of(NOW)
MIDNIGHT = CALENDAR.start_of(TODAY + 1)
SERIES = SeriesId("bag")
SEAL = Seal(b"the token secret of this test!!!")


@pytest.fixture
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    template: Path = request.getfixturevalue("_migrated_sqlite_file")
    shutil.copyfile(template, tmp_path / "ledger.db")
    async with on_database(sqlite_url(tmp_path / "ledger.db")) as opened:
        assert opened.engines is not None
        journal = Journal(opened.engines, lambda _: RULEBOOK, CALENDAR, unseal=SEAL.open_or_none)
        ledger = Ledger(journal, opened.queries, opened.engines)
        terms = RewardTerms("福袋", BLIND_BOX, 100, contents=(BoxPrize("口红", GOODS, 1),))
        await ledger.apply(
            PutReward(origin("put", source="api", room=None), RewardId(SERIES), terms),
            granted("g", "m1", points=1_000),
        )
        yield ledger


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


def jobs_on(ledger: Ledger, seal: Seal = SEAL, salt: bytes = b"") -> tuple[Job, Job]:
    async def submit(commands: Sequence[Command]) -> list[Receipt]:
        return list(await ledger.receipts(*commands))

    made = iter(range(1_000))

    def entropy(n: int) -> bytes:
        return sha256(salt + str(next(made)).encode()).digest()[:n]

    def rulebook_at(_: int) -> Rulebook:
        return RULEBOOK

    promise, reveal = boxes(BoxQueries(engines_of(ledger)), submit, seal, entropy, rulebook_at, CALENDAR)
    return promise, reveal


def opened(event: str, at_ms: int = NOW) -> RedeemReward:
    return RedeemReward(
        origin(event, source="live", room=None, at_ms=at_ms), who_of("m1"), RewardId(SERIES), event
    )


async def test_P3_today_s_and_tomorrow_s_seeds_are_promised_once_for_every_series(ledger: Ledger) -> None:
    promise, _ = jobs_on(ledger)
    assert await promise.work(NOW) == 4
    assert await promise.work(NOW) == 0
    queries = BoxQueries(engines_of(ledger))
    for series in (SERIES, TICKET_SERIES):
        assert [one.day for one in await queries.seeds(series, 9)] == [TODAY + 1, TODAY]
    [receipt] = await ledger.receipts(opened("b1"))
    assert receipt.outcome == "applied"
    assert await promise.work(MIDNIGHT) == 2, "the day after next"


async def test_P3_a_seed_is_public_the_day_after_and_it_is_the_promised_one(ledger: Ledger) -> None:
    promise, reveal = jobs_on(ledger)
    await promise.work(NOW)
    assert await reveal.work(MIDNIGHT + LATE_MS - 1) == 0
    assert await reveal.work(MIDNIGHT + LATE_MS) == 2
    assert await reveal.work(MIDNIGHT + LATE_MS) == 0
    found = await BoxQueries(engines_of(ledger)).seed(SERIES, TODAY)
    assert found is not None
    assert found.seed is not None
    assert commitment_of(bytes.fromhex(found.seed), seed_name(SERIES, TODAY)) == found.commitment
    assert found.seed not in found.sealed_seed
    [late, next_day] = await ledger.receipts(opened("b1"), opened("b2", MIDNIGHT + LATE_MS))
    assert (late.code, next_day.code) == ("try_later", None)
    assert (await verify(engines_of(ledger))).differences == ()


async def test_P3_a_seed_that_nobody_can_read_opens_nothing_and_is_said_to_be_lost(ledger: Ledger) -> None:
    other = Seal(b"another token secret of the test")
    promise, _ = jobs_on(ledger, other)
    _, reveal = jobs_on(ledger)
    await promise.work(NOW)
    [receipt] = await ledger.receipts(opened("b1"))
    assert receipt.code == "try_later"
    assert await reveal.work(MIDNIGHT + LATE_MS) == 2
    assert await reveal.work(MIDNIGHT + LATE_MS) == 0
    found = await BoxQueries(engines_of(ledger)).seed(SERIES, TODAY)
    assert found is not None
    assert (found.seed, found.revealed_ms) == (None, MIDNIGHT + LATE_MS)


async def test_R2_P3_of_two_processes_the_first_promise_stays(ledger: Ledger) -> None:
    queries = BoxQueries(engines_of(ledger))
    one, _ = jobs_on(ledger)
    await one.work(NOW)
    before = await queries.seeds(SERIES, 9)
    told: list[Command] = []

    async def remember(commands: Sequence[Command]) -> list[Receipt]:
        told.extend(commands)
        return []

    class Behind(BoxQueries):
        """A process that looked before the other one had promised."""

        async def unpromised(
            self, tickets: SeriesId | None, days: Sequence[int]
        ) -> Sequence[tuple[SeriesId, int]]:
            return [(SERIES, day) for day in days]

    late, _ = boxes(
        Behind(engines_of(ledger)), remember, SEAL, lambda n: b"\x07" * n, lambda _: RULEBOOK, CALENDAR
    )
    await late.work(NOW)
    receipts = await ledger.receipts(*told)
    assert [receipt.outcome for receipt in receipts] == ["duplicate", "duplicate"]
    assert await queries.seeds(SERIES, 9) == before
