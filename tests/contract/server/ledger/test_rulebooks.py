"""Rulebooks published on one process and decided by on another, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import text

import server.ledger.due
from server.domain.commands import Command
from server.domain.decision import Receipt
from server.domain.ladder import effective_tier
from server.jobs.holds import Submits
from server.jobs.presenting import presenting
from server.jobs.runner import Job
from server.jobs.tiers_moved import tiers_moved
from server.ledger.due import DueWork
from server.ledger.engines import Engines
from server.ledger.errors import LedgerUnavailable
from server.ledger.rulebook_book import Kept
from server.ledger.verify import verify
from server.rulebooks.publishing import NotYet
from server.rulebooks.schedule import LEAD_MS, TRUSTED_MS
from tests.support.ledger import CALENDAR, DAY_MS, NOW, granted, joined, member, paid, put_room
from tests.support.rulebooks import Process, process_on, words, written

TWICE = {"order.points_percent": 200}


@pytest.fixture
async def two(ledger_url: str) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes on one database."""
    async with process_on(ledger_url) as one, process_on(ledger_url) as other:
        yield one, other


def engines_of(process: Process) -> Engines:
    assert process.ledger.engines is not None
    return process.ledger.engines


async def rows(process: Process, sql: str) -> list[tuple[object, ...]]:
    async with engines_of(process).read() as connection:
        return [tuple(row) for row in (await connection.execute(text(sql))).all()]


async def earned(process: Process, event: str, yuan: int = 10) -> int:
    """Return the points of one paid order (never the first one of its member: that one counts double)."""
    who = f"m-{event}"
    at_ms = process.clock.now_ms()
    await process.apply(paid(f"{event}-first", who, f"{event}-first", 1, at_ms=at_ms))
    committed = await process.apply(paid(event, who, event, yuan, at_ms=at_ms))
    return committed.receipts[0].earned.points


async def test_LED60_the_first_start_says_which_preset_a_programme_begins_with(ledger_url: str) -> None:
    async with process_on(ledger_url, "laopengyou") as first, process_on(ledger_url, "jifen") as second:
        await first.live.refresh(NOW)
        await second.live.refresh(NOW)
        for process in (first, second):
            assert process.live.rulebook_at(NOW).preset == "laopengyou"
        assert await rows(first, "SELECT version, effective_ms FROM publications") == [(1, 0)]


async def test_LED60_of_two_that_start_at_once_one_is_first(ledger_url: str) -> None:
    async with process_on(ledger_url, "laopengyou") as first, process_on(ledger_url, "jifen") as second:
        await asyncio.gather(first.live.refresh(NOW), second.live.refresh(NOW))
        assert first.live.rulebook_at(NOW).preset == second.live.rulebook_at(NOW).preset


async def test_LED61_LED62_what_one_publishes_the_other_decides_by_from_its_time_on(
    two: tuple[Process, Process],
) -> None:
    one, other = two
    assert (await earned(one, "a"), await earned(other, "b")) == (10, 10)
    await one.publish(TWICE)
    for process in two:
        process.clock.advance(LEAD_MS - 1)
    assert (await earned(one, "c"), await earned(other, "d")) == (10, 10)
    for process in two:
        process.clock.advance(1)
    assert (await earned(one, "e"), await earned(other, "f")) == (20, 20)
    versions = "SELECT DISTINCT order_id, rulebook_version FROM entries WHERE order_id IN ('d', 'e', 'f')"
    assert set(await rows(one, versions)) == {("d", 1), ("e", 2), ("f", 2)}


async def test_LED61_a_refresh_alone_brings_it_too(two: tuple[Process, Process]) -> None:
    one, other = two
    await other.live.refresh(NOW)
    await one.publish(TWICE)
    await other.live.refresh(NOW + 1_000)
    assert other.live.rulebook_at(NOW + LEAD_MS - 1).version == 1
    assert other.live.rulebook_at(NOW + LEAD_MS).version == 2


async def test_LED62_a_process_trusts_what_it_knows_for_a_while_and_then_asks(
    two: tuple[Process, Process],
) -> None:
    one, other = two
    await earned(other, "a")
    await one.publish(TWICE)
    await other.apply(joined("j1", "m1", at_ms=NOW + TRUSTED_MS - 1))
    assert other.live.schedule.newest == 1
    other.clock.advance(TRUSTED_MS)
    await other.apply(joined("j2", "m1", at_ms=NOW + TRUSTED_MS))
    assert other.live.schedule.newest == 2


