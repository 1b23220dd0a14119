"""One batch begun while another is under way: what comes of it is what comes of one after the other (LED27)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import pytest
from structlog.testing import capture_logs

from server import intake as intake_module
from server.clock import ManualClock
from server.domain.commands import Command
from server.domain.decision import Receipt
from server.errors import InternalFault
from server.intake import Intake
from server.ledger.batch import key_of
from server.ledger.errors import ChangedMeanwhile, LedgerUnavailable
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.ledger.underway import Underway
from server.ledger.verify import verify
from tests.contract.server.ledger.test_polls import a_poll, votes
from tests.contract.server.ledger.test_tasks import spent, start
from tests.support.ledger import (
    DAY_MS,
    NOW,
    Ledger,
    accepted_invite,
    captured,
    checked_in,
    claimed,
    commented,
    entered,
    first_n_opened,
    followed,
    gave,
    gave_by_link,
    granted,
    held,
    in_memory,
    joined,
    liked,
    linked,
    on_database,
    paid,
    redeemed,
    refunded,
    released,
    reward_put,
    shared,
    time_kept,
    watched,
    with_budgets,
)

TEXTS = ("扣1", "666", "这个颜色好看", "多少钱")
MEMBERS = 30


def acts(seed: int, count: int) -> list[Command]:
    """What a show's members do, much of it about what somebody did just before; the same for the same seed."""
    random = Random(seed)
    told: list[Command] = []
    orders, holds, links = ["o"], ["h"], ["g"]

    def who() -> str:
        return f"wx:{random.randrange(6)}" if random.random() < 0.1 else f"m{random.randrange(MEMBERS)}"

    for n in range(count):
        event = f"{seed}-{n}"
        match random.randrange(21):
            case 0 | 1 | 2:
                told.append(watched(f"m{random.randrange(MEMBERS)}", n))
            case 3 | 4:
                told.append(commented(event, who(), random.choice(TEXTS)))
            case 5 | 6:
                told.append(liked(event, who(), random.randrange(1, 4)))
            case 7 | 8:
                orders.append(f"o{event}")
                told.append(
                    paid(event, who(), random.choice((orders[-1], *orders[-2:])), random.randrange(9, 900))
                )
            case 9:
                told.append(refunded(event, who(), random.choice(orders), random.randrange(1, 90)))
            case 10:
                holds.append(event)
                told.append(held(event, who(), random.choice(orders), random.randrange(1, 40)))
            case 11:
                told.append(captured(event, f"m{random.randrange(MEMBERS)}", random.choice(holds[-4:])))
            case 12:
                told.append(released(event, f"m{random.randrange(MEMBERS)}", random.choice(holds[-4:])))
            case 13:
                told.append(gave(event, who(), f"m{random.randrange(MEMBERS)}", random.randrange(1, 30)))
            case 14:
                links.append(event)
                told.append(gave_by_link(event, who(), random.randrange(1, 30)))
            case 15:
                told.append(claimed(event, who(), random.choice(links[-3:])))
            case 16:
                told.append(redeemed(event, who(), random.choice(("bag", "cup"))))
            case 17:
                told.append(random.choice((checked_in, followed, shared, entered, time_kept))(event, who()))
            case 19:
                told.append(votes(event, who(), random.choice("ab")))
            case 18:
                told.append(replace(random.choice(told)) if told else joined(event, who()))  # told twice
            case _:
                told.append(accepted_invite(event, who(), f"m{random.randrange(MEMBERS)}"))
    return told


def beginning() -> list[Command]:
    long_ago = NOW - 30 * DAY_MS  # gifts are given by members of a month
    return [
        *(granted(f"growth{n}", f"m{n}", growth=100, at_ms=long_ago) for n in range(MEMBERS)),
        a_poll(),
        reward_put("put-bag", "bag", 20, stock=15),
        reward_put("put-cup", "cup", 5, per_member=2),
        first_n_opened("open", n=12, points=50),
        *(granted(f"grant{n}", f"m{n}", points=60) for n in range(MEMBERS)),
    ]


