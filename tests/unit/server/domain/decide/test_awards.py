"""Caps, multiplier, the day's growth limit and budgets of behaviour."""

from dataclasses import replace

import pytest

from server.domain.commands import Command
from server.domain.decision import Earned
from server.domain.facts import Awarded, BudgetSpent
from server.domain.rulebook import LIKE
from tests.unit.server.domain.builders import (
    DAY,
    MINUTE,
    TODAY,
    Stage,
    a_comment,
    a_member,
    a_share,
    a_vote,
    jifen,
    likes,
    stage_with,
    watched,
    with_budget,
)


def do_often(stage: Stage, rule: str, times: int) -> list[Earned]:
    """Do one behaviour `times`, each time as it should be done; return what each earned."""
    earned = []
    for n in range(times):
        commands: dict[str, Command] = {
            "watch15": watched(15, n + 1),
            "watch10": watched(10, n + 1),
            "comment": a_comment(f"这件多少钱{n}"),
            "like": likes(),
            "vote": a_vote(f"p{n}"),
            "share": a_share(),
        }
        earned.append(stage.after(MINUTE).applied(commands[rule]).earned)
        if rule.startswith("watch"):
            stage.after(MINUTE).do(likes())
    return earned


@pytest.mark.parametrize(
    "rule, points, growth, cap",
    [
        ("watch15", 50, 0, 4),
        ("watch10", 0, 5, 6),
        ("comment", 5, 2, 10),
        ("like", 1, 0, 10),
        ("vote", 5, 0, 5),
        ("share", 10, 10, 3),
    ],
)
def test_E1_E2_V2_E8_each_behaviour_earns_its_worth_up_to_its_cap(
    rule: str, points: int, growth: int, cap: int
) -> None:
    stage = stage_with()
    assert do_often(stage, rule, cap + 2) == [Earned(points, growth)] * cap + [Earned()] * 2


def test_E10_beyond_the_cap_the_viewer_is_told() -> None:
    stage = stage_with()
    do_often(stage, "share", 3)
    assert stage.applied(a_share()).code == "cap_reached"


def test_E8_caps_start_anew_with_the_programmes_day() -> None:
    stage = stage_with()
    do_often(stage, "share", 3)
    stage.now = stage.world.calendar.start_of(TODAY + 1) - 1
    assert stage.applied(a_share()).code == "cap_reached"
    assert stage.after(1).applied(a_share()).earned == Earned(10, 10)


def test_E8_caps_are_per_member() -> None:
    stage = stage_with()
    do_often(stage, "share", 3)
    assert stage.applied(a_share(who="other")).earned.points == 10


def few_a_show(per_show: int) -> Stage:
    rules = jifen()
    likes_of = replace(rules.behaviours[LIKE], per_show=per_show)
    return stage_with(rulebook=replace(rules, behaviours={**rules.behaviours, LIKE: likes_of}))


def test_E8_a_rule_may_have_a_cap_of_the_show_beside_that_of_the_day() -> None:
    stage = few_a_show(4)
    assert stage.applied(likes(3)).earned.points == 3
    assert stage.applied(likes(3)).earned.points == 1
    assert stage.applied(likes(1)).code == "cap_reached"
    assert stage.applied(a_share()).earned.points == 10, "of that rule alone"


def test_E8_a_cap_of_the_show_beyond_the_days_changes_nothing() -> None:
    assert few_a_show(50).applied(likes(50)).earned.points == 10


@pytest.mark.parametrize("counts, earned", [((10, 1), (10, 0)), ((7, 7), (7, 3)), ((50,), (10,))])
def test_E8_n_likes_are_n_awards_and_a_cap_cuts_in_between(
    counts: tuple[int, ...], earned: tuple[int, ...]
) -> None:
    stage = stage_with()
    assert tuple(stage.applied(likes(count)).earned.points for count in counts) == earned
    assert sum(award.awards for award in stage.told(Awarded) if award.rule == LIKE) == 10


def test_E8_behaviour_brings_at_most_40_growth_a_day_and_leaves_what_still_fits() -> None:
    stage = stage_with()
    do_often(stage, "share", 3)  # 30
    assert [earned.growth for earned in do_often(stage, "comment", 6)] == [2, 2, 2, 2, 2, 0]
    assert stage.after(DAY).applied(a_share()).earned.growth == 10


def test_E8_the_growth_limit_cuts_an_award_to_the_rest() -> None:
    rulebook = replace(jifen(), behaviour_growth_per_day=15)
    stage = stage_with(rulebook=rulebook)
    assert [earned.growth for earned in do_often(stage, "share", 3)] == [10, 5, 0]


def test_E10_an_award_of_growth_alone_earns_nothing_beyond_the_limit_and_says_why() -> None:
    stage = stage_with(rulebook=replace(jifen(), behaviour_growth_per_day=10))
    stage.do(a_share())
    assert stage.applied(watched(10)).code == "cap_reached"
    assert [award.rule for award in stage.told(Awarded)] == ["share"]


@pytest.mark.parametrize("growth, points", [(0, 50), (2_000, 60), (10_000, 75)])
def test_E7_gold_and_black_earn_1_2_and_1_5_times_the_points(growth: int, points: int) -> None:
    assert stage_with(a_member(growth=growth)).applied(watched(15)).earned.points == points


def test_E7_points_are_floored_per_award_so_that_ten_likes_are_worth_ten_single_ones() -> None:
    at_once, singly = stage_with(a_member(growth=10_000)), stage_with(a_member(growth=10_000))
    assert at_once.applied(likes(10)).earned.points == 10  # 1.5 → 1 each
    for _ in range(10):
        singly.do(likes())
    assert singly.member().points == at_once.member().points


def test_V1_growth_of_behaviour_has_its_own_coefficient() -> None:
    stage = stage_with(rulebook=replace(jifen(), behaviour_percent=50))
    assert stage.applied(a_share()).earned == Earned(10, 5)


def test_E8_points_are_charged_to_the_shows_and_the_days_budget() -> None:
    stage = stage_with()
    stage.do(a_share())
    assert stage.told(BudgetSpent) == [
        BudgetSpent("show:s1", 10, 2_000_000),
        BudgetSpent(f"day:{TODAY}", 10, 10_000_000),
    ]


def test_E8_a_spent_budget_takes_the_points_and_never_the_growth() -> None:
    stage = stage_with(rulebook=with_budget(jifen(), show=10))
    stage.do(a_share())
    answer = stage.applied(a_share())
    assert (answer.earned, answer.code) == (Earned(0, 10), "budget_spent")
    assert stage.world.budgets["show:s1"] == 10


def test_E10_an_award_of_points_alone_says_that_the_budget_is_spent() -> None:
    stage = stage_with(rulebook=with_budget(jifen(), show=0))
    answer = stage.applied(likes())
    assert (answer.earned, answer.code) == (Earned(), "budget_spent")
    assert stage.told(Awarded) == []


@pytest.mark.parametrize("budget", ["show:s1", f"day:{TODAY}"])
def test_R3_a_budget_closed_by_the_commit_takes_the_points(budget: str) -> None:
    stage = stage_with()
    stage.world.closed.add(budget)
    assert stage.applied(a_share()).earned == Earned(0, 10)


def test_E10_a_behaviour_without_a_rule_earns_nothing_and_says_so() -> None:
    rulebook = jifen()
    without = {name: rule for name, rule in rulebook.behaviours.items() if name != "vote"}
    stage = stage_with(rulebook=replace(rulebook, behaviours=without))
    assert stage.applied(a_vote()).code == "not_eligible"
