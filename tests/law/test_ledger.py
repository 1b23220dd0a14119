"""What holds in the ledger after any history of commands, cut into any batches."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.domain.meaning import stands_alone
from server.domain.state import Member
from server.ids import MemberId, RoomId, derived
from server.ledger.journal import Journal
from server.ledger.remembering import Remembered
from server.ledger.verify import verify
from tests.support.databases import fresh
from tests.support.ledger import (
    CALENDAR,
    DAY_MS,
    MINUTE_MS,
    NOW,
    Ledger,
    boosted,
    cancelled,
    captured,
    checked_in,
    claimed,
    clear_spotlight,
    commented,
    entered,
    first_n_closed,
    first_n_opened,
    followed,
    gave,
    gave_by_link,
    gift_returned,
    granted,
    held,
    in_memory,
    joined,
    liked,
    linked,
    member,
    merged,
    migrate,
    on_database,
    paid,
    put_room,
    put_spotlight,
    recalled,
    redeemed,
    refunded,
    released,
    reward_closed,
    reward_put,
    schedule_show,
    set_room,
    shared,
    show_status,
    time_kept,
    updated,
    watched,
    who_of,
    with_budgets,
)
from tests.support.postgres_server import PostgresServer

WHO = ("m1", "m2", "wx:anna", "wx:bert")
# Small enough to be spent: what budgets refuse is part of every law.
RULEBOOK = with_budgets(show=90, day=120, coupons=3_000)

PAUSES_MS = (0, 1_000, MINUTE_MS, 20 * MINUTE_MS, DAY_MS)
# Evenings follow one another; but some members come back in a later block of days, when a year's window is over, and
# after years (0087).
UNTIL_NEXT_MS = (*[0] * 8, *(days * DAY_MS for days in (1, 2, 5, 7, 9, 400, 1_000)))

Step = tuple[Command, ...]


def id_of(who: str) -> str:
    """The member's id: an identity's follows from it as long as it is linked to nobody."""
    return derived("m", *who.split(":")) if ":" in who else who


@st.composite
def histories(draw: st.DrawFn) -> tuple[Step, ...]:
    """Batches of commands in the order of time, with repeats of earlier ones among them."""
    numbers = itertools.count()
    at_ms = NOW
    said: list[Command] = []

    def command() -> Command:
        nonlocal at_ms
        at_ms += draw(st.sampled_from(PAUSES_MS))
        who = draw(st.sampled_from(WHO))
        event = f"e{next(numbers)}"
        order = f"o{draw(st.integers(0, 5))}"
        hold = f"e{draw(st.integers(0, 40))}"
        reward = draw(st.sampled_from(("bag", "bag", "coupon")))
        points = draw(st.sampled_from((1, 20, 80)))
        yuan = draw(st.sampled_from((1, 12, 40, 300, 2_500)))
        kinds: list[Command] = [
            paid(event, who, order, yuan, at_ms=at_ms, room=draw(st.sampled_from(("demo", "nowhere", None)))),
            refunded(event, who, order, min(yuan, 12), at_ms=at_ms),
            liked(event, who, draw(st.integers(1, 50)), at_ms=at_ms),
            commented(event, who, draw(st.sampled_from(("好看好看", "买它买它买它", "?"))), at_ms=at_ms),
            shared(event, who, at_ms=at_ms),
            watched(who, draw(st.integers(1, 9)), draw(st.sampled_from((10, 15))), at_ms=at_ms),
            checked_in(event, who, at_ms=at_ms),
            followed(event, who, at_ms=at_ms, room=draw(st.sampled_from(("demo", "nowhere", None)))),
            held(event, who, order, points, at_ms=at_ms),
            captured(event, who, hold, at_ms=at_ms),
            released(
                event, who, hold, draw(st.sampled_from((None, 7))), at_ms=at_ms, overdue=draw(st.booleans())
            ),
            redeemed(event, who, reward, at_ms=at_ms),
            cancelled(event, who, hold, at_ms=at_ms),
            reward_put(event, reward, points, stock=draw(st.integers(0, 3)), per_member=2, cooldown_s=60),
            reward_put(event, "coupon", points, "coupon", off=500, valid_ms=DAY_MS),
            reward_closed(event, reward),
            gave(event, who, draw(st.sampled_from(("m1", "m2"))), points, at_ms=at_ms),
            gave_by_link(event, who, points, at_ms=at_ms),
            claimed(event, who, hold, at_ms=at_ms),
            gift_returned(event, who, hold, at_ms=at_ms),
            boosted(event, who, draw(st.sampled_from(("bronze", "silver"))), at_ms=at_ms),
            time_kept(event, who, at_ms=at_ms),
            entered(event, who, at_ms=at_ms),
            recalled(event, who, at_ms=at_ms),
            put_spotlight(event, draw(st.sampled_from(("sku-1", "sku-2")))),
            clear_spotlight(event),
            granted(event, who, points=400, at_ms=at_ms),
            granted(event, who, growth=20, at_ms=at_ms),
            granted(event, who, points=80, at_ms=at_ms),
            granted(event, who, tier="gold", until_ms=at_ms + DAY_MS, at_ms=at_ms),
            first_n_opened(event, event, n=draw(st.integers(1, 3)), points=points, at_ms=at_ms),
            first_n_closed(event, hold, at_ms=at_ms),
            replace(
                paid(event, who, order, yuan, at_ms=at_ms),
                coupon=derived("c", id_of(who), "level_up", "silver", "shop", hold),
            ),
            joined(event, who, "小美", at_ms=at_ms),
            updated(event, who, name=f"名{event}", at_ms=at_ms),
            linked(event, who, "wx", draw(st.sampled_from(("anna", "cora"))), at_ms=at_ms),
            put_room(event, members_only=draw(st.sampled_from((None, "gold")))),
            set_room(event, slow_s=draw(st.integers(0, 3))),
            schedule_show(event, draw(st.sampled_from(("s1", "s2")))),
            show_status(event, "live", draw(st.sampled_from(("s1", "s2"))), at_ms=at_ms),
            show_status(event, "ended", draw(st.sampled_from(("s1", "s2"))), at_ms=at_ms),
        ]
        chosen = draw(st.sampled_from((*kinds[:13], *kinds)))  # what earns comes more often
        if said and draw(st.integers(0, 9)) == 0:
            return draw(st.sampled_from(said))
        said.append(chosen)
        # The time of a batch is that of its earliest command: a room's must not stand at the beginning.
        return replace(chosen, origin=replace(chosen.origin, received_ms=at_ms))

    start = (
        put_room("put"),
        schedule_show("schedule"),
        show_status("start", "live"),
        reward_put("bag", "bag", 20, per_member=3, cooldown_s=60),
        reward_put("coupon", "coupon", 5, "coupon", off=300, valid_ms=DAY_MS),
    )

    def step(size: int) -> Step:
        nonlocal at_ms
        at_ms += draw(st.sampled_from(UNTIL_NEXT_MS))
        if size:
            return tuple(command() for _ in range(size))
        kept, gone = draw(st.permutations(WHO))[:2]
        return (merged(f"e{next(numbers)}", kept, gone, at_ms=at_ms),)

    sizes = draw(st.lists(st.integers(0, 8), max_size=10))
    return (start, *map(step, sizes))


def batched(commands: Sequence[Command], most: int) -> Iterator[Sequence[Command]]:
    """Cut them into batches: a merge is one by itself."""
    for alone, some in itertools.groupby(commands, stands_alone):
        together = list(some)
        size = 1 if alone else most
        yield from (together[at : at + size] for at in range(0, len(together), size))


async def members_of(ledger: Ledger, now_ms: int) -> dict[MemberId, Member]:
    ids = list((await ledger.queries.resolve([who_of(who) for who in (*WHO, "wx:cora")])).values())
    return dict(await ledger.queries.members([*ids, member("m1")], now_ms))


async def sums_of(ledger: Ledger, members: Sequence[MemberId]) -> dict[tuple[MemberId, str], int]:
    sums: dict[tuple[MemberId, str], int] = {}
    for one in members:
        for entry in await ledger.queries.entries(one, None, 10_000):
            sums[one, entry.book] = sums.get((one, entry.book), 0) + entry.delta
    return sums


async def obeys(ledger: Ledger, history: Sequence[Step]) -> None:
    """Apply the history; then every balance is the sum of its entries and all else follows from the record."""
    for step in history:
        await ledger.apply(*step)
    now_ms = max(command.origin.received_ms for step in history for command in step)
    found = await members_of(ledger, now_ms)
    sums = await sums_of(ledger, list(found))
    for one in found.values():
        if one.merged_into is not None:  # by that name the survivor's lines are read (X1)
            assert (one.points, one.days) == (0, ())
            continue
        assert one.points == sums.get((one.id, "points"), 0)
        if now_ms - NOW < RULEBOOK.year.window_days * DAY_MS:  # no longer are all of them shown
            assert sum(bucket.growth for bucket in one.days) == sums.get((one.id, "growth"), 0)
    assert ledger.engines is not None
    assert (await verify(ledger.engines)).differences == ()


# An example is a database of its own: shrinking one that fails takes minutes, so it is printed as it was found.
_QUIET = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@settings(_QUIET, max_examples=25)
@given(history=histories())
async def test_R3_a_balance_is_the_sum_of_its_entries_on_sqlite(
    history: tuple[Step, ...], empty_file: Path, directory: Path
) -> None:
    async with on_database(fresh(empty_file, directory), RULEBOOK) as ledger:
        await obeys(ledger, history)


@settings(_QUIET, max_examples=8)
@given(history=histories())
async def test_R3_a_balance_is_the_sum_of_its_entries_on_postgresql(
    history: tuple[Step, ...], migrated_postgres: list[str]
) -> None:
    async with on_database(migrated_postgres.pop(), RULEBOOK) as ledger:
        await obeys(ledger, history)


@pytest.fixture
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[list[str]]:
    """Databases enough for the examples, those of shrinking included."""
    names = [postgres_server.create_database_from("ledger", migrate) for _ in range(8)]
    yield [postgres_server.url(name) for name in names]
    for name in names:
        postgres_server.drop_database(name)


@settings(_QUIET, max_examples=25)
@given(history=histories())
async def test_LED3_memory_and_database_agree_on_every_answer_fact_and_item(
    history: tuple[Step, ...], empty_file: Path, directory: Path
) -> None:
    memory = in_memory(RULEBOOK)
    async with on_database(fresh(empty_file, directory), RULEBOOK) as ledger:
        for step in history:
            kept, thought = await ledger.apply(*step), await memory.apply(*step)
            assert kept.receipts == thought.receipts
            assert kept.facts == thought.facts
            assert kept.items == thought.items
            assert kept.members == thought.members
        now_ms = max(command.origin.received_ms for step in history for command in step)
        assert await members_of(ledger, now_ms) == await members_of(memory, now_ms)
        room = RoomId("demo")
        assert await ledger.queries.room_items(room) == await memory.queries.room_items(room)


@settings(_QUIET, max_examples=25)
@given(history=histories())
async def test_LED20_remembered_members_change_no_answer(
    history: tuple[Step, ...], empty_file: Path, directory: Path
) -> None:
    url = fresh(empty_file, directory)
    async with (
        on_database(url, RULEBOOK) as one,
        on_database(fresh(empty_file, directory), RULEBOOK) as plain,
    ):
        assert one.engines is not None
        assert plain.engines is not None
        # Two processes take turns on one database, each remembering what it committed; the third remembers nothing.
        two = Journal(one.engines, lambda _: RULEBOOK, CALENDAR)
        forgetful = Journal(plain.engines, lambda _: RULEBOOK, CALENDAR, Remembered(0))
        for turn, step in enumerate(history):
            now_ms = step[-1].origin.received_ms
            by_turns = await (two if turn % 3 == 2 else one.journal).apply(step, now_ms)
            assert by_turns == await forgetful.apply(step, now_ms)


@settings(_QUIET, max_examples=15)
@given(history=histories(), order=st.randoms(use_true_random=False))
async def test_R2_every_event_three_times_in_any_order_changes_nothing_more(
    history: tuple[Step, ...], order: random.Random, empty_file: Path, directory: Path
) -> None:
    async with on_database(fresh(empty_file, directory), RULEBOOK) as ledger:
        first: dict[tuple[str, str], Receipt] = {}
        for step in history:
            for receipt in await ledger.receipts(*step):
                first.setdefault((receipt.source, receipt.event), receipt)
        now_ms = max(command.origin.received_ms for step in history for command in step)
        before = await members_of(ledger, now_ms)
        again = [command for step in history for command in step] * 2
        order.shuffle(again)
        for batch in batched(again, 40):
            for receipt in await ledger.receipts(*batch):
                told = first[receipt.source, receipt.event]
                if told.outcome == "applied":
                    assert receipt == replace(told, outcome="duplicate")
                else:
                    assert receipt == told
        assert await members_of(ledger, now_ms) == before
