"""What is handed over on entering a room."""

from dataclasses import replace

from server.domain.commands import HandOver
from server.domain.decision import Earned
from server.domain.facts import Awarded, BudgetSpent, CouponGranted, PerkGiven
from server.domain.offers import CouponOffer
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    NOW,
    ROOM,
    TODAY,
    Stage,
    a_member,
    by,
    jifen,
    origin,
    stage_with,
    with_budget,
    with_member_day,
)

MEMBER_DAY = CouponOffer("会员日券", 300, 0, DAY)


def enters(who: str = MEI, room: str = ROOM) -> HandOver:
    return HandOver(origin(room), by(who))


def silver(**given: int) -> Member:
    member = a_member(tier="silver")
    return replace(member, birthday="01-22", birthday_set_ms=NOW - 90 * DAY, given=given)


def coupons(stage: Stage) -> list[tuple[str, int, int, int]]:
    told = (fact.coupon for fact in stage.told(CouponGranted))
    return [(coupon.reason, coupon.off, coupon.min, coupon.expires_ms - NOW) for coupon in told]


def test_B4_the_pack_is_two_hundred_points_and_a_coupon_of_twenty_yuan() -> None:
    stage = stage_with(silver(monthly_coupon=NOW))
    applied = stage.applied(enters())
    assert (applied.earned, applied.rule) == (Earned(200, 0), "birthday")
    assert stage.member().points == 200
    assert coupons(stage) == [("birthday_coupon", 2_000, 0, 30 * DAY)]
    [awarded] = stage.told(Awarded)
    assert (awarded.room, awarded.behaviour, awarded.growth) == (ROOM, False, 0)
    assert BudgetSpent(f"coupons:{TODAY}", 2_000, 500_000) in stage.facts


def test_B4_whoever_enters_again_gets_no_second_one() -> None:
    stage = stage_with(silver())
    stage.applied(enters())
    before = len(stage.facts)
    assert stage.applied(enters()).earned == Earned()
    assert len(stage.facts) == before


def test_B4_points_are_never_withheld_and_the_coupon_comes_when_there_is_room_again() -> None:
    stage = stage_with(silver(monthly_coupon=NOW), rulebook=with_budget(jifen(), coupons_day=1_999))
    assert stage.applied(enters()).earned == Earned(200, 0)
    assert coupons(stage) == []
    stage.world.rulebook = jifen()
    stage.after(DAY)
    assert stage.applied(enters()).earned == Earned()
    assert [reason for reason, *_ in coupons(stage)] == ["birthday_coupon"]
    assert stage.member().points == 200


def test_B6_the_months_coupon_is_five_off_ninety_nine() -> None:
    stage = stage_with(a_member(tier="bronze"))
    stage.applied(enters())
    assert coupons(stage) == [("monthly_coupon", 500, 9_900, 30 * DAY)]
    assert stage.told(PerkGiven) == [PerkGiven(MEI, "monthly_coupon", NOW)]


def test_E11_the_member_days_coupon_is_handed_over_at_the_first_entry() -> None:
    stage = stage_with(a_member(), rulebook=with_member_day(jifen(), coupon=MEMBER_DAY))
    stage.applied(enters())
    stage.applied(enters())
    assert coupons(stage) == [("member_day_coupon", 300, 0, DAY)]


def all_due(coupons_day: int) -> Rulebook:
    return with_budget(with_member_day(jifen(), coupon=MEMBER_DAY), coupons_day=coupons_day)


def test_R3_what_is_given_at_once_shares_what_is_left_of_the_budget() -> None:
    stage = stage_with(silver(), rulebook=all_due(2_800))
    stage.applied(enters())
    assert [reason for reason, *_ in coupons(stage)] == [
        "birthday_coupon",
        "monthly_coupon",
        "member_day_coupon",
    ]
    short = stage_with(silver(), rulebook=all_due(2_400))
    short.applied(enters())
    assert [reason for reason, *_ in coupons(short)] == ["birthday_coupon", "member_day_coupon"]
    assert len({fact.coupon.id for fact in stage.told(CouponGranted)}) == 3


def test_B4_nobody_unknown_is_handed_anything() -> None:
    stage = stage_with()
    stage.applied(enters("stranger"))
    assert stage.facts == []
