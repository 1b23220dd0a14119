"""The next step, always shown."""

from dataclasses import replace

import pytest

from server.domain.hints import (
    FreeStep,
    keep_hint,
    largest_free_step,
    nearest_free_step,
    next_hint,
    smallest_order,
)
from server.domain.ladder import Totals
from server.domain.money import Money
from server.domain.rulebook import SHARE, Entry
from server.domain.state import Member
from server.ids import RuleId, ShowId
from tests.unit.server.domain.builders import (
    DAY,
    MINUTE,
    NOW,
    SHOW,
    TODAY,
    a_comment,
    a_member,
    a_share,
    an_order,
    jifen,
    shanghai,
    stage_with,
)

SILVER = jifen().ladder[2]


def free(rule: str, times: int, minutes: int) -> FreeStep:
    return FreeStep(RuleId(rule), times, minutes)


@pytest.mark.parametrize(
    "gap, step",
    [
        (1, free("comment", 1, 0)),
        (2, free("comment", 1, 0)),
        (3, free("share", 1, 0)),
        (10, free("share", 1, 0)),
        (30, free("share", 3, 0)),
        (31, None),
        (100, None),
    ],
)
def test_T10_the_nearest_free_action_takes_the_least_effort(gap: int, step: FreeStep | None) -> None:
    assert nearest_free_step(a_member(), gap, jifen(), TODAY) == step


def test_T10_only_what_may_still_earn_today_is_named() -> None:
    stage = stage_with()
    for _ in range(3):
        stage.do(a_share())  # 30 of today's 40
    assert nearest_free_step(stage.member(), 11, jifen(), TODAY) is None
    step = nearest_free_step(stage.member(), 10, jifen(), TODAY)
    assert step == free("comment", 5, 0)
    for n in range(4):
        stage.after(MINUTE).do(a_comment(f"这件多少钱{n}"))
    assert nearest_free_step(stage.member(), 2, jifen(), TODAY) is not None
    assert nearest_free_step(stage.member(), 3, jifen(), TODAY) is None


def test_T10_watching_is_named_in_minutes_when_nothing_quicker_is_left() -> None:
    rulebook = jifen()
    only = {rule: worth for rule, worth in rulebook.behaviours.items() if rule == "watch10"}
    step = nearest_free_step(a_member(), 7, replace(rulebook, behaviours=only), TODAY)
    assert step == free("watch10", 2, 20)


@pytest.mark.parametrize(
    "growth, fen", [(0, 28_000), (100, 18_000), (279, 100), (280, 1), (299, 1), (-20, 30_000)]
)
def test_T10_the_smallest_order_counts_the_extra_growth_in(growth: int, fen: int) -> None:
    assert smallest_order(SILVER.entry, Totals(growth), jifen()) == fen


@pytest.mark.parametrize(
    "entry, has, fen",
    [
        (Entry(300, paid=20_000), Totals(0, paid=15_000), 5_000),
        (Entry(300, orders=3), Totals(0, orders=2), 1),
        (Entry(300, orders=3), Totals(0, orders=1), 28_000),
    ],
)
def test_T10_T1_the_nearest_alternative_prices_the_order(entry: Entry, has: Totals, fen: int) -> None:
    assert smallest_order(entry, has, jifen()) == fen


@pytest.mark.parametrize("growth", [0, 15, 123, 279, 300, 1_500, 9_000])
def test_T10_the_order_shown_reaches_the_tier_and_a_fen_less_does_not(growth: int) -> None:
    member = a_member(growth=growth)
    target = jifen().tier_after(member.tier)
    assert target is not None
    fen = smallest_order(target.entry, Totals(growth), jifen())
    enough, short = stage_with(member), stage_with(member)
    enough.do(an_order(fen=fen))
    assert enough.member().tier == target.id
    if fen > 1:
        short.do(an_order(fen=fen - 1))
        assert short.member().tier == member.tier


def hint(growth: int, *, earning: bool = True) -> tuple[str, dict[str, object]]:
    member: Member = a_member(growth=growth)
    target = jifen().tier_after(member.tier)
    assert target is not None
    said = next_hint(member, target, Totals(growth), jifen(), TODAY, earning=earning)
    return said.key, dict(said.params)


def test_T10_O4_the_hint_is_the_free_step_that_reaches_the_tier_or_else_leads_there() -> None:
    assert hint(13) == ("next.comment", {"tier": "青铜会员", "times": 1})
    assert hint(290) == ("next.share", {"tier": "白银会员", "times": 1})
    assert hint(100) == ("toward.share", {"tier": "白银会员", "growth": 10, "times": 1})


def test_O4_where_nothing_free_earns_the_hint_is_the_order() -> None:
    assert hint(100, earning=False) == ("next.spend", {"tier": "白银会员", "amount": Money(18_000, "CNY")})
    assert hint(290, earning=False) == ("next.any_order", {"tier": "白银会员"})


def test_T10_a_step_that_leads_there_is_one_that_still_earns_today() -> None:
    stage = stage_with(a_member(growth=15))
    assert largest_free_step(stage.member(), jifen(), TODAY) == free("share", 1, 0)
    for _ in range(3):
        stage.do(a_share())
    assert largest_free_step(stage.member(), jifen(), TODAY) == free("comment", 1, 0)
    for number in range(5):  # 30 + 5 × 2 = all the growth that behaviour brings in a day
        stage.after(MINUTE).do(a_comment(f"这件衣服真好看{number}"))
    assert largest_free_step(stage.member(), jifen(), TODAY) is None


def test_T10_E8_no_step_is_named_that_the_show_gives_no_more() -> None:
    rules = jifen()
    once = replace(rules.behaviours[SHARE], per_show=1)
    stage = stage_with(
        a_member(growth=15), rulebook=replace(rules, behaviours={**rules.behaviours, SHARE: once})
    )
    stage.do(a_share())
    member, rulebook = stage.member(), stage.world.rulebook
    assert largest_free_step(member, rulebook, TODAY, SHOW) == free("comment", 1, 0)
    assert largest_free_step(member, rulebook, TODAY, ShowId("next")) == free("share", 1, 0)
    assert nearest_free_step(member, 10, rulebook, TODAY, SHOW) == free("comment", 5, 0)
    assert nearest_free_step(member, 11, rulebook, TODAY) == free("comment", 6, 0), "of a show to come one"


def test_O4_keeping_names_the_step_the_tier_and_the_days_left() -> None:
    member = a_member(tier="gold")
    gold = jifen().ladder[3]

    def keep(missing: int, until_ms: int) -> tuple[str, dict[str, object]]:
        said = keep_hint(member, gold, missing, until_ms, jifen(), shanghai(), NOW)
        return said.key, dict(said.params)

    assert keep(5, NOW + 6 * DAY) == ("keep.share", {"tier": "黄金会员", "days": 6, "times": 1})
    assert keep(500, NOW + 1) == ("keep.growth", {"tier": "黄金会员", "days": 1, "growth": 500})
