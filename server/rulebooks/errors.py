"""What can be wrong with a rulebook document.

RulebookError
├─ PresetUnknown     no preset of that name is shipped
└─ RulebookInvalid   the document cannot count; every problem names its field, line and reason
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    """Where in the document: ``ladder.2.entry.growth``; empty = the document as a whole."""
    code: str
    """Stable: programs may branch on it. All of them: `docs/protocol.md` §2."""
    message: str
    line: int = 1
    """In the text as it was sent, from 1; of what is missing, where it would stand."""
    column: int = 1


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
        return "; ".join(
            f"line {problem.line}: {problem.field or 'document'}: {problem.message}"
            for problem in self.problems
        )