async def test_LED62_a_rulebook_this_program_cannot_read_is_not_passed_over(
    two: tuple[Process, Process],
) -> None:
    one, other = two
    await earned(one, "a")
    await earned(other, "b")
    async with engines_of(one).write() as connection:
        await connection.execute(
            text(
                "INSERT INTO rulebooks (version, preset, document, note, created_ms, event, actor) "
                "VALUES (2, 'own', '{\"of_the_future\": 1}', '', 0, 'x', '')"
            )
        )
        await connection.execute(
            text(
                "INSERT INTO publications (version, effective_ms, published_ms, event, actor) "
                f"VALUES (2, {NOW + DAY_MS}, 0, 'x', '')"
            )
        )
    other.clock.advance(TRUSTED_MS)
    with pytest.raises(LedgerUnavailable, match="rulebook 2 cannot be read"):
        await earned(other, "c")
    assert other.live.rulebook_at(NOW).version == 1


async def test_LED61_nobodys_tier_moves_when_other_thresholds_take_force(
    two: tuple[Process, Process],
) -> None:
    one, other = two
    await one.apply(paid("e1", "m1", "o1", 400))
    before = await rows(one, "SELECT id, book, delta, rulebook_version FROM entries ORDER BY id")
    await one.publish({"ladder.2.entry.growth": 1_000})
    other.clock.advance(LEAD_MS)
    now_ms = other.clock.now_ms()
    await other.apply(joined("j1", "m1", at_ms=now_ms))
    stands = (await other.ledger.queries.members([member("m1")], now_ms))[member("m1")]
    assert stands.tier == "silver"
    assert await rows(other, "SELECT id, book, delta, rulebook_version FROM entries ORDER BY id") == before
    await other.apply(paid("e2", "m2", "o2", 400, at_ms=now_ms))
    assert (await other.ledger.queries.members([member("m2")], now_ms))[member("m2")].tier == "bronze"


async def test_LED61_a_later_word_takes_the_place_of_what_was_still_to_come(
    two: tuple[Process, Process],
) -> None:
    one, _ = two
    await one.publish(TWICE, in_ms=DAY_MS, event="far")
    await one.publish({"order.points_percent": 300}, event="near")
    for at_ms, version in ((NOW, 1), (NOW + LEAD_MS, 3), (NOW + 2 * DAY_MS, 3)):
        assert one.live.rulebook_at(at_ms).version == version
    assert [found.version for found in one.live.schedule.coming(NOW)] == [3]


async def test_LED61_it_cannot_take_force_sooner_than_every_process_knows_it(
    two: tuple[Process, Process],
) -> None:
    one, _ = two
    drafted = await one.book.draft(words(TWICE), "", written("d"), 100)
    assert drafted is not None
    no = await one.book.publish(drafted.version, NOW + LEAD_MS - 1, written("p"))
    assert isinstance(no, NotYet)
    assert (no.code, no.earliest_ms) == ("too_soon", NOW + LEAD_MS)
    assert one.live.schedule.newest == 1


async def test_LED63_rolling_back_brings_the_earlier_words_as_a_new_version(
    two: tuple[Process, Process],
) -> None:
    one, other = two
    await one.publish(TWICE)
    one.clock.advance(LEAD_MS)
    back = await one.book.roll_back(1, None, "too dear", written("back"), 100)
    assert isinstance(back, Kept)
    assert (back.version, back.effective_ms, back.note) == (3, NOW + 2 * LEAD_MS, "too dear")
    other.clock.advance(2 * LEAD_MS)
    assert await earned(other, "a") == 10
    assert (await rows(one, "SELECT kind, ref, actor FROM changes WHERE kind LIKE 'rulebook%'"))[-1] == (
        "rulebook_rolled_back",
        "3",
        "operator:ann",
    )


async def test_LED63_only_what_counted_once_can_be_brought_back(two: tuple[Process, Process]) -> None:
    one, _ = two
    drafted = await one.book.draft(words(TWICE), "", written("d"), 100)
    assert drafted is not None
    assert await one.book.roll_back(drafted.version, None, "", written("r1"), 100) is None
    assert await one.book.roll_back(99, None, "", written("r2"), 100) is None
    assert await one.book.publish(99, None, written("p")) is None


