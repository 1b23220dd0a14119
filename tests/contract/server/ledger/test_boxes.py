"""Blind boxes in the ledger: in memory, on SQLite and on PostgreSQL; who is first when many ask at once (P2, P3, E5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text

from server.domain.box_commands import OpenBox, PromiseBoxSeed, RevealBoxSeed
from server.domain.boxes import GOODS, POINTS, TICKET_SERIES, BoxPrize, seed_name
from server.domain.commands import Command, PutReward, RedeemReward
from server.domain.decision import Receipt
from server.domain.fairness import box_of, commitment_of
from server.domain.rewards import BLIND_BOX, RewardTerms
from server.domain.rulebook import StreakRule
from server.ids import OpeningId, RewardId, SeriesId
from server.ledger.box_queries import BoxQueries
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.verify import verify
from tests.support.ledger import (
    CALENDAR,
    DAY_MS,
    NOW,
    RULEBOOK,
    Ledger,
    cancelled,
    checked_in,
    granted,
    in_memory,
    member,
    merged,
    on_database,
    origin,
    who_of,
)

TODAY = CALENDAR.day_of(NOW)
SERIES = SeriesId("bag")
CONTENTS = (
    BoxPrize("5积分", POINTS, 60, points=5),
    BoxPrize("满100减10", "coupon", 30, off=1_000, min=10_000, valid_ms=DAY_MS),
    BoxPrize("口红", GOODS, 10, stock=2),
)
RULES = replace(RULEBOOK, streak=StreakRule(7, 200, (BoxPrize("20积分", POINTS, 1, points=20),)))
ROUNDS = 6


def seed_of(series: str, day: int) -> str:
    return (f"{series}{day}".encode().hex() * 32)[:64]


def promised(series: str = SERIES, day: int = TODAY, at_ms: int = NOW) -> PromiseBoxSeed:
    seed = seed_of(series, day)
    commitment = commitment_of(bytes.fromhex(seed), seed_name(SeriesId(series), day))
    from_ = origin(f"promise {series} {day}", source="jobs", room=None, at_ms=at_ms)
    return PromiseBoxSeed(from_, SeriesId(series), day, commitment, seed)


def revealed(day: int, at_ms: int, seed: str | None = None) -> RevealBoxSeed:
    from_ = origin(f"reveal {day} {seed} {at_ms}", source="jobs", room=None, at_ms=at_ms)
    return RevealBoxSeed(from_, SERIES, day, seed or seed_of(SERIES, day))


def put(contents: tuple[BoxPrize, ...] = CONTENTS, stock: int | None = None, event: str = "put") -> PutReward:
    terms = RewardTerms("福袋", BLIND_BOX, 100, stock, contents=contents)
    return PutReward(origin(event, source="api", room=None, content=repr(terms)), RewardId(SERIES), terms)


def opened(event: str, who: str = "m1", at_ms: int = NOW) -> RedeemReward:
    from_ = origin(event, source="live", at_ms=at_ms)
    return RedeemReward(from_, who_of(who), RewardId(SERIES), event)


def by_ticket(event: str, who: str = "m1", at_ms: int = NOW) -> OpenBox:
    return OpenBox(origin(event, source="live", at_ms=at_ms), who_of(who), event)


async def points_of(ledger: Ledger, who: str = "m1") -> int:
    return (await ledger.queries.members([member(who)], NOW))[member(who)].points


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


async def in_shop(ledger: Ledger, *who: str, points: int = 1_000) -> None:
    await ledger.apply(
        put(), promised(), *(granted(f"g {one}", one, points=points) for one in who or ("m1",))
    )


async def with_week(ledger: Ledger, who: str = "m1", day: int = 7) -> int:
    """Check in for `day` days in a row; return the time of the last."""
    for n in range(day):
        await ledger.apply(checked_in(f"{who} day {n}", who, at_ms=NOW + n * DAY_MS))
    return NOW + (day - 1) * DAY_MS


async def test_P2_P3_a_box_holds_what_seed_word_and_count_say(ledger: Ledger) -> None:
    await in_shop(ledger)
    for n in range(1, 7):
        before = await points_of(ledger)
        [receipt] = await ledger.receipts(opened(f"box {n}"))
        left = list(CONTENTS)
        told = dict(receipt.details)
        prize = left[
            box_of(bytes.fromhex(seed_of(SERIES, TODAY)), f"box {n}", n, [one.weight for one in left])
        ]
        assert (receipt.outcome, told["prize"], told["prize_kind"]) == ("applied", prize.name, prize.kind)
        assert receipt.earned.points == prize.points - 100 == await points_of(ledger) - before


async def test_R2_P3_the_same_ref_again_gives_the_same_box_and_opens_no_other(ledger: Ledger) -> None:
    await in_shop(ledger)
    [first] = await ledger.receipts(opened("box"))
    before = await points_of(ledger)
    again = await ledger.receipts(opened("box"), opened("box"))
    assert again == (replace(first, outcome="duplicate"),) * 2
    assert await points_of(ledger) == before


async def test_P3_no_box_is_opened_before_its_seed_is_promised_nor_once_it_is_public(ledger: Ledger) -> None:
    await ledger.apply(put(), granted("g", "m1", points=1_000))
    [unpromised] = await ledger.receipts(opened("b1"))
    assert unpromised.code == "try_later"
    await ledger.apply(promised())
    [early] = await ledger.receipts(revealed(TODAY, NOW))
    assert early.outcome == "applied"  # and changes nothing: the day is not over
    [there] = await ledger.receipts(opened("b2"))
    assert there.outcome == "applied"
    await ledger.apply(revealed(TODAY, NOW + DAY_MS))
    [late, next_day] = await ledger.receipts(opened("b3"), opened("b4", at_ms=NOW + DAY_MS))
    assert (late.code, next_day.code) == ("try_later", "try_later")
    assert await points_of(ledger) == 900 + int(dict(there.details).get("prize_points", 0))


async def test_P3_another_seed_than_the_promised_one_is_not_taken_and_a_promise_stays(ledger: Ledger) -> None:
    await ledger.apply(put(), promised(), granted("g", "m1", points=1_000))
    [wrong] = await ledger.receipts(revealed(TODAY, NOW + DAY_MS, "ab" * 32))
    assert wrong.code == "commitment_broken"
    other = replace(promised(), origin=origin("again", source="jobs", room=None), commitment="00" * 32)
    await ledger.apply(other)
    [box] = await ledger.receipts(opened("b1"))  # with "00…" as the promise no box could be opened
    assert box.outcome == "applied"


async def test_P3_what_is_given_is_left_out_and_an_empty_box_costs_nothing(ledger: Ledger) -> None:
    contents = (BoxPrize("口红", GOODS, 1, stock=1), BoxPrize("香水", GOODS, 1, stock=2))
    await ledger.apply(put(contents, stock=3), promised(), granted("g", "m1", points=1_000))
    held = [dict((await ledger.receipts(opened(f"b{n}")))[0].details)["prize"] for n in range(3)]
    assert Counter(held) == {"口红": 1, "香水": 2}
    await ledger.apply(
        put((BoxPrize("口红", GOODS, 1, stock=1), BoxPrize("香水", GOODS, 1, stock=3)), 4, "p2")
    )
    await ledger.apply(
        put((BoxPrize("口红", GOODS, 1, stock=4), BoxPrize("香水", GOODS, 1, stock=0)), 4, "p3")
    )
    [last] = await ledger.receipts(opened("b4"))
    assert dict(last.details)["prize"] == "口红"
    await ledger.apply(put((BoxPrize("口红", GOODS, 1, stock=2),), 0, "p4"))
    [gone] = await ledger.receipts(opened("b5"))
    assert gone.code == "sold_out"
    assert await points_of(ledger) == 600


@pytest.mark.parametrize(
    "contents, stock",
    [
        ((), None),
        ((BoxPrize("a", GOODS, 1), BoxPrize("a", GOODS, 1)), None),
        ((BoxPrize("a", GOODS, 0),), None),
        ((BoxPrize("a", GOODS, 1, points=5),), None),
        ((BoxPrize("a", POINTS, 1),), None),
        ((BoxPrize("a", "coupon", 1, off=5),), None),
        ((BoxPrize("a", GOODS, 1, stock=3),), None),
        ((BoxPrize("a", GOODS, 1, stock=3),), 4),
    ],
)
async def test_P2_a_box_that_could_be_empty_or_worthless_is_refused(
    contents: tuple[BoxPrize, ...], stock: int | None
) -> None:
    [receipt] = await in_memory().receipts(put(contents, stock))
    assert receipt.code == "bad_request"


async def test_P2_a_box_cannot_be_given_back(ledger: Ledger) -> None:
    await in_shop(ledger)
    await ledger.apply(opened("box"))
    [receipt] = await ledger.receipts(cancelled("c1", "m1", "box"))
    assert receipt.code == "handed_over"


# --- tickets ------------------------------------------------------------------------------------------


@pytest.fixture
async def ticketed(ledger: Ledger) -> Ledger:
    """The same ledger, with a rulebook whose streaks bring tickets, and a live show."""
    if ledger.engines is None:
        return await in_memory(RULES).with_live_show()
    journal = Journal(ledger.engines, lambda _: RULES, CALENDAR, unseal=str)
    return await Ledger(journal, ledger.queries, ledger.engines).with_live_show()


async def test_E5_the_seventh_day_in_a_row_brings_a_ticket_that_opens_one_box(ticketed: Ledger) -> None:
    await with_week(ticketed, day=6)
    at_ms = NOW + 6 * DAY_MS
    [without] = await ticketed.receipts(by_ticket("early", at_ms=at_ms))
    assert without.code == "not_enough_points"
    [seventh] = await ticketed.receipts(checked_in("day 7", "m1", at_ms=at_ms))
    assert dict(seventh.details) == {"tickets": 1}
    await ticketed.apply(promised(TICKET_SERIES, TODAY + 6, at_ms))
    before = await points_of(ticketed)
    [box, second] = await ticketed.receipts(by_ticket("b1", at_ms=at_ms), by_ticket("b2", at_ms=at_ms))
    assert (dict(box.details)["prize"], dict(box.details)["tickets"]) == ("20积分", 0)
    assert second.code == "not_enough_points"
    assert await points_of(ticketed) == before + 20
    if ticketed.engines is not None:
        assert (await verify(ticketed.engines)).differences == ()


async def test_E5_a_ticket_stays_when_its_box_cannot_be_opened(ticketed: Ledger) -> None:
    at_ms = await with_week(ticketed)
    [receipt] = await ticketed.receipts(by_ticket("b1", at_ms=at_ms))
    assert receipt.code == "try_later"
    assert (await ticketed.queries.members([member("m1")], at_ms))[member("m1")].box_tickets == 1


async def test_X1_E5_tickets_and_opened_boxes_of_both_accounts_are_the_survivor_s(ticketed: Ledger) -> None:
    at_ms = await with_week(ticketed, "m1")
    await with_week(ticketed, "m2")
    await ticketed.apply(put(), promised(day=TODAY + 6), granted("g", "m2", points=500, at_ms=at_ms))
    await ticketed.apply(opened("box", "m2", at_ms))
    await ticketed.apply(merged("x1", "m1", "m2", at_ms=at_ms))
    assert (await ticketed.queries.members([member("m1")], at_ms))[member("m1")].box_tickets == 2
    if ticketed.engines is not None:
        assert (await verify(ticketed.engines)).differences == ()


# --- on a database alone ------------------------------------------------------------------------------


async def test_P3_a_proof_has_all_that_is_needed_and_the_seed_on_the_next_day(database: Ledger) -> None:
    await in_shop(database)
    [receipt] = await database.receipts(opened("my word"))
    queries = BoxQueries(engines_of(database))
    opening = await queries.opening(OpeningId(str(dict(receipt.details)["opening"])))
    assert opening is not None
    secret = await queries.seed(SERIES, opening.day)
    assert secret is not None
    assert secret.seed is None
    await database.apply(revealed(TODAY, NOW + DAY_MS))
    public = await queries.seed(SERIES, opening.day)
    assert public is not None
    assert public.seed is not None
    seed = bytes.fromhex(public.seed)
    assert commitment_of(seed, seed_name(SERIES, opening.day)) == public.commitment
    weights = [weight for _, weight in opening.contents]
    assert box_of(seed, opening.client_seed, opening.nonce, weights) == opening.holds
    assert opening.client_seed == "my word"
    assert (await verify(engines_of(database))).differences == ()


async def test_LED10_P2_goods_in_a_box_are_told_to_the_shop(database: Ledger) -> None:
    contents = (BoxPrize("口红", GOODS, 1),)
    await database.apply(put(contents), promised(), granted("g", "m1", points=200))
    [receipt] = await database.receipts(opened("box"))
    async with engines_of(database).read() as connection:
        wanted = text("SELECT body FROM outbox WHERE type = 'reward.redeemed' ORDER BY id")
        bodies = [row[0] for row in (await connection.execute(wanted)).all()]
    opening = dict(receipt.details)["opening"]
    assert len(bodies) == 2
    assert f'"box":"bag","opening":"{opening}","name":"口红","kind":"goods"' in bodies[1]


async def test_LED11_P3_verify_names_what_of_a_box_is_not_right(database: Ledger) -> None:
    await in_shop(database)
    await database.apply(opened("b1"), opened("b2"))
    engines = engines_of(database)
    assert (await verify(engines)).differences == ()
    async with engines.write() as connection:
        await connection.execute(text("UPDATE box_openings SET points = 777 WHERE nonce = 1"))
        await connection.execute(text("UPDATE box_series SET opened = 3"))
        await connection.execute(text("UPDATE box_seeds SET revealed_ms = 5"))
        await connection.execute(text("UPDATE members SET tickets = 4 WHERE id = 'm1'"))
    assert {one.what for one in (await verify(engines)).differences} == {
        "opened box",
        "boxes of a series",
        "promised seed of a box",
        "tickets for boxes",
    }


async def test_P3_the_job_s_questions_name_what_is_missing_and_what_is_overdue(database: Ledger) -> None:
    queries = BoxQueries(engines_of(database))
    await database.apply(put(), promised())
    days = (TODAY, TODAY + 1)
    assert await queries.unpromised(None, days) == [(SERIES, TODAY + 1)]
    assert await queries.unpromised(TICKET_SERIES, days) == [
        (SERIES, TODAY + 1),
        (TICKET_SERIES, TODAY),
        (TICKET_SERIES, TODAY + 1),
    ]
    assert await queries.overdue(TODAY, 10) == []
    assert [one.day for one in await queries.overdue(TODAY + 1, 10)] == [TODAY]
    await database.apply(revealed(TODAY, NOW + DAY_MS))
    assert await queries.overdue(TODAY + 1, 10) == []


# --- at once ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Pair:
    """The same database twice, as two processes have it."""

    one: Ledger
    two: Ledger

    async def at_once(self, *commands: Command) -> list[Receipt]:
        sides = (self.one, self.two)
        found = await asyncio.gather(*(sides[n % 2].receipts(one) for n, one in enumerate(commands)))
        return [receipt for [receipt] in found]

    async def is_right(self) -> None:
        assert (await verify(engines_of(self.one))).differences == ()


@pytest.fixture
async def pair(ledger_url: str) -> AsyncIterator[Pair]:
    async with on_database(ledger_url, RULES) as one, on_database(ledger_url, RULES) as two:
        yield Pair(one, two)


async def test_R3_P2_forty_boxes_at_once_give_a_stock_of_five_exactly(pair: Pair) -> None:
    contents = (BoxPrize("口红", GOODS, 1_000_000, stock=5), BoxPrize("1积分", POINTS, 1, points=1))
    await pair.one.apply(
        put(contents), promised(), *(granted(f"g{n}", f"m{n}", points=100) for n in range(40))
    )
    receipts = await pair.at_once(*(opened(f"b{n}", f"m{n}") for n in range(40)))
    assert Counter(receipt.outcome for receipt in receipts) == {"applied": 40}
    assert Counter(dict(receipt.details)["prize"] for receipt in receipts)["口红"] == 5
    assert await BoxQueries(engines_of(pair.two)).opened(SERIES) == 40
    await pair.is_right()


async def test_R3_P2_the_last_piece_goes_to_one_and_the_rest_pay_nothing(pair: Pair) -> None:
    await pair.one.apply(
        put((BoxPrize("口红", GOODS, 1, stock=1),), stock=1),
        promised(),
        *(granted(f"g{n}", f"m{n}", points=100) for n in range(12)),
    )
    receipts = await pair.at_once(*(opened(f"b{n}", f"m{n}") for n in range(12)))
    assert Counter(receipt.code for receipt in receipts) == {None: 1, "sold_out": 11}
    assert Counter([await points_of(pair.two, f"m{n}") for n in range(12)]) == {100: 11, 0: 1}
    await pair.is_right()


async def test_R3_E5_a_ticket_is_spent_once_however_many_ask(pair: Pair) -> None:
    await pair.one.with_live_show()
    at_ms = await with_week(pair.one)
    await pair.one.apply(promised(TICKET_SERIES, TODAY + 6, at_ms))
    receipts = await pair.at_once(*(by_ticket(f"b{n}", at_ms=at_ms) for n in range(12)))
    assert Counter(receipt.code for receipt in receipts) == {None: 1, "not_enough_points": 11}
    await pair.is_right()


async def test_R2_P3_a_seed_promised_by_two_processes_is_the_first_one_s(pair: Pair) -> None:
    queries = BoxQueries(engines_of(pair.one))
    for turn in range(ROUNDS):
        series = SeriesId(f"s{turn}")
        ours = promised(series)
        theirs = replace(ours, commitment="ab" * 32)
        receipts = await pair.at_once(ours, theirs)
        assert Counter(receipt.outcome for receipt in receipts) == {"applied": 1, "duplicate": 1}
        [kept] = await queries.seeds(series, 5)
        assert kept.commitment == [ours, theirs][receipts[0].outcome != "applied"].commitment
    await pair.is_right()
