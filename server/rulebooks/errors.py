"""What can be wrong with a rulebook document.

RulebookError
├─ PresetUnknown     no preset of that name is shipped
└─ RulebookInvalid   the document breaks its model; every problem names its field
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    """Where in the document: ``ladder.2.entry.growth``; empty = the document as a whole."""
    message: str


class RulebookError(ValueError):
    """Any of these."""


class PresetUnknown(RulebookError):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        return f"no preset {self.name!r}; there are {', '.join(self.known)}"


class RulebookInvalid(RulebookError):
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "; ".join(f"{problem.field or 'document'}: {problem.message}" for problem in self.problems)
