"""The product a room shows."""

from dataclasses import replace

from server.domain.commands import ClearSpotlight, PutSpotlight, SetShowStatus
from server.domain.facts import SpotlightPut
from server.domain.money import MAX_AMOUNT
from server.domain.pricing import day_percent
from server.domain.room import items_of
from server.domain.state import Spotlight
from server.ids import ShowId, TierId
from tests.unit.server.domain.builders import ROOM, SHOW, Stage, origin, stage_with, with_member_day

LIPSTICK = Spotlight("sku-1", "口红", 10_000)


def put(spotlight: Spotlight = LIPSTICK, room: str = ROOM) -> PutSpotlight:
    return PutSpotlight(origin(room), spotlight)


def shown(stage: Stage) -> object:
    return items_of(stage.world.rooms[ROOM], stage.world.rulebook).get("spotlight")


def test_B7_the_room_shows_both_prices_of_the_product() -> None:
    stage = stage_with()
    stage.applied(put())
    assert shown(stage) == {
        "sku": "sku-1",
        "title": "口红",
        "price": 10_000,
        "member_prices": {"basic": 10_000, "bronze": 10_000, "silver": 9_500, "gold": 9_000, "black": 8_500},
    }


def test_B7_a_live_shows_offer_is_in_the_prices_and_goes_with_the_show() -> None:
    stage = stage_with(status="scheduled")
    room = stage.world.rooms[ROOM]
    assert room.show is not None
    offering = replace(room.show, offers=((TierId("gold"), 20, "今晚8折"),))
    stage.world.rooms[ROOM], stage.world.shows[SHOW] = replace(room, show=offering), offering
    stage.applied(put())
    prices = []
    for status in ("live", "ended"):
        stage.applied(SetShowStatus(origin(), ShowId(SHOW), status))
        item = shown(stage)
        assert isinstance(item, dict)
        prices.append(item["member_prices"])
    assert [each["gold"] for each in prices] == [8_000, 9_000]
    assert [each["black"] for each in prices] == [8_000, 8_500]


def test_B7_E11_on_a_member_day_its_price_is_in_the_prices_where_it_is_the_better() -> None:
    rulebook = with_member_day(stage_with().world.rulebook, percent=8)
    stage = stage_with(rulebook=rulebook)
    stage.applied(put())
    off = day_percent(rulebook, stage.world.calendar, stage.now)
    item = items_of(stage.world.rooms[ROOM], rulebook, off)["spotlight"]
    assert isinstance(item, dict)
    assert item["member_prices"] == {
        "basic": 9_200,
        "bronze": 9_200,
        "silver": 9_200,
        "gold": 9_000,
        "black": 8_500,
    }


def test_B7_another_product_takes_the_place_of_the_one_before() -> None:
    stage = stage_with()
    stage.applied(put())
    stage.applied(put(replace(LIPSTICK, sku="sku-2", image="https://x/y.png")))
    item = shown(stage)
    assert isinstance(item, dict)
    assert (item["sku"], item["image"]) == ("sku-2", "https://x/y.png")


def test_B7_the_same_again_changes_nothing_and_neither_does_taking_away_nothing() -> None:
    stage = stage_with()
    assert stage.decide(ClearSpotlight(origin())).facts == ()
    stage.applied(put())
    assert stage.decide(put()).facts == ()
    stage.applied(ClearSpotlight(origin()))
    assert shown(stage) is None
    assert len(stage.told(SpotlightPut)) == 2


def test_B7_no_room_and_no_price_beyond_all_prices() -> None:
    stage = stage_with()
    assert stage.refused(put(room="nowhere")).code == "not_found"
    assert stage.refused(ClearSpotlight(origin("nowhere"))).code == "not_found"
    for price in (-1, MAX_AMOUNT + 1):
        assert stage.refused(put(replace(LIPSTICK, price=price))).code == "bad_request"
