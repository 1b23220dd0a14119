"""What a show promises beforehand, and one that sells nothing."""

from server.domain.commands import OpenFirstN, PutSpotlight, ScheduleShow, SetShowStatus
from server.domain.pricing import percent_off
from server.domain.room import items_of
from server.domain.state import Spotlight
from server.ids import FirstNId, ShowId, TierId
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    MINUTE,
    ROOM,
    Stage,
    a_comment,
    a_share,
    checks_in,
    jifen,
    origin,
    stage_with,
    watched,
)

OFFERS = (("gold", 10, "今晚黄金会员专享9折"), ("black", 20, "黑钻8折"))


def tonight(stage: Stage) -> None:
    stage.applied(ScheduleShow(origin(), ShowId("tonight"), "今晚上新", stage.now + DAY, OFFERS))


def percent(stage: Stage, tier: str) -> int:
    return percent_off(TierId(tier), jifen(), stage.world.rooms[ROOM].show)


def test_L1_before_the_show_everybody_sees_what_each_tier_gets_tonight_and_what_the_first_get() -> None:
    stage = stage_with(status=None)
    tonight(stage)
    stage.applied(OpenFirstN(origin(), FirstNId("f1"), "前50名下单再送200积分", 50, 200))
    items = items_of(stage.world.rooms[ROOM], jifen())
    show, campaign = items["show"], items["first_n/f1"]
    assert isinstance(show, dict)
    assert isinstance(campaign, dict)
    assert (show["status"], show["offers"]) == (
        "scheduled",
        {tier: {"percent": off, "text": text} for tier, off, text in OFFERS},
    )
    assert (campaign["n"], campaign["points"]) == (50, 200)


def test_L1_an_offer_holds_for_its_show_only() -> None:
    stage = stage_with(status=None)
    tonight(stage)
    own = percent_off(TierId("black"), jifen())
    assert percent(stage, "black") == own, "not before it"
    stage.applied(SetShowStatus(origin(), ShowId("tonight"), "live"))
    assert percent(stage, "black") == 20
    stage.applied(PutSpotlight(origin(), Spotlight("sku-1", "羊绒围巾", 10_000)))
    shown = items_of(stage.world.rooms[ROOM], jifen())["spotlight"]
    assert isinstance(shown, dict)
    prices = shown["member_prices"]
    assert isinstance(prices, dict)
    assert prices["black"] == 8_000
    stage.applied(SetShowStatus(origin(), ShowId("tonight"), "ended"))
    assert percent(stage, "black") == own, "nor after it"


def test_L10_a_show_that_sells_nothing_is_a_show_all_the_same() -> None:
    stage = stage_with()
    assert "spotlight" not in items_of(stage.world.rooms[ROOM], jifen())
    stage.applied(checks_in())
    stage.applied(a_comment("今天只聊天抽奖"))
    stage.applied(a_share())
    stage.after(15 * MINUTE).applied(watched(15))
    assert stage.member(MEI).points == 10 + 5 + 10 + 50
