"""What a show's figures and leaderboard are read from, on both databases (L8)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.domain.commands import StartTask
from server.domain.figures import ShowTotals, TaskTotals, points_given
from server.domain.standings import Score
from server.domain.state import Show
from server.ids import ShowId, TaskId
from server.ledger.show_figures import LiveShow, ShowFigures
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    NOW,
    ROOM,
    SHOW,
    Ledger,
    commented,
    liked,
    member,
    merged,
    on_database,
    origin,
    paid,
    refunded,
    schedule_show,
    shared,
    show_status,
)


def figures(ledger: Ledger) -> ShowFigures:
    assert ledger.engines is not None
    return ShowFigures(ledger.engines)


async def scores(ledger: Ledger, show: ShowId = SHOW, most: int = 10) -> list[tuple[str, int]]:
    return [(one.member, one.growth) for one in await figures(ledger).scores(show, most)]


async def totals(ledger: Ledger) -> ShowTotals:
    show = await ledger.queries.show(SHOW)
    room = await ledger.queries.room(ROOM)
    assert show is not None
    assert room is not None
    return await figures(ledger).totals(show, room.tasks)


async def verified(ledger: Ledger) -> bool:
    assert ledger.engines is not None
    return not (await verify(ledger.engines)).differences


async def test_L8_the_leaderboard_is_the_growth_earned_in_this_show(database: Ledger) -> None:
    await database.apply(paid("before", "m1", "o0", 900, room=None))
    await database.with_live_show()
    await database.apply(shared("s1", "m1"), commented("c1", "m2"), liked("l1", "m3", 5))
    await database.apply(paid("p1", "m2", "o1", 300))
    assert await scores(database) == [("m2", 300 + 20 + 2), ("m1", 10)], (
        "likes bring no growth, the past no place"
    )
    assert await scores(database, most=1) == [("m2", 322)]
    assert await scores(database, ShowId("other")) == []


async def test_L8_a_refund_takes_its_growth_out_of_the_leaderboard_again(database: Ledger) -> None:
    await database.with_live_show()
    await database.apply(shared("s1", "m1"), paid("p1", "m2", "o1", 300), paid("p2", "m3", "o2", 100))
    await database.apply(refunded("r1", "m2", "o1", 150, at_ms=NOW + 5))
    assert await scores(database) == [("m2", 160), ("m3", 120), ("m1", 10)]
    await database.apply(refunded("r2", "m2", "o1", 150, at_ms=NOW + 6))
    assert await scores(database) == [("m3", 120), ("m1", 10)], "nobody is shown with nothing"
    assert await verified(database)


async def test_L8_of_equals_whoever_has_been_a_member_longer_comes_first(database: Ledger) -> None:
    await database.apply(liked("l", "young", at_ms=NOW - 1), liked("l2", "old", at_ms=NOW - DAY_MS))
    await database.with_live_show()
    await database.apply(shared("s1", "young"), shared("s2", "old"), shared("s3", "b"), shared("s4", "a"))
    assert [who for who, _ in await scores(database)] == ["old", "young", "a", "b"]


async def test_L8_two_processes_at_once_and_one_that_has_just_begun_read_the_same(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        await one.with_live_show()
        await asyncio.gather(
            *(
                (one, two)[n % 2].apply(paid(f"p{n}", f"m{n % 5}", f"o{n}", 10 * (n % 5 + 1)))
                for n in range(20)
            )
        )
        expected = await scores(one)
        assert expected == await scores(two)
    async with on_database(ledger_url) as again:
        assert await scores(again) == expected
    assert expected == [(f"m{n}", 4 * (10 * (n + 1) + 20)) for n in (4, 3, 2, 1, 0)]


async def test_X1_a_merged_account_s_part_in_the_show_is_the_survivor_s(database: Ledger) -> None:
    await database.with_live_show()
    await database.apply(shared("s1", "m1"), shared("s2", "m2"), paid("p1", "m2", "o1", 100))
    await database.apply(merged("m", "m1", "m2", at_ms=NOW + 5))
    await database.apply(refunded("r1", "m1", "o1", 50, at_ms=NOW + 6))
    assert await scores(database) == [("m1", 10 + 10 + 60)]
    assert await verified(database)


async def test_L8_the_show_s_totals_are_those_of_its_lines(database: Ledger) -> None:
    await database.with_live_show()
    task = StartTask(
        origin("t"), TaskId("t1"), kind="share", title="分享", reward=100, target=1, seconds=600, budget=1_000
    )
    await database.apply(task)
    await database.apply(shared("s1", "m1", at_ms=NOW + 1), commented("c1", "m2", at_ms=NOW + 2))
    await database.apply(
        paid("p1", "m2", "o1", 300, at_ms=NOW + 3), paid("p2", "m3", "o2", 100, at_ms=NOW + 4)
    )
    await database.apply(paid("p3", "m3", "o3", 100, room=None, at_ms=NOW + 5))
    await database.apply(refunded("r1", "m3", "o2", 100, at_ms=NOW + 6))
    assert await totals(database) == ShowTotals(
        orders=1,
        paid=30_000,
        order_points=600 + 200,
        points_taken=200,
        behaviour_points=10 + 5,
        shouts=1,
        coupons=1,
        coupon_orders=0,
        tasks={TaskId("t1"): TaskTotals(points=100, orders=1)},
    )
    room = await database.queries.room(ROOM)
    assert room is not None
    assert points_given(await totals(database), room.tasks) == 10 + 5 + 100 + 800


async def test_L2_orders_that_used_a_shout_out_s_coupon_are_counted(database: Ledger) -> None:
    await database.with_live_show()
    await database.apply(
        paid("p1", "m1", "o1", 300, at_ms=NOW + 1), paid("p2", "m2", "o2", 300, at_ms=NOW + 2)
    )
    [coupon] = await database.queries.coupons(member("m1"), None, 10)
    used = replace(paid("p3", "m1", "o3", 500, room=None, at_ms=NOW + 3), coupon=coupon.id)
    await database.apply(used)
    seen = await totals(database)
    assert (seen.shouts, seen.coupons, seen.coupon_orders) == (2, 2, 1)
    await database.apply(refunded("r", "m1", "o3", 500, at_ms=NOW + 4))
    assert (await totals(database)).coupon_orders == 0, "the coupon is the member's again (P1)"


async def test_L2_level_ups_of_another_show_or_off_air_are_not_this_show_s(database: Ledger) -> None:
    await database.apply(paid("p0", "m0", "o0", 300, room=None, at_ms=NOW - 5))
    await database.with_live_show()
    await database.apply(paid("p1", "m1", "o1", 300, at_ms=NOW + 1))
    await database.apply(show_status("end", "ended", at_ms=NOW + 10))
    await database.apply(schedule_show("next", "s2"))
    await database.apply(show_status("start2", "live", "s2", at_ms=NOW + 30))
    await database.apply(paid("p2", "m2", "o2", 300, at_ms=NOW + 31))
    first = await database.queries.show(SHOW)
    second = await database.queries.show(ShowId("s2"))
    assert isinstance(first, Show)
    assert isinstance(second, Show)
    for show in (first, second):
        seen = await figures(database).totals(show, ())
        assert (seen.shouts, seen.orders, seen.order_points) == (1, 1, 600)
    assert await figures(database).live() == [LiveShow(ShowId("s2"), ROOM)]


async def test_L8_points_outstanding_are_those_that_can_be_spent(database: Ledger) -> None:
    await database.with_live_show()
    await database.apply(paid("p1", "m1", "o1", 100), shared("s1", "m2"))
    assert await figures(database).outstanding() == 200 + 10
    await database.apply(refunded("r", "m1", "o1", 100, at_ms=NOW + 1))
    assert await figures(database).outstanding() == 10


async def test_R3_an_order_s_show_is_verified_by_its_line(database: Ledger) -> None:
    await database.with_live_show()
    await database.apply(paid("p1", "m1", "o1", 100), paid("p2", "m1", "o2", 100, room=None))
    assert await verified(database)
    assert database.engines is not None
    async with database.engines.write() as connection:
        await connection.exec_driver_sql("UPDATE orders SET show = 's9' WHERE id = 'o1'")
    assert not await verified(database)


@pytest.mark.parametrize("most", [0, 1])
async def test_L8_a_show_without_anything_has_no_leaderboard(database: Ledger, most: int) -> None:
    await database.with_live_show()
    assert list(await figures(database).scores(SHOW, most)) == list[Score]()
    assert await totals(database) == ShowTotals()
