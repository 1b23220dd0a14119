"""Caps of a member by day, show and in all, counted under the member's lock: on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from server.domain.commands import Like, SetShowStatus
from server.domain.rulebook import INVITE, LIKE
from server.ledger.verify import verify
from tests.support.ledger import (
    NOW,
    RULEBOOK,
    Ledger,
    accepted_invite,
    completed_invite,
    in_memory,
    joined,
    liked,
    member,
    on_database,
    origin,
    paid,
    put_room,
    schedule_show,
    show_status,
)

RULES = replace(
    RULEBOOK,
    behaviours={
        **RULEBOOK.behaviours,
        LIKE: replace(RULEBOOK.behaviours[LIKE], per_show=4, ever=11),
        INVITE: replace(RULEBOOK.behaviours[INVITE], per_show=2),
    },
)
"""Likes: 4 a show, 10 a day, 11 in all; invitations: 2 a show."""


async def next_show(ledger: Ledger, show: str, before: str) -> None:
    over: SetShowStatus = show_status(f"end-{before}", "ended", before)
    await ledger.apply(over)
    await ledger.apply(schedule_show(f"plan-{show}", show))
    await ledger.apply(show_status(f"start-{show}", "live", show))


async def points(ledger: Ledger) -> int:
    found = await ledger.queries.members([member("m1")], NOW)
    return found[member("m1")].points


async def test_E8_R3_no_cap_of_day_show_or_all_is_passed_by_two_servers_at_once(ledger_url: str) -> None:
    async with on_database(ledger_url, RULES) as one, on_database(ledger_url, RULES) as two:
        await one.with_live_show()

        async def both_like(turn: str) -> int:
            mine: list[Like] = [liked(f"{turn}a{n}", "m1", 2) for n in range(2)]
            theirs: list[Like] = [liked(f"{turn}b{n}", "m1", 3) for n in range(2)]
            await asyncio.gather(one.apply(*mine), two.apply(*theirs))
            return await points(one)

        assert await both_like("s1") == 4
        await next_show(one, "s2", "s1")
        assert await both_like("s2") == 8
        await next_show(two, "s3", "s2")
        assert await both_like("s3") == 10, "the day's"
        await next_show(two, "s4", "s3")
        assert await both_like("s4") == 10
        tomorrow = NOW + 86_400_000
        [receipt] = await two.receipts(liked("t", "m1", 5, at_ms=tomorrow))
        assert (receipt.earned.points, await points(one)) == (1, 11), "all there ever are"
        [late] = await one.receipts(liked("u", "m1", 5, at_ms=tomorrow))
        assert late.code == "cap_reached"
        assert one.engines is not None
        assert (await verify(one.engines)).differences == ()


async def test_E8_L7_a_record_holds_the_counters_of_every_show_on_air(any_ledger_url: str | None) -> None:
    """Whatever the member did last, and whoever reads: the card in any room says what its show leaves."""

    async def told(ledger: Ledger) -> list[set[str]]:
        await ledger.with_live_show()
        await ledger.apply(
            put_room("put-b", room="b"),
            schedule_show("plan-b", "sb", room="b"),
            show_status("live-b", "live", "sb", room="b"),
            put_room("put-c", room="c"),
            schedule_show("plan-c", "sc", room="c"),
        )
        there = replace(liked("b", "m1", 2), origin=origin("b", room="b"))
        await ledger.apply(liked("a", "m1", 3), there)
        seen: list[set[str]] = []
        for commands in ([paid("o", "m1", "o1", 5, room=None)], [liked("c", "m1", 1), joined("j", "m2")]):
            committed = await ledger.apply(*commands)
            read = await ledger.queries.members([one.id for one in committed.members], NOW)
            assert dict(read) == {one.id: one for one in committed.members}
            [m1] = [one for one in committed.members if one.id == "m1"]
            seen.append({f"{scope}={n.n}" for (scope, _), n in m1.awards.items() if scope.startswith("s:")})
        await ledger.apply(show_status("end-b", "ended", "sb", room="b"))
        [later] = (await ledger.queries.members([member("m1")], NOW)).values()
        seen.append({scope for scope, _ in later.awards if scope.startswith("s:")})
        return seen

    expected = [{"s:s1=3", "s:sb=2"}, {"s:s1=4", "s:sb=2"}, {"s:s1"}]
    if any_ledger_url is None:
        assert await told(in_memory(RULES)) == expected
        return
    async with on_database(any_ledger_url, RULES) as ledger:
        assert await told(ledger) == expected


async def test_E8_R3_an_award_that_another_brings_counts_in_the_show_of_its_act(ledger_url: str) -> None:
    async with on_database(ledger_url, RULES) as one, on_database(ledger_url, RULES) as two:
        await one.with_live_show()
        await one.apply(joined("j", "m1"))
        friends = [f"{side}{n}" for n in range(2) for side in ("a", "z")]
        await one.apply(*(accepted_invite(f"i:{who}", who, "m1") for who in friends))
        for ledger, who in zip((one, two, one, two), friends, strict=True):
            await ledger.apply(completed_invite(f"c:{who}", who, "m1"))
        assert await points(one) == 2 * 50
        assert one.engines is not None
        assert (await verify(one.engines)).differences == ()
