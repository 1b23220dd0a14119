"""Broadcast widgets on both databases, with two who press at once."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from server.ids import RoomId
from server.ledger.widget_book import MOST_WIDGETS, Widget, WidgetBook
from tests.support.ledger import NOW, ROOM, RULEBOOK, Ledger, origin


def book(ledger: Ledger) -> WidgetBook:
    assert ledger.engines is not None
    return WidgetBook(ledger.engines, lambda _: RULEBOOK)


def widget(n: int = 1, room: RoomId = ROOM) -> Widget:
    return Widget(f"w{n}", room, f"scene {n}", f"digest {n}", 1, NOW + n, NOW + n)


async def test_R10_a_widget_is_made_given_another_secret_and_removed(database: Ledger) -> None:
    widgets = book(await database.with_live_show())
    assert await widgets.make(widget(), origin("m1", source="api")) == widget()
    assert await widgets.widget("w1") == widget()
    renewed = await widgets.renew(ROOM, "w1", "another", origin("n1", source="api", at_ms=NOW + 9))
    assert renewed is not None
    assert (renewed.digest, renewed.generation, renewed.secret_ms) == ("another", 2, NOW + 9)
    assert await widgets.generations(["w1", "w2"]) == {"w1": 2}
    assert await widgets.renew(RoomId("r2"), "w1", "x", origin("n2", source="api")) is None
    assert not await widgets.remove(RoomId("r2"), "w1", origin("d0", source="api"))
    assert await widgets.remove(ROOM, "w1", origin("d1", source="api"))
    assert not await widgets.remove(ROOM, "w1", origin("d2", source="api"))
    assert await widgets.generations(["w1"]) == {}
    assert database.engines is not None
    async with database.engines.read() as connection:
        wanted = text("SELECT kind, room, ref FROM changes WHERE kind LIKE 'widget%' ORDER BY id")
        lines = [tuple(row) for row in (await connection.execute(wanted)).all()]
    kinds = ("widget_made", "widget_secret_renewed", "widget_removed")
    assert lines == [(kind, ROOM, "w1") for kind in kinds]


async def test_R3_two_who_renew_at_once_leave_one_secret_and_two_generations_more(database: Ledger) -> None:
    widgets = book(await database.with_live_show())
    await widgets.make(widget(), origin("m1", source="api"))
    both = await asyncio.gather(
        *(widgets.renew(ROOM, "w1", f"digest {n}", origin(f"n{n}", source="api")) for n in range(2))
    )
    assert sorted(one.generation for one in both if one is not None) == [2, 3]
    stands = await widgets.widget("w1")
    assert stands is not None
    assert stands in both
    assert stands.generation == 3


async def test_R8_many_who_make_the_last_one_at_once_make_no_more_than_fit(database: Ledger) -> None:
    widgets = book(await database.with_live_show())
    for n in range(MOST_WIDGETS - 1):
        await widgets.make(widget(n), origin(f"m{n}", source="api"))
    made = await asyncio.gather(
        *(widgets.make(widget(n), origin(f"m{n}", source="api")) for n in range(100, 104))
    )
    assert sum(one is not None for one in made) == 1
    assert len(await widgets.of_room(ROOM)) == MOST_WIDGETS
    assert await widgets.make(widget(200, RoomId("none")), origin("m200", source="api")) is None
