"""A room's shout-outs in a host's hand: kept, read by whoever shows them, exact when two press at once (L2)."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from server.domain.shout_control import Action, ControlShoutouts, MutedAuthor, ShoutControl
from server.ids import AuthorTag, TierId
from server.ledger.shout_book import ShoutBook
from server.ledger.verify import verify
from tests.support.ledger import NOW, ROOM, Ledger, on_database, origin


def pressed(event: str, action: Action, **more: object) -> ControlShoutouts:
    return ControlShoutouts(origin(event, source="api"), action, **more)  # type: ignore[arg-type]


async def standing(ledger: Ledger) -> ShoutControl:
    room = await ledger.queries.room(ROOM)
    assert room is not None
    return room.shouts


async def test_L2_what_a_host_sets_survives_and_a_room_of_before_has_nothing_set(ledger: Ledger) -> None:
    await ledger.with_live_show()
    assert await standing(ledger) == ShoutControl()
    committed = await ledger.apply(
        pressed("p", "pause"),
        pressed("l", "limit", from_tier=TierId("gold"), per_minute=3),
        pressed("m", "mute", author=AuthorTag("a_1"), name="小美"),
    )
    muted = (MutedAuthor(AuthorTag("a_1"), "小美"),)
    assert await standing(ledger) == ShoutControl(True, TierId("gold"), 3, muted, 0, 3)
    assert [(item.key, item.value) for item in committed.items] == [("shoutouts", {"paused": True})]
    again = await ledger.apply(pressed("p", "pause"), pressed("x", "pause", rev=1))
    assert [receipt.outcome for receipt in again.receipts] == ["duplicate", "refused"]
    committed = await ledger.apply(pressed("r", "resume"), pressed("c", "clear"))
    assert [(item.key, item.value) for item in committed.items] == [("shoutouts", None)]
    assert (await standing(ledger)).cleared_ms == NOW
    if ledger.engines is not None:
        assert await ShoutBook(ledger.engines).controls([ROOM]) == {ROOM: await standing(ledger)}
        assert (await verify(ledger.engines)).differences == ()


async def test_L2_R3_two_hosts_who_mute_at_once_lose_nobody(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.with_live_show()
        await asyncio.gather(
            one.apply(pressed("a", "mute", author=AuthorTag("a_1"), name="小美")),
            two.apply(pressed("b", "mute", author=AuthorTag("a_2"), name="阿强")),
        )
        control = await standing(one)
        assert {muted.author for muted in control.muted} == {"a_1", "a_2"}
        assert control.rev == 2
        both = await asyncio.gather(
            one.receipts(pressed("c", "pause", rev=2)), two.receipts(pressed("d", "clear", rev=2))
        )
        assert sorted(receipt.code or "" for [receipt] in both) == ["", "conflict"]


async def test_L2_X7_every_press_is_in_the_audit(database: Ledger) -> None:
    await database.with_live_show()
    presses = [
        pressed("1", "pause"),
        pressed("2", "skip", moment="mo_1"),
        pressed("3", "mute", author=AuthorTag("a_1"), name="小美"),
        pressed("4", "replay", moment="mo_1"),
        pressed("5", "test", from_tier=TierId("gold")),
    ]
    await database.apply(*presses)
    assert database.engines is not None
    async with database.engines.read() as connection:
        wanted = text("SELECT kind, room, ref FROM changes WHERE kind LIKE 'shoutouts%' ORDER BY id")
        lines = [tuple(row) for row in (await connection.execute(wanted)).all()]
    assert lines == [
        ("shoutouts_pause", ROOM, None),
        ("shoutouts_skip", ROOM, "mo_1"),
        ("shoutouts_mute", ROOM, "a_1"),
        ("shoutouts_replay", ROOM, "mo_1"),
        ("shoutouts_test", ROOM, None),
    ]
