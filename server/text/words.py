"""Words that may not stand in names and comments; they are masked, so that nothing else is lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Self

import regex

MASK: Final = "*"

DEFAULT_WORDS: Final[tuple[str, ...]] = (
    # Posing as the house.
    "官方客服", "官方直播", "系统消息", "系统管理员", "平台客服",
    # Luring buyers away.
    "加微信", "加v信", "加vx", "私下交易", "刷单", "返利群", "兼职日结",
    # Unlawful trade.
    "网络赌博", "赌博平台", "彩票内幕", "代开发票", "办证", "迷药", "枪支", "裸聊", "约炮", "色情",
    # Abuse.
    "傻逼", "操你", "草泥马", "去死吧", "fuck", "shit", "nigger", "porn",
)  # fmt: skip
"""What ships; an operator's own list takes its place."""


class WordList:
    """Finds words whatever their case and whatever blanks or punctuation stand between the characters."""

    __slots__ = ("_pattern",)

    def __init__(self, words: Iterable[str]) -> None:
        """Take words of at least one character; an empty list finds nothing."""
        spread = sorted({self._spread(word) for word in words if word.strip()}, key=len, reverse=True)
        self._pattern = regex.compile("|".join(spread), regex.IGNORECASE) if spread else None

    @classmethod
    def default(cls) -> Self:
        return cls(DEFAULT_WORDS)

    def masked(self, text: str) -> str:
        """Return `text` with every character of a word on the list replaced by ``*``."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: MASK * len(found.group()), text)

    @staticmethod
    def _spread(word: str) -> str:
        if word.isascii():
            # Latin words stand alone: a name like Mishittu is nobody's business.
            return rf"(?<![a-z]){regex.escape(word)}(?![a-z])"
        return r"[\s\p{P}]{0,2}".join(regex.escape(character) for character in word.strip())
