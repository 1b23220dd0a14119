"""Values that are frozen for mypy alone, where several are made for every event.

A frozen dataclass is guarded twice: mypy refuses to write to it, and the interpreter refuses as well. The second
guard makes each field of each new value cost a call (0.15 µs), and an event makes some twenty-five values: a sixth
of all its processor time (decision 0066). mypy is strict here and reads the tests, too, so its guard is enough.
"""

from __future__ import annotations

from copy import copy
from dataclasses import fields, make_dataclass
from typing import TypeVar

Value = TypeVar("Value")


def unguarded(cls: type[Value]) -> type[Value]:
    """Return `cls`, a frozen dataclass with slots, whose values are made as fast as ordinary ones.

    It stays what it was – equality, hash, `replace`, defaults –, but the interpreter lets it be written to.
    """
    if not {"__setattr__", "__slots__"} <= vars(cls).keys() or hasattr(cls, "__post_init__"):
        raise TypeError(
            f"{cls.__name__}: only a frozen dataclass with slots and no __post_init__ can be unguarded"
        )
    known = fields(cls)  # type: ignore[arg-type]  # mypy cannot say "any dataclass" of a decorator's class
    like_it = make_dataclass(
        cls.__name__, [(one.name, one.type, copy(one)) for one in known], repr=False, eq=False
    )
    for guard in ("__setattr__", "__delattr__"):
        delattr(cls, guard)
    cls.__init__ = like_it.__init__  # type: ignore[method-assign, misc]  # the same parameters, set plainly
    return cls
