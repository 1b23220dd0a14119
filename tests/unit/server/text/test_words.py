"""Words that may not stand in names and comments."""

import pytest

from server.text.words import WordList

WORDS = WordList(["加微信", "shit"])


@pytest.mark.parametrize(
    "text, masked",
    [
        ("加微信领券", "***领券"),
        ("加 微.信 领券", "***** 领券"),
        ("SHIT happens", "**** happens"),
        ("Mishittu", "Mishittu"),
        ("加了微信好友", "加了微信好友"),
        ("(shit)", "(****)"),
    ],
)
def test_R8_a_word_is_masked_whatever_its_case_and_spacing_and_nothing_else_is(
    text: str, masked: str
) -> None:
    assert WORDS.masked(text) == masked


def test_R8_the_longer_of_two_words_is_masked_whole() -> None:
    assert WordList(["加微", "加微信"]).masked("加微信") == "***"


def test_R8_an_empty_list_masks_nothing() -> None:
    assert WordList([]).masked("加微信") == "加微信"
    assert WordList(["", " "]).masked("a b") == "a b"


def test_R8_a_word_is_no_pattern() -> None:
    assert WordList(["a.c"]).masked("abc a.c") == "abc ***"