async def test_LED63_a_draft_older_than_what_counts_is_not_published(two: tuple[Process, Process]) -> None:
    one, other = two
    drafted = await other.book.draft(words({"streak.points": 300}), "", written("d"), 100)
    assert drafted is not None
    await one.publish(TWICE)
    no = await other.book.publish(drafted.version, None, written("late"))
    assert isinstance(no, NotYet)
    assert no.code == "newer_published"


async def test_LED64_a_ladder_keeps_the_tiers_on_which_members_may_stand(
    two: tuple[Process, Process],
) -> None:
    one, _ = two
    few = {"basic": "lv1", "silver": "lv2", "gold": "lv3", "black": "lv4"}
    drafted = await one.book.draft(words({"tier_map": few}, preset="laopengyou"), "", written("d"), 100)
    assert drafted is not None
    no = await one.book.publish(drafted.version, None, written("p"))
    assert isinstance(no, NotYet)
    assert (no.code, no.earliest_ms) == ("tier_missing", None)
    assert no.message.startswith("ladder: bronze is missing")
    assert '"bronze": "lv1"' in no.message


async def test_LED66_R2_the_same_write_again_does_nothing_a_second_time(two: tuple[Process, Process]) -> None:
    one, other = two
    published = await one.publish(TWICE)
    again = await other.publish(TWICE)
    assert again == published
    first = await one.book.roll_back(1, NOW + DAY_MS, "", written("back"), 100)
    second = await other.book.roll_back(1, NOW + DAY_MS, "", written("back"), 100)
    assert isinstance(first, Kept)
    assert first == second
    assert await rows(one, "SELECT count(*) FROM rulebooks") == [(3,)]
    assert await rows(one, "SELECT count(*) FROM publications") == [(3,)]
    assert await rows(one, "SELECT count(*) FROM changes WHERE kind LIKE 'rulebook%'") == [(3,)]


async def test_LED66_two_that_publish_at_once_do_so_one_after_the_other(two: tuple[Process, Process]) -> None:
    one, other = two
    await one.live.refresh(NOW)
    drafts = await asyncio.gather(
        *(two[n % 2].book.draft(words({"streak.points": n}), "", written(f"d{n}"), 100) for n in range(1, 7))
    )
    versions = [drafted.version for drafted in drafts if drafted is not None]
    assert sorted(versions) == list(range(2, 8))
    answers = await asyncio.gather(
        *(two[n % 2].book.publish(version, None, written(f"p{n}")) for n, version in enumerate(versions))
    )
    codes = {answer.code for answer in answers if isinstance(answer, NotYet)}
    assert codes <= {"newer_published"}
    assert 7 in {answer.version for answer in answers if isinstance(answer, Kept)}
    for process in two:
        await process.live.refresh(NOW)
    assert one.live.schedule == other.live.schedule


async def test_LED66_drafts_have_an_end(two: tuple[Process, Process]) -> None:
    one, _ = two
    assert await one.book.draft(words(), "", written("d1"), 2) is not None
    assert await one.book.draft(words(), "", written("d2"), 2) is None


def presenting_of(process: Process, told: list[Receipt]) -> Job:
    """Return the job of one process, which tells what its commands were answered."""

    async def submit(commands: Sequence[Command]) -> Sequence[Receipt]:
        if not commands:
            return []
        committed = await process.ledger.journal.apply(commands, process.clock.now_ms())
        told.extend(committed.receipts)
        return committed.receipts

    return presenting(DueWork(engines_of(process)), submit, process.live.rulebook_at, CALENDAR)


