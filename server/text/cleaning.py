"""What foreign text may contain before anybody sees it: no controls, no direction tricks, no stacked marks.

Screens write it as text content only; cleaning is for the eye, not against markup.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

MAX_RAW: Final = 4_000
"""Characters looked at: 200 graphemes of twenty characters, far beyond what anybody types."""
MARKS: Final = 2
"""Combining marks left on one character; Vietnamese and Hindi need two, zalgo text dozens."""
LONGEST: Final = 12
"""Code points of one grapheme; a family of four with skin tones has eleven, an endless chain of joiners has no end."""

_GRAPHEME: Final = regex.compile(r"\X")
_SPACE: Final = regex.compile(r"[\s\p{Z}]+")
_STACK: Final = regex.compile(rf"(\p{{M}}{{{MARKS}}})\p{{M}}+")
# Controls, lone surrogates, private and unassigned characters, and formats (bidi, tags, zero width) except
# the joiner that holds an emoji together. Blank-looking letters (Hangul fillers, braille blank) go too.
_UNSEEN: Final = regex.compile(r"[\p{C}\u115F\u1160\u3164\uFFA0\u2800--\u200D]", regex.VERSION1)
_LOOSE_JOINER: Final = regex.compile(
    r"(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D|\u200D(?!\p{Extended_Pictographic})"
)
_EMOJI: Final = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u20E3")


def cleaned(raw: str) -> str:
    """Return `raw` in NFC on one line, without what cannot be seen or turns text around; may be empty."""
    text = _SPACE.sub(" ", raw[:MAX_RAW])  # first, while line breaks and tabs still separate words
    text = _LOOSE_JOINER.sub("", _UNSEEN.sub("", text))
    text = _STACK.sub(r"\1", unicodedata.normalize("NFC", text))
    text = _LOOSE_JOINER.sub("", text)  # again: what a joiner hung on may have been cut from the stack
    return _SPACE.sub(" ", text).strip()


def graphemes(text: str) -> list[str]:
    """Return what a reader sees as characters, in order: an emoji family is one."""
    return _GRAPHEME.findall(text)


def clamped(text: str, most: int) -> str:
    """Return at most `most` graphemes of `text`, none of them longer than `LONGEST` code points."""
    found = graphemes(text)
    return "".join(grapheme[:LONGEST] for grapheme in found[:most]).strip()


def is_emoji(grapheme: str) -> bool:
    """Whether a grapheme is an emoji: flags and keycaps too; a plain digit or ``#`` is none."""
    return _EMOJI.search(grapheme) is not None
