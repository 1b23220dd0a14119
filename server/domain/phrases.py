"""What the core wants said, without a language: a key of the message catalogue and what goes into it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from server.domain.money import Money
from server.domain.unguarded import unguarded


@unguarded
@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence of `server.text.catalogue`, which turns it into every language."""

    key: str
    params: tuple[tuple[str, Param], ...] = ()
    """(name, value); a Hint as value is a part of the sentence, an empty ``name`` a person not to be named."""


Param: TypeAlias = str | int | Money | Hint
