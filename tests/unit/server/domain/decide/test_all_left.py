"""All behaviours in one look say what each says by itself (E4, E5, E8)."""

from dataclasses import replace

import pytest

from server.domain.decide.awards import all_left_today, left_to_see, left_today
from server.domain.rulebook import CHECK_IN
from server.domain.state import AwardCount, Member
from server.ids import ShowId
from tests.unit.server.domain.builders import TODAY, a_member, jifen

RULES = tuple(jifen().behaviours)


def with_counts(n: int, *scopes: str) -> Member:
    return replace(
        a_member(), awards={(scope, rule): AwardCount(n, n, n) for scope in scopes for rule in RULES}
    )


@pytest.mark.parametrize(
    "member",
    [
        a_member(),
        with_counts(1, f"d{TODAY}"),
        with_counts(1_000, f"d{TODAY}"),
        with_counts(1_000, f"d{TODAY - 1}"),
        with_counts(1_000, "total"),
        replace(a_member(), streak_day=TODAY, streak=3),
        replace(with_counts(1, f"d{TODAY}", "total"), streak_day=TODAY - 1, streak=3),
    ],
)
def test_E8_what_is_left_of_all_is_what_is_left_of_each(member: Member) -> None:
    rulebook = jifen()
    each = {
        rule_id: left_today(rule_id, rule, member, TODAY) for rule_id, rule in rulebook.behaviours.items()
    }
    assert all_left_today(member, rulebook, TODAY) == each
    assert CHECK_IN in each
    assert any(rule.ever is not None for rule in rulebook.behaviours.values())


@pytest.mark.parametrize("in_show", [None, ShowId("s1"), ShowId("s2")])
@pytest.mark.parametrize("per_show", [1, 2, 3, 50])
@pytest.mark.parametrize(
    "member", [a_member(), with_counts(2, "s:s1"), with_counts(2, f"d{TODAY}", "s:s1", "total")]
)
def test_E8_a_card_promises_of_all_what_the_show_leaves_of_each(
    member: Member, per_show: int, in_show: ShowId | None
) -> None:
    rules = jifen()
    capped = {rule_id: replace(rule, per_show=per_show) for rule_id, rule in rules.behaviours.items()}
    rulebook = replace(rules, behaviours=capped)
    all_left = all_left_today(member, rulebook, TODAY, in_show)
    assert all_left == {
        rule_id: left_to_see(rule_id, rule, member, TODAY, in_show) for rule_id, rule in capped.items()
    }
    assert max(all_left.values()) <= per_show
    if in_show is not None:
        assert all_left == {
            rule_id: left_today(rule_id, rule, member, TODAY, in_show) for rule_id, rule in capped.items()
        }
