"""What a member is told in person."""

from dataclasses import replace

from server.domain.commands import HandOver
from server.domain.facts import Acted, Fact
from server.domain.money import Money
from server.domain.notices import Notice, notice_of, notices_of, welcome_back, why_nothing
from server.domain.phrases import Hint
from server.domain.rulebook import SHARE
from server.text.catalogue import say
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    NOW,
    TODAY,
    Stage,
    a_member,
    a_refund,
    a_share,
    an_order,
    boosts,
    by,
    checks_in,
    gives,
    gives_by_link,
    goes_back,
    jifen,
    likes,
    origin,
    stage_with,
    watched,
)


def notices(stage: Stage) -> list[Notice]:
    return [notice for fact in stage.facts if (notice := notice_of(fact, jifen())) is not None]


def test_L7_an_award_is_told_with_its_rule_and_its_gain() -> None:
    stage = stage_with()
    stage.do(a_share())
    [notice] = notices(stage)
    assert notice.kind == "points"
    assert notice.params == (("rule", "share"), ("points", 10), ("growth", 10))
    gain = Hint("gain.both", (("points", 10), ("growth", 10)))
    assert notice.text == Hint("notice.earned", (("what", Hint("rule.share")), ("gain", gain)))


def test_E1_watching_has_its_own_kind_and_names_only_what_it_gave() -> None:
    stage = stage_with()
    stage.do(watched(10))
    stage.do(watched(15))
    assert [notice.kind for notice in notices(stage)] == ["watch", "watch"]
    assert [dict(notice.text.params)["gain"] for notice in notices(stage)] == [
        Hint("gain.growth", (("growth", 5),)),
        Hint("gain.points", (("points", 50),)),
    ]


def test_E5_a_check_in_and_what_its_streak_brings_have_a_kind_of_their_own() -> None:
    stage = stage_with(replace(a_member(), streak=6, streak_day=TODAY - 1))
    stage.do(checks_in())
    *told, ticket = notices(stage)
    points = [(notice.kind, dict(notice.params)["points"]) for notice in told]
    assert points == [("check_in", 10), ("check_in", 200)]
    assert (ticket.kind, ticket.text) == ("gift", Hint("notice.box_ticket"))


def test_L2_a_level_up_tells_the_tier_and_the_coupon_with_its_hours() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    assert [notice.kind for notice in notices(stage)] == ["points", "tier", "coupon"]
    tier, coupon = notices(stage)[1:]
    assert tier.text == Hint("notice.tier", (("tier", "白银会员"),))
    assert dict(coupon.text.params) == {"title": "升级立减券", "off": Money(1_000, "CNY"), "hours": 24}


def test_B4_B6_a_birthday_and_a_coupon_for_weeks_are_told_in_days() -> None:
    born = replace(a_member(tier="silver"), birthday="01-22", birthday_set_ms=NOW - 90 * DAY)
    stage = stage_with(born)
    stage.do(HandOver(origin(), by(MEI)))
    birthday, gift, monthly = notices(stage)
    assert (birthday.kind, birthday.text) == ("birthday", Hint("notice.birthday", (("points", 200),)))
    assert [notice.text.key for notice in (gift, monthly)] == ["notice.coupon_for_days"] * 2
    assert ("days", 30) in gift.text.params


def test_L11_whoever_was_recalled_is_welcomed_back() -> None:
    assert welcome_back(MEI) == Notice(MEI, "recall", Hint("notice.recall"))


def test_T8_a_refund_is_told_and_the_drop_it_causes_is_not() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    told = len(notices(stage))
    stage.do(a_refund(yuan=300))
    [notice] = notices(stage)[told:]
    assert notice.params == (("points", -600), ("growth", -320))


def test_E10_why_an_action_earned_nothing_has_a_sentence_of_its_own() -> None:
    assert why_nothing(MEI, "cap_reached") == Notice(
        MEI, "why_nothing", Hint("why.cap_reached"), (("code", "cap_reached"),)
    )


def test_L7_most_facts_tell_nobody_anything() -> None:
    stage = stage_with(a_member())
    stage.do(likes(50))
    silent: list[Fact] = [Acted(MEI, SHARE, NOW)]
    assert [notice_of(fact, jifen()) for fact in silent] == [None]
    assert len(notices(stage)) == 1


def test_P5_a_gift_is_told_to_both_with_the_other_s_name() -> None:
    stage = stage_with(a_member(points=100, growth=100), a_member("li", name="小丽"))
    stage.do(gives(30))
    giver, receiver = notices_of(stage.facts[-1], jifen())
    assert (giver.member, giver.kind, dict(giver.params)) == (MEI, "gift", {"points": -30, "name": "小丽"})
    assert (receiver.member, receiver.kind) == ("li", "gift")
    assert dict(receiver.params) == {"points": 30, "name": "小美"}
    assert say(giver.text, "zh-CN") == "小丽收到了你送的30积分"
    assert say(receiver.text, "en") == "小美 gave you 30 points"


def test_P5_a_gift_that_comes_back_is_told_to_its_giver() -> None:
    stage = stage_with(a_member(points=100, growth=100))
    stage.do(gives_by_link(30))
    assert notices(stage) == [], "what waits behind a link is told by the answer and the card"
    stage.after(DAY).do(goes_back())
    [notice] = notices(stage)
    assert (notice.kind, notice.params) == ("gift", (("points", 30),))


def test_P4_a_boost_is_told_with_its_tier() -> None:
    stage = stage_with(a_member(points=300, growth=100))
    stage.do(boosts())
    [notice] = notices(stage)
    assert (notice.kind, notice.params) == ("tier", (("tier", "silver"), ("points", -300)))
    assert say(notice.text, "en") == "You are Silver until the end of today"
