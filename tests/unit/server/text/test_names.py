"""Names of people, made fit to be shown."""

import pytest
from hypothesis import given, strategies as st

from server.text.cleaning import graphemes
from server.text.names import MAX_NAME, NEUTRAL_NAME, clean_name
from server.text.words import WordList


@pytest.mark.parametrize(
    "raw, name",
    [
        ("小美", "小美"),
        ("\u202e小美\u202c", "小美"),
        ("😀" * 60, "😀" * 12),
        ("<img src=x>", "<img src=x>"),
        ("官方客服小美", "****小美"),
        ("官方客服", NEUTRAL_NAME),
        ("", NEUTRAL_NAME),
        ("\u3164 \u200b", NEUTRAL_NAME),
    ],
)
def test_R8_a_name_is_shown_clean_short_and_never_empty(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@given(st.text())
def test_R8_any_name_fits_and_none_is_empty(raw: str) -> None:
    assert 1 <= len(graphemes(clean_name(raw))) <= MAX_NAME


def test_R8_an_operators_own_words_take_the_place_of_ours() -> None:
    words = WordList(["竞品"])
    assert clean_name("竞品粉丝", words) == "**粉丝"
    assert clean_name("官方客服小美", words) == "官方客服小美"
