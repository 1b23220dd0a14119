"""What a viewer costs who only watches: memory, and processor time for beacons and beats. BEN18.

The whole product with one worker: members with a hot record, a token and a card of their own in a room on air. Nothing
is said in the room; every beacon is answered by a beat at once, as a viewer who watches does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from loadtest.bench.big_room import options_for
from loadtest.bench.cores import Cores, Meter, meter
from loadtest.bench.ours import OursCrowd
from loadtest.bench.rows import Goal, Row, judged
from loadtest.errors import ChildFailed
from loadtest.swarm import Swarm

MEMORY = "memory_per_idle_viewer"
IDLE = "cpu_per_idle_viewer"
VIEWERS = 6_000
BEATS = 2
BEAT_S = 15.0
BASE_S = 5.0
"""How long the process is looked at without viewers: jobs, canary and rulebook have their own cost."""
REST_S = 4.0
"""After members were made, or viewers have gone: what of it is still to do shall not count."""
WARM = 500
"""Viewers who come and go first: what a process needs once is no viewer's."""


def run(ours: OursCrowd, cores: Cores, *, viewers: int = VIEWERS, beats: int = BEATS) -> list[Row]:
    """Let viewers in, look at the memory, then at `beats` rounds of beacons. Raises `ChildFailed`, `NotInstalled`."""
    options = replace(options_for(ours.door, cores.generator), beats=True, pause_us=0)
    spent = meter(ours.pids)
    with Swarm(options, at_most=viewers) as swarm:
        swarm.open(min(WARM, viewers))
        swarm.close_all()
        time.sleep(REST_S)
        before = resident(ours.pids)
        base = _alone(spent)
        opened = swarm.open(viewers, timeout_s=120.0)
        if opened.joined < viewers:
            raise ChildFailed(
                "ours", f"{opened.failed + opened.told} of {viewers} did not get in: {opened.last_error}"
            )
        _wait_for_beats(swarm, swarm.mark().beats + viewers)
        grown = resident(ours.pids) - before
        first, cpu = swarm.mark(), spent.cpu_ns()
        time.sleep(beats * BEAT_S)
        last, cpu = swarm.mark(), spent.cpu_ns() - cpu
        swarm.close_all()
        time.sleep(REST_S)
        base = min(base, _alone(spent))  # whatever either holds besides is nothing to take off
    seconds = (last.monotonic_ns - first.monotonic_ns) / 1e9
    return rows_of(Watched(viewers, grown, cpu, base, seconds, last.beats - first.beats, last.ended))


@dataclass(frozen=True, slots=True)
class Watched:
    """What a crowd that only watches has cost."""

    viewers: int
    grown: int
    """Bytes of memory more than before they came."""
    cpu_ns: int
    base_ns: int
    """What the process takes in a second without viewers."""
    seconds: float
    beats: int
    lost: int


def rows_of(one: Watched) -> list[Row]:
    """Return memory and processor time of one viewer, judged. Pure."""
    per_viewer = (one.cpu_ns / one.seconds - one.base_ns) / 1e3 / one.viewers
    note = (
        f"{one.viewers} members, {one.beats / one.viewers:.2f} beats each in {one.seconds:.0f} s, {one.lost} lost; "
        f"{one.base_ns / 1e6:.0f} ms/s of the process without viewers taken off"
    )
    kept = f"{one.viewers} members, {one.grown / 2**20:.0f} MB more after their first beat; sockets' own memory is the kernel's"
    size = Row(MEMORY, "ours", one.grown / 1024 / one.viewers, "KB", goals=(Goal(8.0),), note=kept)
    quiet = Row(IDLE, "ours", per_viewer, "µs/s", goals=(Goal(10.0),), note=note)
    return [judged(size, {}), judged(quiet, {})]


def _alone(spent: Meter) -> int:
    """Return the processor time of a second without viewers, ns."""
    before = spent.cpu_ns()
    time.sleep(BASE_S)
    return int((spent.cpu_ns() - before) / BASE_S)


def resident(pids: tuple[int, ...]) -> int:
    """Return the resident memory of some processes, bytes."""
    whole = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                whole += int(line.split()[1]) * 1024
    return whole


def _wait_for_beats(swarm: Swarm, wanted: int) -> None:
    """Return when that many beats were sent, and the server has had a moment to take them."""
    deadline = time.monotonic() + 3 * BEAT_S
    while swarm.mark().beats < wanted:
        if time.monotonic() > deadline:
            raise ChildFailed("ours", f"sent no beacon to everybody within {3 * BEAT_S:g} s")
        time.sleep(0.25)
    time.sleep(1.0)
