"""A rulebook document in which every field of the model is given, made from the model's own annotations.

It grows by itself when somebody adds a field, so that tests which ask something of *every* field stay complete.
Nothing of it is validated and its parts may contradict each other: it is for what looks at fields one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from server.rulebooks.document import RulebookDocument

_NUMBERS = (5, 6)
_WORDS = ("aa", "bb")


@dataclass
class _Making:
    """One document in the making; the leaf at `change` gets another value than usual."""

    change: str | None
    leaves: list[str] = field(default_factory=list)

    def value(self, annotation: Any, path: str) -> Any:
        origin, inner = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.value(inner[0], path)
        if origin in (Union, UnionType):
            return self.value(next(one for one in inner if one is not NoneType), path)
        if origin is tuple:
            return tuple(self.value(inner[0], f"{path}.{place}") for place in range(2))
        if origin is dict:
            keys = get_args(inner[0]) if get_origin(inner[0]) is Literal else _WORDS[:1]
            return {key: self.value(inner[1], f"{path}.{key}") for key in keys}
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            parts = {
                name: self.value(info.annotation, f"{path}.{name}")
                for name, info in annotation.model_fields.items()
            }
            return annotation.model_construct(**parts)
        self.leaves.append(path)
        one, other = self._leaf(annotation, origin, inner)
        return other if path == self.change else one

    @staticmethod
    def _leaf(annotation: Any, origin: Any, inner: tuple[Any, ...]) -> tuple[Any, Any]:
        if origin is Literal:
            return inner[0], inner[-1]
        kinds: dict[Any, tuple[Any, Any]] = {int: _NUMBERS, str: _WORDS, bool: (False, True)}
        return kinds[annotation]


def whole_document(change: str | None = None) -> RulebookDocument:
    """Return a document with every field given; the one at `change` (``.order.points_percent``) is another."""
    made = _Making(change).value(RulebookDocument, "")
    assert isinstance(made, RulebookDocument)
    return made


def leaves() -> list[str]:
    """Return the path of every field that holds a number or word."""
    making = _Making(None)
    making.value(RulebookDocument, "")
    return making.leaves
