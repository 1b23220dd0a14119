"""Several actors on one database at once, repeats and all, against books kept by hand. R2 and R3 on both databases."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from server.domain.commands import Command, RecordPaidOrder
from server.domain.decision import Receipt
from server.domain.rewards import Reward
from server.domain.state import Coupon
from server.ids import RewardId, RoomId
from server.ledger.verify import verify
from tests.law.bookkeeper import BONUS, Bookkeeper
from tests.support.databases import sqlite_url
from tests.support.ledger import (
    DAY_MS,
    MINUTE_MS,
    NOW,
    ROOM,
    Ledger,
    cancelled,
    captured,
    checked_in,
    commented,
    first_n_closed,
    first_n_opened,
    followed,
    granted,
    held,
    liked,
    migrate,
    on_database,
    paid,
    redeemed,
    refunded,
    released,
    reward_put,
    shared,
    watched,
    who_of,
    with_budgets,
)
from tests.support.postgres_server import PostgresServer

TIMES = int(os.environ.get("LIVEROOM_ACTORS", "1"))
"""So many times the examples of an ordinary run: `LIVEROOM_ACTORS=50` for an hour of them."""
WHO = ("m1", "m2", "m3", "wx:anna")
RULEBOOK = with_budgets(show=150, day=300, coupons=4_000)
STOCK = 4
PLACES = 2
YUAN = (1, 12, 40, 300, 2_500)
KINDS = (
    "order order order refund refund comment like share watch hold hold capture capture release "
    "grant check_in follow open close redeem cancel elsewhere repeat repeat"
).split()
SPECS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 63), st.integers(0, 63), st.integers(0, 63)),
    min_size=1,
    max_size=10,
)
"""What is to be said at once: a kind, and numbers that choose among what there is."""


class Actors(RuleBasedStateMachine):
    """Two journals, as two processes have them, and many who talk to them."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._numbers = itertools.count()
        self._said: list[Command] = []
        self._holds: list[tuple[str, str]] = []
        self._claims: list[tuple[str, str]] = []
        self._campaigns: list[str] = []
        self._coupons: list[Coupon] = []
        self._now_ms = NOW
        self._books = Bookkeeper()
        self._sides: tuple[Ledger, Ledger] = self._runner.run(self._opened(url))

    async def _opened(self, url: str) -> tuple[Ledger, Ledger]:
        one = await self._open.enter_async_context(on_database(url, RULEBOOK))
        two = await self._open.enter_async_context(on_database(url, RULEBOOK))
        return one, two

    @initialize()
    def scene(self) -> None:
        async def set_up() -> None:
            await self._sides[0].with_live_show()
            await self._sides[0].apply(
                reward_put("reward", "bag", 5, stock=STOCK),
                first_n_opened("open", "f", n=PLACES, points=BONUS),
            )

        self._runner.run(set_up())
        self._campaigns.append("f")

    @rule(specs=SPECS, shape=st.sampled_from(("one batch", "two batches", "each alone")))
    def at_once(self, specs: list[tuple[str, int, int, int]], shape: str) -> None:
        commands = [self._command(*spec) for spec in specs]
        self._runner.run(self._tell(commands, shape))

    @rule(ms=st.sampled_from((1_000, MINUTE_MS, 16 * MINUTE_MS, 5 * 60 * MINUTE_MS)))
    def later(self, ms: int) -> None:
        if self._now_ms + ms < NOW + 6 * DAY_MS:  # a refund that waits for its order does so for seven days
            self._now_ms += ms

    def teardown(self) -> None:
        async def close() -> None:
            try:
                engines = self._sides[0].engines
                assert engines is not None
                assert (await verify(engines)).differences == ()
            finally:
                await self._open.aclose()

        try:
            self._runner.run(close())
        finally:
            self._runner.close()

    async def _tell(self, commands: Sequence[Command], shape: str) -> None:
        one, two = self._sides
        half = (len(commands) + 1) // 2
        match shape:
            case "one batch":
                batches = [(one, commands)]
            case "two batches":
                batches = [(one, commands[:half]), (two, commands[half:])]
            case _:
                batches = [(self._sides[at % 2], [command]) for at, command in enumerate(commands)]
        told = [(side, batch) for side, batch in batches if batch]
        answers = await asyncio.gather(*(side.journal.apply(batch, self._now_ms) for side, batch in told))
        done: list[tuple[Command, Receipt]] = []
        for (_, batch), committed in zip(told, answers, strict=True):
            done += zip(batch, committed.receipts, strict=True)
        self._said += commands
        self._books.note(done, self._now_ms)
        await self._compare(two)

    async def _compare(self, ledger: Ledger) -> None:
        ids = sorted((await ledger.queries.resolve([who_of(who) for who in WHO])).values())
        members = await ledger.queries.members(ids, self._now_ms)
        balances, set_aside = self._books.balances(), self._books.held()
        assert {one: members[one].points for one in ids} == {one: balances[one] for one in ids}
        assert {one: members[one].held for one in ids} == {one: set_aside[one] for one in ids}
        assert set(balances) <= set(ids)
        campaigns = await ledger.queries.campaigns(RoomId(ROOM))
        assert all(stand.taken <= stand.campaign.n for stand in campaigns)
        places = self._books.places()
        assert sum(stand.taken for stand in campaigns) == sum(places.values())
        assert all(n <= len(campaigns) for n in places.values())
        bag: Reward | None = await ledger.queries.reward(RewardId("bag"))
        assert bag is not None
        assert 0 <= self._books.taken <= STOCK
        self._coupons = [coupon for one in ids for coupon in await ledger.queries.coupons(one, None, 50)]
        for coupon in self._coupons:
            standing = self._books.standing(coupon.id)
            assert len(standing) <= 1, f"{coupon.id} pays into {standing}"
            assert not standing or coupon.used_by == standing[0]

    def _command(self, kind: str, a: int, b: int, c: int) -> Command:
        event, who, at_ms = f"e{next(self._numbers)}", WHO[a % len(WHO)], self._now_ms
        order = f"o{b % 9}"
        match kind:
            case "refund":
                return refunded(event, who, order, (1, 5, 12, 300)[c % 4], at_ms=at_ms)
            case "comment":
                return commented(event, who, ("好看好看", "买它买它买它", "?")[b % 3], at_ms=at_ms)
            case "like":
                return liked(event, who, 1 + b % 12, at_ms=at_ms)
            case "share":
                return shared(event, who, at_ms=at_ms)
            case "watch":
                return watched(who, 1 + b % 9, (10, 15)[c % 2], at_ms=at_ms)
            case "hold":
                self._holds.append((event, who))
                return held(event, who, order, (1, 20, 80, 600)[c % 4], at_ms=at_ms)
            case "capture" if self._holds:
                hold, owner = self._holds[b % len(self._holds)]
                return captured(event, owner, hold, at_ms=at_ms)
            case "release" if self._holds:
                hold, owner = self._holds[b % len(self._holds)]
                return released(event, owner, hold, at_ms=at_ms)
            case "check_in":
                return checked_in(event, who, at_ms=at_ms)
            case "follow":
                return followed(event, who, at_ms=at_ms)
            case "open":
                self._campaigns.append(event)
                return first_n_opened(event, event, n=1 + b % PLACES, points=BONUS, at_ms=at_ms)
            case "close":
                return first_n_closed(event, self._campaigns[b % len(self._campaigns)], at_ms=at_ms)
            case "redeem":
                self._claims.append((event, who))
                return redeemed(event, who, "bag", at_ms=at_ms)
            case "cancel" if self._claims:
                claim, owner = self._claims[b % len(self._claims)]
                return cancelled(event, owner, claim, at_ms=at_ms)
            case "repeat" if self._said:
                return self._said[(64 * b + c) % len(self._said)]
            case "elsewhere" if any(isinstance(one, RecordPaidOrder) for one in self._said):
                orders = [one for one in self._said if isinstance(one, RecordPaidOrder)]
                told = orders[b % len(orders)]
                return replace(told, origin=replace(told.origin, source="erp", event=event, content=event))
            case "order" | "elsewhere":
                room = ROOM if a % 5 else None
                bought = paid(event, who, order, YUAN[c % len(YUAN)], at_ms=at_ms, room=room)
                if self._coupons and a % 3 == 0:
                    return replace(bought, coupon=self._coupons[c % len(self._coupons)].id)
                return bought
            case _:
                return granted(event, who, points=(7, 80, 500)[c % 3], at_ms=at_ms)


