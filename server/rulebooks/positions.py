"""Where in a JSON text each value stands, so that what is wrong with it can be named by line. Pure.

The standard library's parser forgets positions and keeps the last of two equal keys without a word. This reads a
text that is known to be JSON once more, token by token, and builds nothing but an index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

Path = tuple[str, ...]
"""Keys and places from the top: ``("ladder", "2", "id")``."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True, slots=True)
class Place:
    """Both count from 1; the column counts characters."""

    line: int
    column: int


@dataclass(slots=True)
class _Open:
    """An object or array that is being read."""

    path: Path
    is_object: bool
    key: str | None = None
    """Of an object: the key read last; None = a key comes next."""
    n: int = 0
    """Of an array: how many values are behind us."""


def place_of_word(text: str, found: Callable[[str], bool]) -> Place:
    """Return where the first word stands that `found` is true of, outside of strings; the beginning if none does."""
    at = next((token.start() for token in _TOKEN.finditer(text) if found(token.group())), 0)
    return _place(text, at)


def _place(text: str, offset: int) -> Place:
    line = text.count("\n", 0, offset)
    return Place(line + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1)


class Positions:
    """The index of one text."""

    def __init__(self, text: str) -> None:
        """`text` must be JSON."""
        self._text = text
        self._offsets: dict[Path, int] = {(): 0}
        self.twice: list[tuple[Path, Place]] = []
        """Keys that stand in their object a second time."""
        self._read()

    def of(self, path: Path) -> Place:
        """Return where the member or element stands; of one that is not there, what it would stand in."""
        while path not in self._offsets:
            path = path[:-1]
        return _place(self._text, self._offsets[path])

    def _read(self) -> None:
        around: list[_Open] = []
        for token in _TOKEN.finditer(self._text):
            word = token.group()
            top = around[-1] if around else None
            match word:
                case "}" | "]":
                    around.pop()
                case ",":
                    if top is not None:
                        top.key, top.n = None, top.n + 1
                case ":":
                    pass
                case _ if top is not None and top.is_object and top.key is None:
                    top.key = json.loads(word)
                    self._note((*top.path, str(top.key)), token.start())
                case _:
                    path: Path = ()
                    if top is not None:
                        path = (*top.path, str(top.n) if top.key is None else top.key)
                    if top is None or not top.is_object:
                        self._note(path, token.start())
                    if word in "{[":
                        around.append(_Open(path, word == "{"))

    def _note(self, path: Path, offset: int) -> None:
        if path and path in self._offsets:
            self.twice.append((path, _place(self._text, offset)))
        else:
            self._offsets[path] = offset