@dataclass
class Watched:
    """A journal whose batches are written down: what was applied, in which order it was durable, and how."""

    journal: Journal
    applied: list[tuple[Sequence[Command], Committed]] = field(default_factory=list)
    behind: int = 0
    """Batches that were begun behind another and did not go again."""
    again: int = 0

    async def apply(self, batch: Sequence[Command], now_ms: int) -> Committed:
        committed = await self.journal.apply(batch, now_ms)
        self.applied.append((batch, committed))
        return committed

    async def apply_behind(self, batch: Sequence[Command], now_ms: int, way: Underway) -> Committed:
        follows = way.follows
        committed = await self.journal.apply_behind(batch, now_ms, way)
        self.behind += follows and not way.is_lost
        self.again += way.is_lost
        taken = [one for one in batch if key_of(one) not in way.put_off]
        if taken:
            self.applied.append((taken, committed))
        return committed


async def told_nobody(committed: Committed) -> None:
    """Nobody listens here."""


def journal_of(ledger: Ledger) -> Journal:
    assert isinstance(ledger.journal, Journal)
    return ledger.journal


def taking(seen: Watched, after: Callable[[Committed], Awaitable[None]] = told_nobody) -> Intake:
    return Intake(seen, after, ManualClock(NOW), max_batch=64, apply_behind=seen.apply_behind)


