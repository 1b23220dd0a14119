"""Words that may not appear (L13): found however they are dressed up, and nothing else is."""

import pytest

from server.domain.word_list import NO_WORDS, WordList

WORDS = WordList.of(["加V信", "假货", "vx", "!!", ""])


@pytest.mark.parametrize(
    "text, found",
    [
        ("加v信领红包", "加v信"),
        ("大家加 Ｖ。信 呀", "加v信"),
        ("加🎉V_信", "加v信"),
        ("这不会是假-货吧", "假货"),
        ("VX 13800000000", "vx"),
        ("私聊ＶＸ", "vx"),
        ("有货吗", None),
        ("加信", None),
        ("", None),
        ("!!", None),
    ],
)
def test_L13_a_word_is_found_through_width_case_and_what_stands_between(text: str, found: str | None) -> None:
    assert WORDS.found_in(text) == found


def test_L13_a_latin_word_is_found_whole_only() -> None:
    words = WordList.of(["ass"])
    assert words.found_in("A classic bag") is None
    assert words.found_in("what an ASS!") == "ass"


@pytest.mark.parametrize("unseen", ["\ufe0f", "\u034f", "\u0332", "\u200d", "\u200b", "\u20e3"])
def test_L13_what_hangs_on_a_letter_or_is_not_seen_parts_no_latin_word(unseen: str) -> None:
    words = WordList.of(["scam"])
    assert words.found_in(f"s{unseen}c{unseen}am here") == "scam"
    assert WordList.of([f"sc{unseen}am"]) == words


def test_L13_without_words_nothing_is_found() -> None:
    assert NO_WORDS.found_in("加v信") is None
    assert WordList.of(["", " ", "??"]) == NO_WORDS