async def test_LED65_a_rulebook_that_takes_force_is_shown_in_every_room_once(
    two: tuple[Process, Process],
) -> None:
    for room in ("demo", "other"):
        await two[0].apply(put_room(f"put {room}", room=room))
    revs = "SELECT room, key, rev FROM room_items WHERE key LIKE 'tiers/%' ORDER BY room, key"
    before = await rows(two[0], revs)
    await two[0].publish({"ladder.2.name": "银卡会员"})

    told: list[Receipt] = []
    works = [presenting_of(process, told).work for process in two]
    for process in two:
        await process.live.refresh(NOW)
    assert [await work(NOW + LEAD_MS - 1) for work in works] == [0, 0]
    for process in two:
        process.clock.advance(LEAD_MS)
    done = await asyncio.gather(*(work(NOW + LEAD_MS) for work in works))
    assert sorted(done) in ([0, 2], [1, 1])
    assert [await work(NOW + LEAD_MS + 1) for work in works] == [0, 0]
    assert [receipt.outcome for receipt in told] == ["applied", "applied"]
    changed = [(room, key, rev + (key == "tiers/silver")) for room, key, rev in before]  # type: ignore[operator]
    assert await rows(two[0], revs) == changed


class Servers:
    """The jobs of two servers that move members after a switch, and what their commands were answered."""

    def __init__(self, two: tuple[Process, Process]) -> None:
        self.told: list[Receipt] = []
        self._two = two
        self._jobs = [
            tiers_moved(DueWork(engines_of(process)), self._submits(process), process.live.rulebook_at)
            for process in two
        ]

    def _submits(self, process: Process) -> Submits:
        async def submit(commands: Sequence[Command]) -> Sequence[Receipt]:
            if not commands:
                return []
            committed = await process.ledger.journal.apply(commands, process.clock.now_ms())
            self.told.extend(committed.receipts)
            return committed.receipts

        return submit

    async def work(self) -> int:
        """Let both look at once until there is nothing to do for either; return how many members were found."""
        for process in self._two:
            await process.live.refresh(process.clock.now_ms())
        found = 0
        for _ in range(10):
            found += sum(await asyncio.gather(*(job.work(self._two[0].clock.now_ms()) for job in self._jobs)))
        return found


async def test_LED67_T9_the_other_preset_takes_force_and_everybody_is_moved_once(
    two: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    await one.apply(granted("g1", "m1", growth=2_000))
    await one.apply(granted("g2", "m2", growth=15))
    await one.apply(joined("j3", "m3"))
    await one.apply(granted("g4", "m4", growth=400))
    monkeypatch.setattr(server.ledger.due, "LOOKED_AT", 2)  # the walk takes several steps
    before = await rows(one, "SELECT count(*) FROM entries")
    servers = Servers(two)
    assert await servers.work() == 0
    await one.publish({}, preset="laopengyou")
    for process in two:
        process.clock.advance(LEAD_MS)
    now_ms = other.clock.now_ms()
    await other.live.refresh(now_ms)
    # Nobody has been moved yet, and yet:
    stood = (await other.ledger.queries.members([member("m1")], now_ms))[member("m1")]
    assert stood.tier == "gold"
    assert effective_tier(stood, other.live.rulebook_at(now_ms), now_ms) == "lv3"
    # Who does something meanwhile is moved with it, and not again by the job.
    await other.apply(paid("e4", "m4", "o4", 1, at_ms=now_ms))
    assert await servers.work() > 0
    assert [receipt.outcome for receipt in servers.told] == ["applied"] * 3
    tiers = await rows(one, "SELECT id, tier FROM members ORDER BY id")
    assert tiers == [("m1", "lv3"), ("m2", "lv1"), ("m3", "lv1"), ("m4", "lv2")]
    moved = "SELECT member, ref, rulebook_version FROM changes WHERE kind = 'tier_moved' ORDER BY member"
    assert await rows(one, moved) == [("m1", "lv3", 2), ("m2", "lv1", 2), ("m3", "lv1", 2), ("m4", "lv2", 2)]
    hooks = "SELECT member FROM outbox WHERE type = 'tier.moved' ORDER BY member"
    assert await rows(one, hooks) == [("m1",), ("m2",), ("m3",), ("m4",)]
    assert await rows(one, "SELECT count(*) FROM entries WHERE rulebook_version = 1") == before
    assert (await verify(engines_of(one))).differences == ()
    assert await servers.work() == 0

    back = await one.book.roll_back(1, None, "", written("back"), 100)
    assert isinstance(back, Kept)
    for process in two:
        process.clock.advance(LEAD_MS)
    await servers.work()
    tiers = await rows(one, "SELECT id, tier FROM members ORDER BY id")
    assert tiers == [("m1", "gold"), ("m2", "basic"), ("m3", "basic"), ("m4", "silver")]
    assert (await verify(engines_of(one))).differences == ()
