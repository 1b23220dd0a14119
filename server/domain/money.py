"""Amounts in minor units of the one programme currency (X9). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_AMOUNT: Final = 100_000_000_000
"""Largest amount of one order in minor units: 90 000 of them still add up within ±2^53 (PROTOCOL, Values)."""

# ISO 4217: currencies whose minor unit is not a hundredth.
_MINOR_DIGITS: Final = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF", "RWF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that is to be read by people; each language writes it its own way (`server.text.amounts`)."""

    minor: int
    currency: str
    """ISO 4217 code."""


def minor_digits(currency: str) -> int:
    """Return how many decimal places `currency` has."""
    return _MINOR_DIGITS.get(currency, 2)


def minor_per_unit(currency: str) -> int:
    """Return how many minor units make one unit (CNY: 100 分 = ¥1)."""
    return (1, 10, 100, 1_000)[minor_digits(currency)]
