"""On what the figures were taken, and who else was at work there. BEN17."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

LOOK_S = 1.0
_LIBRARIES = ("uvicorn", "uvloop", "websockets", "msgpack", "redis")


def others_load(seconds: float = LOOK_S) -> float:
    """Return which share of all cores is used while we do nothing: by others, or by what the hypervisor takes."""
    before = Path("/proc/stat").read_text()
    time.sleep(seconds)
    return busy_share(before, Path("/proc/stat").read_text())


def busy_share(before: str, after: str) -> float:
    """Return the share of all ticks in which somebody worked between two readings of /proc/stat. Pure."""
    (busy, whole), (busy_now, whole_now) = _times(before), _times(after)
    return (busy_now - busy) / max(1, whole_now - whole)


def _times(stat: str) -> tuple[int, int]:
    """Return (ticks somebody worked, all ticks) of the first line of /proc/stat; waiting for a disk is no work."""
    ticks = [int(field) for field in stat.split("\n", 1)[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


def described(now: datetime | None = None) -> dict[str, str]:
    """Return machine, versions and date, as a result states them."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory_kb = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    return {
        "date": (now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{len(os.sched_getaffinity(0))} cores ({model}), {memory_kb // 2**20} GB, Linux {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "redis-server": _said("redis-server", "--version"),
        "nginx": _said("nginx", "-v"),
        "node": _said("node", "--version"),
        "load": " ".join(f"{one:.1f}" for one in os.getloadavg()),
    }


def _lines(path: str) -> Sequence[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return ()


def _said(program: str, option: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        return "not installed"
    done = subprocess.run([found, option], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().split("\n")[0][:80]
