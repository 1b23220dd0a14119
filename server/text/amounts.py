"""Amounts as each language writes them: 10元 and ¥10 (X9)."""

from __future__ import annotations

from typing import Final, Literal

from server.domain.money import Money, minor_digits

Language = Literal["zh-CN", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-CN", "en")

_SYMBOLS: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}
_CHINESE: Final = {
    "CNY": "元",
    "USD": "美元",
    "EUR": "欧元",
    "GBP": "英镑",
    "JPY": "日元",
    "HKD": "港元",
    "TWD": "新台币",
}


class Count(int):
    """A number in a sentence: `{n}` → ``12,345``, as the pages write it in both languages.

    `{n:point}` adds the English noun, ``1 point`` and ``2 points``; `{n:-1 other}` counts one less,
    for those besides the one who is named.
    """

    def __format__(self, noun: str) -> str:
        number = int(self) - 1 if noun.startswith(_ONE_LESS) else int(self)
        noun = noun.removeprefix(_ONE_LESS)
        written = f"{number:,}"
        return written if not noun else f"{written} {noun}{'' if number == 1 else 's'}"


_ONE_LESS: Final = "-1 "


def write_money(amount: Money, language: Language) -> str:
    """Return `amount` for reading, thousands apart: whole units without decimals, else all of the currency's."""
    number = _grouped(write_units(amount.minor, amount.currency))
    if language == "zh-CN" and amount.currency in _CHINESE:
        return number + _CHINESE[amount.currency]
    if amount.currency in _SYMBOLS:
        sign = "-" if number.startswith("-") else ""
        return sign + _SYMBOLS[amount.currency] + number.removeprefix("-")
    return f"{amount.currency} {number}"


def write_units(minor: int, currency: str) -> str:
    """Return the plain number of currency units: 1000 分 → ``10``, 1050 → ``10.50``, −5 → ``-0.05``."""
    digits = minor_digits(currency)
    sign = "-" if minor < 0 else ""
    units, rest = divmod(abs(minor), 10**digits)
    return f"{sign}{units}" + (f".{rest:0{digits}d}" if rest else "")


def _grouped(number: str) -> str:
    units, point, rest = number.partition(".")
    sign = "-" if units.startswith("-") else ""
    return f"{sign}{int(units.removeprefix('-')):,}{point}{rest}"
