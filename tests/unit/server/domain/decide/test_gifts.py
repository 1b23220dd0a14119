"""Points from one member to another."""

from dataclasses import replace

import pytest

from server.domain.decision import Earned
from server.domain.facts import MemberCreated
from server.domain.gift_facts import GiftReturned, PointsGiven
from server.domain.state import DayBucket, Gift, Member, TierHold
from server.ids import TierId
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    NOW,
    TODAY,
    Stage,
    a_member,
    an_order,
    claims,
    gives,
    gives_by_link,
    goes_back,
    holds,
    jifen,
    stage_with,
)


def a_giver(points: int = 2_000, growth: int = 100, **changes: int) -> Member:
    return replace(a_member(points=points, growth=growth), **changes)  # type: ignore[arg-type]


def friends(giver: Member | None = None, points: int = 0) -> Stage:
    return stage_with(giver or a_giver(), a_member("li", points=points, name="小丽"))


def balances(stage: Stage) -> tuple[int, int]:
    return stage.member().points, stage.member("li").points


def only(stage: Stage) -> Gift:
    [gift] = stage.world.gifts.values()
    return gift


def test_P5_a_gift_moves_points_and_nothing_else() -> None:
    stage = friends(points=7)
    before = stage.member("li")
    assert stage.applied(gives(300)).earned == Earned(-300, 0)
    assert balances(stage) == (1_700, 307)
    assert stage.member("li").days == (*before.days, DayBucket(TODAY)), "never growth"
    assert stage.member("li").awards == {}, "nor an earning of the day"


def test_P5_nobody_gives_to_themselves() -> None:
    stage = friends()
    refusal = stage.refused(gives(10, "mei"))
    assert (refusal.code, refusal.message[:3]) == ("bad_request", "to:")
    stage.applied(gives_by_link(10))
    assert stage.refused(claims(who="mei")).code == "bad_request"


@pytest.mark.parametrize("age, code", [(7 * DAY, None), (7 * DAY - 1, "giver_not_eligible")])
def test_P5_a_giver_has_been_a_member_for_seven_days(age: int, code: str | None) -> None:
    stage = friends(a_giver(created_ms=NOW - age))
    if code is None:
        stage.applied(gives(10))
    else:
        assert stage.refused(gives(10)).code == code
        assert stage.refused(gives_by_link(10)).code == code


def test_P5_a_giver_is_bronze_or_above_and_a_stranger_gives_nothing() -> None:
    friends(a_giver(growth=15)).applied(gives(10))
    assert friends(a_giver(growth=14)).refused(gives(10)).code == "giver_not_eligible"
    assert friends().refused(gives(10, who="stranger")).code == "giver_not_eligible"


def test_P4_a_boost_opens_no_gifts_but_a_manual_grant_does() -> None:
    hold = TierHold(TierId("bronze"), NOW + HOUR)
    boosted = replace(a_giver(growth=0), boost=hold)
    granted = replace(a_giver(growth=0), grant=hold)
    assert friends(boosted).refused(gives(10)).code == "giver_not_eligible"
    friends(granted).applied(gives(10))


def test_P5_five_hundred_points_a_day_go_out() -> None:
    stage = friends()
    stage.applied(gives(499))
    refusal = stage.refused(gives(2))
    assert (refusal.code, refusal.details) == ("limit_reached", (("left", 1),))
    stage.applied(gives_by_link(1))
    assert stage.refused(gives_by_link(1, event="g2")).code == "limit_reached"
    stage.after(DAY).applied(gives(500))


def test_P5_a_thousand_points_a_day_come_in() -> None:
    stage = stage_with(
        *(replace(a_giver(), id=a_member(f"m{n}").id, author=a_member(f"m{n}").author) for n in range(3)),
        a_member("li"),
    )
    stage.applied(gives(500, who="m0"))
    stage.applied(gives(499, who="m1"))
    assert stage.refused(gives(2, who="m2")).code == "limit_reached"
    stage.applied(gives_by_link(2, who="m2"))
    assert stage.refused(claims()).code == "limit_reached"
    stage.applied(gives(1, who="m2"))
    stage.after(12 * HOUR).applied(claims())
    assert stage.member("li").points == 1_002


def test_P5_what_is_claimed_comes_in_on_the_day_of_the_claim() -> None:
    stage = stage_with(
        *(replace(a_giver(), id=a_member(f"m{n}").id, author=a_member(f"m{n}").author) for n in range(3)),
        a_member("li"),
    )
    stage.applied(gives_by_link(500, who="m0"))
    stage.after(12 * HOUR).applied(claims())  # after midnight
    stage.applied(gives(400, who="m1"))
    assert stage.refused(gives(101, who="m2")).code == "limit_reached"
    stage.applied(gives(100, who="m2"))


def test_P5_what_comes_back_unclaimed_was_not_given() -> None:
    stage = friends()
    stage.now = NOW - 19 * HOUR  # an hour after midnight in Shanghai
    stage.applied(gives_by_link(500))
    assert stage.refused(gives(1)).code == "limit_reached"
    shorter = replace(only(stage), expires_ms=stage.now + HOUR)
    stage.world.gifts[shorter.id] = shorter
    stage.after(HOUR).applied(goes_back())
    stage.applied(gives(500))


