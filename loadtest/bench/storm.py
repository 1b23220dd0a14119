"""Everybody at once: a storm of joins, and the storm after a process has died. BEN19, BEN20.

Viewers come by the clock, whatever the server does, and do what the contract asks of a client: who is told to come
back does so after the time it was told; who is cut waits a random part of the advertised spread, then backs off.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from loadtest.bench.big_room import doubt, options_for
from loadtest.bench.cores import Cores
from loadtest.bench.machine import others_load
from loadtest.bench.ours import OursCrowd
from loadtest.bench.rows import Goal, Row, judged
from loadtest.errors import ChildFailed
from loadtest.histogram import Histogram
from loadtest.swarm import Mark, Swarm, SwarmOptions

JOIN_STORM = "join_storm"
BACK = "back_after_a_death"
BUSIEST = "busiest_second_of_the_return"
VIEWERS = 5_000
WITHIN_S = 2.0
ALL_IN_S = 60.0


def run_joins(
    ours: OursCrowd, cores: Cores, *, viewers: int = VIEWERS, within_s: float = WITHIN_S
) -> list[Row]:
    """Let `viewers` members knock within `within_s`; each must be served, or told when to come back."""
    options = _coming_back(options_for(ours.door, cores.generator), viewers)
    with Swarm(options, at_most=viewers) as swarm:
        began = time.monotonic()
        opened = swarm.open(viewers, viewers / within_s, timeout_s=ALL_IN_S)
        last = _when(swarm, lambda mark: mark.settled >= viewers, ALL_IN_S)
        took_s = time.monotonic() - began
    answered = (opened.joined + opened.told) / viewers * 100
    p99 = opened.join_ns.quantile(0.99) or 0
    note = (
        f"{viewers} in {within_s:g} s on one process: {opened.joined} served at once (p99 {p99 / 1e6:.0f} ms), "
        f"{opened.told} told to come back, {opened.failed} without an answer {opened.last_error}; "
        f"all in after {took_s:.1f} s, {last.settled} there"
    )
    return [
        judged(
            Row(JOIN_STORM, "ours", answered, "%", goals=(Goal(100.0, direction="at least"),), note=note), {}
        )
    ]


def run_death(cores: Cores, *, viewers: int = VIEWERS) -> list[Row]:
    """Kill one of two workers; its viewers come back to the other and to its successor, spread out."""
    busy = others_load()
    with OursCrowd(cores, workers=2) as ours:
        options = _coming_back(options_for(ours.door, None), viewers)
        with Swarm(replace(options, inflight=256), at_most=viewers) as swarm:
            opened = swarm.open(viewers, timeout_s=ALL_IN_S)
            if opened.joined < viewers:
                raise ChildFailed("ours", f"{viewers - opened.joined} did not get in: {opened.last_error}")
            os.kill(ours.pids[0], signal.SIGKILL)
            began = time.monotonic()
            mark = _when(swarm, lambda mark: mark.ended > 0 and mark.settled >= viewers, ALL_IN_S)
            took_s = time.monotonic() - began
    p50, p99 = mark.return_ns.quantile(0.5) or 0, mark.return_ns.quantile(0.99) or 0
    top = busiest_second(mark.attempts)
    note = (
        f"{mark.ended} of {viewers} lost their process, {sum(mark.attempts)} tries, at most {top} in a second, "
        f"back after p50 {p50 / 1e9:.1f} p99 {p99 / 1e9:.1f} s; others used {busy:.0%} of the machine"
    )
    back = Row(BACK, "ours", took_s, "s", goals=(Goal(30.0),), note=note)
    share = Row(BUSIEST, "ours", top / max(1, mark.ended) * 100, "%", goals=(Goal(35.0),), note=note)
    return [judged(back, {}, doubt(busy, apart=cores.apart)), judged(share, {})]


def busiest_second(tenths: Sequence[int]) -> int:
    """Return the most of any ten neighbouring tenths of a second. Pure."""
    return max((sum(tenths[at : at + 10]) for at in range(len(tenths))), default=0)


def _coming_back(options: SwarmOptions, viewers: int) -> SwarmOptions:
    return replace(options, returns=True, inflight=viewers, pause_us=0)


def _when(swarm: Swarm, enough: Callable[[Mark], bool], within_s: float) -> Mark:
    """Return the first mark that shows enough, at the end of the time the last one, with all returns until then."""
    deadline = time.monotonic() + within_s
    returns = Histogram()
    while True:
        mark = swarm.mark()
        returns.merge(mark.return_ns)
        if enough(mark) or time.monotonic() > deadline:
            return replace(mark, return_ns=returns)
        time.sleep(0.05)
