"""One batch behind another that is decided and not yet durable: what the one behind cannot see by then (LED27)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from server.domain.commands import Command
from server.domain.facts import VoteCast
from server.ledger.batch import key_of
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.ledger.underway import Underway
from server.ledger.verify import verify
from tests.contract.server.ledger.test_gifts import with_givers
from tests.contract.server.ledger.test_polls import a_poll, votes
from tests.contract.server.ledger.test_tasks import start
from tests.support.ledger import NOW, Ledger, claimed, gave_by_link, liked, paid, refunded

REWARD = 1_000


@pytest.fixture
async def show(database: Ledger) -> Ledger:
    return await database.with_live_show()


async def one_behind_the_other(
    ledger: Ledger, first: Sequence[Command], second: Sequence[Command], monkeypatch: pytest.MonkeyPatch
) -> tuple[Committed, Committed]:
    """Apply `second` behind `first`, which is durable when all of `second` is read; what is put off, after both.

    Where only one can write at a time that is one after the other.
    """
    journal, engines = ledger.journal, ledger.engines
    assert isinstance(journal, Journal)
    assert engines is not None
    front = Underway()
    way = Underway(front)
    keep = journal._keeping.charge

    async def charge(*given: object) -> object:
        if engines.keeps_early and not front._durable.done():
            await asyncio.wait((way._held,))
        return await keep(*given)  # type: ignore[arg-type]

    async def applied(batch: Sequence[Command], its: Underway) -> Committed:
        try:
            return await journal.apply_behind(batch, NOW, its)
        finally:
            its.finish()

    monkeypatch.setattr(journal._keeping, "charge", charge)
    # Something that nobody else is about: it is in the batch whatever else is put off.
    second = [*second, liked("apart", "m99")]
    before, behind = await asyncio.gather(applied(first, front), applied(second, way))
    if way.put_off:
        behind = await ledger.apply(*(one for one in second if key_of(one) in way.put_off))
    assert (await verify(engines)).differences == ()
    return before, behind


async def test_LED27_E8_a_unit_that_returns_in_front_is_there_for_the_one_behind(
    show: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await show.apply(start(kind="order", reward=REWARD, budget=REWARD))
    [first] = await show.receipts(paid("p1", "m1", "o1", 30))
    [too_late] = await show.receipts(paid("p2", "m2", "o2", 30))
    _, behind = await one_behind_the_other(
        show, [refunded("r1", "m1", "o1", 30)], [paid("p3", "m3", "o3", 30)], monkeypatch
    )
    assert first.earned.points - too_late.earned.points == REWARD
    assert behind.receipts[0].earned == first.earned


async def test_LED27_P5_what_is_set_aside_in_front_can_be_claimed_behind(
    show: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_givers(show, "m1")
    _, behind = await one_behind_the_other(
        show, [gave_by_link("g", "m1", 10)], [claimed("c", "m2", "g")], monkeypatch
    )
    assert (behind.receipts[0].outcome, behind.receipts[0].code) == ("applied", None)


async def test_LED27_R2_what_is_told_again_when_it_is_late_gets_the_answer_of_the_one_in_front(
    show: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_time = liked("e", "m1")
    late = replace(in_time, origin=replace(in_time.origin, stale=True))
    before, behind = await one_behind_the_other(show, [in_time], [late], monkeypatch)
    assert behind.receipts[0] == replace(before.receipts[0], outcome="duplicate")


async def test_LED27_L8_a_vote_behind_is_told_with_those_in_front(
    show: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await show.apply(a_poll())
    _, behind = await one_behind_the_other(
        show, [votes("v1", "m1", "a")], [votes("v2", "m2", "b"), votes("v3", "m3", "b")], monkeypatch
    )
    tallies = [fact.tally for fact in behind.facts if isinstance(fact, VoteCast)]
    assert tallies == [(("a", 1), ("b", 1)), (("a", 1), ("b", 2))]
