"""Benefits, packs and recurring dates in the operator's document."""

import json
from importlib.resources import files
from typing import Any

import pytest

from server.domain.days import DAY_MS
from server.domain.offers import BirthdayRule, CouponOffer, MemberDay, RecallRule
from server.domain.rulebook import Rulebook
from server.ids import TierId
from server.rulebooks.errors import RulebookInvalid
from server.rulebooks.loading import load_preset, rulebook_of
from server.rulebooks.reading import read_document

COUPON = {"title": "券", "off": 300, "min": 0, "valid_days": 2}


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files("server.rulebooks") / "presets" / "jifen.json").read_text())
    return loaded


def loaded(written: dict[str, Any]) -> Rulebook:
    return rulebook_of(read_document(json.dumps(written)), preset="own", currency="CNY", version=1)


@pytest.mark.parametrize("preset, tier", [("jifen", "silver"), ("laopengyou", "lv2")])
def test_B4_L11_the_presets_have_exactly_the_required_numbers(preset: str, tier: str) -> None:
    rules = load_preset(preset)
    assert rules.birthday == BirthdayRule(once_in_days=365, set_before_days=30)
    assert rules.recall == RecallRule(
        30 * DAY_MS, 100, CouponOffer("回归礼券", 1_000, 0, 7 * DAY_MS), 2, 120 * DAY_MS
    )
    assert rules.member_day is None
    [pack] = [one for one in rules.privileges[TierId(tier)].benefits if one.kind == "birthday_pack"]
    assert (pack.points, pack.coupon) == (200, CouponOffer("生日礼券", 2_000, 0, 30 * DAY_MS))
    assert not [one for one in rules.privileges[rules.lowest].benefits if one.kind == "birthday_pack"]


def test_E11_a_member_day_is_a_weekday_or_a_day_of_the_month() -> None:
    written = document()
    written["member_day"] = {"weekday": 5, "multiplier_percent": 200, "percent": 8, "coupon": COUPON}
    offer = CouponOffer("券", 300, 0, 2 * DAY_MS)
    assert loaded(written).member_day == MemberDay(5, None, 200, 8, offer)
    written["member_day"] = {"day_of_month": 8}
    assert loaded(written).member_day == MemberDay(None, 8, 100, 0, None)


@pytest.mark.parametrize(
    "recurs", [{}, {"weekday": 5, "day_of_month": 8}, {"weekday": 8}, {"day_of_month": 0}]
)
def test_R8_E11_a_member_day_that_never_comes_or_comes_by_two_rules_is_refused(
    recurs: dict[str, int],
) -> None:
    written = document()
    written["member_day"] = recurs
    with pytest.raises(RulebookInvalid, match="member_day"):
        loaded(written)


@pytest.mark.parametrize(
    "field, value, kind",
    [
        ("link", "https://shop.example/vip", "fan_group"),
        ("points", 5, "threshold_coupon"),
        ("coupon", COUPON, "member_price"),
    ],
)
def test_R8_B6_a_number_at_a_benefit_that_never_gives_it_is_refused(
    field: str, value: object, kind: str
) -> None:
    written = document()
    written["privileges"]["silver"]["benefits"].append({"kind": kind, "text": "x", field: value})
    with pytest.raises(RulebookInvalid, match=f"{field}: only of"):
        loaded(written)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "shop.example", "https://shop.example/ vip"])
def test_R8_B3_a_service_link_is_an_address_of_the_web(link: str) -> None:
    written = document()
    for benefit in written["privileges"]["gold"]["benefits"]:
        if benefit["kind"] == "vip_service":
            benefit["link"] = link
    with pytest.raises(RulebookInvalid, match="link"):
        loaded(written)


def test_R8_B4_L11_a_document_without_the_sections_has_none_of_it() -> None:
    written = document()
    del written["birthday"], written["recall"]
    rules = loaded(written)
    assert (rules.birthday, rules.recall, rules.member_day) == (None, None, None)
