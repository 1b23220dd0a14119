"""Minor units of the programme's currency."""

import pytest

from server.domain.money import MAX_AMOUNT, minor_digits, minor_per_unit


@pytest.mark.parametrize(
    "currency, digits", [("CNY", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3)]
)
def test_X9_currencies_have_the_decimals_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert minor_per_unit(currency) == 10**digits


def test_X9_ninety_thousand_of_the_largest_orders_still_add_up_on_the_wire() -> None:
    assert 90_000 * MAX_AMOUNT < 2**53
