"""The rules as the core reads them."""

from dataclasses import replace

import pytest

from server.ids import ShowId, TierId
from tests.unit.server.domain.builders import jifen


def test_T1_the_ladder_knows_its_lowest_its_order_and_what_comes_next() -> None:
    rulebook = jifen()
    assert rulebook.lowest == "basic"
    assert list(rulebook.privileges) == ["basic", "bronze", "silver", "gold", "black"]
    assert rulebook.tier(TierId("gold")).name == "黄金会员"
    after = rulebook.tier_after(TierId("gold"))
    assert after is not None
    assert after.id == "black"
    assert rulebook.tier_after(TierId("black")) is None
    with pytest.raises(KeyError):
        rulebook.tier(TierId("platinum"))


def test_E8_budgets_are_named_by_show_and_day() -> None:
    budgets = jifen().budgets
    assert (budgets.show_name(ShowId("s")), budgets.day_name(3), budgets.coupons_name(3)) == (
        "show:s",
        "day:3",
        "coupons:3",
    )


@pytest.mark.parametrize("currency, minor", [("CNY", 100), ("JPY", 1), ("KWD", 1_000)])
def test_X9_a_unit_of_the_programmes_currency_has_its_own_minor_units(currency: str, minor: int) -> None:
    assert replace(jifen(), currency=currency).minor == minor