def test_P5_no_more_is_given_than_is_there_and_free() -> None:
    stage = friends(a_giver(points=300))
    assert stage.refused(gives(301)).code == "not_enough_points"
    stage.do(holds(200))
    refusal = stage.refused(gives(101))
    assert (refusal.code, refusal.details) == ("not_enough_points", (("free", 100),))
    stage.applied(gives(100))
    assert friends(a_giver(points=-5)).refused(gives(1)).code == "not_enough_points"


def test_P1_points_of_an_order_in_its_return_window_are_no_gift() -> None:
    stage = friends(a_giver(points=50))
    stage.do(an_order(yuan=200))
    assert stage.refused(gives(51)).code == "not_enough_points"
    assert stage.refused(gives_by_link(51)).code == "not_enough_points"
    stage.applied(gives(50))
    stage.after(7 * DAY + 1).applied(gives(400))


def test_P5_a_gift_to_nobody_known_points_to_the_link() -> None:
    refusal = friends().refused(gives(10, "stranger"))
    assert refusal.code == "not_found"
    assert "link" in refusal.message


@pytest.mark.parametrize("points", [0, -1])
def test_P5_a_gift_is_more_than_nothing(points: int) -> None:
    assert friends().refused(gives(points)).code == "bad_request"
    assert friends().refused(gives_by_link(points)).code == "bad_request"


def test_P5_a_programme_may_have_no_gifts() -> None:
    closed = replace(jifen(), gifts=None)
    stage = stage_with(a_giver(), a_member("li"), rulebook=closed)
    assert stage.refused(gives(10)).code == "closed"
    assert stage.refused(gives_by_link(10)).code == "closed"


def test_P5_a_link_sets_points_aside_for_a_new_friend_who_becomes_a_member_by_it() -> None:
    stage = stage_with(a_giver())
    assert stage.applied(gives_by_link(300)).earned == Earned()
    assert (stage.member().points, stage.member().held) == (2_000, 300)
    assert (only(stage).state, only(stage).expires_ms) == ("waiting", NOW + 24 * HOUR)
    assert stage.applied(claims(who="new")).earned == Earned(300, 0)
    assert (stage.member().points, stage.member().held) == (1_700, 0)
    assert (stage.member("new").points, stage.member("new").tier) == (300, "basic")
    assert [fact.member.id for fact in stage.told(MemberCreated)] == ["new"]
    assert (only(stage).state, only(stage).receiver) == ("given", "new")


def test_P5_a_link_is_taken_once() -> None:
    stage = friends()
    stage.applied(gives_by_link(300))
    stage.applied(claims())
    assert stage.refused(claims()).code == "closed"
    assert stage.refused(claims(who="third")).code == "closed"
    assert "third" not in stage.world.members
    assert balances(stage) == (1_700, 300)


@pytest.mark.parametrize("later, code", [(24 * HOUR - 1, None), (24 * HOUR, "closed")])
def test_P5_a_link_waits_a_day(later: int, code: str | None) -> None:
    stage = friends()
    stage.applied(gives_by_link(300))
    stage.after(later)
    if code is None:
        stage.applied(claims())
    else:
        assert stage.refused(claims()).code == code


def test_P5_an_unclaimed_gift_goes_back_once_and_not_before_its_time() -> None:
    stage = friends()
    stage.applied(gives_by_link(300))
    stage.after(24 * HOUR - 1).applied(goes_back())
    assert stage.member().held == 300
    stage.after(1).applied(goes_back())
    stage.applied(goes_back())
    assert (stage.member().points, stage.member().held) == (2_000, 0)
    assert len(stage.told(GiftReturned)) == 1
    assert stage.refused(claims()).code == "closed"


def test_E8_P5_a_link_that_comes_back_on_its_day_frees_the_givers_limit_of_that_day() -> None:
    rules = jifen()
    assert rules.gifts is not None
    stage = stage_with(a_giver(), rulebook=replace(rules, gifts=replace(rules.gifts, link_ms=HOUR)))
    stage.applied(gives_by_link(500))
    assert stage.refused(gives_by_link(1, event="g2")).code == "limit_reached"
    stage.after(HOUR).applied(goes_back())
    stage.applied(gives_by_link(500, event="g3"))


def test_P5_a_gift_that_was_taken_does_not_go_back() -> None:
    stage = friends()
    stage.applied(gives_by_link(300))
    stage.applied(claims())
    stage.after(24 * HOUR).applied(goes_back())
    assert balances(stage) == (1_700, 300)
    assert stage.refused(goes_back(who="li")).code == "not_found"


def test_P5_a_link_that_waits_is_honoured_when_gifts_have_been_closed() -> None:
    stage = friends()
    stage.applied(gives_by_link(300))
    stage.world.rulebook = replace(jifen(), gifts=None)
    stage.applied(claims())


def test_P5_nobody_claims_what_never_was() -> None:
    assert friends().refused(claims("never")).code == "not_found"


def test_P5_points_behind_a_link_are_spent_nowhere_else() -> None:
    stage = friends(a_giver(points=300))
    stage.applied(gives_by_link(300))
    assert stage.refused(holds(1)).code == "not_enough_points"
    assert stage.refused(gives(1)).code == "not_enough_points"


def test_P5_the_sum_of_both_is_the_same_before_and_after() -> None:
    stage = friends(points=40)
    for n, points in enumerate((1, 99, 150)):
        stage.applied(gives(points))
        stage.applied(gives_by_link(50, event=f"link{n}"))
        stage.applied(claims(f"link{n}"))
    assert sum(balances(stage)) == 2_040
    assert len(stage.told(PointsGiven)) == 6
