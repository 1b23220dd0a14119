"""What is given once in a while, on every ledger; and by two at once, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from server.domain.commands import Command, JoinMember
from server.domain.decision import Receipt
from server.domain.offers import RecallRule
from server.domain.state import Member
from server.jobs.recall import recalling
from server.jobs.runner import Job
from server.ledger.absences import Absences
from server.ledger.verify import verify
from tests.support.ledger import (
    CALENDAR,
    DAY_MS,
    NOW,
    RULEBOOK,
    Ledger,
    entered,
    granted,
    member,
    merged,
    on_database,
    origin,
    paid,
    recalled,
    show_status,
    who_of,
)

BIRTHDAY = "10-09"
BORN_MS = NOW - 40 * DAY_MS
RULE = RULEBOOK.recall or RecallRule(0, 0, None, 1, 0)


def born(event: str, who: str, *, at_ms: int = BORN_MS) -> JoinMember:
    return JoinMember(origin(event, source="api", room=None, at_ms=at_ms), who_of(who), birthday=BIRTHDAY)


async def with_birthday(ledger: Ledger, who: str = "m1") -> Ledger:
    """A silver member whose birthday is today."""
    await ledger.apply(born(f"b{who}", who))
    await ledger.apply(granted(f"g{who}", who, growth=300, at_ms=BORN_MS))
    return ledger


async def seen(ledger: Ledger, who: str = "m1", at_ms: int = NOW) -> Member:
    return (await ledger.queries.members([member(who)], at_ms))[member(who)]


async def test_B4_B6_what_was_given_is_kept_and_given_once(ledger: Ledger) -> None:
    await with_birthday(ledger)
    [first] = await ledger.receipts(entered("e1", "m1"))
    assert (first.earned.points, first.rule) == (200, "birthday")
    [again] = await ledger.receipts(entered("e2", "m1"))
    assert (again.outcome, again.earned.points) == ("applied", 0)
    anna = await seen(ledger)
    assert anna.points == 200
    assert dict(anna.given) == {"birthday": NOW, "birthday_coupon": NOW, "monthly_coupon": NOW}
    assert sorted(coupon.off for coupon in anna.coupons if coupon.granted_ms == NOW) == [500, 2_000]


async def test_L11_a_recall_is_remembered_and_is_no_activity(ledger: Ledger) -> None:
    await ledger.apply(paid("p1", "m1", "o1", 10, at_ms=NOW - 30 * DAY_MS))
    assert [one.earned.points for one in await ledger.receipts(recalled("r1", "m1"))] == [100]
    anna = await seen(ledger)
    assert (anna.last_active_ms, dict(anna.given)) == (NOW - 30 * DAY_MS, {"recall:0": NOW})
    assert [one.earned.points for one in await ledger.receipts(recalled("r2", "m1"))] == [0]


async def test_L11_X7_the_shop_is_told_and_the_ledger_can_be_recomputed(database: Ledger) -> None:
    await with_birthday(await database.with_live_show())
    await database.apply(entered("e1", "m1"))
    await database.apply(paid("p1", "m2", "o1", 10, at_ms=NOW - 30 * DAY_MS))
    await database.apply(recalled("r1", "m2"))
    assert database.engines is not None
    async with database.engines.read() as connection:
        sql = "SELECT version, body FROM outbox WHERE type = 'member.lapsed'"
        [(version, body)] = (await connection.execute(text(sql))).all()
    told = json.loads(body)
    assert (told["member"], told["version"], told["points"], told["replay_url"]) == ("m2", version, 100, None)
    assert told["last_active_ms"] == NOW - 30 * DAY_MS
    assert (await verify(database.engines)).differences == ()
    async with database.engines.write() as connection:
        await connection.execute(text("DELETE FROM perks WHERE perk = 'birthday'"))
    assert {one.what for one in (await verify(database.engines)).differences} == {"perk"}


async def test_R3_B4_two_joins_at_once_are_handed_one_pack(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        for turn in range(8):
            who = f"m{turn}"
            await with_birthday(one, who)
            receipts = await asyncio.gather(
                one.receipts(entered(f"a{turn}", who)), two.receipts(entered(f"b{turn}", who))
            )
            assert sorted(receipt.earned.points for [receipt] in receipts) == [0, 200]
            assert (await seen(one, who)).points == 200
        assert one.engines is not None
        assert (await verify(one.engines)).differences == ()


def job_on(ledger: Ledger) -> Job:
    async def submit(commands: Sequence[Command]) -> Sequence[Receipt]:
        return await ledger.receipts(*commands)

    assert ledger.engines is not None
    return recalling(Absences(ledger.engines), submit, lambda _: RULEBOOK, CALENDAR)


async def test_R3_L11_two_job_runners_recall_each_once(ledger_url: str) -> None:
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        for n in range(12):
            await one.apply(paid(f"p{n}", f"m{n}", f"o{n}", 1, at_ms=NOW - 31 * DAY_MS))
        await one.with_live_show()
        ended = show_status("end", "ended")
        await one.apply(ended)
        jobs = [job_on(ledger) for ledger in (one, two)]
        looked = await asyncio.gather(*(job.work(NOW) for job in (*jobs, *jobs)))
        assert sum(looked) == 12
        assert one.engines is not None
        async with one.engines.read() as connection:
            sql = "SELECT member, COUNT(*) FROM outbox WHERE type = 'member.lapsed' GROUP BY member"
            told = (await connection.execute(text(sql))).all()
        assert [tuple(row) for row in sorted(told)] == [(f"m{n}", 1) for n in sorted(range(12), key=str)]
        assert (await verify(one.engines)).differences == ()


@pytest.fixture
def absences(database: Ledger) -> Absences:
    assert database.engines is not None
    return Absences(database.engines)


async def test_L11_LED40_each_has_a_turn_and_nobody_is_looked_at_twice_in_it(
    database: Ledger, absences: Absences
) -> None:
    await database.apply(paid("p1", "gone", "o1", 1, at_ms=NOW - 31 * DAY_MS))
    await database.apply(paid("p2", "here", "o2", 1, at_ms=NOW - DAY_MS))
    await database.apply(paid("p3", "lost", "o3", 1, at_ms=NOW - 121 * DAY_MS))
    looked, due = await absences.due(RULE, NOW, NOW, 9)
    assert (looked, [one.member for one in due]) == (3, ["gone"])
    assert await absences.due(RULE, NOW, NOW, 9) == (0, [])
    hour_later = NOW + 3_600_000
    assert [one.member for one in (await absences.due(RULE, NOW, hour_later, 9))[1]] == ["gone"], (
        "not answered"
    )
    await database.apply(recalled("r1", "gone"))
    assert (await absences.due(RULE, NOW, hour_later + 3_600_000, 9)) == (1, [])
    in_a_month = NOW + 29 * DAY_MS
    assert [one.member for one in (await absences.due(RULE, NOW, in_a_month, 9))[1]] == ["here"]


async def test_L11_X1_an_account_that_is_part_of_another_has_no_turn_any_more(
    database: Ledger, absences: Absences
) -> None:
    for who in ("old", "app", "gone"):
        await database.apply(paid(f"p{who}", who, f"o{who}", 1, at_ms=NOW - 31 * DAY_MS))
    await database.apply(merged("m", "app", "old", at_ms=NOW - DAY_MS))
    await database.apply(paid("again", "app", "again", 1, at_ms=NOW - DAY_MS))
    looked, due = await absences.due(RULE, NOW, NOW, 9)
    assert (looked, [one.member for one in due]) == (3, ["gone"])
    hours = [await absences.due(RULE, NOW, NOW + hour * 3_600_000, 9) for hour in (1, 2)]
    assert [[one.member for one in due] for _, due in hours] == [["gone"], ["gone"]], "not answered"
    in_a_month = NOW + 30 * DAY_MS
    _, due = await absences.due(RULE, NOW, in_a_month, 9)
    assert {one.member for one in due} == {"app", "gone"}


async def test_L11_since_when_it_is_on_outlives_everything_but_switching_off(absences: Absences) -> None:
    assert [await absences.since("recall", at) for at in (NOW, NOW + 1)] == [NOW, NOW]
    await absences.switched_off("recall")
    await absences.switched_off("recall")
    assert await absences.since("recall", NOW + 2) == NOW + 2


async def test_L11_the_message_links_the_show_that_ended_last(database: Ledger, absences: Absences) -> None:
    await database.with_live_show()
    assert await absences.last_replay() is None
    over = show_status("end", "ended")
    replay = type(over)(over.origin, over.show, "ended", "https://cdn.example/r.mp4")
    await database.apply(replay)
    assert await absences.last_replay() == "https://cdn.example/r.mp4"
