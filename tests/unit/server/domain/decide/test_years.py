"""What time does to tiers."""

from dataclasses import replace

import pytest

from server.domain.card import card_of
from server.domain.facts import ShoutedOut, TierDropped, TierEnding, TierKept, TierMoved, TierReached
from server.domain.ladder import effective_tier, settled_tier
from server.domain.rulebook import Rulebook
from server.domain.state import DayBucket, Member, TierHold
from server.ids import TierId
from server.rulebooks.loading import load_preset
from tests.unit.server.domain.builders import (
    DAY,
    NOW,
    TODAY,
    Stage,
    a_member,
    a_refund,
    a_share,
    an_order,
    jifen,
    shanghai,
    stage_with,
    time_kept,
)

YEAR = 365 * DAY


def ending_in(ms: int, *, tier: str = "gold", growth: int = 0, on_day: int = TODAY - 1) -> Member:
    days = (DayBucket(on_day, growth),) if growth else ()
    return replace(a_member(tier=tier, days=days), tier_until_ms=NOW + ms)


@pytest.mark.parametrize("growth, tier", [(1_600, "gold"), (1_599, "silver"), (0, "silver")])
def test_T6_eighty_percent_keep_the_tier_and_less_is_exactly_one_step(growth: int, tier: str) -> None:
    stage = stage_with(ending_in(0, growth=growth))
    stage.do(time_kept())
    assert (stage.member().tier, stage.member().tier_until_ms) == (tier, NOW + YEAR)


def test_T6_not_before_the_year_is_over() -> None:
    stage = stage_with(ending_in(1))
    stage.do(time_kept())
    assert stage.member().tier == "gold"
    stage.after(1).do(time_kept())
    assert stage.member().tier == "silver"


def test_T6_the_lowest_tier_has_no_year() -> None:
    stage = stage_with(ending_in(0, tier="bronze"))
    stage.do(time_kept())
    assert (stage.member().tier, stage.member().tier_until_ms) == ("basic", None)
    stage.after(10 * YEAR).do(time_kept())
    assert stage.member().tier == "basic"


def with_year(*, retention_percent: int = 80, to_supported: bool = False) -> Rulebook:
    rules = jifen()
    year = replace(rules.year, retention_percent=retention_percent, to_supported=to_supported)
    return replace(rules, year=year)


def test_T6_how_much_keeps_a_tier_is_a_setting() -> None:
    stage = stage_with(ending_in(0, growth=1_999), rulebook=with_year(retention_percent=100))
    stage.do(time_kept())
    assert stage.member().tier == "silver"


def test_T6_falling_to_the_reached_tier_is_a_setting() -> None:
    stage = stage_with(ending_in(0, tier="black", growth=20), rulebook=with_year(to_supported=True))
    stage.do(time_kept())
    assert stage.member().tier == "bronze"
    one_step = stage_with(ending_in(0, tier="black", growth=20))
    one_step.do(time_kept())
    assert one_step.member().tier == "gold"


@pytest.mark.parametrize(
    "bucket, tier",
    [
        (DayBucket(TODAY - 1, 1_600), "lv3"),
        (DayBucket(TODAY - 1, 0, 160_000), "lv3"),
        (DayBucket(TODAY - 1, 0, 0, 12), "lv3"),
        (DayBucket(TODAY - 1, 1_599, 159_999, 11), "lv2"),
    ],
)
def test_T6_T11_any_one_alternative_keeps_a_tier(bucket: DayBucket, tier: str) -> None:
    member = replace(a_member(days=(bucket,), tier="lv3"), tier_until_ms=NOW)
    stage = stage_with(member, rulebook=load_preset("laopengyou"))
    stage.do(time_kept())
    assert stage.member().tier == tier


def test_T6_years_that_ended_while_nobody_looked_are_judged_one_after_the_other() -> None:
    stage = stage_with(ending_in(0, tier="black"))
    stage.after(2 * YEAR + DAY).do(time_kept())
    steps = [(fact.previous, fact.tier, fact.at_ms) for fact in stage.told(TierDropped)]
    assert steps == [
        ("black", "gold", NOW),
        ("gold", "silver", NOW + YEAR),
        ("silver", "bronze", NOW + 2 * YEAR),
    ]
    assert stage.member().tier_until_ms == NOW + 3 * YEAR


def test_T6_what_came_after_the_year_s_end_does_not_count_for_it() -> None:
    stage = stage_with(ending_in(0, growth=2_000, on_day=TODAY + 3))
    stage.after(7 * DAY).do(time_kept())
    assert stage.told(TierKept) == []
    assert stage.member().tier == "silver"


def test_T6_the_drop_comes_before_the_order_that_climbs_again() -> None:
    stage = stage_with(ending_in(0))
    stage.after(7 * DAY).do(an_order(yuan=2_000))
    happened = [
        (type(fact), fact.previous, fact.tier)
        for fact in stage.facts
        if isinstance(fact, TierDropped | TierReached)
    ]
    assert happened == [(TierDropped, "gold", "silver"), (TierReached, "silver", "gold")]
    assert stage.member().tier_until_ms == NOW + 7 * DAY + YEAR


