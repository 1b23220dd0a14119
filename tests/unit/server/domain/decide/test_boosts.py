"""The tier above for the rest of the day."""

from dataclasses import replace

import pytest

from server.domain.card import card_of
from server.domain.decision import Earned
from server.domain.gift_facts import BoostBought, TierHoldEnded
from server.domain.ladder import effective_tier, settled_tier
from server.domain.state import DayBucket, Member, TierHold
from server.ids import TierId
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    NOW,
    TODAY,
    Stage,
    a_comment,
    a_member,
    an_order,
    boosts,
    granted,
    jifen,
    shanghai,
    stage_with,
    time_kept,
)

MIDNIGHT = NOW + 4 * HOUR
"""It is 20:00 in Shanghai."""


def bronze(points: int = 1_000) -> Member:
    return a_member(points=points, growth=100)


def test_P4_three_hundred_points_buy_the_tier_above_until_midnight() -> None:
    stage = stage_with(bronze())
    before = stage.member()
    assert stage.applied(boosts("silver")).earned == Earned(-300, 0)
    after = stage.member()
    assert (after.points, after.boost) == (700, TierHold(TierId("silver"), MIDNIGHT))
    assert (after.tier, after.tier_until_ms) == (before.tier, before.tier_until_ms)
    assert (*before.days, DayBucket(TODAY)) == after.days, "a day of a line, and nothing that counts"
    card = card_of(after, jifen(), shanghai(), None, MIDNIGHT - 1)
    assert (card.tier, card.real_tier, card.boost) == ("silver", "bronze", after.boost)
    card = card_of(after, jifen(), shanghai(), None, MIDNIGHT)
    assert (card.tier, card.real_tier, card.boost) == ("bronze", None, None)


@pytest.mark.parametrize(
    "tier, code", [("bronze", "bad_request"), ("gold", "bad_request"), ("x", "bad_request")]
)
def test_P4_only_the_tier_above_the_real_one_is_sold(tier: str, code: str) -> None:
    refusal = stage_with(bronze()).refused(boosts(tier))
    assert (refusal.code, refusal.message[:5]) == (code, "tier:")


def test_P4_above_the_highest_there_is_nothing() -> None:
    assert stage_with(a_member(points=900, growth=10_000)).refused(boosts("black")).code == "closed"


def test_P4_one_boost_at_a_time() -> None:
    stage = stage_with(bronze())
    stage.applied(boosts())
    assert stage.refused(boosts()).code == "limit_reached"
    stage.after(4 * HOUR).applied(boosts())
    assert len(stage.told(BoostBought)) == 2


def test_P4_a_boost_does_not_climb_on_a_boost() -> None:
    stage = stage_with(bronze())
    stage.applied(boosts("silver"))
    assert stage.refused(boosts("gold")).code == "bad_request"


def test_P4_nobody_pays_for_a_tier_they_have_been_granted() -> None:
    stage = stage_with(bronze())
    stage.applied(granted(tier="gold", until_ms=NOW + DAY))
    assert stage.refused(boosts("silver")).code == "closed"
    assert stage.member().points == 1_000


@pytest.mark.parametrize("points, enough", [(300, True), (299, False)])
def test_P4_a_boost_costs_what_is_there(points: int, enough: bool) -> None:
    stage = stage_with(bronze(points))
    if enough:
        stage.applied(boosts())
    else:
        assert stage.refused(boosts()).code == "not_enough_points"
    assert stage_with().refused(boosts("bronze", who="stranger")).code == "not_enough_points"


def test_P1_points_of_an_order_in_its_return_window_buy_no_boost() -> None:
    stage = stage_with(bronze(299))
    stage.do(an_order(yuan=150))
    assert stage.refused(boosts()).code == "not_enough_points"


def test_P4_a_programme_may_have_no_boosts() -> None:
    assert stage_with(bronze(), rulebook=replace(jifen(), boost=None)).refused(boosts()).code == "closed"


def test_P4_early_access_gifts_and_coupons_look_at_the_real_tier_or_a_grant() -> None:
    hold = TierHold(TierId("gold"), NOW + HOUR)
    boosted, given = replace(bronze(), boost=hold), replace(bronze(), grant=hold)
    assert (effective_tier(boosted, jifen(), NOW), settled_tier(boosted, jifen(), NOW)) == (
        "gold",
        "bronze",
    )
    assert (effective_tier(given, jifen(), NOW), settled_tier(given, jifen(), NOW)) == ("gold", "gold")
    assert settled_tier(given, jifen(), NOW + HOUR) == "bronze"


def test_P4_a_boost_shouts_nothing_and_gives_no_coupon() -> None:
    stage = stage_with(bronze())
    assert {type(fact).__name__ for fact in stage.decide(boosts()).facts} == {"BoostBought"}


def test_T8_a_boost_that_is_over_is_let_go_and_the_real_tier_stays() -> None:
    stage = stage_with(bronze())
    stage.applied(boosts())
    stage.after(4 * HOUR - 1).applied(time_kept())
    assert stage.member().boost is not None
    stage.after(1).applied(time_kept())
    stage.applied(time_kept())
    assert stage.member().boost is None
    assert [(fact.kind, fact.tier) for fact in stage.told(TierHoldEnded)] == [("boost", "silver")]
    assert stage.member().tier == "bronze"


def test_T8_a_granted_tier_that_is_over_is_let_go() -> None:
    stage = stage_with(bronze())
    stage.applied(granted(tier="gold", until_ms=NOW + HOUR))
    stage.after(HOUR).applied(time_kept())
    assert (stage.member().grant, stage.member().tier) == (None, "bronze")


def test_E7_a_boosted_member_earns_by_the_boosted_tier() -> None:
    stage: Stage = stage_with(a_member(points=300, growth=300))
    stage.applied(boosts("gold"))
    assert stage.applied(a_comment()).earned.points == 6
