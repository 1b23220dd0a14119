"""All behaviours in one look say what each says by itself (E4, E5, E8)."""

from dataclasses import replace

import pytest

from server.domain.decide.awards import all_left_today, left_today
from server.domain.rulebook import CHECK_IN
from server.domain.state import AwardCount, Member
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
