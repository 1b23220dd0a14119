"""How members may be reached, on both databases, with two who say it at once (X8)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from server.domain.contacts import MOST_CHANNELS, PutContact, WithdrawContact
from server.ledger.contact_rows import ContactBook
from server.ledger.verify import verify
from tests.support.ledger import NOW, Ledger, joined, member, merged, on_database, origin, who_of


def left(event: str, who: str, channel: str, address: str, *purposes: str, at_ms: int = NOW) -> PutContact:
    from_ = origin(event, source="api", room=None, at_ms=at_ms)
    return PutContact(from_, who_of(who), channel, address, purposes)


def withdrawn(event: str, who: str, channel: str) -> WithdrawContact:
    return WithdrawContact(origin(event, source="api", room=None), who_of(who), channel)


def book(ledger: Ledger) -> ContactBook:
    assert ledger.engines is not None
    return ContactBook(ledger.engines)


async def lines(ledger: Ledger) -> list[tuple[str, str | None, str]]:
    assert ledger.engines is not None
    wanted = text("SELECT kind, ref, data FROM changes WHERE kind LIKE 'contact%' ORDER BY id")
    async with ledger.engines.read() as connection:
        return [(row[0], row[1], row[2]) for row in (await connection.execute(wanted)).all()]


async def test_X8_consent_is_per_purpose_replaced_as_a_whole_and_withdrawn_with_its_address(
    database: Ledger,
) -> None:
    await database.apply(left("p1", "wx:anna", "sms", "13800000000", "replays", "marketing"))
    [anna] = (await database.queries.resolve([who_of("wx:anna")])).values()
    found = await book(database).contact(anna, "sms")
    assert found is not None
    assert (found.address, found.purposes, found.since_ms) == ("13800000000", ("marketing", "replays"), NOW)
    await database.apply(left("p2", "wx:anna", "sms", "13900000000", "replays", at_ms=NOW + 1))
    found = await book(database).contact(anna, "sms")
    assert found is not None
    assert (found.address, found.purposes, found.since_ms) == ("13900000000", ("replays",), NOW + 1)
    await database.apply(withdrawn("w1", "wx:anna", "sms"), withdrawn("w2", "wx:anna", "sms"))
    assert await book(database).contact(anna, "sms") is None
    assert await lines(database) == [
        ("contact_put", "sms", '{"purposes":"marketing replays"}'),
        ("contact_put", "sms", '{"purposes":"replays"}'),
        ("contact_withdrawn", "sms", '{"purposes":""}'),
    ]


async def test_X8_the_same_again_changes_nothing_and_nobody_unknown_withdraws(database: Ledger) -> None:
    await database.apply(left("p1", "m1", "sms", "a", "x"))
    await database.apply(left("p2", "m1", "sms", "a", "x", at_ms=NOW + 9))
    found = await book(database).contact(member("m1"), "sms")
    assert found is not None
    assert found.since_ms == NOW
    [receipt] = await database.receipts(withdrawn("w", "nobody", "sms"))
    assert receipt.code == "not_found"
    assert len(await lines(database)) == 1


async def test_X8_reachable_members_are_counted_per_purpose_however_many_channels(database: Ledger) -> None:
    await database.apply(
        left("p1", "m1", "sms", "a", "replays", "marketing"),
        left("p2", "m1", "wechat", "b", "replays"),
        left("p3", "m2", "sms", "c", "replays"),
        left("p4", "m3", "sms", "d", "marketing"),
        withdrawn("w", "m3", "sms"),
    )
    assert await book(database).reachable() == {"marketing": 1, "replays": 2}


async def test_X8_a_member_has_so_many_channels_and_no_more(ledger: Ledger) -> None:
    receipts = await ledger.receipts(
        *(left(f"p{n}", "m1", f"c{n}", "a", "x") for n in range(MOST_CHANNELS + 1)),
        left("again", "m1", "c0", "b", "x"),
        withdrawn("w", "m1", "c1"),
        left("now", "m1", "another", "a", "x"),
    )
    assert [one.code for one in receipts] == [None] * MOST_CHANNELS + ["limit_reached", None, None, None]


@pytest.mark.parametrize("kept_later", [True, False])
async def test_X8_X1_a_merge_keeps_both_and_of_one_channel_what_was_said_later(
    database: Ledger, kept_later: bool
) -> None:
    early, late = (1, 0) if kept_later else (0, 1)
    await database.apply(joined("j", "m1"))
    await database.apply(
        left("p1", "m1", "sms", "of m1", "x", at_ms=NOW + early),
        left("p2", "m2", "sms", "of m2", "y", "z", at_ms=NOW + late),
        left("p3", "m2", "wechat", "wx of m2", "x"),
        left("p4", "m1", "app", "app of m1", "x"),
    )
    await database.apply(merged("m", "m1", "m2", at_ms=NOW + 2))
    one = await book(database).contact(member("m1"), "sms")
    assert one is not None
    assert (one.address, one.purposes) == (("of m1", ("x",)) if kept_later else ("of m2", ("y", "z")))
    for channel, address in (("wechat", "wx of m2"), ("app", "app of m1")):
        other = await book(database).contact(member("m1"), channel)
        assert other is not None
        assert other.address == address
    assert await book(database).contact(member("m2"), "sms") is None
    assert database.engines is not None
    assert (await verify(database.engines)).differences == ()


async def test_X8_R3_two_who_say_it_at_once_leave_one_whole_answer(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.apply(joined("j", "m1"))
        for turn in range(6):
            await asyncio.gather(
                one.apply(left(f"a{turn}", "m1", "sms", f"a{turn}", "x", "y")),
                two.apply(left(f"b{turn}", "m1", "sms", f"b{turn}", "y", "z")),
                one.apply(withdrawn(f"w{turn}", "m1", "sms")) if turn % 2 else asyncio.sleep(0),
            )
            found = await book(two).contact(member("m1"), "sms")
            said = {f"a{turn}": ("x", "y"), f"b{turn}": ("y", "z")}
            assert found is None or said[found.address] == found.purposes
            assert found is not None or turn % 2


async def spoilt(ledger: Ledger, sql: str) -> list[tuple[str, str]]:
    """Return what `verify` names after somebody has changed a row behind the journal's back."""
    assert ledger.engines is not None
    assert (await verify(ledger.engines)).differences == ()
    async with ledger.engines.write() as connection:
        await connection.execute(text(sql))
    return sorted((one.what, one.key) for one in (await verify(ledger.engines)).differences)


@pytest.mark.parametrize(
    "sql, what, key",
    [
        ("DELETE FROM contacts WHERE purpose = 'x'", "purposes of a contact", "m1 sms"),
        ("UPDATE contacts SET purpose = 'xx' WHERE purpose = 'x'", "contact", "m1 sms"),
        ("UPDATE contacts SET since_ms = 1 WHERE channel = 'sms'", "contact", "m1 sms"),
        ("INSERT INTO contacts VALUES ('m1', 'app', 'x', 'back again', 1)", "contact", "m1 app"),
        ("INSERT INTO contacts VALUES ('m2', 'sms', 'x', 'never said', 1)", "contact", "m2 sms"),
    ],
)
async def test_X8_LED11_verify_names_consent_that_nobody_gave_and_consent_that_was_lost(
    database: Ledger, sql: str, what: str, key: str
) -> None:
    await database.apply(
        joined("j", "m2"),
        left("p1", "m1", "sms", "a", "x", "y-z", "y"),
        left("p2", "m1", "app", "b", "x"),
        withdrawn("w", "m1", "app"),
    )
    assert (what, key) in await spoilt(database, sql)
