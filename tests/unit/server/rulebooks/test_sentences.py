"""Every rule as one plain sentence."""

import re

import pytest

from server.rulebooks.loading import PRESETS, preset_text
from server.rulebooks.reading import read_document
from server.rulebooks.sentences import BEHAVIOURS, BENEFITS, Sentence, for_viewers, sentences
from tests.support.rulebooks import words

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said(preset: str = "jifen", currency: str = "CNY", **changes: object) -> dict[str, Sentence]:
    paths = {path.replace("__", "."): value for path, value in changes.items()}
    text = words(paths, preset=preset) if paths else preset_text(preset)
    return {one.field: one for one in sentences(read_document(text), currency)}


@pytest.mark.parametrize("preset", PRESETS)
def test_O2_every_rule_of_a_preset_is_one_line_in_both_languages(preset: str) -> None:
    told = sentences(read_document(preset_text(preset)), "CNY")
    assert len({one.field for one in told}) == len(told)
    for one in told:
        assert CHINESE.search(one.zh)
        assert "\n" not in one.zh + one.en
        assert "None" not in one.zh + one.en
        assert len(one.zh) <= 120
        assert len(one.en) <= 240


@pytest.mark.parametrize(
    "field, zh, en",
    [
        (
            "ladder.2",
            "成长值300,即成为白银会员",
            "300 growth makes you 白银会员",
        ),
        (
            "privileges.gold.multiplier_percent",
            "黄金会员起,积分按1.2倍计",
            "From 黄金会员 on, points count ×1.2",
        ),
        (
            "privileges.black.benefits.1",
            "黑钻会员起享提前购:限量款提前5分钟抢购,提前5分钟",
            "From 黑钻会员 on: early access: 限量款提前5分钟抢购, 5 minutes earlier",
        ),
        (
            "behaviours.watch15",
            "连续观看满15分钟得50积分,每人每天最多4次",
            "50 points for 15 minutes watched in a row, at most 4 times a day",
        ),
        (
            "behaviours.follow",
            "关注主播得20积分,每人仅一次",
            "20 points for following the host, only once",
        ),
        ("order.points_percent", "实付每1元得1积分", "1 point for every ¥1 paid"),
        ("behaviours.like", "点赞一次得1积分,每人每天最多10次", "1 point for a like, at most 10 times a day"),
        (
            "behaviours.check_in",
            "直播间签到得10积分,每人每天最多1次",
            "10 points for checking in, at most once a day",
        ),
        (
            "privileges.gold.benefits.2",
            "黄金会员起享VIP专属客服",
            "From 黄金会员 on: VIP service: VIP专属客服",
        ),
        (
            "comment",
            "有效评论:至少4个字(表情和空格不算),10分钟内不重复,与上一条有效评论相隔60秒",
            "A valid comment has 4 characters or more (emoji and spaces aside), is not repeated within 10 minutes and "
            "comes 60 s after the last one that counted",
        ),
        (
            "budgets.show_points",
            "每场直播的互动积分最多发200万",
            "Joining in brings at most 2,000,000 points to all together in one show",
        ),
        (
            "tier_map.lv2",
            "换用本规则时,原等级lv2的会员转为白银会员(silver)",
            "Members on the former tier lv2 become 白银会员 (silver) when these rules take force",
        ),
        ("order.first_order_percent", "首单积分2倍", "Points of the first order count ×2"),
        ("spending.points_per_unit", "100积分抵1元", "100 points are ¥1 off an order"),
        (
            "spending.notice_days",
            "积分抵扣比例调整至少提前30天公告,公告期内按原比例",
            "Another worth of points is announced 30 days ahead; until then the old one holds",
        ),
        (
            "budgets.coupons_per_day",
            "每天最多发放总额5000元的优惠券",
            "Coupons of at most ¥5000 are given in one day",
        ),
        (
            "year.valid_days",
            "等级有效365天;到期时达到门槛的80%即可保级,否则只降一级",
            "A tier lasts 365 days; 80 % of what it asks keeps it then, else it is one step down",
        ),
    ],
)
def test_O2_the_numbers_stand_in_the_sentence(field: str, zh: str, en: str) -> None:
    sentence = said()[field]
    assert (sentence.zh, sentence.en) == (zh, en)


def test_O2_E8_the_caps_of_day_show_and_all_stand_in_one_sentence() -> None:
    document = read_document(preset_text("jifen"))
    invite = document.behaviours["invite"].model_copy(update={"per_show": 3})
    told = document.model_copy(update={"behaviours": {**document.behaviours, "invite": invite}})
    [one] = [one for one in sentences(told, "CNY") if one.field == "behaviours.invite"]
    assert one.zh.endswith(",每人每天最多5次,每场最多3次,总共最多50次")
    assert one.en.endswith(", at most 5 times a day, 3 times a show and 50 times in all")


def test_O2_T3_alternatives_stand_beside_growth() -> None:
    assert said("laopengyou")["ladder.1"].zh == ("成长值300或消费满300元或下单3笔,即成为常客")


@pytest.mark.parametrize("preset", PRESETS)
def test_O2_viewers_read_no_ids_colours_or_links_and_no_order_of_nothing(preset: str) -> None:
    document = read_document(preset_text(preset))
    for one in for_viewers(sentences(document, "CNY")):
        assert not re.search(r"#[0-9a-f]{6}|https?://|满0元|¥0|\b0 (points|growth)", one.zh + one.en), one
        assert not any(f"({tier.id}" in one.zh for tier in document.ladder)


def test_O2_a_coupon_for_any_order_says_so() -> None:
    told = said()["level_up.coupon_off"]
    assert "立减10元(无门槛),24小时内有效" in told.zh
    assert "¥10 off any order, good for 24 hours" in told.en
    assert "满99元减5元" in said()["privileges.bronze.benefits.0"].zh


def test_O2_a_member_day_says_when() -> None:
    told = said(member_day={"weekday": 3, "multiplier_percent": 200, "percent": 10})["member_day"]
    assert told.zh == "会员日(每周三):积分2倍,直播价减10%"
    assert told.en == "Member day (every Wednesday): points count ×2, 10 % off the live price"


def test_O2_X9_money_is_written_in_the_programmes_currency() -> None:
    assert said(currency="JPY")["level_up.coupon_off"].en.startswith(
        "It brings a coupon “升级立减券”, 1000 JPY off"
    )
    assert "10.50元" in said(level_up__coupon_off=1_050)["level_up.coupon_off"].zh


def test_E6_O2_points_that_wait_are_said_and_others_need_no_word() -> None:
    held = said(order__hold_days=7, behaviours__share__hold_days=2)
    assert held["order.hold_days"].zh == "订单积分7天后可用"
    assert held["behaviours.share"].zh.endswith(",积分2天后可用")
    assert held["behaviours.share"].en.endswith("; the points may be spent 2 days later")
    assert "order.hold_days" not in said()


def test_O2_every_kind_and_behaviour_has_its_words() -> None:
    from typing import get_args

    from server.rulebooks.document import BehaviourName, BenefitKind

    assert set(BENEFITS) == set(get_args(BenefitKind))
    assert set(BEHAVIOURS) == set(get_args(BehaviourName))
