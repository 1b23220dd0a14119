"""Every contradiction a rulebook of the right shape may hold."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from server.rulebooks.errors import RulebookInvalid
from server.rulebooks.reading import read_document
from tests.support.rulebooks import document


def found(changes: Mapping[str, object], preset: str = "jifen") -> list[tuple[str, str]]:
    """Return (field, code) of everything wrong with a preset that was changed so."""
    try:
        read_document(json.dumps(document(changes, preset=preset)))
    except RulebookInvalid as invalid:
        return [(problem.field, problem.code) for problem in invalid.problems]
    return []


def tier(id_: str, growth: int, **entry: int) -> dict[str, Any]:
    return {"id": id_, "name": id_, "color": "#000000", "entry": {"growth": growth, **entry}}


@pytest.mark.parametrize(
    "changes, field, code",
    [
        ({"ladder.0.entry.growth": 1}, "ladder.0.entry.growth", "lowest_not_free"),
        ({"ladder.0.entry.paid": 5}, "ladder.0.entry.paid", "lowest_not_free"),
        ({"ladder.2.entry.growth": 15}, "ladder.2.entry.growth", "ladder_not_ascending"),
        ({"ladder.1.entry.growth": 0}, "ladder.1.entry.growth", "ladder_not_ascending"),
        ({"ladder.2.entry.paid": 0}, "ladder.2.entry.paid", "ladder_not_ascending"),
        ({"ladder.2.entry.paid": 9, "ladder.4.entry.paid": 99}, "ladder.3.entry", "ladder_gap"),
        ({"privileges.platinum": {}}, "privileges.platinum", "unknown_tier"),
        ({"level_up.from_tier": "platinum"}, "level_up.from_tier", "unknown_tier"),
        ({"gifts.from_tier": "platinum"}, "gifts.from_tier", "unknown_tier"),
        ({"tier_map.lv1": "platinum"}, "tier_map.lv1", "unknown_tier"),
        ({"tier_map.gold": "black"}, "tier_map.gold", "duplicate_tier"),
    ],
)
def test_T1_the_ladder_climbs_without_gaps(changes: Mapping[str, object], field: str, code: str) -> None:
    assert found(changes) == [(field, code)]


def test_T1_a_tier_stands_once() -> None:
    assert ("ladder.2.id", "duplicate_tier") in found({"ladder.2.id": "bronze"})
    assert ("ladder.3.id", "ladder_loop") in found({"ladder.3.id": "bronze"})


def test_T1_an_alternative_may_begin_above_and_then_goes_on() -> None:
    climbing = {"ladder.3.entry.orders": 15, "ladder.4.entry.orders": 60}
    assert found(climbing) == []
    assert found({**climbing, "ladder.4.entry.orders": 15}) == [
        ("ladder.4.entry.orders", "ladder_not_ascending")
    ]


def test_O5_activity_alone_must_reach_every_tier_in_the_days_that_count() -> None:
    assert found({"ladder.4.entry.growth": 40 * 365}) == []
    assert found({"ladder.4.entry.growth": 40 * 365 + 1}) == [
        ("ladder.4.entry.growth", "activity_cannot_reach")
    ]
    assert found({"behaviour_growth_per_day": 5}) == [
        ("ladder.3.entry.growth", "activity_cannot_reach"),
        ("ladder.4.entry.growth", "activity_cannot_reach"),
    ]
    assert ("ladder.4.entry.growth", "activity_cannot_reach") in found({"year.window_days": 30})
    assert ("ladder.1.entry.growth", "activity_cannot_reach") in found({"behaviour_percent": 0})


def test_O5_what_can_be_done_only_once_is_no_way_up() -> None:
    only_once = {"follow": {"growth": 500, "per_day": 1, "ever": 1}}
    assert ("ladder.1.entry.growth", "activity_cannot_reach") in found({"behaviours": only_once})


@pytest.mark.parametrize("path", ["percent", "seconds", "points"])
def test_B8_O3_a_number_worse_than_inherited_is_refused(path: str) -> None:
    changes: dict[str, object] = {
        "percent": {"privileges.black.benefits.0.percent": 9},
        "seconds": {
            "privileges.gold.benefits": [{"kind": "early_access", "text": "早", "seconds": 301}],
        },
        "points": {
            "privileges.gold.benefits": [
                {
                    "kind": "birthday_pack",
                    "text": "生日",
                    "points": 199,
                    "coupon": {"title": "券", "off": 2000, "min": 0, "valid_days": 30},
                }
            ]
        },
    }[path]  # type: ignore[assignment]
    assert [code for _, code in found(changes)] == ["benefit_worse"]
    assert found(changes)[0][0].endswith(path)


def test_B8_O3_a_coupon_worse_than_inherited_is_refused() -> None:
    def with_coupon(coupon: object) -> list[tuple[str, str]]:
        pack = {"kind": "birthday_pack", "text": "生日", "points": 200, "coupon": coupon}
        return found({"privileges.gold.benefits": [pack]})

    field = "privileges.gold.benefits.0.coupon"
    assert with_coupon(None) == [(field, "benefit_worse")]
    assert with_coupon({"title": "券", "off": 1999, "min": 0, "valid_days": 30}) == [
        (f"{field}.off", "benefit_worse")
    ]
    assert with_coupon({"title": "券", "off": 2000, "min": 9900, "valid_days": 30}) == [
        (f"{field}.min", "benefit_worse")
    ]
    assert with_coupon({"title": "券", "off": 3000, "min": 9900, "valid_days": 30}) == []


def test_B8_O3_a_number_that_is_left_out_where_one_is_inherited_is_worse() -> None:
    codes = {
        code for _, code in found({"privileges.gold.benefits.0": {"kind": "member_price", "text": "价"}})
    }
    assert codes == {"benefit_incomplete", "benefit_worse"}


def test_B8_O3_the_multiplier_never_falls() -> None:
    assert found({"privileges.black.multiplier_percent": 119}) == [
        ("privileges.black.multiplier_percent", "multiplier_falls")
    ]
    assert found({"privileges.black.multiplier_percent": 120}) == []


@pytest.mark.parametrize(
    "gives",
    [
        {},
        {"benefits": [{"kind": "fan_group", "text": "  加入粉丝群 "}]},
        {"multiplier_percent": 100, "benefits": []},
    ],
)
def test_B8_O3_two_neighbours_that_give_the_same_are_refused(gives: dict[str, object]) -> None:
    changes: dict[str, object] = {
        "privileges.silver": gives,
        "privileges.bronze": {"benefits": [{"kind": "fan_group", "text": "加入粉丝群"}]},
    }
    assert found(changes) == [("privileges.silver", "identical_benefits")]


def test_B8_O3_another_sentence_of_the_same_kind_is_another_benefit() -> None:
    better = {"benefits": [{"kind": "fan_group", "text": "加入核心粉丝群"}]}
    assert found({"privileges.silver": better}) == []


def test_B6_a_kind_stands_once_in_a_tier_and_says_its_number() -> None:
    twice = [{"kind": "trial", "text": "试用"}, {"kind": "trial", "text": "试用"}]
    assert found({"privileges.gold.benefits": twice}) == [
        ("privileges.gold.benefits.1.kind", "duplicate_benefit")
    ]
    early = [{"kind": "early_access", "text": "早"}]
    assert ("privileges.silver.benefits.0", "benefit_incomplete") in found(
        {"privileges.silver.benefits": early}
    )


@pytest.mark.parametrize(
    "changes, field, code",
    [
        ({"level_up.coupon_min": 999}, "level_up.coupon_min", "coupon_min_below_off"),
        ({"recall.coupon.min": 999}, "recall.coupon.min", "coupon_min_below_off"),
        (
            {"privileges.bronze.benefits.0.coupon.min": 499},
            "privileges.bronze.benefits.0.coupon.min",
            "coupon_min_below_off",
        ),
        ({"budgets.show_points": 10_000_001}, "budgets.show_points", "budget_above_day"),
        ({"budgets.coupons_per_day": 999}, "budgets.coupons_per_day", "budget_below_coupon"),
        ({"year.warn_days": 365}, "year.warn_days", "warning_before_year"),
        ({"recall.skip_days": 30}, "recall.skip_days", "recall_never"),
    ],
)
def test_R8_numbers_that_contradict_each_other_are_refused(
    changes: Mapping[str, object], field: str, code: str
) -> None:
    assert found(changes) == [(field, code)]


@pytest.mark.parametrize(
    "changes",
    [
        {"level_up.coupon_min": 1_000},
        {"level_up.coupon_min": 0},
        {"budgets.coupons_per_day": 0},
        {"budgets.coupons_per_day": 1_000},
        {"recall": None, "birthday": None},
    ],
)
def test_R8_numbers_at_the_edge_are_taken(changes: Mapping[str, object]) -> None:
    assert found(changes) == []


def test_R8_everything_is_named_at_once() -> None:
    many = {"budgets.show_points": 10_000_001, "level_up.coupon_min": 1, "ladder.2.entry.growth": 1}
    assert {code for _, code in found(many)} == {
        "budget_above_day",
        "coupon_min_below_off",
        "ladder_not_ascending",
    }


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"ladder.1.name": "青\x00铜"}, "ladder.1.name"),
        ({"level_up.coupon_title": "立减\x07"}, "level_up.coupon_title"),
        ({"privileges.gold.benefits.2.text": "客服\u202e"}, "privileges.gold.benefits.2.text"),
        ({"streak.box.0.name": "\n5积分"}, "streak.box.0.name"),
        ({"comment.words": ["好", "坏\ue000"]}, "comment.words.1"),
    ],
)
def test_R8_no_text_holds_what_nobody_sees(changes: Mapping[str, object], field: str) -> None:
    assert found(changes) == [(field, "wrong_text")]


def test_R8_an_emoji_of_several_is_seen() -> None:
    assert found({"ladder.1.name": "👨‍👩‍👧 家人"}) == []