async def sent(intake: Intake, told: Sequence[Command], together: int = 40) -> list[Receipt]:
    pieces = [told[at : at + together] for at in range(0, len(told), together)]
    # All at once, in order: tasks begin in the order in which they are made.
    asked = [asyncio.create_task(intake.submit_many(piece)) for piece in pieces]
    receipts = [receipt for piece in asked for receipt in await piece]
    await intake.stop()
    return receipts


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Follow with few, and however much is put off."""
    monkeypatch.setattr(intake_module, "WORTH_FOLLOWING", 8)
    monkeypatch.setattr(
        intake_module, "ALONE_FOR", 0
    )  # thirty members: much is put off, and that is what is looked at


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("seed", range(4))
async def test_LED27_batches_begun_behind_each_other_are_what_they_are_one_after_the_other(
    database: Ledger, seed: int
) -> None:
    memory = await in_memory().with_live_show()
    await database.with_live_show()
    await memory.apply(*beginning())
    await database.apply(*beginning())
    told = acts(seed, 700)
    seen = Watched(journal_of(database))
    receipts = await sent(taking(seen), told)
    # What was durable one after the other, applied one after the other.
    for batch, committed in seen.applied:
        expected = await memory.apply(*batch)
        assert committed.receipts == expected.receipts
        assert committed.facts == expected.facts
        assert {one.id: one.version for one in committed.members} == {
            one.id: one.version for one in expected.members
        }
        assert committed.budgets == expected.budgets
    applied = {
        type(one).__name__ for one, said in zip(told, receipts, strict=True) if said.outcome == "applied"
    }
    assert {"GivePoints", "GiveByLink", "ClaimGift", "Vote", "RedeemReward", "HoldPoints"} <= applied
    assert [receipt.event for receipt in receipts] == [command.origin.event for command in told]
    # And in the order told, for all that is about one member; what is told again only gets its answer.
    place = {id(command): at for at, command in enumerate(told)}
    firsts = {id(command) for command in {key_of(one): one for one in reversed(told)}.values()}
    order = [command for batch, _ in seen.applied for command in batch]
    assert sorted(map(id, order)) == sorted(map(id, told))
    last: dict[object, int] = {}
    for command in (one for one in order if id(one) in firsts):
        who = getattr(command, "who", None)
        assert last.get(who, -1) <= place[id(command)], command
        last[who] = place[id(command)]
    assert database.engines is not None
    if database.engines.dialect == "postgresql":  # where one writes at a time nobody can be put off
        assert seen.behind >= 3
        assert order != told, "nothing was put off: this shows nothing"
    assert (await verify(database.engines)).differences == ()


@pytest.mark.usefixtures("soon")
async def test_LED27_R3_a_budget_is_used_up_and_never_overrun(ledger_url: str) -> None:
    rulebook, told = with_budgets(show=70, day=90), [watched(f"m{n}", 1) for n in range(400)]
    memory = await in_memory(rulebook).with_live_show()
    expected = sum(receipt.earned.points for receipt in await memory.receipts(*told))
    async with on_database(ledger_url, rulebook) as database:
        await database.with_live_show()
        receipts = await sent(taking(Watched(journal_of(database))), told)
        assert sum(receipt.earned.points for receipt in receipts) == expected > 0
        assert database.engines is not None
        assert (await verify(database.engines)).differences == ()


@pytest.mark.usefixtures("soon")
async def test_LED27_when_the_batch_in_front_fails_the_one_behind_is_decided_after_it(
    database: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The front is decided and meets something at its very end: once it goes again, once it is lost."""
    await database.with_live_show()
    journal = journal_of(database)
    keep, failures = (
        journal._keeping.charge,
        [ChangedMeanwhile("for a test"), LedgerUnavailable("for a test")],
    )

    async def charge(*given: object) -> object:
        if failures and len(seen.applied) >= 2:
            raise failures.pop(0)
        return await keep(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(journal._keeping, "charge", charge)
    seen = Watched(journal)
    intake, told = taking(seen), acts(7, 600)
    asked = [asyncio.create_task(intake.submit(command)) for command in told]
    said = await asyncio.gather(*asked, return_exceptions=True)
    await intake.stop()
    assert failures == []
    assert any(isinstance(one, LedgerUnavailable) for one in said)
    memory = await in_memory().with_live_show()
    for batch, committed in seen.applied:
        assert committed.receipts == (await memory.apply(*batch)).receipts
    again = await sent(taking(Watched(journal)), told)  # who was told that it failed tells it again
    assert {receipt.outcome for receipt in again} <= {"applied", "duplicate", "refused", "conflict"}
    assert database.engines is not None
    assert (await verify(database.engines)).differences == ()


@pytest.mark.usefixtures("soon")
async def test_LED27_INT2_a_bug_met_behind_another_batch_is_one_command_s(database: Ledger) -> None:
    await database.with_live_show()
    journal = journal_of(database)
    told: list[Command] = [liked(f"l{n}", f"m{n}") for n in range(300)]
    told[150] = liked("l150", "\ud800")  # cannot be written down
    intake = taking(Watched(journal))
    with capture_logs():
        asked = [asyncio.create_task(intake.submit(command)) for command in told]
        said = await asyncio.gather(*asked, return_exceptions=True)
        await intake.stop()
    assert [at for at, one in enumerate(said) if isinstance(one, InternalFault)] == [150]
    assert sum(isinstance(one, Receipt) and one.outcome == "applied" for one in said) == 299


@pytest.mark.usefixtures("soon")
async def test_LED27_R2_two_servers_told_the_same_show_pay_it_once(ledger_url: str) -> None:
    told = acts(9, 600)
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.with_live_show()
        await one.apply(*beginning())
        both = [Watched(journal_of(ledger)) for ledger in (one, two)]
        first, second = await asyncio.gather(*(sent(taking(seen), told) for seen in both))
        applied = [receipt for receipt in (*first, *second) if receipt.outcome == "applied"]
        assert len({(receipt.source, receipt.event) for receipt in applied}) == len(applied)
        for mine, theirs in zip(first, second, strict=True):
            assert mine.earned == theirs.earned
            assert mine.code == theirs.code
        assert one.engines is not None
        assert (await verify(one.engines)).differences == ()


@pytest.mark.usefixtures("soon")
async def test_LED27_what_all_must_find_durable_stands_in_line(database: Ledger) -> None:
    await database.with_live_show()
    told: list[Command] = [liked(f"a{n}", f"m{n}") for n in range(100)]
    told += [linked("link", "m5", "wx", "late")]
    told += [liked(f"b{n}", "wx:late" if n == 50 else f"n{n}") for n in range(100)]
    seen = Watched(journal_of(database))
    receipts = await sent(taking(seen), told)
    assert receipts[151].member == "m5"


@pytest.mark.usefixtures("soon")
async def test_LED27_L3_what_comes_after_a_task_begins_counts_for_it(database: Ledger) -> None:
    await database.with_live_show()
    told: list[Command] = [liked(f"a{n}", f"m{n}") for n in range(70)]
    told += [start(kind="like", reward=100, budget=100_000)]
    told += [liked(f"b{n}", f"n{n}") for n in range(200)]
    await sent(taking(Watched(journal_of(database))), told, together=len(told))
    assert await spent(database) == 200 * 100
