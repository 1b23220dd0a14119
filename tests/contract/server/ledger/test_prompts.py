"""What was said of the prompter's lines, in memory and on both databases (L9)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from server.domain.prompting import Said
from server.ids import ShowId
from server.ledger import prompt_book
from server.ledger.prompt_book import UNDO_MS, PromptBook, PromptsPort
from server.ledger.prompt_testing import MemoryPrompts
from server.ledger.verify import verify
from tests.support.ledger import NOW, RULEBOOK, SHOW, Ledger, on_database, origin


def book_of(ledger: Ledger) -> PromptsPort:
    return MemoryPrompts() if ledger.engines is None else PromptBook(ledger.engines, lambda _: RULEBOOK)


@pytest.fixture
async def book(ledger: Ledger) -> PromptsPort:
    await ledger.with_live_show()
    return book_of(ledger)


def line(key: str = "task:t1", stage: str = "soon", at_ms: int = NOW, kind: str = "task") -> Said:
    return Said(key, stage, kind, at_ms, "host:h1")


async def say(book: PromptsPort, said: Said, event: str | None = None, show: ShowId = SHOW) -> Said | None:
    from_ = origin(event or f"{said.key}.{said.stage}.{said.at_ms}", source="api", at_ms=said.at_ms)
    return await book.say(show, said, from_)


async def unsay(book: PromptsPort, key: str, at_ms: int) -> bool:
    return await book.take_back(SHOW, key, origin(f"un.{key}.{at_ms}", source="api", at_ms=at_ms))


async def test_L9_what_was_said_is_kept_with_who_and_when_in_the_order_said(book: PromptsPort) -> None:
    assert await book.said(SHOW) == []
    second = line("gate:g1", at_ms=NOW + 5, kind="gate")
    assert await say(book, second) == second
    assert await say(book, line()) == line()
    assert await book.said(SHOW) == [line(), second]
    assert await book.said(ShowId("other")) == []


async def test_L9_R2_the_same_stage_is_said_once_by_the_first_who_said_it(book: PromptsPort) -> None:
    first = line()
    later = Said("task:t1", "soon", "task", NOW + 9, "operator:o1")
    assert await say(book, first) == first
    assert await say(book, later) == first
    assert await say(book, first) == first
    assert await book.said(SHOW) == [first]
    assert await say(book, line(stage="last", at_ms=NOW + 10)) is not None
    assert len(await book.said(SHOW)) == 2


async def test_L9_a_press_can_be_taken_back_for_a_minute_and_only_the_last_one(book: PromptsPort) -> None:
    await say(book, line(stage="soon"))
    await say(book, line(stage="last", at_ms=NOW + 1_000))
    assert not await unsay(book, "task:t2", NOW + 2_000)
    assert await unsay(book, "task:t1", NOW + 2_000)
    assert [one.stage for one in await book.said(SHOW)] == ["soon"]
    assert not await unsay(book, "task:t1", NOW + UNDO_MS + 1)
    assert await unsay(book, "task:t1", NOW + UNDO_MS)
    assert not await unsay(book, "task:t1", NOW + UNDO_MS)
    assert await say(book, line(at_ms=NOW + 3_000)) is not None


async def test_L9_R8_a_show_holds_so_many_and_what_stands_still_answers(
    book: PromptsPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_book, "MOST_SAID", 2)
    monkeypatch.setattr("server.ledger.prompt_testing.MOST_SAID", 2)
    await say(book, line("a"))
    await say(book, line("b"))
    assert await say(book, line("c")) is None
    assert await say(book, line("b", at_ms=NOW + 1)) == line("b")


async def test_L9_X7_every_press_leaves_a_line_that_names_who_and_recomputes(database: Ledger) -> None:
    await database.with_live_show()
    book = book_of(database)
    assert database.engines is not None
    await say(book, line())
    await say(book, line(), "again")
    await say(book, line("gate:g1", kind="gate"))
    await unsay(book, "gate:g1", NOW + 1)
    wanted = text("SELECT kind, ref, room, data, actor FROM changes WHERE kind LIKE 'prompt%' ORDER BY id")
    async with database.engines.read() as connection:
        found = [tuple(row) for row in (await connection.execute(wanted)).all()]
    assert [(row[0], row[1], row[2]) for row in found] == [
        ("prompt_said", "s1", "demo"),
        ("prompt_said", "s1", "demo"),
        ("prompt_unsaid", "s1", "demo"),
    ]
    assert '"key":"gate:g1"' in found[2][3]
    assert (await verify(database.engines)).differences == ()
    async with database.engines.write() as connection:
        await connection.execute(text("DELETE FROM prompts_said"))
    [difference] = (await verify(database.engines)).differences
    assert (difference.what, difference.computed, difference.kept) == ("lines said in a show", "1", "")


async def test_L9_R2_two_servers_that_press_at_once_say_it_once(ledger_url: str) -> None:
    async with on_database(ledger_url) as here, on_database(ledger_url) as there:
        await here.with_live_show()
        books = [book_of(here), book_of(there)]
        presses = [
            say(book, Said(f"l{n}", "on", "task", NOW, f"host:h{at}"), f"p{n}.{at}")
            for n in range(5)
            for at, book in enumerate(books)
        ]
        answers = await asyncio.gather(*presses)
        assert len(await books[0].said(SHOW)) == 5
        assert all(one == other for one, other in zip(answers[::2], answers[1::2], strict=True))
        taken = await asyncio.gather(
            *(book.take_back(SHOW, "l0", origin(f"u{at}", source="api")) for at, book in enumerate(books))
        )
        assert sorted(taken) == [False, True]
