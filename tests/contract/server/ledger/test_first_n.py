"""First-N campaigns in the ledger: in memory, on SQLite and PostgreSQL, and with two journals at once."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from server.ids import RoomId
from server.ledger.ports import Committed
from server.ledger.verify import verify
from tests.support.ledger import (
    ROOM,
    Ledger,
    as_test,
    first_n_closed,
    first_n_opened,
    linked,
    member,
    merged,
    on_database,
    paid,
    refunded,
    show_status,
)


def shown(committed: Committed) -> dict[str, object]:
    return {item.key: item.value for item in committed.items}


async def taken(ledger: Ledger) -> list[tuple[str, int, bool]]:
    found = await ledger.queries.campaigns(RoomId(ROOM))
    return [(one.campaign.id, one.taken, one.closed_ms is not None) for one in found]


async def clean(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def test_L4_places_run_out_over_batches_and_within_one(ledger: Ledger) -> None:
    await ledger.with_live_show()
    opened = await ledger.apply(first_n_opened("f", n=3, points=200))
    assert shown(opened)["first_n/f1"] == {
        "title": "前几名下单再送积分",
        "n": 3,
        "points": 200,
        "state": "open",
        "order": 0,
    }
    first = await ledger.apply(paid("e1", "m1", "o1", 10), paid("e2", "m1", "o2", 10))
    assert [one.earned.points for one in first.receipts] == [220, 10]
    assert first.items == ()
    rest = await ledger.apply(*(paid(f"e{n}", f"m{n}", f"o{n}", 10) for n in range(3, 7)))
    assert [one.earned.points for one in rest.receipts] == [220, 220, 20, 20]
    assert list(shown(rest)) == ["first_n/f1"]
    assert await taken(ledger) == [("f1", 3, False)]
    room = await ledger.queries.room(RoomId(ROOM))
    assert room is not None
    assert [campaign.full for campaign in room.first_n] == [True]
    again = await ledger.receipts(paid("e1", "m1", "o1", 10), paid("other", "m1", "o1", 10))
    assert [(one.outcome, one.earned.points) for one in again] == [("duplicate", 220)] * 2
    await clean(ledger)


async def test_L4_a_place_is_a_members_for_good(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(first_n_opened("f", n=2))
    await ledger.apply(paid("e1", "m1", "o1", 10))
    await ledger.apply(refunded("r1", "m1", "o1", 10))
    later = await ledger.receipts(
        paid("e2", "m1", "o2", 10), paid("e3", "m2", "o3", 10), paid("e4", "m3", "o4", 10)
    )
    assert [one.earned.points for one in later] == [10, 220, 20]
    assert (await ledger.queries.members([member("m1")], 0))[member("m1")].points == 10
    await clean(ledger)


async def test_L4_an_identity_linked_in_the_same_batch_brings_no_second_place(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(first_n_opened("f", n=3), paid("e1", "m1", "o1", 10))
    receipts = await ledger.receipts(
        linked("l1", "m1", "wx", "anna"), paid("e2", "wx:anna", "o2", 10), paid("e3", "m2", "o3", 10)
    )
    assert [one.earned.points for one in receipts[1:]] == [10, 220]
    await clean(ledger)


async def test_L4_closing_and_the_end_of_the_show_end_it(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(first_n_opened("f"), first_n_opened("g", "f2"))
    closed = await ledger.apply(first_n_closed("c"), paid("e1", "m1", "o1", 10))
    assert shown(closed)["first_n/f1"] is None
    stays = shown(closed)["first_n/f2"]
    assert isinstance(stays, dict)
    assert stays["order"] == 0
    assert closed.receipts[1].earned.points == 220
    ended = await ledger.apply(show_status("end", "ended"), paid("e2", "m2", "o2", 10))
    assert shown(ended)["first_n/f2"] is None
    assert ended.receipts[1].earned.points == 20
    assert await taken(ledger) == [("f2", 1, True), ("f1", 0, True)]
    assert (await ledger.receipts(first_n_closed("again")))[0].code == "closed"
    await clean(ledger)


async def test_L4_LED21_a_test_order_is_told_of_its_place_and_takes_none(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(first_n_opened("f", n=1))
    told = await ledger.apply(as_test(paid("t", "m1", "o1", 10)), paid("e", "m2", "o2", 10))
    assert [one.earned.points for one in told.receipts] == [220, 220]
    assert await taken(ledger) == [("f1", 1, False)]
    assert await ledger.queries.members([member("m1")], 0) == {}


async def test_L4_R3_the_first_50_of_500_orders_at_once_are_exactly_50(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.with_live_show()
        await one.apply(first_n_opened("f", n=50))
        # 400 members, every fourth orders twice; batches of ten, by turns on two journals, four at a time.
        orders = [paid(f"e{n}", f"m{n % 400}", f"o{n}", 10) for n in range(500)]
        batches = [orders[at : at + 10] for at in range(0, len(orders), 10)]
        lanes = [[batch for at, batch in enumerate(batches) if at % 4 == lane] for lane in range(4)]

        async def send(lane: int) -> list[int]:
            side = (one, two)[lane % 2]
            return [receipt.earned.points for batch in lanes[lane] for receipt in await side.receipts(*batch)]

        earned = [points for lane in await asyncio.gather(*map(send, range(4))) for points in lane]
        assert sum(points > 200 for points in earned) == 50
        assert await taken(two) == [("f1", 50, False)]
        assert one.engines is not None
        async with one.engines.read() as connection:
            found = (await connection.execute(text("SELECT place, member FROM first_n_places"))).all()
        assert sorted(row[0] for row in found) == list(range(1, 51))
        assert len({row[1] for row in found}) == 50
        await clean(one)


async def test_L4_opening_closing_and_ordering_at_once_end_in_one_truth(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.with_live_show()
        for turn in range(8):
            await one.apply(first_n_opened(f"f{turn}", f"f{turn}", n=2))
            await asyncio.gather(
                one.apply(*(paid(f"a{turn}.{n}", f"a{n}", f"a{turn}.{n}", 10) for n in range(3))),
                two.apply(*(paid(f"b{turn}.{n}", f"b{n}", f"b{turn}.{n}", 10) for n in range(3))),
                one.apply(first_n_closed(f"c{turn}", f"f{turn}")),
            )
        stands = await one.queries.campaigns(RoomId(ROOM))
        assert all(stand.taken <= 2 and stand.closed_ms is not None for stand in stands)
        await clean(one)


async def test_L4_LED11_verify_names_a_place_too_many(database: Ledger) -> None:
    await database.with_live_show()
    await database.apply(first_n_opened("f", n=3), paid("e1", "m1", "o1", 10))
    assert database.engines is not None
    async with database.engines.write() as connection:
        await connection.execute(text("UPDATE first_n SET taken = 2"))
        await connection.execute(text("INSERT INTO first_n_places VALUES ('f1', 'm9', 2, 'o9', 1)"))
    found = (await verify(database.engines)).differences
    assert {difference.what for difference in found} == {
        "first-N",
        "place of a first-N",
        "points of a first-N",
    }


async def test_L4_X1_two_accounts_made_one_keep_what_they_took_and_take_no_more(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(first_n_opened("f", n=4), paid("e1", "m1", "o1", 10), paid("e2", "m2", "o2", 10))
    await ledger.apply(merged("m", "m1", "m2"))
    later = await ledger.receipts(paid("e3", "m2", "o3", 10), paid("e4", "m3", "o4", 10))
    assert [one.earned.points for one in later] == [10, 220]
    assert await taken(ledger) == [("f1", 3, False)]
    await clean(ledger)
