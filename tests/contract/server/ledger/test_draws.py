"""Draws on every ledger: paid once, closed once, drawn once, given back once (P3, R2, R3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise

import pytest

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.domain.facts import Drawn, PrizeWon
from server.domain.fairness import commitment_of, list_hash_of, winning
from server.ids import DrawId
from server.ledger.verify import verify
from tests.support.draws import (
    DRAW,
    ENDS,
    GOODS,
    POINTS,
    SEED,
    cancelled,
    closed,
    entered,
    open_draw,
    removed,
    returned,
    revealed,
    seed_lost,
    the_draw,
    with_draw,
)
from tests.support.ledger import NOW, ROOM, Ledger, granted, member, on_database, paid, put_room


async def is_sound(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


async def points(ledger: Ledger, *members: str) -> list[int]:
    found = await ledger.queries.members([member(one) for one in members], NOW)
    return [found[member(one)].points for one in members]


async def shown(ledger: Ledger, draw: str = DRAW) -> object:
    items = await ledger.queries.room_items(ROOM)
    assert items is not None
    [found] = [item.value for item in items if item.key == f"draws/{draw}"]
    return found


async def test_P3_commitment_list_and_seed_become_public_in_this_order(ledger: Ledger) -> None:
    await with_draw(ledger, "m1", "m2", "m3")
    opened = await the_draw(ledger)
    assert opened.commitment == commitment_of(SEED, DRAW)
    assert (opened.list_hash, opened.seed) == (None, None)
    await ledger.apply(*(entered(f"e{n}", f"m{n}") for n in (1, 2, 3)))
    await ledger.apply(closed())
    after = await the_draw(ledger)
    assert (after.state, after.seed, after.winners) == ("closed", None, ())
    text = after.list_of(await ledger.queries.draw_tags(DRAW))
    assert list_hash_of(text) == after.list_hash
    assert "m1" not in text, "nobody's id is in it"
    committed = await ledger.apply(revealed(after))
    drawn = await the_draw(ledger)
    assert (drawn.state, drawn.seed) == ("drawn", SEED.hex())
    assert tuple(one.ticket for one in drawn.winners) == winning(SEED, after.list_hash or "", 3, 3)
    assert [one.prize for one in drawn.winners] == [0, 1, 2]
    assert [type(fact) for fact in committed.facts].count(PrizeWon) == 3
    await is_sound(ledger)


async def test_P3_every_prize_is_given_in_the_commit_that_reveals(ledger: Ledger) -> None:
    await with_draw(ledger, "m1", "m2", "m3")
    await ledger.apply(*(entered(f"e{n}", f"m{n}") for n in (1, 2, 3)))
    assert await points(ledger, "m1", "m2", "m3") == [900, 900, 900]
    await ledger.apply(closed())
    committed = await ledger.apply(revealed(await the_draw(ledger)))
    won = {fact.prize.kind: fact.member for fact in committed.facts if isinstance(fact, PrizeWon)}
    members = {one.id: one for one in committed.members}
    assert members[won["points"]].points == 1_400
    [coupon] = members[won["coupon"]].coupons
    assert (coupon.off, coupon.min, coupon.title) == (1_000, 10_000, "满100减10")
    assert members[won["goods"]].points == 900
    await is_sound(ledger)


async def test_P3_the_room_sees_the_draw_in_each_of_its_states(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    assert await shown(ledger) == {
        "title": "Draw d1",
        "cost": 100,
        "prizes": [
            {"name": "积分大礼", "count": 1, "kind": "points", "points": 500},
            {"name": "满100减10", "count": 1, "kind": "coupon", "off": 1_000, "min": 10_000},
            {"name": "口红", "count": 1, "kind": "goods"},
        ],
        "ends_ms": ENDS,
        "commitment": commitment_of(SEED, DRAW),
        "state": "open",
        "order": NOW,
    }
    await ledger.apply(put_room("again", "Another name"))
    assert await shown(ledger) is not None, "a change of the room leaves its draws alone"
    await ledger.apply(entered("e1", "m1"))
    [item] = (await ledger.apply(closed())).items
    assert (item.key, item.rev) == ("draws/d1", 2)
    await ledger.apply(revealed(await the_draw(ledger)))
    view = await shown(ledger)
    assert isinstance(view, dict)
    assert view["winners"] == [{"prize": 0, "ticket": 1, "name": "用户" + view["winners"][0]["name"][-4:]}]
    assert "sealed" not in repr(view)
    await ledger.apply(removed())
    assert await shown(ledger) is None
    assert (await the_draw(ledger)).state == "drawn", "what it was can still be proven"


async def in_turn(ledger: Ledger, *commands: Command) -> list[Receipt]:
    """Apply one batch after the other, as one process does."""
    return [(await ledger.receipts(command))[0] for command in commands]


@pytest.fixture
async def pair(ledger_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    """Two processes' ledgers on one database."""
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        yield one, two


