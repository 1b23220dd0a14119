"""Whose processor time it is: pinning, and the exact clock of another process. CPU1-CPU3.

`/proc/<pid>/stat` charges whole timer ticks (4 or 10 ms) to whoever runs when the tick falls: a server that works in
short bursts between ticks seems free, one that wakes with the tick seems dear. The scheduler's own sum is exact
(`/proc/<pid>/schedstat`, and the same number with what the running slice adds as the CPU-time clock of that process,
`clock_getcpuclockid(3)`), so that clock is read; ticks are only the fallback, which `Meter.exact` tells.

It includes what the kernel does in the process's name: the send path, and on loopback the receive path up to the
reader's socket. It does not include time the hypervisor took away, nor work in kernel threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MIN_LOAD = 0.6
"""Below this load of the pinned core a figure is not judged: idle wake-ups, cold caches and ticks would rule it."""


@dataclass(frozen=True, slots=True)
class Cores:
    server: int
    generator: int

    @property
    def apart(self) -> bool:
        return self.server != self.generator


def choose_cores() -> Cores:
    """Return the first two cores we may use; on a machine with one, both are the same (and nothing is judged)."""
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[1] if len(allowed) > 1 else allowed[0])


@contextmanager
def starting_on(core: int) -> Iterator[None]:
    """Pin children started inside to `core`; we ourselves return to where we were."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class Meter:
    """Reads the processor time of some processes together."""

    pids: tuple[int, ...]
    exact: bool
    _read: Callable[[int], int]

    def cpu_ns(self) -> int:
        """Return the processor time all of them have used so far, in ns. Raises OSError when one is gone."""
        return sum(self._read(pid) for pid in self.pids)


def meter(pids: Sequence[int]) -> Meter:
    """Return a meter with the most exact clock that works here."""
    try:
        for pid in pids:
            process_clock_ns(pid)
    except OSError:
        return Meter(tuple(pids), exact=False, _read=tick_clock_ns)
    return Meter(tuple(pids), exact=True, _read=process_clock_ns)


def process_clock_ns(pid: int) -> int:
    """Read the CPU-time clock of a process, all threads together."""
    return time.clock_gettime_ns(
        (~pid << 3) | 2
    )  # the kernel's clock id: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)


def tick_clock_ns(pid: int) -> int:
    """Read utime + stime of `/proc/<pid>/stat`, whole ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the processes whose parent is `pid`."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        if int(fields[1]) == pid:
            found.append(int(entry.name))
    return sorted(found)
