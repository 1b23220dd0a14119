"""A time machine: one member's year, day by day, through the real journal and the real jobs of two servers.

In memory, where there is no due work to claim, the clock itself does what the jobs do.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from server.domain.card import MemberCard, card_of
from server.domain.commands import Command, JoinMember
from server.domain.decision import Receipt
from server.jobs.gifts import unclaimed_gifts
from server.jobs.holds import holds
from server.jobs.recall import recalling
from server.jobs.runner import Job
from server.jobs.tier_holds import tier_holds
from server.jobs.years import years
from server.ledger.absences import Absences
from server.ledger.due import DueWork
from server.ledger.verify import verify
from tests.support.ledger import (
    CALENDAR,
    RULEBOOK,
    SHOW,
    Ledger,
    boosted,
    captured,
    checked_in,
    commented,
    entered,
    gave,
    gave_by_link,
    gift_returned,
    held,
    in_memory,
    joined,
    liked,
    member,
    on_database,
    origin,
    paid,
    put_room,
    recalled,
    redeemed,
    refunded,
    released,
    reward_put,
    schedule_show,
    shared,
    show_status,
    time_kept,
    watched,
    who_of,
)

BEGINS = datetime(2025, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
"""Day 0. Days 21 and 386 are 30 October, days 23 and 60 the first days she is there in November and December."""
ANNA, FRIEND = "anna", "friend"
AWAY = range(400, 408)
"""The days on which no server runs; Anna's year as gold ends on day 405, her friend's as bronze on day 403."""
LAST_DAY = 410


def at(day: int, clock: str) -> int:
    """Return the moment in Unix ms, on the programme's clock."""
    hours, minutes = clock.split(":")
    moment = BEGINS + timedelta(days=day)  # this zone has no summer time
    return round(moment.replace(hour=int(hours), minute=int(minutes)).timestamp() * 1_000)


Does = Callable[[str, int], Command]
"""Takes a name for the event and the moment."""


def on_air(status: str) -> Does:
    return lambda event, ms: show_status(event, status, at_ms=ms)


def checks_in() -> Does:
    return lambda event, ms: checked_in(event, ANNA, at_ms=ms)


def enters() -> Does:
    return lambda event, ms: entered(event, ANNA, at_ms=ms)


def comments() -> Does:
    return lambda event, ms: commented(event, ANNA, f"晚上好呀 {event}", at_ms=ms)


def watches(n: int, minutes: int) -> Does:
    return lambda _, ms: watched(ANNA, n, minutes, at_ms=ms)


def buys(order: str, yuan: int, who: str = ANNA) -> Does:
    return lambda event, ms: paid(event, who, order, yuan, at_ms=ms)


def sends_back(order: str, yuan: int) -> Does:
    return lambda event, ms: refunded(event, ANNA, order, yuan, at_ms=ms)


def holds_points(hold: str, order: str, points: int) -> Does:
    return lambda _, ms: held(hold, ANNA, order, points, at_ms=ms)


def joins_with_birthday(birthday: str) -> Does:
    return lambda event, ms: JoinMember(
        origin(event, source="api", room=None, at_ms=ms), who_of(ANNA), "小安", birthday
    )


