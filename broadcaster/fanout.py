"""The same bytes to many viewers, in slices so that nothing else on the loop waits long."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Generic, Protocol, TypeVar

_log = logging.getLogger(__name__)
V = TypeVar("V")

SLICE_S = 0.002
"""DESIGN §4: loops yield every ~2 ms."""
_CHECK_EVERY = 32
"""Viewers between two looks at the clock: about 0.2 ms of writing."""


class Writable(Protocol):
    """A viewer, as writing to many sees it."""

    @property
    def fd(self) -> int:
        """Where `write` goes while `fast`."""
        ...

    @property
    def fast(self) -> bool:
        """Plaintext, open, and nothing waits in the transport: bytes may go to the descriptor directly."""
        ...

    @property
    def place(self) -> int:
        """Up to which of the room's entries the viewer has everything already."""
        ...

    def write_slow(self, data: bytes) -> None:
        """Take a room message by way of the transport, or skip it if the viewer lags."""
        ...

    def write_rest(self, data: bytes, written: int) -> None:
        """The descriptor took only `written` bytes."""
        ...

    def write_failed(self) -> None:
        """The descriptor is broken."""
        ...


Part = tuple[Sequence[Writable], bytes, int]
"""Viewers, the message, and the place of its first entry: who already is at or past it is left out."""


class Job(Protocol):
    def run(self, deadline: float) -> bool:
        """Write until `deadline` (perf_counter seconds); True = all is written."""
        ...

    def done(self) -> None:
        """Called once, after all is written or the job has failed."""
        ...


class SameBytes:
    """Parts written in order: each the same bytes to many viewers. A part is asked for when it is its turn."""

    __slots__ = ("_at", "_done", "_part", "_parts")

    def __init__(self, parts: Iterable[Part], done: Callable[[], None]) -> None:
        self._parts = iter(parts)
        self._done = done
        self._part: Part | None = None
        self._at = 0

    def run(self, deadline: float) -> bool:
        while True:
            if self._part is None:
                self._part = next(self._parts, None)
                self._at = 0
                if self._part is None:
                    return True
            viewers, data, first = self._part
            total = len(viewers)
            while self._at < total:
                stop = self._at + _CHECK_EVERY
                write_all(viewers[self._at : stop], data, first)
                self._at = stop
                if perf_counter() >= deadline:
                    break
            if self._at < total:
                return False
            self._part = None

    def done(self) -> None:
        self._done()


class ToEach(Generic[V]):
    """Something done for each of many viewers, like a welcome of which only a part is shared."""

    __slots__ = ("_action", "_done", "_viewers")

    def __init__(self, viewers: Sequence[V], action: Callable[[V], None], done: Callable[[], None]) -> None:
        self._viewers = iter(viewers)
        self._action = action
        self._done = done

    def run(self, deadline: float) -> bool:
        for viewer in self._viewers:
            self._action(viewer)
            if perf_counter() >= deadline:
                return False
        return True

    def done(self) -> None:
        self._done()


def write_all(viewers: Sequence[Writable], data: bytes, first: int) -> None:
    """Write one message to viewers whose place is before `first`."""
    write = os.write
    size = len(data)
    for viewer in viewers:
        if viewer.place >= first:
            continue
        if viewer.fast:
            try:
                written = write(viewer.fd, data)
            except BlockingIOError:
                viewer.write_rest(data, 0)
            except OSError:
                viewer.write_failed()
            else:
                if written != size:
                    viewer.write_rest(data, written)
        else:
            viewer.write_slow(data)


class Fanout:
    """All jobs of a node: the first slice at once, then one slice of one job per turn of the loop."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._is_scheduled = False

    def start(self, job: Job) -> None:
        if _step(job):
            return
        self._jobs.append(job)
        self._schedule()

    def _schedule(self) -> None:
        # A job that ends may start the next one of its room from within a slice: one slice a turn all the same.
        if self._jobs and not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._slice)

    def _slice(self) -> None:
        self._is_scheduled = False
        job = self._jobs.popleft()
        if not _step(job):
            self._jobs.append(job)  # rooms take turns
        self._schedule()


def _step(job: Job) -> bool:
    try:
        if not job.run(perf_counter() + SLICE_S):
            return False
    except Exception:
        _log.exception("a fan-out failed; its room goes on with the next one")
    job.done()
    return True
