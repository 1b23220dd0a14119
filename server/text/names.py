"""Names of people, made fit to be shown: OVERLAY “Names”, in that order."""

from __future__ import annotations

from typing import Final

from server.text.cleaning import clamped, cleaned
from server.text.words import WordList

MAX_NAME: Final = 12
"""Graphemes (PROTOCOL §1.1)."""
NEUTRAL_NAME: Final = "新朋友"
"""For somebody whose name holds nothing that can be shown."""

_DEFAULT: Final = WordList.default()


def clean_name(raw: str, words: WordList = _DEFAULT) -> str:
    """Return the name to show, never empty and never longer than `MAX_NAME` graphemes."""
    name = clamped(words.masked(cleaned(raw)), MAX_NAME)
    return name if name.strip("* ") else NEUTRAL_NAME
