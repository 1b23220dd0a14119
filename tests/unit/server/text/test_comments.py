"""A comment, made fit to be shown and measured."""

import pytest

from server.text.comments import MAX_COMMENT, clean_comment, too_long


def measured(raw: str) -> int:
    comment = clean_comment(raw)
    assert comment is not None
    return comment.graphemes


def digest(raw: str) -> str:
    comment = clean_comment(raw)
    assert comment is not None
    return comment.digest


@pytest.mark.parametrize(
    "raw, counted",
    [("这件多少钱", 5), ("好 看 👍👍👍", 2), ("😀" * 10, 0), ("1️⃣2️⃣", 0), ("扣1", 2), ("ab  cd", 4)],
)
def test_E9_emoji_and_spaces_do_not_count(raw: str, counted: int) -> None:
    assert measured(raw) == counted


@pytest.mark.parametrize(
    "other", ["Hello 主播", "hello主播", "ＨＥＬＬＯ 主播", "hello 主播 😀", "he\u200bllo主播"]
)
def test_E9_texts_that_say_the_same_have_one_digest(other: str) -> None:
    assert digest(other) == digest("hello 主播")


def test_E9_texts_that_differ_have_different_digests() -> None:
    assert digest("多少钱") != digest("多少米")


@pytest.mark.parametrize("raw", ["", "  ", "\u202e\u200b", "\u3164"])
def test_R8_a_comment_of_nothing_is_no_comment(raw: str) -> None:
    assert clean_comment(raw) is None


def test_R8_words_on_the_list_are_masked_in_comments() -> None:
    comment = clean_comment("加微信领券")
    assert comment is not None
    assert comment.text == "***领券"


@pytest.mark.parametrize(
    "raw, over",
    [
        ("好" * MAX_COMMENT, False),
        ("好" * (MAX_COMMENT + 1), True),
        ("👨\u200d👩\u200d👧\u200d👦" * MAX_COMMENT, False),
    ],
)
def test_R8_two_hundred_graphemes_are_the_limit(raw: str, over: bool) -> None:
    assert too_long(raw) is over
    comment = clean_comment(raw)
    assert comment is not None
    assert comment.graphemes <= MAX_COMMENT
