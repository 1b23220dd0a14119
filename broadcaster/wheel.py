"""One timing wheel for all deadlines of a node's connections (hello, ping, pong, token, farewell). Pure.

A connection stands in at most one slot and is turned to at its next deadline or a little after it, never
before. Deadlines that move later cost nothing: the wheel finds them not yet due and files them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Due(Protocol):
    """Somebody with a next deadline; identity-hashable."""

    @property
    def due_ms(self) -> int:
        """The next deadline; 0 = none."""
        ...

    filed_ms: int
    """The wheel's own: the time of the slot it stands in, 0 = in none."""


T = TypeVar("T", bound=Due)


class Wheel(Generic[T]):
    """Slots of `tick_ms`; what is due farther away than one turn simply goes round again."""

    __slots__ = ("_at", "_slots", "_tick_ms")

    def __init__(self, now_ms: int, tick_ms: int = 250, slots: int = 256) -> None:
        self._tick_ms = tick_ms
        self._slots: list[set[T]] = [set() for _ in range(slots)]
        self._at = now_ms // tick_ms

    def file(self, one: T) -> None:
        """Make sure that `one` is turned to at its deadline; call it whenever `due_ms` may have become earlier."""
        due_ms, before_ms = one.due_ms, one.filed_ms
        if due_ms == 0 or 0 < before_ms <= due_ms:
            return  # never, or it stands early enough: once there it is filed anew
        span = len(self._slots) - 1
        # Rounded up: never turned to before it is due.
        tick = min(max(-(-due_ms // self._tick_ms), self._at + 1), self._at + span)
        filed_ms = tick * self._tick_ms
        if before_ms:
            if before_ms <= filed_ms:
                return
            self.drop(one)
        one.filed_ms = filed_ms
        self._slots[tick % len(self._slots)].add(one)

    def drop(self, one: T) -> None:
        """Forget `one`."""
        if one.filed_ms:
            self._slots[(one.filed_ms // self._tick_ms) % len(self._slots)].discard(one)
            one.filed_ms = 0

    def turn(self, now_ms: int) -> Iterator[T]:
        """Yield everybody whose deadline has passed. Whoever is to be turned to again must be filed again."""
        until = now_ms // self._tick_ms
        # After a long pause (a stopped process) one whole turn reaches everybody.
        self._at = max(self._at, until - len(self._slots))
        while self._at < until:
            self._at += 1
            slot = self._slots[self._at % len(self._slots)]
            if not slot:
                continue
            waiting = list(slot)
            slot.clear()
            for one in waiting:
                one.filed_ms = 0
            for one in waiting:
                if 0 < one.due_ms <= now_ms:
                    yield one
                else:
                    self.file(one)
