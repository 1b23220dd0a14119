"""What an operator gives by hand."""

from typing import Any

import pytest

from server.domain.decision import Earned
from server.domain.facts import Granted, TierReached
from server.domain.ladder import effective_tier
from server.domain.state import TierHold
from server.ids import TierId
from tests.unit.server.domain.builders import DAY, NOW, a_member, granted, jifen, stage_with

LATER = NOW + 30 * DAY


def test_T8_a_granted_tier_has_effect_until_its_time_and_never_touches_the_real_one() -> None:
    stage = stage_with(a_member(growth=20))
    stage.applied(granted(tier="gold", until_ms=LATER))
    member = stage.member()
    assert (member.tier, member.grant) == ("bronze", TierHold(TierId("gold"), LATER))
    assert effective_tier(member, jifen(), LATER - 1) == "gold"
    assert effective_tier(member, jifen(), LATER) == "bronze"


def test_T8_the_operator_s_last_word_counts() -> None:
    stage = stage_with(a_member())
    stage.do(granted(tier="black", until_ms=LATER))
    stage.do(granted(tier="silver", until_ms=NOW + DAY))
    assert stage.member().grant == TierHold(TierId("silver"), NOW + DAY)


def test_T8_granted_points_are_spendable_and_bound_by_nothing() -> None:
    stage = stage_with(a_member(growth=10_000))
    assert stage.applied(granted(points=5_000)).earned == Earned(5_000, 0)
    assert stage.member().points == 5_000
    assert stage.world.budgets == {}


def test_T5_granted_growth_lifts_at_once() -> None:
    stage = stage_with(a_member())
    stage.do(granted(growth=300))
    [reached] = stage.told(TierReached)
    assert (reached.tier, stage.member().tier) == ("silver", "silver")


def test_X7_a_grant_says_why() -> None:
    stage = stage_with(a_member())
    stage.do(granted(points=1))
    [fact] = stage.told(Granted)
    assert (fact.reason, fact.points) == ("an apology", 1)


def test_T4_a_grant_makes_a_stranger_known() -> None:
    stage = stage_with()
    stage.applied(granted(points=7, who="stranger"))
    assert stage.member("stranger").points == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"points": 1, "growth": 1},
        {"points": 1, "tier": "gold", "until_ms": LATER},
        {"points": -1},
        {"tier": "diamond", "until_ms": LATER},
        {"tier": "gold"},
        {"tier": "gold", "until_ms": NOW},
        {"points": 1, "until_ms": LATER},
    ],
)
def test_T8_a_grant_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    stage = stage_with(a_member())
    assert stage.refused(granted(**wrong)).code == "bad_request"
