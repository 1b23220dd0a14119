"""Words that a shop does not let appear in comments (L13). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from unicodedata import category, normalize

_BETWEEN = re.compile(r"[\W_]+")
_LATIN_WORD = re.compile(r"[a-z0-9]+")
_CLINGING = frozenset(("Mn", "Me", "Cf"))
"""Marks, variation selectors and joiners: they hang on a character, or are not seen at all, and part no word."""


@dataclass(frozen=True, slots=True)
class WordList:
    """Says whether a text contains one of its words, however it is dressed up.

    Full width, capitals, spaces, punctuation and emoji between the characters do not hide a word ("加 V.信" is
    "加v信"), nor do marks on them or what is not seen between them. A word of Latin letters and digits alone is found only as a whole word: "ass" is not in "classic".
    """

    words: frozenset[str]
    """Folded. Empty: every text is free of them."""
    _lengths: tuple[int, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, words: Iterable[str]) -> WordList:
        """Take the operator's words; those that are nothing but spaces and punctuation are left out."""
        folded = frozenset(one for word in words if (one := folded_word(word)))
        return cls(folded, tuple(sorted({len(word) for word in folded if not _LATIN_WORD.fullmatch(word)})))

    def found_in(self, text: str) -> str | None:
        """Return the first word of the list that `text` contains, or None. At most lengths × characters look-ups."""
        if not self.words:
            return None
        spaced = _BETWEEN.sub(" ", _folded(text))
        for word in _LATIN_WORD.findall(spaced):
            if word in self.words:
                return str(word)
        squeezed = spaced.replace(" ", "")
        for length in self._lengths:
            for start in range(len(squeezed) - length + 1):
                if (piece := squeezed[start : start + length]) in self.words:
                    return piece
        return None


def folded_word(word: str) -> str:
    """Return the form in which words are compared; empty when there is nothing to compare."""
    return _BETWEEN.sub("", _folded(word))


def _folded(text: str) -> str:
    folded = normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return "".join(char for char in folded if category(char) not in _CLINGING)


NO_WORDS = WordList(frozenset())