def test_T6_a_command_that_is_refused_leaves_the_year_to_the_next() -> None:
    stage = stage_with(ending_in(0))
    stage.refused(an_order(yuan=1, currency="USD"))
    assert stage.member().tier == "gold"
    stage.do(a_share())
    assert stage.member().tier == "silver"


@pytest.mark.parametrize("left, warned", [(7 * DAY + 1, False), (7 * DAY, True), (1, True)])
def test_T7_the_warning_comes_seven_days_before(left: int, warned: bool) -> None:
    stage = stage_with(ending_in(left, growth=1_500))
    stage.do(time_kept())
    told = [(fact.tier, fact.growth_to_keep, fact.until_ms) for fact in stage.told(TierEnding)]
    assert told == ([("gold", 100, NOW + left)] if warned else [])


def test_T7_once_for_every_year_and_only_who_is_about_to_lose_it() -> None:
    stage = stage_with(ending_in(DAY, growth=1_500))
    stage.do(time_kept())
    stage.do(time_kept())
    assert len(stage.told(TierEnding)) == 1
    safe = stage_with(ending_in(DAY, growth=1_600))
    safe.do(time_kept())
    assert safe.told(TierEnding) == []


def test_T7_of_somebody_nobody_knows_there_is_nothing_to_say() -> None:
    stage = Stage()
    assert stage.decide(time_kept(who="nobody")).facts == ()


def test_T8_a_drop_leaves_a_granted_tier_alone() -> None:
    held = TierHold(TierId("black"), NOW + DAY)
    stage = stage_with(replace(ending_in(0), grant=held))
    stage.do(time_kept())
    assert (stage.member().tier, stage.member().grant) == ("silver", held)


FRIENDS = load_preset("laopengyou", version=2)


def switched(member: Member) -> Stage:
    """Return a stage on which the other preset has taken force, and the member has not been looked at since."""
    return stage_with(member, rulebook=FRIENDS)


@pytest.mark.parametrize(
    "before, after, until", [("basic", "lv1", False), ("bronze", "lv1", False), ("gold", "lv3", True)]
)
def test_T6_other_rules_move_a_member_to_the_tier_in_the_place_of_theirs_and_the_year_goes_on(
    before: str, after: str, until: bool
) -> None:
    member = a_member(tier=before)
    stage = switched(member)
    stage.do(time_kept())
    assert (stage.member().tier, stage.member().tier_since_ms) == (after, member.tier_since_ms)
    assert stage.member().tier_until_ms == (member.tier_until_ms if until else None)
    assert [type(fact) for fact in stage.facts] == [TierMoved]
    stage.do(time_kept())
    assert len(stage.facts) == 1, "once"


def test_T6_who_comes_from_the_lowest_tier_to_one_with_a_year_begins_it() -> None:
    rules = replace(FRIENDS, former={TierId("basic"): TierId("lv2")})
    stage = stage_with(a_member(tier="basic"), rulebook=rules)
    stage.do(time_kept())
    assert (stage.member().tier, stage.member().tier_until_ms) == ("lv2", NOW + YEAR)


def test_T6_a_year_that_ended_unseen_is_judged_by_the_tier_that_stands_on_the_ladder_now() -> None:
    stage = switched(ending_in(0))
    stage.do(time_kept())
    assert [type(fact) for fact in stage.facts] == [TierMoved, TierDropped]
    assert stage.member().tier == "lv2"


def test_T5_an_order_first_moves_and_then_lifts_as_ever() -> None:
    stage = switched(a_member(tier="bronze"))
    stage.do(an_order(yuan=2_000))
    kinds = [type(fact) for fact in stage.facts if isinstance(fact, TierMoved | TierReached)]
    assert kinds == [TierMoved, TierReached]
    assert stage.member().tier == "lv3"


def test_T12_what_was_shouted_before_the_switch_is_not_shouted_again() -> None:
    shouted = replace(a_member(tier="basic"), shouted={TierId("gold"): NOW - 30 * DAY})
    stage = switched(shouted)
    stage.do(an_order(yuan=2_000))
    assert stage.member().tier == "lv3"
    assert not any(isinstance(fact, ShoutedOut) for fact in stage.facts)


def test_V3_a_refund_gives_back_the_tier_in_the_place_of_the_one_before() -> None:
    stage = stage_with(a_member(tier="silver"))
    stage.do(an_order(yuan=3_000))
    assert stage.member().tier == "gold"
    stage.world.rulebook = FRIENDS
    stage.after(DAY).do(a_refund(yuan=3_000))
    assert stage.member().tier == "lv2"


def test_T8_a_boost_and_a_grant_of_before_keep_their_place_until_they_end() -> None:
    until = NOW + DAY
    member = replace(
        a_member(tier="bronze"),
        boost=TierHold(TierId("silver"), until),
        grant=TierHold(TierId("gold"), until),
    )
    card = card_of(member, FRIENDS, shanghai(), None, NOW)
    assert (card.tier, card.real_tier, card.until_ms) == ("lv3", "lv1", until)
    assert card.boost is not None
    assert card.boost.tier == "lv2"
    assert card.next is not None
    assert card.next.tier == "lv2"
    assert effective_tier(member, FRIENDS, NOW) == settled_tier(member, FRIENDS, NOW) == "lv3"
