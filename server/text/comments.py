"""A comment, made fit to be shown and measured for E9."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from server.text.cleaning import clamped, cleaned, graphemes, is_emoji
from server.text.words import WordList

MAX_COMMENT: Final = 200
"""Graphemes (PROTOCOL §1.1)."""

_DEFAULT: Final = WordList.default()


@dataclass(frozen=True, slots=True)
class CleanComment:
    """What `PostComment` wants to know of a text."""

    text: str
    graphemes: int
    """Left after removing emoji and spaces (E9)."""
    digest: str
    """Equal for texts that say the same: case, width, spaces and emoji do not matter."""


def clean_comment(raw: str, words: WordList = _DEFAULT) -> CleanComment | None:
    """Return the comment to show; None when nothing that can be seen is left, which is a bad request.

    Longer than `MAX_COMMENT` graphemes is cut; a door that refuses such text asks `too_long` before.
    """
    text = clamped(words.masked(cleaned(raw)), MAX_COMMENT)
    if not text:
        return None
    left = [grapheme for grapheme in graphemes(text) if not grapheme.isspace() and not is_emoji(grapheme)]
    folded = unicodedata.normalize("NFKC", "".join(left)).casefold()
    return CleanComment(text, len(left), blake2b(folded.encode(), digest_size=10).hexdigest())


def too_long(raw: str) -> bool:
    """Whether `raw` has more graphemes than a comment may have (PROTOCOL §1.1)."""
    return len(raw) > MAX_COMMENT and len(graphemes(raw[: MAX_COMMENT * 21])) > MAX_COMMENT
