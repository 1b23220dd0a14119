"""Two journals on one database at once, as two processes have them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.domain.facts import BudgetSpent
from server.ledger.engines import Engines
from server.ledger.verify import verify
from tests.support.ledger import (
    CALENDAR,
    DAY_MS,
    NOW,
    Ledger,
    accepted_invite,
    completed_invite,
    held,
    joined,
    liked,
    linked,
    member,
    on_database,
    paid,
    refunded,
    with_budgets,
)

ROUNDS = 12


@dataclass(slots=True)
class Pair:
    """The same database twice, each with connections of its own."""

    one: Ledger
    two: Ledger

    async def both(self, first: list[Command], second: list[Command]) -> tuple[list[Receipt], list[Receipt]]:
        """Apply one batch on each side at the same time."""
        left, right = await asyncio.gather(self.one.receipts(*first), self.two.receipts(*second))
        return list(left), list(right)


@pytest.fixture
async def pair(ledger_url: str) -> AsyncIterator[Pair]:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        yield Pair(await one.with_live_show(), two)


def engines_of(ledger: Ledger) -> Engines:
    assert ledger.engines is not None
    return ledger.engines


async def test_LED1_R2_the_same_events_at_once_are_claimed_once(pair: Pair) -> None:
    outcomes: Counter[str] = Counter()
    for turn in range(ROUNDS):
        commands: list[Command] = [paid(f"e{turn}.{n}", f"m{n % 5}", f"o{turn}.{n}", 10) for n in range(20)]
        left, right = await pair.both(commands, commands[::-1])
        outcomes.update(receipt.outcome for receipt in [*left, *right])
        by_event = {receipt.event: receipt for receipt in left}
        for receipt in right:
            assert receipt.earned == by_event[receipt.event].earned
    assert outcomes == {"applied": 20 * ROUNDS, "duplicate": 20 * ROUNDS}
    verified = await verify(engines_of(pair.one))
    assert (verified.differences, verified.entries) == ((), 2 * 20 * ROUNDS)


async def test_LED5_a_member_met_by_two_at_once_is_created_once(pair: Pair) -> None:
    for turn in range(ROUNDS):
        who = f"wx:visitor{turn}"
        left, right = await pair.both(
            [paid(f"a{turn}", who, f"oa{turn}", 5)], [paid(f"b{turn}", who, f"ob{turn}", 5)]
        )
        assert left[0].member == right[0].member
        assert {left[0].outcome, right[0].outcome} == {"applied"}
        assert sorted(receipt.earned.points for receipt in (*left, *right)) == [5, 10], (
            "one of them is the first"
        )
    assert (await verify(engines_of(pair.one))).differences == ()


async def test_LED5_an_identity_is_one_member_s_whoever_is_first(pair: Pair) -> None:
    for turn in range(ROUNDS):
        await pair.one.apply(joined(f"j{turn}", f"m{turn}"), joined(f"k{turn}", f"n{turn}"))
        left, right = await pair.both(
            [linked(f"x{turn}", f"m{turn}", "app", f"{turn}")],
            [linked(f"y{turn}", f"n{turn}", "app", f"{turn}")],
        )
        assert sorted(receipt.outcome for receipt in (*left, *right)) == ["applied", "refused"]


async def test_R3_an_order_told_by_two_sources_at_once_is_paid_once(pair: Pair) -> None:
    for turn in range(ROUNDS):
        left, right = await pair.both(
            [paid(f"a{turn}", "m1", f"o{turn}", 10)], [paid(f"b{turn}", "m1", f"o{turn}", 10)]
        )
        assert sorted(receipt.outcome for receipt in (*left, *right)) == ["applied", "duplicate"]
        assert left[0].earned == right[0].earned
    [one] = (await pair.one.queries.members([member("m1")], NOW)).values()
    assert one.points == 20 + 10 * (ROUNDS - 1)


async def test_R3_crossing_members_in_opposite_orders_ends_with_every_sum_right(pair: Pair) -> None:
    for turn in range(ROUNDS):
        forth: list[Command] = [liked(f"f{turn}.{n}", f"m{n}") for n in range(12)]
        back: list[Command] = [paid(f"b{turn}.{n}", f"m{n}", f"o{turn}.{n}", 7) for n in reversed(range(12))]
        back.append(refunded(f"r{turn}", "m3", f"o{turn}.3", 3))
        await pair.both(forth, back)
    assert (await verify(engines_of(pair.one))).differences == ()


async def test_LED6_R3_a_budget_is_never_overrun_by_two_who_both_found_room_in_it(ledger_url: str) -> None:
    rulebook = with_budgets(show=50)
    async with on_database(ledger_url, rulebook) as one, on_database(ledger_url, rulebook) as two:
        pair = Pair(await one.with_live_show(), two)
        codes: Counter[str | None] = Counter()
        for turn in range(ROUNDS):
            left, right = await pair.both(
                [liked(f"a{turn}", f"m{turn}", 4)], [liked(f"b{turn}", f"n{turn}", 4)]
            )
            codes.update(receipt.code for receipt in (*left, *right))
        verified = await verify(engines_of(one))
        assert verified.differences == ()
        ids = [member(f"{side}{turn}") for side in "mn" for turn in range(ROUNDS)]
        points = sum(found.points for found in (await one.queries.members(ids, NOW)).values())
        assert 40 < points <= 50
        assert codes == {None: points // 4, "budget_spent": 2 * ROUNDS - points // 4}
        assert CALENDAR.day_of(NOW) == 20370


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
async def test_LED6_a_budget_spent_by_somebody_else_meanwhile_is_closed_and_decided_again(
    ledger_url: str,
) -> None:
    async with on_database(ledger_url, with_budgets(day=50)) as ledger:
        await ledger.with_live_show()
        await ledger.apply(liked("l0", "m0", 10))
        engines = engines_of(ledger)
        async with engines.write() as other:
            await other.execute(text("UPDATE budgets SET spent = 48 WHERE name LIKE 'day:%'"))
            meanwhile = asyncio.create_task(ledger.apply(liked("l1", "m1", 5), paid("e1", "m2", "o1", 5)))
            waiting = text("SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            blocked = 0
            while not blocked:
                assert not meanwhile.done(), "it should wait for the budget's row"
                async with engines.read() as looking:
                    blocked = (await looking.execute(waiting)).scalar_one()
        committed = await meanwhile
    assert [(receipt.code, receipt.earned.points) for receipt in committed.receipts] == [
        ("budget_spent", 0),
        (None, 10),
    ]
    assert not any(isinstance(fact, BudgetSpent) for fact in committed.facts)


async def test_LED6_a_batch_beyond_its_budget_earns_as_far_as_it_reaches(ledger_url: str) -> None:
    async with on_database(ledger_url, with_budgets(day=25)) as ledger:
        await ledger.with_live_show()
        receipts = await ledger.receipts(
            *(liked(f"l{n}", f"m{n}", 10) for n in range(4)), liked("l4", "m4", 5)
        )
        assert [receipt.earned.points for receipt in receipts] == [10, 10, 0, 0, 5]
        assert [receipt.code for receipt in receipts] == [None, None, "budget_spent", "budget_spent", None]


async def test_R3_P1_of_fifty_who_hold_a_whole_balance_at_once_one_wins(pair: Pair) -> None:
    await pair.one.apply(paid("e1", "m1", "o1", 300))
    sides = [pair.one, pair.two]
    receipts = await asyncio.gather(
        *(sides[n % 2].receipts(held(f"h{n}", "m1", f"order{n}", 600)) for n in range(50))
    )
    codes = Counter(receipt.code for [receipt] in receipts)
    assert codes == {None: 1, "not_enough_points": 49}
    known = (await pair.two.queries.members([member("m1")], NOW))[member("m1")]
    assert (known.points, known.held) == (600, 600)
    assert (await verify(engines_of(pair.one))).differences == ()


async def test_R3_P1_one_order_is_held_for_once_whoever_asks_at_once(pair: Pair) -> None:
    await pair.one.apply(paid("e1", "m1", "o1", 300), paid("e2", "m2", "o2", 300))
    for turn in range(ROUNDS):
        left, right = await pair.both(
            [held(f"a{turn}", "m1", f"x{turn}", 5)], [held(f"b{turn}", "m2", f"x{turn}", 5)]
        )
        assert {left[0].code, right[0].code} == {None, "hold_open"}
    assert (await verify(engines_of(pair.one))).differences == ()


async def test_E4_R3_one_invitation_completed_on_two_sides_at_once_pays_once(pair: Pair) -> None:
    await pair.one.apply(joined("j", "anna"))
    for n in range(ROUNDS):
        await pair.one.apply(accepted_invite(f"i{n}", f"new{n}", "anna", at_ms=NOW + n * DAY_MS))
        left, right = await pair.both(
            [completed_invite(f"left{n}", f"new{n}", "anna", at_ms=NOW + n * DAY_MS)],
            [completed_invite(f"right{n}", f"new{n}", "anna", at_ms=NOW + n * DAY_MS)],
        )
        assert sorted((left[0].code or "", right[0].code or "")) == ["", "duplicate"]
    after = await pair.one.queries.members([member("anna")], NOW)
    assert after[member("anna")].points == 50 * ROUNDS
    assert (await verify(engines_of(pair.one))).differences == ()


async def test_E4_R3_newcomers_of_one_inviter_on_both_sides_stay_within_the_cap(pair: Pair) -> None:
    await pair.one.apply(joined("j", "m"))
    # Ids on both sides of the inviter's own: locks are taken in one order whoever is whose friend.
    newcomers = [f"{side}{n}" for n in range(6) for side in ("a", "z")]
    await pair.one.apply(*(accepted_invite(f"i:{who}", who, "m") for who in newcomers))
    await pair.both(
        [completed_invite(f"c:{who}", who, "m") for who in newcomers[::2]],
        [completed_invite(f"c:{who}", who, "m") for who in newcomers[1::2]],
    )
    after = await pair.one.queries.members([member("m")], NOW)
    assert after[member("m")].points == 5 * 50
    assert (await verify(engines_of(pair.one))).differences == ()
