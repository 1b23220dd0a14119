"""Whatever thousands of viewers get at once leaves the loop to the others between two of them (L7), and goes to nobody who left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from broadcaster.frames import PersonalFrame
from member_cache.ports import Record
from server.gateway import turns
from tests.edge.server.gateway.test_rules import doubled
from tests.edge.server.gateway.test_show_cards import four_likes_a_show, next_show
from tests.support.stage import FakeViewer, Stage

NAMES = ("anna", "bert", "cleo", "dora", "emil")

Happens = Callable[[Stage], Awaitable[object]]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece takes as long as a turn may."""
    monkeypatch.setattr(turns, "TURN_S", 0.0)


async def another_show(stage: Stage) -> None:
    await next_show(stage)


async def other_rules(stage: Stage) -> None:
    before, stage.ledger.world.rulebook = stage.ledger.world.rulebook, doubled(stage)
    stage.gateway.rulebook_changed(before, stage.ledger.world.rulebook, stage.clock.now_ms())


async def another_worth(stage: Stage) -> None:
    now = stage.ledger.world.rulebook
    coming = replace(now, version=2, spending=replace(now.spending, points_per_unit=120))
    now_ms = stage.clock.now_ms()
    stage.gateway.rate_announced(now, coming, now_ms + 1_000, now_ms)


async def lost_cards(stage: Stage) -> None:
    for viewer in stage.viewers:
        stage.beat(viewer, card_version=0)
    await stage.gateway._owed.round(list(stage.viewers), stage.clock.now_ms())


@asynccontextmanager
async def a_neighbour() -> AsyncIterator[list[None]]:
    """Somebody else on the loop; the list grows with each turn they get."""
    had: list[None] = []

    async def live() -> None:
        while True:
            had.append(None)
            await asyncio.sleep(0)

    task = asyncio.create_task(live())
    try:
        yield had
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("happens", [another_show, other_rules, another_worth, lost_cards])
async def test_L7_others_have_their_turn_between_two_viewers_who_get_something(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, happens: Happens
) -> None:
    four_likes_a_show(stage)
    viewers = [await stage.viewer(name, name=name) for name in NAMES]
    await stage.told()
    got: dict[str, int] = {}
    async with a_neighbour() as turns_had:

        def noted(viewer: FakeViewer) -> Callable[..., None]:
            def send(*frames: PersonalFrame) -> None:
                got.setdefault(viewer.session, len(turns_had))

            return send

        for viewer in viewers:
            monkeypatch.setattr(viewer, "send", noted(viewer))
        await happens(stage)
        while True:
            if len(got) == len(viewers):
                break
            await asyncio.sleep(0)
    assert len(set(got.values())) == len(viewers), "several got theirs in one turn of the loop"


@pytest.mark.parametrize("happens", [another_show, lost_cards])
async def test_L7_who_leaves_while_their_record_is_read_is_given_nothing_and_forgotten(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, happens: Happens
) -> None:
    four_likes_a_show(stage)
    anna, bert = [await stage.viewer(name, name=name) for name in NAMES[:2]]
    await stage.told()
    stage.beat(anna)
    reads, asked, may_answer = stage.cache.get, asyncio.Event(), asyncio.Event()

    async def slowly(members: Sequence[str]) -> Mapping[str, Record]:
        asked.set()
        await may_answer.wait()
        return await reads(members)

    monkeypatch.setattr(stage.cache, "get", slowly)
    before = len(bert.sent)
    under_way = asyncio.ensure_future(happens(stage))
    await asked.wait()
    stage.leave(anna)
    may_answer.set()
    await under_way
    assert len(bert.sent) > before
    assert anna not in stage.gateway._owed._shown
