"""Mutes and bans on every ledger: kept, read by others, moved by a merge, and exact with two at once (L13)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from server.domain.moderation import RemoveComment, Restriction, RestrictMember
from server.ids import RoomId
from server.ledger.verify import verify
from tests.support.ledger import (
    NOW,
    ROOM,
    Ledger,
    commented,
    joined,
    member,
    merged,
    on_database,
    origin,
    put_room,
    who_of,
)

HOUR = 3_600_000


def restricted(
    event: str, who: str, kind: str | None, *, room: str | None = ROOM, ms: int = HOUR
) -> RestrictMember:
    return RestrictMember(origin(event, source="api", room=room), who_of(who), kind, NOW + ms)


async def of(ledger: Ledger, who: str) -> tuple[Restriction, ...]:
    return (await ledger.queries.members([member(who)], NOW))[member(who)].restrictions


async def test_L13_a_restriction_is_kept_and_refuses_comments_until_it_is_lifted(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(joined("j", "m1"))
    await ledger.apply(restricted("r1", "m1", "mute"), restricted("r2", "m1", "ban", room=None))
    assert await of(ledger, "m1") == (
        Restriction(ROOM, "mute", NOW + HOUR),
        Restriction(None, "ban", NOW + HOUR),
    )
    [refused] = await ledger.receipts(commented("c1", "m1"))
    assert (refused.outcome, refused.code) == ("refused", "banned")
    await ledger.apply(restricted("r3", "m1", None, room=None))
    [refused] = await ledger.receipts(commented("c2", "m1"))
    assert refused.code == "muted"
    await ledger.apply(restricted("r4", "m1", None))
    assert await of(ledger, "m1") == ()
    [said] = await ledger.receipts(commented("c3", "m1"))
    assert said.outcome == "applied"
    [removed] = await ledger.receipts(RemoveComment(origin("x", source="api"), "k_1"))
    assert removed.outcome == "applied"
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_L13_X1_a_merge_takes_the_stricter_of_both(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(joined("j1", "m1"), joined("j2", "m2"))
    await ledger.apply(
        restricted("r1", "m1", "mute"),
        restricted("r2", "m2", "ban", ms=9),
        restricted("r3", "m2", "mute", room=None),
    )
    await ledger.apply(merged("m", "m1", "m2"))
    assert await of(ledger, "m1") == (
        Restriction(None, "mute", NOW + HOUR),
        Restriction(ROOM, "ban", NOW + 9),
    )
    assert await of(ledger, "m2") == ()
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_L13_R3_two_who_restrict_at_once_lose_nothing(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.with_live_show()
        await one.apply(joined("j", "m1"))
        await asyncio.gather(
            one.apply(restricted("r1", "m1", "mute")), two.apply(restricted("r2", "m1", "ban", room=None))
        )
        assert set(await of(one, "m1")) == {
            Restriction(RoomId(ROOM), "mute", NOW + HOUR),
            Restriction(None, "ban", NOW + HOUR),
        }


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE members SET restrictions = NULL WHERE id = 'm1'",
        """UPDATE members SET restrictions = REPLACE(restrictions, '"ban"', '"mute"') WHERE id = 'm1'""",
        """UPDATE members SET restrictions = '[[null,"ban",9999999999999]]' WHERE id = 'm2'""",
    ],
)
async def test_L13_LED11_verify_names_a_ban_that_was_lost_or_that_nobody_set(
    database: Ledger, sql: str
) -> None:
    await database.with_live_show()
    await database.apply(joined("j1", "m1"), joined("j2", "m2"), put_room("side", room="side"))
    await database.apply(
        restricted("r1", "m1", "mute", ms=1),
        restricted("r2", "m1", "ban", room="side"),
        restricted("r3", "m1", "mute", room=None),
        restricted("r4", "m2", "ban"),
        restricted("r5", "m2", None),
    )
    # The first is over by now, and is let go with the next word.
    later = RestrictMember(
        origin("r6", source="api", room="side", at_ms=NOW + 1), who_of("m1"), "ban", NOW + HOUR
    )
    await database.journal.apply([later], NOW + 1)
    assert len(await of(database, "m1")) == 2
    assert database.engines is not None
    assert (await verify(database.engines)).differences == ()
    async with database.engines.write() as connection:
        await connection.execute(text(sql))
    [wrong] = (await verify(database.engines)).differences
    assert (wrong.what, wrong.key) == ("mutes and bans", "m2" if "m2" in sql else "m1")
