"""Caps, budgets and what returns to them, through merges, refunds in parts, holds and other shows (decision 0075)."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from server.domain.commands import (
    ChangeTask,
    Command,
    HoldPoints,
    MergeMembers,
    RecordPaidOrder,
    RedeemReward,
    ReleaseAward,
)
from server.domain.decide.tasks import budget_name
from server.domain.facts import Awarded, BudgetSpent, Fact, MembersMerged, TakenBack
from server.domain.gift_commands import GiveByLink
from server.domain.rulebook import LIKE, SHARE
from server.ids import HeldAwardId, OrderId, TaskId, derived
from server.ledger.verify import verify
from tests.contract.server.ledger.test_tasks import start
from tests.support.databases import fresh
from tests.support.ledger import (
    DAY_MS,
    MINUTE_MS,
    NOW,
    Ledger,
    cancelled,
    captured,
    claimed,
    gave,
    gave_by_link,
    gift_returned,
    granted,
    held,
    in_memory,
    liked,
    linked,
    member,
    merged,
    on_database,
    origin,
    paid,
    redeemed,
    refunded,
    released,
    reward_put,
    schedule_show,
    shared,
    show_status,
    time_kept,
    who_of,
    with_budgets,
)

EXAMPLES = int(os.environ.get("LIVEROOM_HISTORIES", "6"))
"""More for a longer search."""
WHO = ("m1", "m2", "m3")
ORDERS = tuple(f"o{n}" for n in range(6))
TASKS = ("t1", "t2")
SMALL = with_budgets(show=40, day=60, coupons=3_000)
assert SMALL.gifts is not None
RULEBOOK = replace(
    SMALL,
    order=replace(SMALL.order, hold_ms=2 * DAY_MS, return_window_ms=3 * DAY_MS),
    behaviours={
        **SMALL.behaviours,
        LIKE: replace(SMALL.behaviours[LIKE], per_show=4, hold_ms=DAY_MS),
        SHARE: replace(SMALL.behaviours[SHARE], per_show=1),
    },
    gifts=replace(SMALL.gifts, age_ms=0, from_tier=SMALL.lowest),
)
"""Budgets that are soon spent, points that wait, and a show that gives little."""

Step = tuple[Command, ...]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Step, ...]:
    """Batches in the order of time; a merge is one of its own."""
    numbers = itertools.count()
    at_ms = NOW
    shows = ["s1"]
    paid_for: list[str] = []
    made: dict[str, list[tuple[str, str]]] = {
        "hold": [("m1", "e0")],
        "claim": [("m1", "e0")],
        "link": [("m1", "e0")],
    }

    def command() -> Command:
        nonlocal at_ms
        at_ms += draw(st.sampled_from((0, 0, 0, 1_000, 1_000, MINUTE_MS, 16 * MINUTE_MS, DAY_MS)))
        event = f"e{next(numbers)}"
        (holder, hold), (buyer, claim), (giver, link) = (draw(st.sampled_from(one)) for one in made.values())
        who, other = draw(st.permutations(WHO))[:2]
        order = draw(st.sampled_from(ORDERS))
        bought = draw(st.sampled_from((order, *paid_for)))
        task = draw(st.sampled_from(TASKS))
        yuan = draw(st.sampled_from((3, 7, 30, 300)))
        award = draw(st.sampled_from((("order", order), *((who, "like", n) for n in (0, 1, 2, 3, 4)))))
        kinds: list[Command] = [
            paid(event, who, order, draw(st.sampled_from((30, 30, 300))), at_ms=at_ms),
            refunded(event, who, bought, yuan, at_ms=at_ms),
            refunded(event, who, bought, 30, at_ms=at_ms),
            liked(event, who, draw(st.integers(1, 6)), at_ms=at_ms),
            merged(event, who, other, at_ms=at_ms),
            paid(event, who, order, 30, at_ms=at_ms),
            shared(event, who, at_ms=at_ms),
            ReleaseAward(
                origin(event, source="jobs", room=None, at_ms=at_ms),
                who_of(who),
                HeldAwardId(derived("ha", *award)),
            ),
            held(event, who, order, draw(st.sampled_from((1, 20, 100))), at_ms=at_ms),
            captured(event, holder, hold, at_ms=at_ms),
            released(event, holder, hold, draw(st.sampled_from((None, 7))), at_ms=at_ms),
            redeemed(event, who, "bag", at_ms=at_ms),
            cancelled(event, buyer, claim, at_ms=at_ms),
            gave(event, who, other, 20, at_ms=at_ms),
            gave_by_link(event, who, 20, at_ms=at_ms),
            claimed(event, who, link, at_ms=at_ms),
            gift_returned(event, giver, link, at_ms=at_ms),
            granted(event, who, points=100, at_ms=at_ms),
            linked(event, who, "wx", "anna", at_ms=at_ms),
            liked(event, "wx:anna", 3, at_ms=at_ms),
            paid(event, "wx:anna", order, 30, at_ms=at_ms),
            time_kept(event, who, at_ms=at_ms),
            ChangeTask(
                origin(event, at_ms=at_ms), TaskId(task), draw(st.sampled_from(("pause", "resume", "cancel")))
            ),
        ]
        chosen = draw(st.sampled_from((*kinds[:3], *kinds[:5], *kinds)))
        match chosen:
            case RecordPaidOrder():
                paid_for.append(chosen.order)
            case HoldPoints():
                made["hold"].append((who, event))
            case RedeemReward():
                made["claim"].append((who, event))
            case GiveByLink():
                made["link"].append((who, event))
            case _:
                pass
        return replace(chosen, origin=replace(chosen.origin, received_ms=at_ms))

    def another_show() -> Step:
        shows.append(f"s{len(shows) + 1}")
        over, new = shows[-2:]
        return (
            show_status(f"end-{over}", "ended", over, at_ms=at_ms),
            replace(
                schedule_show(f"plan-{new}", new),
                origin=replace(origin(f"plan-{new}", source="api"), received_ms=at_ms),
            ),
            show_status(f"live-{new}", "live", new, at_ms=at_ms),
        )

    steps: list[Step] = []
    for size in draw(st.lists(st.sampled_from((1, 1, 2, 2, 3, 4, 6, 0)), min_size=4, max_size=16)):
        batch: list[Command] = []
        for _ in range(size):
            said = command()
            if isinstance(said, MergeMembers):
                steps += [tuple(batch), (said,)]
                batch = []
            else:
                batch.append(said)
        steps.append(tuple(batch) if size else another_show())
    return tuple(step for step in steps if step)


def told(facts: Sequence[Fact]) -> list[Fact]:
    """What happened, but for the accounts as a merge found them: a database has not read coupons long used."""
    return [fact for fact in facts if not isinstance(fact, MembersMerged)]


async def set_up(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(
        reward_put("bag", "bag", 20, stock=3, per_member=2),
        start("t1", event="t1", kind="order", target=1, reward=101, budget=202, seconds=86_400),
        start("t2", event="t2", kind="order", target=2, reward=50, budget=100, seconds=86_400),
        *(granted(f"g{who}", who, points=50) for who in WHO),
    )


async def obeys(ledger: Ledger, facts: Sequence[Fact], orders: Sequence[str]) -> None:
    """Say what must hold of what was given and taken, by sums of what happened alone."""
    given, taken = Counter[str](), Counter[str]()
    for fact in facts:
        if isinstance(fact, Awarded) and fact.order is not None:
            given[fact.order] += fact.points
        if isinstance(fact, TakenBack):
            taken[fact.order] += fact.points
    for order in orders:
        found = await ledger.queries.order(OrderId(order))
        if found is None or not found.amount:
            continue
        assert (found.points_given, found.points_taken) == (given[order], taken[order])
        assert 0 <= taken[order] <= given[order]
        if found.refunded == found.amount:
            assert taken[order] == given[order], (
                "refunded in full: nothing of it is left, and no more was taken"
            )
    in_show, in_day = Counter[tuple[str, str]](), Counter[tuple[str, int]]()
    charged = Counter[str]()
    for fact in facts:
        match fact:
            case BudgetSpent():
                charged[fact.budget] += fact.amount
                assert 0 <= charged[fact.budget] <= fact.max
            case Awarded(behaviour=True):
                in_day["points", fact.day] += fact.points
                in_show["points", fact.show or ""] += fact.points
            case _:
                pass
    assert max(in_show.values(), default=0) <= RULEBOOK.budgets.show
    assert max(in_day.values(), default=0) <= RULEBOOK.budgets.day
    stood = await ledger.queries.spent(sorted(charged))
    assert {name: n for name, n in stood.items() if n} == {name: n for name, n in charged.items() if n}
    for task in TASKS:
        assert charged[budget_name(TaskId(task))] % (101 if task == "t1" else 50) == 0


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(history=histories())
async def test_E8_X1_V3_R3_units_return_once_and_nothing_is_minted_or_lost_on_the_way(
    history: tuple[Step, ...], empty_file: Path, directory: Path
) -> None:
    memory = in_memory(RULEBOOK)
    facts: list[Fact] = []
    async with on_database(fresh(empty_file, directory), RULEBOOK) as ledger:
        await set_up(ledger)
        await set_up(memory)
        for step in history:
            kept, thought = await ledger.apply(*step), await memory.apply(*step)
            assert kept.receipts == thought.receipts
            assert told(kept.facts) == told(thought.facts)
            assert (kept.members, kept.items, kept.budgets) == (
                thought.members,
                thought.items,
                thought.budgets,
            )
            facts += kept.facts
        assert ledger.engines is not None
        assert (await verify(ledger.engines)).differences == ()
        for one in (ledger, memory):
            await obeys(one, facts, ORDERS)
        ids = [member(who) for who in WHO]
        now_ms = max(command.origin.received_ms for step in history for command in step)
        assert await ledger.queries.members(ids, now_ms) == await memory.queries.members(ids, now_ms)
