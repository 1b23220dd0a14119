"""Gifts and boosts on every ledger, and with many at once on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from server.domain.decide.gifts import gift_id
from server.domain.decision import Receipt
from server.ids import AuthorTag, derived
from server.ledger.due import DueWork
from server.ledger.engines import Engines
from server.ledger.verify import verify
from tests.support.ledger import (
    DAY_MS,
    MINUTE_MS,
    NOW,
    Ledger,
    boosted,
    captured,
    claimed,
    gave,
    gave_by_link,
    gift_returned,
    granted,
    held,
    joined,
    member,
    on_database,
    origin,
    paid,
    released,
    time_kept,
)

HOUR_MS = 60 * MINUTE_MS
LONG_AGO = NOW - 30 * DAY_MS


async def with_givers(ledger: Ledger, *names: str, points: int = 600) -> Ledger:
    """Return the ledger with bronze members of a month, each with so many points."""
    for name in names:
        await ledger.apply(
            joined(f"join {name}", name, name.upper(), at_ms=LONG_AGO),
            granted(f"growth {name}", name, growth=100, at_ms=LONG_AGO),
            granted(f"points {name}", name, points=points, at_ms=LONG_AGO),
        )
    return ledger


async def balances(ledger: Ledger, *names: str, at_ms: int = NOW) -> list[tuple[int, int]]:
    found = await ledger.queries.members([member(name) for name in names], at_ms)
    return [(found[member(name)].points, found[member(name)].held) for name in names]


async def is_right(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


def codes(receipts: Sequence[Receipt]) -> list[str | None]:
    return [receipt.code for receipt in receipts]


async def test_P5_a_gift_is_two_lines_of_one_commit(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", "m2")
    before = await ledger.queries.versions([member("m1"), member("m2")])
    committed = await ledger.apply(gave("g1", "m1", "m2", 200))
    assert committed.receipts[0].earned.points == -200
    assert [one.id for one in committed.members] == ["m1", "m2"]
    assert {one.id: one.version for one in committed.members} == {
        who: version + 1 for who, version in before.items()
    }
    lines = [(await ledger.queries.entries(member(who), None, 1))[0] for who in ("m1", "m2")]
    assert [(line.book, line.delta, line.rule, line.event) for line in lines] == [
        ("points", -200, "gift", "g1"),
        ("points", 200, "gift", "g1"),
    ]
    assert await balances(ledger, "m1", "m2") == [(400, 0), (800, 0)]
    await is_right(ledger)


async def test_P5_R2_the_same_gift_again_is_answered_and_not_given(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", "m2")
    [first] = await ledger.receipts(gave("g1", "m1", "m2", 200))
    [again] = await ledger.receipts(gave("g1", "m1", "m2", 200))
    assert (again.outcome, again.earned, again.rule) == ("duplicate", first.earned, "gift")
    [other] = await ledger.receipts(gave("g1", "m1", "m2", 100))
    assert other.outcome == "conflict"
    assert await balances(ledger, "m1", "m2") == [(400, 0), (800, 0)]


async def test_P5_what_may_not_be_given_is_refused_and_leaves_nothing(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", "m2")
    await ledger.apply(joined("young", "m3", at_ms=NOW - DAY_MS))
    receipts = await ledger.receipts(
        gave("a", "m1", "m1", 10),
        gave("b", "m1", "nobody", 10),
        gave("c", "m1", "m2", 501),
        gave("d", "m3", "m2", 1),
        gave("e", "m2", "m1", 500),
        gave("f", "m2", "m1", 1),
    )
    assert codes(receipts) == [
        "bad_request",
        "not_found",
        "limit_reached",
        "giver_not_eligible",
        None,
        "limit_reached",
    ]
    assert await ledger.queries.resolve([joined("x", "nobody").who]) == {}
    await is_right(ledger)


async def test_P5_caps_are_counted_over_commits_and_start_anew_at_midnight(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", "m2", "m3", "m4", points=2_000)
    assert codes(await ledger.receipts(gave("a", "m1", "m4", 500))) == [None]
    assert codes(await ledger.receipts(gave("b", "m1", "m4", 1))) == ["limit_reached"]
    assert codes(await ledger.receipts(gave("c", "m2", "m4", 500))) == [None]
    assert codes(await ledger.receipts(gave("d", "m3", "m4", 1))) == ["limit_reached"], "a thousand came in"
    tomorrow = NOW + DAY_MS
    receipts = await ledger.receipts(
        gave("e", "m1", "m4", 500, at_ms=tomorrow), gave("f", "m3", "m4", 500, at_ms=tomorrow)
    )
    assert codes(receipts) == [None, None]
    await is_right(ledger)


async def test_P1_points_of_orders_in_their_return_window_are_no_gift(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", "m2", points=10)
    await ledger.apply(paid("o", "m1", "o1", 100, at_ms=NOW - 7 * DAY_MS))
    assert codes(await ledger.receipts(gave("a", "m1", "m2", 11))) == ["not_enough_points"]
    assert codes(await ledger.receipts(gave("b", "m1", "m2", 200, at_ms=NOW + 1))) == [None]


async def test_P5_a_hold_of_the_giver_is_not_given_away(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", "m2")
    receipts = await ledger.receipts(
        held("h", "m1", "o1", 400), gave("a", "m1", "m2", 201), gave("b", "m1", "m2", 200)
    )
    assert codes(receipts) == [None, "not_enough_points", None]
    await ledger.apply(captured("c", "m1", "h"))
    assert await balances(ledger, "m1", "m2") == [(0, 0), (800, 0)]
    await is_right(ledger)


async def test_P5_a_link_makes_a_new_friend_a_member(ledger: Ledger) -> None:
    await with_givers(ledger, "m1")
    await ledger.apply(gave_by_link("l", "m1", 300, code="secret"))
    waiting = await ledger.queries.gift_of_code("secret")
    assert waiting is not None
    assert (waiting.state, waiting.points, waiting.id) == (
        "waiting",
        300,
        gift_id(origin("l", source="live")),
    )
    assert await balances(ledger, "m1") == [(600, 300)]
    await is_right(ledger)
    [receipt] = await ledger.receipts(claimed("c", "wx:new", "l"))
    assert (receipt.outcome, receipt.earned.points) == ("applied", 300)
    assert receipt.member is not None
    assert await balances(ledger, "m1", receipt.member) == [(300, 0), (300, 0)]
    assert codes(await ledger.receipts(claimed("d", "m2", "l"))) == ["closed"]
    assert await ledger.queries.gift(waiting.id) == await ledger.queries.gift_of_code("secret")
    await is_right(ledger)


async def test_P5_R2_asked_again_with_another_code_the_first_one_stands(ledger: Ledger) -> None:
    await with_givers(ledger, "m1")
    await ledger.apply(gave_by_link("l", "m1", 300, code="first"))
    [again] = await ledger.receipts(gave_by_link("l", "m1", 300, code="second"))
    assert again.outcome == "duplicate"
    assert await ledger.queries.gift_of_code("second") is None
    assert await balances(ledger, "m1") == [(600, 300)]


async def test_P5_an_unclaimed_gift_goes_back_and_may_be_given_again(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", "m2")
    early = NOW - 16 * HOUR_MS  # within the same day
    await ledger.apply(gave_by_link("l", "m1", 500, at_ms=early))
    tomorrow = early + DAY_MS
    await ledger.apply(gift_returned("back", "m1", "l", at_ms=tomorrow))
    assert codes(await ledger.receipts(claimed("c", "m2", "l", at_ms=tomorrow))) == ["closed"]
    assert codes(await ledger.receipts(gave("again", "m1", "m2", 500))) == [None]
    await is_right(ledger)


async def test_P5_a_public_tag_leads_to_its_member(ledger: Ledger) -> None:
    await with_givers(ledger, "m1")
    assert await ledger.queries.author(AuthorTag(derived("a", "m1"))) == "m1"
    assert await ledger.queries.author(AuthorTag("a_nobody")) is None


async def test_P4_a_boost_is_bought_once_a_day_and_ends_with_it(ledger: Ledger) -> None:
    await with_givers(ledger, "m1", points=700)
    receipts = await ledger.receipts(boosted("b1", "m1"), boosted("b2", "m1"), boosted("b3", "m1", "gold"))
    assert codes(receipts) == [None, "limit_reached", "bad_request"]
    found = (await ledger.queries.members([member("m1")], NOW))[member("m1")]
    assert (found.points, found.tier) == (400, "bronze")
    assert found.boost is not None
    assert (found.boost.tier, found.boost.until_ms) == ("silver", NOW + (7 * 60 + 6) * MINUTE_MS + 40_000)
    [line, *_] = await ledger.queries.entries(member("m1"), None, 1)
    assert (line.delta, line.rule) == (-300, "boost")
    await is_right(ledger)
    after = found.boost.until_ms
    await ledger.apply(time_kept("k", "m1", at_ms=after))
    found = (await ledger.queries.members([member("m1")], after))[member("m1")]
    assert (found.boost, found.tier) == (None, "bronze")
    await is_right(ledger)


async def test_P4_P5_due_are_links_nobody_took_and_boosts_that_are_over(database: Ledger) -> None:
    await with_givers(database, "m1", "m2", points=900)
    await database.apply(
        gave_by_link("l1", "m1", 10), gave_by_link("l2", "m1", 10, at_ms=NOW + 1), boosted("b", "m1")
    )
    await database.apply(claimed("c", "m2", "l2", at_ms=NOW + 2))
    due = DueWork(engines_of(database))
    assert await due.unclaimed_gifts(NOW + DAY_MS - 1, 9) == []
    assert [one.member for one in await due.unclaimed_gifts(NOW + DAY_MS + 1, 9)] == ["m1"]
    assert await due.ended_holds(NOW + HOUR_MS, 9) == []
    assert [one.member for one in await due.ended_holds(NOW + DAY_MS, 9)] == ["m1"]
    await database.apply(time_kept("k", "m1", at_ms=NOW + DAY_MS))
    assert await due.ended_holds(NOW + 2 * DAY_MS, 9) == []


# --- many at once ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Pair:
    """The same database twice, each with connections of its own."""

    one: Ledger
    two: Ledger

    def side(self, n: int) -> Ledger:
        return (self.one, self.two)[n % 2]


@pytest.fixture
async def pair(ledger_url: str) -> AsyncIterator[Pair]:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        yield Pair(one, two)


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


async def test_R3_P5_twenty_gifts_in_a_ring_at_once_conserve_the_sum(pair: Pair) -> None:
    ring = [f"m{n}" for n in range(5)]
    await with_givers(pair.one, *ring, points=100)
    gifts = [
        (f"g{n}", ring[n % 5], ring[(n + 1) % 5] if n % 2 else ring[(n + 4) % 5], 10 + n) for n in range(20)
    ]
    receipts = await asyncio.gather(*(pair.side(n).receipts(gave(*gift)) for n, gift in enumerate(gifts)))
    assert {receipt.code for [receipt] in receipts} <= {None, "not_enough_points"}
    standing = await balances(pair.two, *ring)
    assert sum(points for points, _ in standing) == 500
    assert min(points for points, _ in standing) >= 0
    await is_right(pair.one)


async def test_R3_P5_of_fifty_gifts_of_a_whole_balance_at_once_one_wins(pair: Pair) -> None:
    await with_givers(pair.one, "m1", points=250)
    friends = [f"f{n}" for n in range(50)]
    await pair.one.apply(*(joined(f"join {name}", name) for name in friends))
    receipts = await asyncio.gather(
        *(pair.side(n).receipts(gave(f"g{n}", "m1", name, 250)) for n, name in enumerate(friends))
    )
    assert Counter(receipt.code for [receipt] in receipts) == {None: 1, "not_enough_points": 49}
    standing = await balances(pair.two, "m1", *friends)
    assert sorted(standing) == [(0, 0)] * 50 + [(250, 0)]
    await is_right(pair.one)


async def test_R3_P5_the_day_s_caps_hold_whoever_gives_at_once(pair: Pair) -> None:
    givers = [f"m{n}" for n in range(6)]
    await with_givers(pair.one, *givers, points=2_000)
    await pair.one.apply(joined("star", "star"))
    receipts = await asyncio.gather(
        *(pair.side(n).receipts(gave(f"g{n}", givers[n % 6], "star", 90)) for n in range(40))
    )
    outcomes = Counter(receipt.code for [receipt] in receipts)
    assert outcomes == {None: 11, "limit_reached": 29}, "11 × 90 is the most that fits into a thousand"
    assert await balances(pair.two, "star") == [(990, 0)]
    outgoing = await asyncio.gather(
        *(pair.side(n).receipts(gave(f"o{n}", "m0", f"m{1 + n % 5}", 60)) for n in range(12))
    )
    given = [gift for gift in range(40) if gift % 6 == 0 and receipts[gift][0].code is None]
    fits = (500 - 90 * len(given)) // 60
    assert Counter(receipt.code for [receipt] in outgoing)[None] == fits
    await is_right(pair.one)


async def test_R3_P5_a_link_claimed_by_many_at_once_is_one_friend_s(pair: Pair) -> None:
    await with_givers(pair.one, "m1")
    for turn in range(6):
        await pair.one.apply(gave_by_link(f"l{turn}", "m1", 50))
        friends = [f"wx:{turn}-{n}" for n in range(8)]
        receipts = await asyncio.gather(
            *(
                pair.side(n).receipts(claimed(f"c{turn}.{n}", name, f"l{turn}"))
                for n, name in enumerate(friends)
            )
        )
        assert Counter(receipt.code for [receipt] in receipts) == {None: 1, "closed": 7}
    assert await balances(pair.two, "m1") == [(300, 0)]
    await is_right(pair.one)


async def test_LED41_R3_P5_a_link_is_claimed_or_goes_back_never_both(pair: Pair) -> None:
    await with_givers(pair.one, "m1")
    taken = 0
    for turn in range(8):
        await pair.one.apply(gave_by_link(f"l{turn}", "m1", 50))
        [claim], [back] = await asyncio.gather(
            pair.one.receipts(claimed(f"c{turn}", "m2", f"l{turn}", at_ms=NOW + DAY_MS - 1)),
            pair.two.receipts(gift_returned(f"b{turn}", "m1", f"l{turn}", at_ms=NOW + DAY_MS)),
        )
        assert back.outcome == "applied"
        assert claim.code in (None, "closed")
        taken += claim.code is None
    standing = await balances(pair.one, "m1", at_ms=NOW + DAY_MS)
    assert standing == [(600 - 50 * taken, 0)]
    await is_right(pair.one)


async def test_R3_P1_P5_a_balance_is_held_given_and_boosted_away_once(pair: Pair) -> None:
    await with_givers(pair.one, "m1", "m2", points=300)
    for turn in range(6):
        receipts = await asyncio.gather(
            pair.one.receipts(held(f"h{turn}", "m1", f"o{turn}", 300)),
            pair.two.receipts(gave(f"g{turn}", "m1", "m2", 300)),
            pair.one.receipts(gave_by_link(f"l{turn}", "m1", 300)),
            pair.two.receipts(boosted(f"b{turn}", "m1")),
        )
        assert Counter(receipt.outcome for [receipt] in receipts) == {"applied": 1, "refused": 3}
        [points, held_] = (await balances(pair.one, "m1"))[0]
        assert (points, held_) in ((300, 300), (0, 0))
        if (points, held_) == (0, 0):
            break
        await pair.one.apply(
            released(f"r{turn}", "m1", f"h{turn}"),
            gift_returned(f"x{turn}", "m1", f"l{turn}", at_ms=NOW + DAY_MS),
        )
    await is_right(pair.one)


async def test_R3_verify_names_a_gift_that_does_not_follow_from_the_record(database: Ledger) -> None:
    await with_givers(database, "m1", "m2", "m3", points=900)
    await database.apply(
        gave("g", "m1", "m2", 10), gave_by_link("l", "m1", 20), boosted("b", "m3"), claimed("c", "m2", "l")
    )
    await is_right(database)
    engines = engines_of(database)
    async with engines.write() as connection:
        await connection.execute(text("UPDATE gifts SET receiver = 'm3' WHERE points = 10"))
        await connection.execute(text("UPDATE gifts SET points = 21 WHERE points = 20"))
        await connection.execute(text("UPDATE members SET boost_until_ms = 1 WHERE id = 'm3'"))
    found = {one.what for one in (await verify(engines)).differences}
    assert found == {"gift", "gift's two sides", "boost"}
