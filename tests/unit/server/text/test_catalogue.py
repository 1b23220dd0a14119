"""Every sentence, in both languages."""

import re
from string import Formatter

import pytest

from server.domain.money import Money
from server.domain.notices import why_nothing
from server.domain.phrases import Hint
from server.domain.shoutouts import Shout, says
from server.domain.state import Coupon
from server.ids import AuthorTag, CouponId, MemberId, TierId
from server.rulebooks.loading import load_preset
from server.text.catalogue import MESSAGES, render, say

RULEBOOK = load_preset("jifen")
REFUSED = (
    "sign_in bad_request rate_limited muted banned slow_mode members_only blocked_words not_found not_enough_points "
    "sold_out not_open closed limit_reached giver_not_eligible try_later"
).split()
WHY = "cap_reached duplicate not_watching budget_spent off_air not_eligible invalid_comment".split()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("key", MESSAGES)
def test_X9_a_sentence_stands_in_both_languages_with_the_same_blanks(key: str) -> None:
    message = MESSAGES[key]
    words = "".join(literal for literal, _, _, _ in Formatter().parse(message.zh))
    assert CHINESE.search(words) or not any(map(str.isalnum, words))
    assert message.en
    assert not CHINESE.search(message.en)
    assert fields(message.zh) == fields(message.en)


def test_E10_every_reason_and_every_refusal_of_the_protocol_has_its_sentence() -> None:
    said = {key.split(".", 1)[1] for key in MESSAGES if key.startswith("refused.")}
    assert said == set(REFUSED)
    for code in (*WHY, "room_unknown", "coupon_refused"):
        assert render(why_nothing(MemberId("m"), code).text)["zh-CN"]


@pytest.mark.parametrize("rule", [*RULEBOOK.behaviours, "order", "first_order"])
def test_O4_every_rule_that_earns_has_a_name(rule: str) -> None:
    assert f"rule.{rule}" in MESSAGES


def test_O6_nobody_is_told_that_the_system_is_busy() -> None:
    assert [key for key, message in MESSAGES.items() if "系统" in message.zh or "繁忙" in message.zh] == []


def a_shout(name: str = "小美", *, count: int = 1, offer: bool = True) -> Shout:
    coupon = Coupon(CouponId("c"), "升级立减券", 1_000, 0, 0, 1, "level_up:silver") if offer else None
    return Shout(AuthorTag("a"), name, TierId("silver"), count, coupon, 0, is_test=False)


@pytest.mark.parametrize(
    "shout, sentence",
    [
        (a_shout(), "恭喜用户@小美 升级为白银会员!现在下单立减10元!"),
        (a_shout(offer=False), "恭喜用户@小美 升级为白银会员!"),
        (a_shout("", offer=False), "恭喜用户@神秘用户 升级为白银会员!"),
        (a_shout(count=12, offer=False), "小美 等 12 人升级为白银会员!"),
        (a_shout(count=12), "小美 等 12 人升级为白银会员!现在下单立减10元!"),
    ],
)
def test_L2_the_shout_out_is_the_programmes_own_wording(shout: Shout, sentence: str) -> None:
    assert say(says(shout, RULEBOOK), "zh-CN") == sentence


def test_L2_in_english_too_an_unnamed_member_stays_unnamed() -> None:
    assert "a mystery viewer" in say(says(a_shout(""), RULEBOOK), "en")


@pytest.mark.parametrize(
    "hint, zh, en",
    [
        (Hint("next.growth_to_go", (("growth", 17),)), "还差 17 成长值升级", "17 growth to the next tier"),
        (
            Hint("next.spend", (("tier", "白银会员"), ("amount", Money(18_050, "CNY")))),
            "再消费180.50元就能升级为白银会员",
            "One order of ¥180.50 makes you Silver",
        ),
        (
            Hint("keep.watch", (("tier", "黄金会员"), ("days", 6), ("minutes", 20))),
            "再看20分钟保住黄金会员, 还剩6天",
            "Watch 20 more minutes to keep Gold; 6 days left",
        ),
        (
            Hint(
                "notice.earned",
                (("what", Hint("rule.share")), ("gain", Hint("gain.points", (("points", 10),)))),
            ),
            "分享直播间,积分+10",
            "Room shared: +10 points",
        ),
    ],
)
def test_T10_O4_hints_are_filled_in_each_language(hint: Hint, zh: str, en: str) -> None:
    assert render(hint) == {"zh-CN": zh, "en": en}


@pytest.mark.parametrize(
    "hint, zh, en",
    [
        (Hint("notice.returned", (("points", 1),)), "退回积分1", "1 point returned to you"),
        (Hint("notice.returned", (("points", 12_345),)), "退回积分12,345", "12,345 points returned to you"),
        (
            Hint("keep.share", (("tier", "黄金会员"), ("days", 1), ("times", 1))),
            "再分享1次直播间保住黄金会员, 还剩1天",
            "Share the room 1 more time to keep Gold; 1 day left",
        ),
        (
            Hint("shout.level_up_many", (("name", "小美"), ("count", 12), ("tier", "白银会员"))),
            "小美 等 12 人升级为白银会员!",
            "小美 and 11 others reached Silver!",
        ),
    ],
)
def test_X9_one_is_said_as_one_and_thousands_stand_apart(hint: Hint, zh: str, en: str) -> None:
    assert render(hint) == {"zh-CN": zh, "en": en}


def test_R8_a_name_is_never_read_as_a_template() -> None:
    hint = Hint("shout.level_up", (("name", "{tier}{0}%s"), ("tier", "x")))
    assert say(hint, "zh-CN") == "恭喜用户@{tier}{0}%s 升级为x!"


@pytest.mark.parametrize("hint", [Hint("no.such"), Hint("next.spend", (("tier", "x"),))])
def test_R8_what_the_catalogue_or_the_hint_lacks_is_a_bug(hint: Hint) -> None:
    with pytest.raises(KeyError):
        render(hint)


def test_T9_X9_the_presets_own_tier_names_are_translated_and_an_operators_are_not() -> None:
    assert say(Hint("notice.tier", (("tier", "白银会员"),)), "en") == "You are Silver now!"
    assert say(Hint("notice.tier", (("tier", "家人们"),)), "en") == "You are 家人们 now!"
