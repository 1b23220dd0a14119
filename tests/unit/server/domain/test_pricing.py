"""What a member pays."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from server.domain.decision import Earned
from server.domain.pricing import (
    COBRAND_EARLY_ACCESS,
    EARLY_ACCESS,
    Item,
    Quote,
    benefit_of,
    day_percent,
    fits,
    member_price,
    member_prices,
    opens_ms,
    order_gain,
    percent_off,
    quote,
)
from server.domain.rulebook import Rulebook
from server.domain.state import Coupon, Show
from server.ids import CouponId, OrderId, TierId
from server.rulebooks.loading import load_preset
from tests.unit.server.domain.builders import DAY, HOUR, MINUTE, NOW, a_show, jifen, shanghai, with_member_day

TIERS = ("basic", "bronze", "silver", "gold", "black")
amounts = st.integers(0, 10_000_000)


def coupon(off: int = 1_000, least: int = 0) -> Coupon:
    return Coupon(CouponId("c1"), "券", off, least, NOW, NOW + DAY, "birthday")


def offering(**percents: int) -> Show:
    return replace(
        a_show(), offers=tuple((TierId(tier), percent, "今晚专享") for tier, percent in percents.items())
    )


def test_B1_each_tier_has_its_price_off_the_live_price() -> None:
    assert member_prices(10_000, jifen()) == {
        "basic": 10_000,
        "bronze": 10_000,
        "silver": 9_500,
        "gold": 9_000,
        "black": 8_500,
    }


def test_B1_T3_the_second_preset_begins_with_three_percent_on_joining() -> None:
    assert list(member_prices(10_000, load_preset("laopengyou")).values()) == [9_700, 9_500, 9_200, 8_800]


@pytest.mark.parametrize("price, pays", [(0, 0), (1, 0), (99, 94), (101, 95), (9_999, 9_499)])
def test_B1_a_price_is_floored_to_the_minor_unit(price: int, pays: int) -> None:
    assert member_price(price, 5) == pays


def test_B1_the_live_shows_offer_and_the_tiers_own_price_do_not_add_up_the_better_counts() -> None:
    show = offering(gold=20, silver=3)
    percents = [percent_off(TierId(tier), jifen(), show) for tier in TIERS]
    assert percents == [0, 0, 5, 20, 20], "and nobody pays more for standing higher"


@pytest.mark.parametrize("status", ["scheduled", "ended", "replay"])
def test_B1_a_shows_offer_holds_while_it_is_live(status: str) -> None:
    assert percent_off(TierId("gold"), jifen(), replace(offering(gold=20), status=status)) == 10


def test_E11_a_member_days_price_is_everybodys_and_the_best_one_counts() -> None:
    rulebook = with_member_day(jifen(), percent=12)
    today = day_percent(rulebook, shanghai(), NOW)
    assert [percent_off(TierId(tier), rulebook, None, today) for tier in TIERS] == [12, 12, 12, 12, 15]


def test_E11_the_member_day_is_the_programmes_day() -> None:
    rulebook = with_member_day(jifen(), percent=12)
    midnight = NOW + 4 * HOUR
    percents = [day_percent(rulebook, shanghai(), at) for at in (midnight - DAY - 1, midnight - DAY)]
    assert percents == [0, 12]
    assert [day_percent(rulebook, shanghai(), at) for at in (midnight - 1, midnight)] == [12, 0]
    assert day_percent(jifen(), shanghai(), NOW) == 0


def test_B9_member_price_then_one_coupon_then_points() -> None:
    found = quote([Item(10_000)], 10, coupon(1_000), 500, jifen())
    assert found == Quote(
        live_price=10_000, member_price=9_000, coupon_off=1_000, points=500, points_off=500, to_pay=7_500
    )


def test_B9_each_line_stops_at_nothing() -> None:
    by_coupon = quote([Item(800)], 0, coupon(1_000), 500, jifen())
    assert (by_coupon.coupon_off, by_coupon.points, by_coupon.to_pay) == (800, 0, 0)
    by_points = quote([Item(1_200)], 0, coupon(1_000), 500, jifen())
    assert (by_points.points, by_points.points_off, by_points.to_pay) == (200, 200, 0)
    assert quote([Item(100)], 100, None, 0, jifen()).to_pay == 0


def test_B9_a_member_price_is_floored_for_each_piece() -> None:
    found = quote([Item(99, 3), Item(101)], 5, None, 0, jifen())
    assert (found.live_price, found.member_price) == (398, 3 * 94 + 95)


def priced_at(rate: int, currency: str) -> Rulebook:
    rulebook = load_preset("jifen", currency=currency)
    return replace(rulebook, spending=replace(rulebook.spending, points_per_unit=rate))


@pytest.mark.parametrize(
    "rate, currency, used, off",
    [(100, "CNY", 950, 950), (1_000, "CNY", 950, 95), (50, "CNY", 500, 1_000), (100, "JPY", 900, 9)],
)
def test_B9_P1_no_points_are_used_whose_worth_would_be_a_fraction(
    rate: int, currency: str, used: int, off: int
) -> None:
    found = quote([Item(1_000)], 0, None, 955 if rate == 1_000 else 950, priced_at(rate, currency))
    assert (found.points, found.points_off) == (used, off)


@given(
    prices=st.lists(st.tuples(amounts, st.integers(1, 5)), min_size=1, max_size=4),
    percent=st.integers(0, 100),
    off=amounts,
    points=st.integers(-1_000, 10_000_000),
)
def test_B9_the_lines_add_up_and_none_is_below_nothing(
    prices: list[tuple[int, int]], percent: int, off: int, points: int
) -> None:
    found = quote([Item(*one) for one in prices], percent, coupon(max(1, off)), points, jifen())
    assert found.member_price - found.coupon_off - found.points_off == found.to_pay
    assert min(found.coupon_off, found.points, found.points_off, found.to_pay) >= 0
    assert found.to_pay <= found.member_price <= found.live_price
    assert found.points <= max(0, points)


@pytest.mark.parametrize("total, used", [(9_900, True), (9_899, False)])
def test_B9_a_coupons_minimum_is_met_by_the_member_price(total: int, used: bool) -> None:
    assert fits(coupon(500, 9_900), total, NOW) is used


def test_B9_a_coupon_that_is_used_or_over_fits_nothing() -> None:
    assert not fits(coupon(), 5_000, NOW + DAY)
    assert not fits(replace(coupon(), used_by=OrderId("o1")), 5_000, NOW)


def test_B9_growth_and_points_come_on_what_is_paid() -> None:
    assert order_gain(7_550, 120, jifen()) == Earned(90, 75 + 20)
    assert order_gain(0, 120, jifen()) == Earned()


def test_B2_early_access_is_three_hundred_seconds_for_the_black() -> None:
    opens = [opens_ms(NOW, TierId(tier), jifen()) - NOW for tier in TIERS]
    assert opens == [0, 0, 0, 0, -5 * MINUTE]


def test_B2_T3_what_is_made_with_another_brand_opens_early_by_a_benefit_of_its_own() -> None:
    second = load_preset("laopengyou")
    kinds = (EARLY_ACCESS, COBRAND_EARLY_ACCESS)
    assert [opens_ms(NOW, TierId("lv4"), second, kind) - NOW for kind in kinds] == [0, -5 * MINUTE]


def test_B6_a_tier_inherits_what_it_does_not_state_better() -> None:
    rulebook = jifen()
    black = {benefit.kind: benefit for benefit in rulebook.privileges[TierId("black")].benefits}
    assert set(black) == {
        "threshold_coupon",
        "fan_group",
        "member_price",
        "birthday_pack",
        "points_multiplier",
        "vip_service",
        "early_access",
    }
    assert black["member_price"].percent == 15
    monthly = benefit_of(TierId("black"), "threshold_coupon", rulebook)
    assert monthly is not None
    assert monthly.coupon is not None
    assert (monthly.coupon.off, monthly.coupon.min) == (500, 9_900)
