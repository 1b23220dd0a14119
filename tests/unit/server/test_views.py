import json
from dataclasses import replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

import msgpack
import pytest
from hypothesis import given, strategies as st

from broadcaster.frames import Content
from server import views
from server.domain.card import DayOffer, Service, card_of
from server.domain.days import Calendar
from server.domain.facts import CommentPosted
from server.domain.money import Money
from server.domain.phrases import Hint
from server.domain.shoutouts import Shout
from server.domain.state import AwardCount, Coupon, DayBucket, Member, RecentComment, TierHold
from server.ids import AuthorTag, CouponId, MemberId, OrderId, RoomId, RuleId, TierId
from server.ledger.ports import ItemChange
from server.rulebooks.loading import load_preset

NOW = 1_763_700_000_000
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
RULEBOOK = load_preset("jifen")

ANNA = Member(
    id=MemberId("anna"),
    author=AuthorTag("a_anna"),
    name="小美🌸",
    created_ms=NOW - 5,
    tier=TierId("silver"),
    tier_since_ms=NOW - 3,
    tier_until_ms=NOW + 400 * 86_400_000,
    tier_by_order=OrderId("o1"),
    version=7,
    name_as_of_ms=3,
    birthday="02-29",
    birthday_set_ms=9,
    announce_optout=True,
    boost=TierHold(TierId("gold"), NOW + 1_000),
    grant=None,
    points=-40,
    held=100,
    days=(DayBucket(20_000, -3, 5, 0), DayBucket(CALENDAR.day_of(NOW), 320, 30_000, 1)),
    awards=MappingProxyType(
        {("d20413", RuleId("like")): AwardCount(3, 3, 0), ("total", RuleId("like")): AwardCount(9)}
    ),
    coupons=(Coupon(CouponId("c1"), "升级券", 1_000, 0, NOW, NOW + 9, "level_up:silver"),),
    shouted=MappingProxyType({TierId("silver"): NOW}),
    given=MappingProxyType({"birthday": NOW}),
    comments=(RecentComment("d1", NOW, True),),
    last_act_ms=4,
    last_watch_award_ms=5,
    last_watch10_award_ms=6,
    last_active_ms=7,
    first_order_ms=8,
)


def both(encoded: Content) -> object:
    said = json.loads(encoded.json)
    assert msgpack.unpackb(encoded.msgpack) == said
    return said


# --- the hot record -------------------------------------------------------------------------------


def test_X1_a_record_holds_the_whole_member() -> None:
    record = views.record_of(ANNA)
    assert (record.member, record.version) == ("anna", 7)
    assert views.member_of(record.body) == ANNA
    assert views.record_frame(ANNA).record == record.body


def test_X1_a_member_never_stored_has_no_record() -> None:
    with pytest.raises(ValueError, match="never stored"):
        views.record_of(replace(ANNA, version=0))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"\xc1",
        b"\x90",
        msgpack.packb([views.SCHEMA]),
        msgpack.packb([views.SCHEMA, *["x"] * 28]),
        msgpack.packb({"name": "x"}),
        msgpack.packb(7),
        views.record_body(ANNA)[:-3],
        msgpack.packb([views.SCHEMA + 1, *msgpack.unpackb(views.record_body(ANNA))[1:]]),
    ],
)
def test_R9_a_record_of_another_program_or_a_broken_one_is_unreadable_not_wrong(body: bytes) -> None:
    assert views.member_of(body) is None


@given(st.binary(max_size=60))
def test_R8_no_bytes_make_reading_a_record_fail(body: bytes) -> None:
    member = views.member_of(body)
    assert member is None or isinstance(member, Member)


def test_R9_a_record_of_a_year_of_days_stays_small() -> None:
    year = replace(ANNA, days=tuple(DayBucket(20_000 + n, 40, 100_000, 3) for n in range(365)))
    assert len(views.record_body(year)) < 6_000


# --- the card -------------------------------------------------------------------------------------


def test_L7_the_card_says_tier_distance_and_points_still_to_be_had_in_both_languages() -> None:
    card = views.card_frame(card_of(replace(ANNA, points=40), RULEBOOK, CALENDAR, None, NOW))
    said = both(card.body)
    assert isinstance(said, dict)
    assert (card.version, card.as_of_ms) == (7, NOW) == (said["version"], said["as_of_ms"])
    assert (said["tier"], said["real_tier"]) == ("gold", "silver")
    assert said["next"]["tier"] == "gold"
    assert set(said["next"]["hint"]) == {"zh-CN", "en"}
    assert said["today"]["claimable"] == sum(way["points"] * way["left"] for way in said["today"]["ways"])
    assert said["boost"] == {"tier": "gold", "until_ms": NOW + 1_000}
    assert said["coupons"][0]["off"] == 1_000