STORY: tuple[tuple[int, str, Does], ...] = (
    # The first evening: points, and a tier by behaviour alone.
    (0, "19:55", on_air("live")),
    (0, "20:00", joins_with_birthday("10-30")),
    (0, "20:00", checks_in()),
    (0, "20:10", watches(1, 10)),
    (0, "20:11", lambda event, ms: liked(event, ANNA, 3, at_ms=ms)),
    (0, "20:12", comments()),
    (0, "20:13", lambda event, ms: shared(event, ANNA, at_ms=ms)),
    (0, "20:15", watches(1, 15)),
    (1, "20:00", enters()),  # bronze: October's coupon
    (1, "20:01", checks_in()),
    (1, "20:02", lambda event, ms: joined(event, FRIEND, at_ms=ms)),
    (2, "20:00", checks_in()),
    (3, "20:00", checks_in()),
    (3, "21:00", buys("first", 400)),  # twice the points, and silver
    (4, "20:00", checks_in()),
    (5, "23:50", checks_in()),
    (6, "00:10", checks_in()),  # the seventh day in a row, twenty minutes after the sixth
    (6, "20:00", checks_in()),  # today's was at ten past midnight
    *((day, "20:00", checks_in()) for day in range(7, 13)),
    (14, "20:00", checks_in()),  # day 13 is missing: it begins anew
    (14, "20:01", lambda event, ms: boosted(event, ANNA, "gold", at_ms=ms)),
    (14, "20:20", watches(2, 15)),  # at 1.2 points for one
    (20, "21:00", buys("dear", 1_700)),  # gold …
    (21, "20:00", enters()),  # her birthday, set only three weeks ago
    (23, "20:00", enters()),  # November's coupon
    (23, "20:30", sends_back("dear", 1_700)),  # … and not gold, three days later
    (30, "20:00", lambda event, ms: gave(event, ANNA, FRIEND, 100, at_ms=ms)),
    (30, "20:01", lambda _, ms: gave_by_link("link", ANNA, 50, at_ms=ms)),  # nobody ever claims it
    (31, "21:00", lambda event, ms: redeemed(event, ANNA, at_ms=ms)),
    (31, "21:30", holds_points("forgotten", "never", 200)),
    (38, "20:00", buys("small", 10, FRIEND)),  # bronze for a year
    (40, "20:55", holds_points("paying", "big", 300)),
    (40, "21:00", buys("big", 2_000)),  # gold until day 405
    (40, "21:01", lambda event, ms: captured(event, ANNA, "paying", at_ms=ms)),
    (60, "20:00", enters()),  # December's coupon
    (60, "20:15", lambda event, ms: liked(event, ANNA, 1, at_ms=ms)),
    (60, "20:16", watches(3, 15)),
    (60, "20:30", sends_back("big", 1_000)),  # long after its window: the tier stays
    # Away for a month, twice; both times she is called back, and comes.
    (95, "20:00", enters()),  # January's coupon
    (95, "20:01", comments()),
    (140, "20:00", enters()),  # February's
    (140, "20:01", comments()),
    # Away for most of a year: called back twice already.
    (386, "20:00", enters()),  # her birthday, and October's coupon
    # Down by one step, and up again by one order.
    (409, "20:00", buys("again", 2_000)),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Of a card what can be told by hand."""

    tier: str
    growth: int
    points: int
    held: int = 0
    streak: int = 0
    until: tuple[int, str] | None = None
    """The day and the clock at which the tier ends."""
    real_tier: str | None = None
    coupons: tuple[int, ...] = ()
    """Yuan off, ascending."""
    to_keep: int | None = None
    """Growth that is missing when a drop is near (T7)."""


BRONZE_ENDS, SILVER_ENDS, GOLD_ENDS = (365, "20:13"), (368, "21:00"), (405, "21:00")

CARDS: dict[tuple[int, str], Shown] = {
    # 5 + 2 + 10 growth; 10 + 3 + 5 + 10 + 50 points.
    (0, "21:00"): Shown("bronze", 17, 78, streak=1, until=BRONZE_ENDS),
    # + three days' check-ins and 2 × 400; + 400 + 20 growth.
    (3, "21:01"): Shown("silver", 437, 908, streak=4, until=SILVER_ENDS, coupons=(5, 10)),
    # + three check-ins, and 200 for seven in a row.
    (6, "20:01"): Shown("silver", 437, 1_138, streak=7, until=SILVER_ENDS, coupons=(5,)),
    # Thirteen in a row; day 13 itself is missed.
    (13, "23:00"): Shown("silver", 437, 1_198, streak=13, until=SILVER_ENDS, coupons=(5,)),
    # + 10 for a check-in, − 300 for the boost, + 50 × 1.2 for watching.
    (14, "23:00"): Shown("gold", 437, 968, 0, 1, (15, "00:00"), real_tier="silver", coupons=(5,)),
    (16, "00:00"): Shown("silver", 437, 968, until=SILVER_ENDS, coupons=(5,)),
    # + 1 700 points, + 1 720 growth; and the coupon of gold.
    (20, "21:01"): Shown("gold", 2_157, 2_668, until=(385, "21:00"), coupons=(5, 10)),
    # All of it taken back, and the year as silver is what it was.
    (23, "20:31"): Shown("silver", 437, 968, until=SILVER_ENDS, coupons=(5, 5)),
    # − 100 given; 50 wait behind a link.
    (30, "20:02"): Shown("silver", 437, 868, held=50, until=SILVER_ENDS, coupons=(5, 5)),
    # − 100 for the bag; what waited for friend and order has come free.
    (32, "23:00"): Shown("silver", 437, 768, until=SILVER_ENDS, coupons=(5,)),
    # − 300 paid into the order, + 2 000; + 2 020 growth; no second coupon for reaching gold.
    (40, "21:02"): Shown("gold", 2_457, 2_468, until=GOLD_ENDS, coupons=(5,)),
    # Half of the order is back: − 1 000 + 150 points, − 1 010 growth; + 1 + 60 of the evening.
    (60, "21:00"): Shown("gold", 1_447, 1_679, until=GOLD_ENDS, coupons=(5,)),
    # Called back: + 100.
    (91, "08:00"): Shown("gold", 1_447, 1_779, until=GOLD_ENDS, coupons=(10,)),
    # A comment at 1.2: + 6, + 2 growth.
    (95, "20:02"): Shown("gold", 1_449, 1_785, until=GOLD_ENDS, coupons=(5, 10)),
    # Once more called back, + 100; another comment. Nobody calls a third time.
    (200, "12:00"): Shown("gold", 1_451, 1_891, until=GOLD_ENDS),
    # A year after the order that made her silver its growth counts no more; nor that of day 0.
    (386, "20:01"): Shown("gold", 1_014, 2_091, until=GOLD_ENDS, coupons=(5, 20)),
    # At the end of her year 4 growth will count, of the 1 600 that keep gold.
    (398, "20:59"): Shown("gold", 1_014, 2_091, until=GOLD_ENDS, coupons=(5, 20), to_keep=None),
    (398, "22:01"): Shown("gold", 1_014, 2_091, until=GOLD_ENDS, coupons=(5, 20), to_keep=1_596),
    # One step, though 4 growth carry no tier at all; her new year began when the old one ended.
    (408, "10:00"): Shown("silver", 4, 2_091, until=(770, "21:00"), coupons=(5, 20)),
    # + 2 000 points and 2 020 growth: gold, with a year of its own; over a year after the first coupon of gold, another.
    (409, "20:01"): Shown("gold", 2_024, 4_091, until=(774, "20:00"), coupons=(5, 10, 20)),
}


def shown(card: MemberCard) -> Shown:
    until = None
    if card.until_ms is not None:
        moment = datetime.fromtimestamp(card.until_ms / 1_000, BEGINS.tzinfo)
        until = ((moment - BEGINS).days, f"{moment:%H:%M}")
    return Shown(
        tier=card.tier,
        growth=card.growth,
        points=card.points,
        held=card.held,
        streak=card.streak,
        until=until,
        real_tier=card.real_tier,
        coupons=tuple(sorted(coupon.off // 100 for coupon in card.coupons)),
        to_keep=None if card.retention is None else card.retention.growth_to_keep,
    )


class Server:
    """One process that has the role `jobs`."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        assert ledger.engines is not None
        due = DueWork(ledger.engines)
        self._of_an_hour: tuple[Job, ...] = (
            holds(due, self._submit),
            unclaimed_gifts(due, self._submit),
            tier_holds(due, self._submit),
        )
        self._of_a_year: tuple[Job, ...] = (
            *years(due, ledger.queries, self._submit, lambda _: RULEBOOK, CALENDAR),
            recalling(Absences(ledger.engines), self._submit, lambda _: RULEBOOK, CALENDAR),
        )

    async def _submit(self, commands: Sequence[Command]) -> Sequence[Receipt]:
        return await self.ledger.receipts(*commands) if commands else []

    async def work(self, now_ms: int, *, quiet: bool) -> None:
        """Do all that is due; on a quiet day nothing can be left of the days before."""
        for job in (() if quiet else self._of_an_hour) + self._of_a_year:
            await job.work(now_ms)


class Clockwork:
    """Does in memory what falls due, by knowing the story."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def work(self, now_ms: int, *, quiet: bool) -> None:
        name = f"{now_ms} {quiet}"
        await self._ledger.apply(released(f"hold{name}", ANNA, "forgotten", at_ms=now_ms, overdue=True))
        await self._ledger.apply(gift_returned(f"link{name}", ANNA, "link", at_ms=now_ms))
        for who in (FRIEND, ANNA):
            await self._ledger.apply(time_kept(f"time {who}{name}", who, at_ms=now_ms))
            # Of the switch: on since the first day.
            call = recalled(f"recall {who}{name}", who, at_ms=now_ms)
            await self._ledger.apply(replace(call, switched_on_ms=at(0, "00:00")))


@dataclass(frozen=True, slots=True)
class Life:
    ledger: Ledger
    workers: Sequence[Server | Clockwork]

    async def card(self, now_ms: int) -> Shown:
        known = (await self.ledger.queries.members([member(ANNA)], now_ms))[member(ANNA)]
        return shown(card_of(known, RULEBOOK, CALENDAR, None, now_ms))

    async def live_through(self) -> dict[tuple[int, str], Shown]:
        """Let it all happen, in the order of time; return the cards of the days in `CARDS`."""
        seen: dict[tuple[int, str], Shown] = {}
        happens: list[tuple[int, int, tuple[int, str], Does | None]] = []
        happens += [(at(day, clock), n, (day, clock), does) for n, (day, clock, does) in enumerate(STORY)]
        happens += [(at(*when), len(STORY), when, None) for when in CARDS]
        days = [day for day in range(LAST_DAY) if day not in AWAY]
        ticks = [(day, "22:00") for day in days] + [(AWAY.stop, "09:00")]
        happens += [(at(*when), len(STORY) + 1, when, None) for when in ticks]
        for ms, order, when, does in sorted(happens, key=lambda one: one[:2]):
            if does is not None:
                event = f"{when[0]} {when[1]} {order}"
                [receipt] = await self.ledger.receipts(does(event, ms))
                assert receipt.outcome == "applied", (event, receipt)
            elif order == len(STORY):
                seen[when] = await self.card(ms)
            else:
                await self._tick(when[0], ms)
        return seen

    async def _tick(self, day: int, now_ms: int) -> None:
        """An ordinary day finds one server or the other at work; a day that matters finds both, at once."""
        eventful = {happened for happened, _, _ in STORY} | {happened for happened, _ in CARDS}
        if eventful.isdisjoint({day, day - 1, day - 30}):
            await self.workers[day % len(self.workers)].work(now_ms, quiet=True)
        else:
            await asyncio.gather(*(worker.work(now_ms, quiet=False) for worker in self.workers))


@pytest.fixture
async def life(any_ledger_url: str | None) -> AsyncIterator[Life]:
    """Her life on each ledger; of a database two servers take care."""
    async with AsyncExitStack() as stack:
        if any_ledger_url is None:
            ledger = in_memory()
            begun = Life(ledger, [Clockwork(ledger)])
        else:
            both = [await stack.enter_async_context(on_database(any_ledger_url)) for _ in range(2)]
            begun = Life(both[0], [Server(one) for one in both])
        await begun.ledger.apply(put_room("room"), schedule_show("show", SHOW), reward_put("put"))
        yield begun


async def told(ledger: Ledger) -> list[tuple[str, str, str]]:
    """Return what the shop was told by webhook of tiers and absences: type, member, tier."""
    assert ledger.engines is not None
    wanted = (
        "SELECT type, member, body FROM outbox WHERE type LIKE 'tier.%' OR type = 'member.lapsed' ORDER BY id"
    )
    async with ledger.engines.read() as connection:
        found = (await connection.execute(text(wanted))).all()
    return [(type_, who, json.loads(body).get("tier", "")) for type_, who, body in found]


TOLD = [
    ("tier.upgraded", ANNA, "bronze"),
    ("tier.upgraded", ANNA, "silver"),
    ("tier.upgraded", ANNA, "gold"),
    ("tier.downgraded", ANNA, "silver"),
    ("member.lapsed", FRIEND, ""),
    ("tier.upgraded", FRIEND, "bronze"),
    ("tier.upgraded", ANNA, "gold"),
    ("member.lapsed", FRIEND, ""),
    ("member.lapsed", ANNA, ""),
    ("member.lapsed", ANNA, ""),
    ("tier.will_downgrade", FRIEND, "bronze"),
    ("tier.will_downgrade", ANNA, "gold"),
    # Both ended while no server ran: told in the order in which they ended.
    ("tier.downgraded", FRIEND, "basic"),
    ("tier.downgraded", ANNA, "silver"),
    ("tier.upgraded", ANNA, "gold"),
]
"""Each once, whichever of the two servers did it."""


async def test_T6_T7_T8_E5_B4_L11_a_member_s_year_is_what_was_written_down_by_hand(life: Life) -> None:
    assert await life.live_through() == CARDS
    friend = (await life.ledger.queries.members([member(FRIEND)], at(408, "10:00")))[member(FRIEND)]
    # Her first order at twice the points, Anna's gift, and two recalls.
    assert (friend.tier, friend.points) == ("basic", 20 + 100 + 2 * 100)
    if life.ledger.engines is not None:
        assert await told(life.ledger) == TOLD
        assert (await verify(life.ledger.engines)).differences == ()
