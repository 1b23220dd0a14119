"""What a viewer sees of a room."""

from dataclasses import replace

from server.domain.room import Json, items_of
from server.domain.state import Room
from server.ids import TierId
from server.rulebooks.loading import load_preset
from tests.unit.server.domain.builders import HOUR, NOW, ROOM, a_show, jifen

BARE = Room(ROOM, "小美的直播间")


def nulls(value: Json) -> bool:
    if isinstance(value, dict):
        return any(nulls(inner) for inner in value.values())
    if isinstance(value, list):
        return any(nulls(inner) for inner in value)
    return value is None


def test_T9_a_bare_room_has_its_own_items_and_the_tiers() -> None:
    items = items_of(BARE, jifen())
    tiers = {f"tiers/{tier}" for tier in ("basic", "bronze", "silver", "gold", "black")}
    assert set(items) == {"id", "name", "writers", "slow_s", "theme"} | tiers
    assert (items["id"], items["name"], items["writers"], items["slow_s"], items["theme"]) == (
        "r1",
        "小美的直播间",
        "all",
        0,
        {},
    )


def test_T9_what_is_set_is_there_and_nothing_is_null() -> None:
    show = replace(a_show(), offers=((TierId("gold"), 10, "今晚黄金会员专享9折"),), replay_url="https://x/y")
    room = replace(BARE, members_only=TierId("gold"), theme=(("--accent", "red"),), show=show)
    items = items_of(room, jifen())
    assert items["members_only"] == "gold"
    assert items["theme"] == {"--accent": "red"}
    assert items["show"] == {
        "id": "s1",
        "status": "live",
        "title": "今晚上新",
        "starts_ms": NOW - HOUR,
        "offers": {"gold": {"percent": 10, "text": "今晚黄金会员专享9折"}},
        "replay_url": "https://x/y",
    }
    assert not any(nulls(value) for value in items.values())
    assert not any(
        nulls(value)
        for value in items_of(replace(BARE, show=replace(show, starts_ms=None)), jifen()).values()
    )


def test_T2_a_tier_shows_its_name_its_growth_its_place_and_all_it_gives() -> None:
    silver = items_of(BARE, jifen())["tiers/silver"]
    assert isinstance(silver, dict)
    assert (silver["name"], silver["growth"], silver["order"]) == ("白银会员", 300, 2)
    assert silver["benefits"] == [
        {"kind": "threshold_coupon", "text": "每月一张满99减5券"},
        {"kind": "fan_group", "text": "加入粉丝群"},
        {"kind": "member_price", "text": "会员价95折"},
        {"kind": "birthday_pack", "text": "生日礼包:200积分+20元券"},
    ]


def test_T9_L1_after_a_switch_a_room_shows_its_offers_by_the_tiers_that_are_there_now() -> None:
    offers = ((TierId("bronze"), 20, "八折"), (TierId("basic"), 5, "95折"), (TierId("gold"), 30, "七折"))
    room = replace(BARE, members_only=TierId("gold"), show=replace(a_show(), offers=offers))
    items = items_of(room, load_preset("laopengyou"))
    assert items["members_only"] == "lv3"
    show = items["show"]
    assert isinstance(show, dict)
    assert show["offers"] == {
        "lv1": {"percent": 20, "text": "八折"},
        "lv3": {"percent": 30, "text": "七折"},
    }
