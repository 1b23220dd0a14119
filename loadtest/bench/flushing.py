"""What a flush takes: on this disk, and made to take as long as on a real one. BEN22.

A commit is durable once the disk has said so. Where that costs next to nothing (a virtual disk that does not flush, a
drive with its own battery) a transaction a row is cheap, and nothing says what commits of many rows are worth elsewhere.
So the databases can be run with flushes of a stated length (`slow_flush.c`, preloaded into them).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from loadtest.native import SHARED, build

SOURCE = Path(__file__).with_name("slow_flush.c")
REAL_MS = 2.0
"""As a network volume of a cloud takes: decision 0078."""
_TIMES = 200
_AT_MOST_S = 2.0
_BLOCK = b"\0" * 4096


def flush_ms(folder: Path) -> float:
    """Return what a flush of 4 KiB, appended to a file in `folder`, takes in the median."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        waits: list[float] = []
        until = time.monotonic() + _AT_MOST_S
        while len(waits) < _TIMES and time.monotonic() < until:
            file.write(_BLOCK)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - began)
    return median(waits) * 1_000


def flushing_in(ms: float, folder: Path) -> Mapping[str, str]:
    """Return what to add to a process's environment so that its flushes take at least `ms`.

    The library is put into `folder`, where whoever runs the database may read it. Raises `NotInstalled` without a
    compiler, `ChildFailed`.
    """
    library = folder / "slow_flush.so"
    shutil.copyfile(build(SOURCE, flags=SHARED), library)
    library.chmod(0o755)
    return {"LD_PRELOAD": str(library), "LIVEROOM_FLUSH_US": str(round(ms * 1_000))}
