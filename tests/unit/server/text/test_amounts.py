"""Amounts as each language writes them."""

import pytest

from server.domain.money import Money
from server.text.amounts import Count, write_money, write_units


@pytest.mark.parametrize(
    "minor, currency, number",
    [
        (1_000, "CNY", "10"),
        (1_050, "CNY", "10.50"),
        (5, "CNY", "0.05"),
        (-5, "CNY", "-0.05"),
        (0, "CNY", "0"),
        (1_000, "JPY", "1000"),
        (1_500, "KWD", "1.500"),
    ],
)
def test_X9_an_amount_has_the_decimals_of_its_currency(minor: int, currency: str, number: str) -> None:
    assert write_units(minor, currency) == number


@pytest.mark.parametrize(
    "amount, zh, en",
    [
        (Money(1_000, "CNY"), "10元", "¥10"),
        (Money(-1_050, "USD"), "-10.50美元", "-$10.50"),
        (Money(100, "CHF"), "CHF 1", "CHF 1"),
        (Money(123_456_750, "CNY"), "1,234,567.50元", "¥1,234,567.50"),
    ],
)
def test_X9_each_language_writes_money_its_own_way(amount: Money, zh: str, en: str) -> None:
    assert (write_money(amount, "zh-CN"), write_money(amount, "en")) == (zh, en)


@pytest.mark.parametrize(
    "number, written, noun, others",
    [
        (0, "0", "0 points", "-1 others"),
        (1, "1", "1 point", "0 others"),
        (2, "2", "2 points", "1 other"),
        (12_345, "12,345", "12,345 points", "12,344 others"),
    ],
)
def test_X9_a_number_stands_as_the_pages_write_it_and_its_english_noun_agrees(
    number: int, written: str, noun: str, others: str
) -> None:
    assert "{0}|{0:point}|{0:-1 other}".format(Count(number)) == f"{written}|{noun}|{others}"