async def test_P3_R3_twenty_who_enter_at_once_are_numbered_without_a_gap(pair: tuple[Ledger, Ledger]) -> None:
    one, two = pair
    names = [f"m{n}" for n in range(20)]
    await with_draw(one, *names)
    wishes = [entered(f"e {name}", name) for name in names]
    receipts = await asyncio.gather(in_turn(one, *wishes[::2]), in_turn(two, *wishes[1::2]))
    numbers = sorted(dict(receipt.details)["ticket"] for side in receipts for receipt in side)
    assert numbers == list(range(1, 21))
    assert (await the_draw(one)).entries == 20
    assert len(set(await one.queries.draw_tags(DRAW))) == 20
    assert await points(one, *names) == [900] * 20
    await is_sound(one)


async def test_P3_R3_entries_and_the_close_at_once_leave_nobody_paid_and_outside(
    pair: tuple[Ledger, Ledger],
) -> None:
    one, two = pair
    names = [f"m{n}" for n in range(20)]
    await with_draw(one, *names)
    wishes = [entered(f"e {name}", name, at_ms=ENDS - 1) for name in names]
    left, right = await asyncio.gather(
        in_turn(one, *wishes[::2]), in_turn(two, *wishes[1:10:2], closed(), *wishes[11::2])
    )
    answers = [receipt for receipt in (*left, *right) if receipt.source == "live"]
    let_in = [answer for answer in answers if answer.outcome == "applied"]
    assert {answer.code for answer in answers if answer.outcome == "refused"} == {"closed"}
    draw = await the_draw(one)
    assert draw.state == "closed"
    tags = await one.queries.draw_tags(DRAW)
    assert len(tags) == draw.entries == len(let_in)
    assert list_hash_of(draw.list_of(tags)) == draw.list_hash
    assert sum(await points(one, *names)) == 20_000 - 100 * len(let_in)
    await is_sound(one)


async def test_P3_R3_of_fifty_tickets_for_a_whole_balance_one_is_sold(pair: tuple[Ledger, Ledger]) -> None:
    one, two = pair
    await with_draw(one, "m1", points=100, max_entries=100)
    wishes = [entered(f"e{n}", "m1") for n in range(50)]
    left, right = await asyncio.gather(in_turn(one, *wishes[::2]), in_turn(two, *wishes[1::2]))
    codes = sorted(receipt.code or "" for receipt in (*left, *right))
    assert codes == ["", *["not_enough_points"] * 49]
    assert await points(one, "m1") == [0]
    await is_sound(one)


async def test_P3_the_last_millisecond_counts_and_the_deadline_does_not(ledger: Ledger) -> None:
    await with_draw(ledger, "m1", "m2")
    [in_time, late] = await ledger.receipts(
        entered("e1", "m1", at_ms=ENDS - 1), entered("e2", "m2", at_ms=ENDS)
    )
    assert (in_time.outcome, late.outcome, late.code) == ("applied", "refused", "closed")
    await ledger.apply(closed())
    [early] = await ledger.receipts(entered("e3", "m2", at_ms=ENDS - 1))
    assert (early.outcome, early.code) == ("refused", "closed"), "closed is closed, whatever the clock says"
    assert (await the_draw(ledger)).entries == 1


