"""Laws of the core over any list of commands: balances are sums, caps hold, deciding is pure."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings, strategies as st

from server.domain.card import card_of
from server.domain.commands import Command
from server.domain.deciding import decide
from server.domain.decision import Applied
from server.domain.facts import (
    Awarded,
    BudgetSpent,
    CouponGranted,
    OrderPaid,
    OrderRefunded,
    ShoutedOut,
    TakenBack,
)
from server.domain.ladder import Totals, supported, totals
from server.domain.rulebook import Rulebook
from server.domain.state import AwardCount
from server.ids import MemberId, TierId
from server.text.catalogue import render
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    MINUTE,
    Stage,
    a_comment,
    a_refund,
    a_share,
    a_vote,
    a_world,
    an_order,
    jifen,
    likes,
    shanghai,
    watched,
)

WHO = st.sampled_from(["mei", "ming"])
ORDERS = st.sampled_from([f"o{n}" for n in range(6)])
FEN = st.one_of(st.integers(1, 500_000), st.sampled_from([1, 99, 100, 28_000, 30_000, 1_000_000]))
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(lambda order, fen, who: an_order(order, fen=fen, who=who), ORDERS, FEN, WHO),
    st.builds(lambda order, fen, who: a_refund(order, fen=fen, who=who), ORDERS, FEN, WHO),
    st.builds(lambda n, who: likes(n, who=who), st.integers(1, 50), WHO),
    st.builds(lambda text, who: a_comment(text, who=who), st.text("abc", min_size=1, max_size=6), WHO),
    st.builds(lambda who: a_share(who=who), WHO),
    st.builds(lambda who: a_vote(who=who), WHO),
    st.builds(
        lambda minutes, n, who: watched(minutes, n, who=who),
        st.sampled_from([10, 15]),
        st.integers(1, 9),
        WHO,
    ),
)
STEPS = st.lists(
    st.tuples(COMMANDS, st.sampled_from([0, MINUTE, 10 * MINUTE, HOUR, DAY, 100 * DAY])),
    min_size=1,
    max_size=60,
)


def played(steps: list[tuple[Command, int]], rulebook: Rulebook | None = None) -> Stage:
    stage = Stage(a_world(rulebook=rulebook))
    for command, later in steps:
        stage.after(later).do(command)
    return stage


@given(STEPS)
def test_R3_points_and_growth_are_what_was_awarded_less_what_was_taken_back(
    steps: list[tuple[Command, int]],
) -> None:
    stage = played(steps)
    for who, member in stage.world.members.items():
        awarded = [fact for fact in stage.told(Awarded) if fact.member == who]
        taken = [fact for fact in stage.told(TakenBack) if fact.member == who]
        assert member.points == sum(fact.points for fact in awarded) - sum(fact.points for fact in taken)
        growth, paid = Counter[int](), Counter[int]()
        for fact in awarded:
            growth[fact.day] += fact.growth
        for back in taken:
            growth[back.day] -= back.growth
            paid[back.day] -= back.paid
        for bought in stage.told(OrderPaid):
            if bought.order.member == who:
                paid[bought.order.day] += bought.order.amount
        assert {bucket.day: bucket.growth for bucket in member.days if bucket.growth} == {
            day: sum_ for day, sum_ in growth.items() if sum_
        }
        assert {bucket.day: bucket.paid for bucket in member.days if bucket.paid} == {
            day: sum_ for day, sum_ in paid.items() if sum_
        }
        assert [bucket.day for bucket in member.days] == sorted({bucket.day for bucket in member.days})


@given(STEPS)
def test_E8_in_no_order_of_events_does_a_day_pay_more_than_its_caps(steps: list[tuple[Command, int]]) -> None:
    stage = played(steps)
    awards, growth = Counter[tuple[MemberId, int, str]](), Counter[tuple[MemberId, int]]()
    for fact in stage.told(Awarded):
        if fact.behaviour:
            awards[fact.member, fact.day, fact.rule] += fact.awards
            growth[fact.member, fact.day] += fact.growth
    caps: dict[str, int] = {rule: each.per_day for rule, each in jifen().behaviours.items()}
    assert all(n <= caps[rule] for (_, _, rule), n in awards.items())
    assert all(brought <= 40 for brought in growth.values())


@given(STEPS, st.integers(0, 200))
def test_R3_budgets_are_never_overrun_and_bound_points_alone(
    steps: list[tuple[Command, int]], most: int
) -> None:
    rulebook = jifen()
    tight = replace(rulebook, budgets=replace(rulebook.budgets, show=most, coupons_day=1_500))
    stage = played(steps, tight)
    spent = Counter[str]()
    for fact in stage.told(BudgetSpent):
        spent[fact.budget] += fact.amount
        assert spent[fact.budget] <= fact.max
    behaviour = [fact for fact in stage.told(Awarded) if fact.behaviour]
    assert spent["show:s1"] == sum(fact.points for fact in behaviour) <= most
    free = played(steps)
    assert [fact.growth for fact in behaviour if fact.growth] == [
        fact.growth for fact in free.told(Awarded) if fact.behaviour and fact.growth
    ]


@given(STEPS)
def test_R3_counters_recomputed_from_the_awards_are_those_of_the_member(
    steps: list[tuple[Command, int]],
) -> None:
    stage = played(steps)
    for who, member in stage.world.members.items():
        scopes: dict[tuple[str, str], AwardCount] = {}
        for fact in stage.told(Awarded):
            if fact.member != who:
                continue
            for scope in (f"d{fact.day}", f"s:{fact.show}", "total"):
                old = scopes.get((scope, fact.rule), AwardCount())
                brought = (0, 0) if scope == "total" else (fact.points, fact.growth)
                scopes[scope, fact.rule] = AwardCount(
                    old.n + fact.awards, old.points + brought[0], old.growth + brought[1]
                )
        assert dict(member.awards) == scopes


@given(STEPS)
def test_V3_no_order_gives_back_more_than_it_gave_and_a_whole_refund_gives_back_all(
    steps: list[tuple[Command, int]],
) -> None:
    stage = played(steps)
    for order in stage.world.orders.values():
        if not order.amount:
            continue
        assert 0 <= order.refunded <= order.amount
        assert order.points_taken == order.points_given * order.refunded // order.amount
        assert order.growth_taken == order.growth_given * order.refunded // order.amount
    waiting = {fact.order.id for fact in stage.told(OrderRefunded) if fact.waiting}
    paid = [fact.order.id for fact in stage.told(OrderPaid)]
    assert len(paid) == len(set(paid))
    assert waiting | set(paid) == set(stage.world.orders)


@given(STEPS)
def test_T5_T11_after_every_event_that_brings_growth_the_tier_is_at_least_what_it_supports(
    steps: list[tuple[Command, int]],
) -> None:
    stage = Stage(a_world())
    ranks = jifen().ranks
    for command, later in steps:
        stage.after(later)
        facts = stage.decide(command).facts
        for fact in facts:
            if isinstance(fact, Awarded) and fact.growth:
                member = stage.member(fact.member)
                has = totals(member.days, shanghai().day_of(stage.now), 365)
                assert ranks[member.tier] >= ranks[supported(Totals(has.growth), jifen()).id]


@given(STEPS)
def test_T12_no_member_has_two_shouts_or_coupons_of_one_tier_within_365_days(
    steps: list[tuple[Command, int]],
) -> None:
    stage = played(steps)
    gifts = [(fact.member, fact.tier, fact.at_ms) for fact in stage.told(ShoutedOut)]
    gifts += [(fact.member, TierId(fact.coupon.reason), fact.at_ms) for fact in stage.told(CouponGranted)]
    last: dict[tuple[MemberId, TierId], int] = {}
    for member, tier, at_ms in gifts:
        before = last.get((member, tier))
        assert before is None or at_ms - before >= 365 * DAY
        last[member, tier] = at_ms


@given(STEPS)
@settings(max_examples=40)
def test_R2_the_same_commands_give_the_same_facts_and_the_facts_alone_give_the_same_members(
    steps: list[tuple[Command, int]],
) -> None:
    first, again = played(steps), played(steps)
    assert first.facts == again.facts
    told = a_world()
    told.fold_all(first.facts)
    assert told.members == first.world.members
    assert told.orders == first.world.orders
    assert told.budgets == first.world.budgets


@given(STEPS)
@settings(max_examples=40)
def test_O4_T10_every_member_below_the_top_is_shown_a_next_step_in_both_languages(
    steps: list[tuple[Command, int]],
) -> None:
    stage = played(steps)
    for member in stage.world.members.values():
        card = card_of(member, jifen(), shanghai(), None, stage.now)
        assert card.points == member.points
        if member.tier == "black":
            assert card.next is None
            continue
        assert card.next is not None
        assert card.next.growth_to_go >= 0
        assert card.next.spend_to_go >= 1
        assert all(render(card.next.hint).values())


@given(STEPS)
@settings(max_examples=30)
def test_R2_deciding_leaves_the_world_as_it_was(steps: list[tuple[Command, int]]) -> None:
    world, now_ms = a_world(), Stage().now
    for command, later in steps:
        now_ms += later
        before = dict(world.members), dict(world.orders), dict(world.budgets), dict(world.waves)
        decision = decide(command, Stage.who(command), world, now_ms)
        assert before == (world.members, world.orders, world.budgets, world.waves)
        if isinstance(decision.outcome, Applied):
            world.fold_all(decision.facts)
