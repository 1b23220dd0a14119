"""What foreign text may contain before anybody sees it."""

import unicodedata

import pytest
import regex
from hypothesis import given, strategies as st

from server.text.cleaning import LONGEST, MAX_RAW, clamped, cleaned, graphemes, is_emoji

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    "raw, clean",
    [
        ("小美", "小美"),
        ("  a\tb\r\n c\u3000d ", "a b c d"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2066a\u2069\u200e\u061c", "a"),
        ("a\x00b\x1bc\x7f", "abc"),
        ("e\u0301", "é"),
        ("Z\u0338\u0322\u031b\u0345\u0354", "Z\u0338\u0322"),
        ("a\u200db\u200cc\ufeff", "abc"),
        ("\u3164\u115f\u2800\uffa0", ""),
        (FAMILY, FAMILY),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("\ud800x", "x"),
        ("\ue000x", "x"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("مرحبا", "مرحبا"),
        ("", ""),
    ],
)
def test_R8_text_loses_what_cannot_be_seen_or_turns_it_around_and_nothing_else(raw: str, clean: str) -> None:
    assert cleaned(raw) == clean


def test_R8_more_than_anybody_types_is_not_even_looked_at() -> None:
    assert len(cleaned("a" * (MAX_RAW + 500))) == MAX_RAW


@given(st.text())
def test_R8_cleaned_text_is_one_visible_line_and_stays_so(raw: str) -> None:
    text = cleaned(raw)
    assert not regex.search(r"[\p{Cc}\p{Cs}\p{Co}\p{Bidi_Control}\r\n]", text)
    assert unicodedata.is_normalized("NFC", text)
    assert text == text.strip()
    assert cleaned(text) == text


@pytest.mark.parametrize(
    "text, most, cut",
    [
        ("一二三", 2, "一二"),
        ("一二", 2, "一二"),
        (FAMILY * 3, 2, FAMILY * 2),
        ("🇨🇳🇨🇳", 1, "🇨🇳"),
        ("ab cd", 3, "ab"),
    ],
)
def test_R8_text_is_cut_between_what_a_reader_sees_as_characters(text: str, most: int, cut: str) -> None:
    assert clamped(text, most) == cut


def test_R8_a_character_of_endless_joiners_is_cut_too() -> None:
    assert len(clamped("👨" + "\u200d👨" * 500, 12)) <= LONGEST


def test_E9_an_emoji_of_many_parts_is_one_grapheme() -> None:
    assert graphemes(FAMILY + "好1️⃣") == [FAMILY, "好", "1️⃣"]


@pytest.mark.parametrize(
    "grapheme, emoji",
    [("👍🏽", True), ("🇨🇳", True), ("1️⃣", True), ("1", False), ("#", False), ("好", False), (FAMILY, True)],
)
def test_E9_flags_and_keycaps_are_emoji_and_digits_are_not(grapheme: str, emoji: bool) -> None:
    assert is_emoji(grapheme) is emoji