def test_L7_a_card_has_every_key_of_the_contract_and_null_where_there_is_nothing() -> None:
    plain = replace(ANNA, boost=None, tier=TierId("black"), coupons=())
    said = both(views.card_frame(card_of(plain, RULEBOOK, CALENDAR, None, NOW)).body)
    assert isinstance(said, dict)
    assert set(said) == set(
        """member author name version as_of_ms tier until_ms boost growth points held next today nearest_reward
        retention tasks coupons multiplier streak cohort service""".split()
    )
    assert said["service"] == {"text": "VIP专属客服"}
    assert (
        said["next"] is said["boost"] is said["nearest_reward"] is said["retention"] is said["cohort"] is None
    )


def test_B3_E11_the_card_carries_the_services_link_and_what_a_member_day_gives() -> None:
    card = card_of(replace(ANNA, boost=None), RULEBOOK, CALENDAR, None, NOW)
    assert {"service", "member_day"}.isdisjoint(views.card_json(card))
    given = replace(card, service=Service("客服", "https://x/vip"), member_day=DayOffer(12, 1.3, NOW + 1))
    said = both(views.card_frame(given).body)
    assert isinstance(said, dict)
    assert said["service"] == {"text": "客服", "link": "https://x/vip"}
    assert said["member_day"] == {"percent": 12, "multiplier": 1.3, "until_ms": NOW + 1}


def test_T7_a_drop_that_is_near_is_said_with_a_hint() -> None:
    soon = replace(ANNA, boost=None, tier=TierId("gold"), tier_until_ms=NOW + 3 * 86_400_000)
    said = both(views.card_frame(card_of(soon, RULEBOOK, CALENDAR, None, NOW)).body)
    assert isinstance(said, dict)
    assert said["retention"]["growth_to_keep"] > 0
    assert "黄金会员" in said["retention"]["hint"]["zh-CN"]


# --- frames ---------------------------------------------------------------------------------------


def test_R9_an_entry_of_a_map_by_id_says_its_rev_and_a_top_level_item_does_not() -> None:
    entry = views.item_frame(ItemChange(RoomId("r"), "tiers/gold", 4, {"name": "黄金会员", "order": 3}))
    assert entry.value is not None
    assert both(entry.value) == {"name": "黄金会员", "order": 3, "rev": 4}
    theme = views.item_frame(ItemChange(RoomId("r"), "theme", 2, {"--accent": "red"}))
    assert theme.value is not None
    assert both(theme.value) == {"--accent": "red"}
    assert (theme.key, theme.rev) == ("theme", 2)


def test_R9_a_removed_item_keeps_its_rev() -> None:
    assert views.item_frame(ItemChange(RoomId("r"), "tasks/t1", 9, None)).value is None
    assert views.item_frame(ItemChange(RoomId("r"), "tasks/t1", 9, None)).rev == 9


def test_L13_a_comment_carries_its_writers_badge() -> None:
    comment = CommentPosted(
        MemberId("m"), AuthorTag("a"), "小美", TierId("gold"), RoomId("r"), "k1", "好看", "d", True, NOW
    )
    assert both(views.comment_body(comment)) == {
        "id": "k1",
        "author": "a",
        "name": "小美",
        "tier": "gold",
        "text": "好看",
        "at_ms": NOW,
    }


def test_L2_a_level_up_without_a_coupon_names_no_offer() -> None:
    shout = Shout(AuthorTag("a"), "小美", TierId("silver"), 1, None, NOW, False)
    said = both(
        views.level_up_body(
            "mo", 1, shout, Hint("shout.level_up", (("name", "小美"), ("tier", "白银会员"))), 9
        )
    )
    assert isinstance(said, dict)
    assert said["params"] == {"name": "小美", "tier": "silver", "count": 1}
    assert said["text"]["zh-CN"] == "恭喜用户@小美 升级为白银会员!"


def test_X9_a_sentence_comes_in_every_language() -> None:
    said = views.text(Hint("next.spend", (("tier", "白银会员"), ("amount", Money(30_000, "CNY")))))
    assert said == {"zh-CN": "再消费300元就能升级为白银会员", "en": "One order of ¥300 makes you Silver"}


@pytest.mark.parametrize("broken", [b"", b"\xc1", b"\x07", b"\x81\x01\x02", b"\x93\x01"])
def test_R2_an_answer_that_cannot_be_read_is_none(broken: bytes) -> None:
    assert views.answer_parts(broken) is None
    assert views.answer_parts(views.answer_bytes(True, b"\x01", "x")) == [True, b"\x01", "x"]
