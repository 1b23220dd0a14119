"""From the operator's document to the rulebook the core reads."""

import json
from importlib.resources import files
from typing import Any

import pytest

from server.domain.days import DAY_MS
from server.ids import RuleId, TierId
from server.rulebooks.errors import PresetUnknown, RulebookInvalid
from server.rulebooks.loading import load_preset, rulebook_of
from server.rulebooks.reading import read_document
from tests.support.rulebooks import words


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files("server.rulebooks") / "presets" / "jifen.json").read_text())
    return loaded


def test_T2_the_preset_jifen_has_five_tiers_at_exactly_these_growths() -> None:
    ladder = [(tier.id, tier.name, tier.entry.growth) for tier in load_preset("jifen").ladder]
    assert ladder == [
        ("basic", "普通用户", 0),
        ("bronze", "青铜会员", 15),
        ("silver", "白银会员", 300),
        ("gold", "黄金会员", 2_000),
        ("black", "黑钻会员", 10_000),
    ]


def test_V1_V2_E1_E2_E3_E4_E5_E7_E8_E9_P1_the_preset_has_exactly_the_required_numbers() -> None:
    rules = load_preset("jifen")
    worth = {rule: (each.points, each.growth, each.per_day) for rule, each in rules.behaviours.items()}
    assert worth == {
        "watch15": (50, 0, 4),
        "watch10": (0, 5, 6),
        "comment": (5, 2, 10),
        "like": (1, 0, 10),
        "share": (10, 10, 3),
        "vote": (5, 0, 5),
        "follow": (20, 0, 1),
        "check_in": (10, 0, 1),
        "invite": (50, 0, 5),
    }
    assert {rule: each.ever for rule, each in rules.behaviours.items() if each.ever} == {
        "follow": 1,
        "invite": 50,
    }
    assert rules.invite.watch_ms == 3 * 60_000
    assert (rules.streak.days, rules.streak.points) == (7, 200)
    assert (rules.spending.points_per_unit, rules.spending.hold_ms) == (100, 15 * 60_000)
    assert (rules.behaviour_percent, rules.behaviour_growth_per_day, rules.watch_gap_ms) == (100, 40, 60_000)
    order = rules.order
    assert (order.points_percent, order.growth_percent, order.growth_extra, order.first_percent) == (
        100,
        100,
        20,
        200,
    )
    assert (order.return_window_ms, order.early_refund_ms) == (7 * DAY_MS, 7 * DAY_MS)
    assert {tier: privileges.multiplier for tier, privileges in rules.privileges.items()} == {
        "basic": 100,
        "bronze": 100,
        "silver": 100,
        "gold": 120,
        "black": 150,
    }
    budgets = rules.budgets
    assert (budgets.show, budgets.day, budgets.coupons_day) == (2_000_000, 10_000_000, 500_000)
    comment = rules.comment
    assert (comment.graphemes, comment.repeat_ms, comment.gap_ms) == (4, 600_000, 60_000)
    assert (comment.wave_members, comment.wave_ms) == (5, 60_000)


def test_L2_T11_T12_the_preset_has_exactly_the_required_numbers() -> None:
    rules = load_preset("jifen")
    shout, year = rules.level_up, rules.year
    assert (shout.from_tier, shout.per_minute, shout.once_in_days) == ("silver", 10, 365)
    assert (shout.coupon_off, shout.coupon_min, shout.coupon_ms) == (1_000, 0, DAY_MS)
    assert (year.window_days, year.valid_ms, year.retention_percent, year.warn_ms) == (
        365,
        365 * DAY_MS,
        80,
        7 * DAY_MS,
    )


def test_T1_a_tier_inherits_what_it_does_not_state_better() -> None:
    black = {
        benefit.kind: benefit
        for benefit in load_preset("jifen").privileges[load_preset("jifen").ladder[4].id].benefits
    }
    assert black["member_price"].percent == 15
    assert black["early_access"].seconds == 300
    assert {"fan_group", "threshold_coupon", "birthday_pack", "vip_service"} <= set(black)


def test_X9_currency_and_version_are_the_programmes() -> None:
    rules = load_preset("jifen", currency="JPY", version=7)
    assert (rules.currency, rules.version, rules.preset) == ("JPY", 7, "jifen")


def test_R8_an_unknown_preset_is_refused_naming_those_there_are() -> None:
    with pytest.raises(PresetUnknown, match="no preset 'platinum'; there are jifen"):
        load_preset("platinum")


def test_T1_alternatives_climb_with_the_ladder() -> None:
    good = document()
    for rank, (paid, orders) in enumerate([(30_000, 3), (200_000, 15), (1_000_000, 60)], 2):
        good["ladder"][rank]["entry"] |= {"paid": paid, "orders": orders}
    rules = rulebook_of(read_document(json.dumps(good)), preset="own", currency="CNY", version=1)
    assert (rules.ladder[2].entry.paid, rules.ladder[4].entry.orders) == (30_000, 60)
    good["ladder"][3]["entry"]["orders"] = 3
    with pytest.raises(RulebookInvalid, match="gold needs more orders than silver"):
        read_document(json.dumps(good))


def test_T3_the_preset_laopengyou_has_four_tiers_with_alternatives() -> None:
    rules = load_preset("laopengyou")
    ladder = [
        (tier.id, tier.name, tier.entry.growth, tier.entry.paid, tier.entry.orders) for tier in rules.ladder
    ]
    assert ladder == [
        ("lv1", "新朋友", 0, None, None),
        ("lv2", "常客", 300, 30_000, 3),
        ("lv3", "老朋友", 2_000, 200_000, 15),
        ("lv4", "家人", 10_000, 1_000_000, 60),
    ]
    benefits = {
        tier: {benefit.kind: (benefit.percent, benefit.seconds) for benefit in privileges.benefits}
        for tier, privileges in rules.privileges.items()
    }
    prices = {tier: kinds["member_price"][0] for tier, kinds in benefits.items()}
    assert prices == {"lv1": 3, "lv2": 5, "lv3": 8, "lv4": 12}
    assert {privileges.multiplier for privileges in rules.privileges.values()} == {110}
    assert {"priority_shipping", "birthday_pack"} <= benefits[TierId("lv2")].keys()
    assert {"vip_service", "trial", "offline_invitation"} <= benefits[TierId("lv3")].keys()
    assert {"yearly_gift", "opinion_panel"} <= benefits[TierId("lv4")].keys()
    assert benefits[TierId("lv4")]["cobrand_early_access"] == (None, 300)
    assert rules.level_up.from_tier == "lv2"


@pytest.mark.parametrize("preset", ["jifen", "laopengyou"])
def test_T6_T7_a_year_keeps_at_eighty_percent_warns_seven_days_before_and_drops_one_step(preset: str) -> None:
    year = load_preset(preset).year
    assert (year.valid_ms, year.retention_percent, year.warn_ms, year.to_supported) == (
        365 * DAY_MS,
        80,
        7 * DAY_MS,
        False,
    )


def test_E6_points_are_usable_at_once_unless_the_document_holds_them() -> None:
    shipped = load_preset("jifen")
    assert {rule.hold_ms for rule in shipped.behaviours.values()} == {0} == {shipped.order.hold_ms}
    text = words({"order.hold_days": 7, "behaviours.like.hold_days": 1})
    holding = rulebook_of(read_document(text), preset="jifen", currency="CNY", version=2)
    assert (holding.order.hold_ms, holding.behaviours[RuleId("like")].hold_ms) == (7 * 86_400_000, 86_400_000)