def run(urls: Iterator[str], examples: int, steps: int) -> None:
    class Here(Actors):
        def __init__(self) -> None:
            super().__init__(next(urls))

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples * TIMES,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # An example is a database of its own: one that fails is printed as it was found.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )


@pytest.fixture(scope="module")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("actors") / "ledger.db"
    migrate(sqlite_url(file))
    return file


@pytest.fixture
def sqlite_urls(migrated_file: Path) -> Iterator[Iterator[str]]:
    """Databases that nobody has used, one after the other."""

    def urls(directory: Path) -> Iterator[str]:
        for number in itertools.count():
            file = directory / f"{number}.db"
            shutil.copyfile(migrated_file, file)
            yield sqlite_url(file)

    with tempfile.TemporaryDirectory() as path:
        yield urls(Path(path))


@pytest.fixture
def postgres_urls(postgres_server: PostgresServer) -> Iterator[Iterator[str]]:
    made: list[str] = []

    def urls() -> Iterator[str]:
        while True:
            made.append(postgres_server.create_database_from("ledger", migrate))
            yield postgres_server.url(made[-1])

    yield urls()
    for name in made:
        postgres_server.drop_database(name)


@pytest.mark.timeout(60 * 60 if TIMES > 1 else 400)
def test_R2_R3_many_actors_at_once_leave_the_books_right_on_sqlite(sqlite_urls: Iterator[str]) -> None:
    run(sqlite_urls, examples=12, steps=14)


@pytest.mark.timeout(60 * 60 if TIMES > 1 else 400)
def test_R2_R3_many_actors_at_once_leave_the_books_right_on_postgresql(postgres_urls: Iterator[str]) -> None:
    run(postgres_urls, examples=8, steps=14)