async def test_P3_one_entry_for_each_member_unless_the_draw_allows_more(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    await ledger.apply(open_draw("open2", "d2", max_entries=2))
    first, again = await ledger.receipts(entered("e1", "m1"), entered("e2", "m1"))
    assert (first.outcome, again.code) == ("applied", "limit_reached")
    assert dict(first.details)["ticket"] == 1
    [third] = await ledger.receipts(entered("e3", "m1"))
    assert third.code == "limit_reached"
    two = await ledger.receipts(*(entered(f"f{n}", "m1", "d2") for n in range(3)))
    assert [one.code for one in two] == [None, None, "limit_reached"]
    await is_sound(ledger)


async def test_R2_P3_the_same_entry_again_costs_nothing_more(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    [first] = await ledger.receipts(entered("e1", "m1"))
    [again] = await ledger.receipts(entered("e1", "m1"))
    assert again == replace(first, outcome="duplicate")
    assert (again.earned.points, await points(ledger, "m1")) == (-100, [900])


async def test_P3_what_cannot_be_entered_says_why(ledger: Ledger) -> None:
    await with_draw(ledger, "m1", points=99)
    await ledger.apply(put_room("other", room="r2"))
    receipts = await ledger.receipts(
        entered("e1", "m1"),
        entered("e2", "m1", "d9"),
        entered("e3", "m1", room="r2"),
        entered("e4", "m2"),
    )
    codes = [receipt.code for receipt in receipts]
    assert codes == ["not_enough_points", "not_found", "not_found", "not_enough_points"]
    assert await points(ledger, "m1") == [99]


async def test_P1_P3_points_of_an_order_that_may_be_returned_do_not_pay(ledger: Ledger) -> None:
    await ledger.apply(put_room("put"), open_draw())
    await ledger.apply(paid("p1", "m1", "o1", 300))
    [receipt] = await ledger.receipts(entered("e1", "m1"))
    assert receipt.code == "not_enough_points"


async def test_P3_a_draw_nobody_entered_is_drawn_all_the_same(ledger: Ledger) -> None:
    await with_draw(ledger)
    await ledger.apply(closed())
    await ledger.apply(revealed(await the_draw(ledger)))
    draw = await the_draw(ledger)
    assert (draw.state, draw.winners, draw.entries) == ("drawn", (), 0)


async def test_P3_with_fewer_entries_than_prizes_the_last_prizes_stay(ledger: Ledger) -> None:
    await ledger.apply(put_room("put"), granted("g", "m1", points=100))
    await ledger.apply(open_draw(prizes=(replace(POINTS, count=2), replace(GOODS, count=3))))
    await ledger.apply(entered("e1", "m1"))
    await ledger.apply(closed())
    await ledger.apply(revealed(await the_draw(ledger)))
    [winner] = (await the_draw(ledger)).winners
    assert (winner.prize, winner.ticket) == (0, 1)
    assert await points(ledger, "m1") == [500]


async def test_P3_nothing_but_the_promised_seed_is_taken(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    await ledger.apply(entered("e1", "m1"))
    early = await ledger.receipts(closed("early", at_ms=ENDS - 1))
    assert (early[0].outcome, (await the_draw(ledger)).state) == ("applied", "open"), "nothing happened"
    await ledger.apply(closed())
    draw = await the_draw(ledger)
    [receipt] = await ledger.receipts(revealed(draw, seed=bytes(32)))
    assert (receipt.outcome, receipt.code) == ("refused", "commitment_broken")
    assert (await the_draw(ledger)).seed is None


async def test_R2_P3_closed_and_drawn_once_however_often_it_is_asked(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    await ledger.apply(entered("e1", "m1"))
    await ledger.apply(closed(), closed("close2"))
    draw = await the_draw(ledger)
    first = await ledger.apply(revealed(draw), revealed(draw, "reveal2"))
    later = await ledger.apply(revealed(draw), revealed(draw, "reveal3"))
    assert [isinstance(fact, Drawn) for fact in first.facts].count(True) == 1
    assert later.facts == ()
    assert await points(ledger, "m1") == [1_400]
    await is_sound(ledger)


async def test_P3_a_cancelled_draw_gives_every_ticket_back_once(ledger: Ledger) -> None:
    await with_draw(ledger, "m1", "m2", max_entries=2)
    await ledger.apply(entered("e1", "m1"), entered("e2", "m2"), entered("e3", "m1"))
    await ledger.apply(cancelled(), cancelled("again"))
    assert [ticket.n for ticket in await ledger.queries.unreturned(DRAW, 9)] == [1, 2, 3]
    await ledger.apply(returned("r1", "m1", 1), returned("r2", "m2", 2))
    await ledger.apply(returned("r1", "m1", 1), returned("r1b", "m1", 1), returned("r3", "m1", 3))
    assert await points(ledger, "m1", "m2") == [1_000, 1_000]
    assert await ledger.queries.unreturned(DRAW, 9) == []
    [late] = await ledger.receipts(entered("e4", "m2"))
    assert late.code == "closed"
    await is_sound(ledger)


async def test_P3_a_ticket_of_somebody_else_or_of_a_running_draw_gives_nothing_back(ledger: Ledger) -> None:
    await with_draw(ledger, "m1", "m2")
    await ledger.apply(entered("e1", "m1"))
    await ledger.apply(returned("r1", "m1", 1))
    await ledger.apply(cancelled())
    [stolen] = await ledger.receipts(returned("r2", "m2", 1))
    assert stolen.code == "not_found"
    assert await points(ledger, "m1", "m2") == [900, 1_000]


async def test_P3_nobody_calls_off_a_draw_whose_list_is_public(ledger: Ledger) -> None:
    await with_draw(ledger, "m1")
    await ledger.apply(entered("e1", "m1"))
    await ledger.apply(closed())
    [refused] = await ledger.receipts(cancelled())
    assert (refused.outcome, refused.code) == ("refused", "closed")
    await ledger.apply(seed_lost())
    assert (await the_draw(ledger)).state == "cancelled", "only a seed that cannot be read any more does"
    [running] = await ledger.receipts(removed("r9", "d9"))
    assert running.code == "not_found"


async def test_P3_a_room_runs_five_at_most_and_shows_ten(ledger: Ledger) -> None:
    await ledger.apply(put_room("put"))
    for n in range(5):
        await ledger.apply(open_draw(f"o{n}", f"d{n}", at_ms=NOW + n))
    [sixth] = await ledger.receipts(open_draw("o5", "d5"))
    assert (sixth.outcome, sixth.code) == ("refused", "limit_reached")
    [running] = await ledger.receipts(removed("r0", "d0"))
    assert running.code == "not_over"
    for n in range(5):
        await ledger.apply(cancelled(f"c{n}", f"d{n}"))
    for n in range(6, 12):
        await ledger.apply(open_draw(f"o{n}", f"d{n}", at_ms=NOW + n))
        await ledger.apply(cancelled(f"c{n}", f"d{n}"))
    assert [await shown(ledger, f"d{n}") is None for n in (0, 1, 11)] == [True, False, False]


@pytest.mark.parametrize("wrong", ["cost", "seconds", "max_entries"])
async def test_P3_a_draw_that_makes_no_sense_is_not_opened(ledger: Ledger, wrong: str) -> None:
    await ledger.apply(put_room("put"))
    numbers = {"cost": 0, "seconds": 60, "max_entries": 1, wrong: -1}
    asked = open_draw(cost=numbers["cost"], seconds=numbers["seconds"], max_entries=numbers["max_entries"])
    [receipt] = await ledger.receipts(asked)
    assert (receipt.outcome, receipt.code) == ("refused", "bad_request")
    assert wrong in receipt.message
    assert await ledger.queries.draw(DrawId(DRAW)) is None


async def test_P3_numbers_follow_the_order_in_which_they_came(ledger: Ledger) -> None:
    await with_draw(ledger, *(f"m{n}" for n in range(4)))
    for n in range(4):
        [receipt] = await ledger.receipts(entered(f"e{n}", f"m{n}"))
        details = dict(receipt.details)
        assert (details["ticket"], details["draw"]) == (n + 1, DRAW)
    tags = list(await ledger.queries.draw_tags(DRAW))
    assert all(one != other for one, other in pairwise(tags))
