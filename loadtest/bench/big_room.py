"""Very many viewers in one room: how late what is published arrives, and whether it reaches everybody. BEN15, BEN16.

Open loop: events come at their rate whatever the server does. One process beside one swarm, a core each, judges
latency; four processes with four swarms on the same two cores show what a delivery costs when nothing is left over,
and whether everybody is still reached. There the generators wait for the core as the servers do: latency is theirs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from loadtest.bench.cores import Cores, meter
from loadtest.bench.machine import others_load
from loadtest.bench.ours import OursFanout, OursNodes
from loadtest.bench.peers import Door, Peer
from loadtest.bench.rows import Goal, Row, judged
from loadtest.bench.sampling import Sample
from loadtest.errors import ChildFailed
from loadtest.swarm import Swarm, SwarmOptions, Window, between

VIEWERS = 15_000
"""Of one process: its limit is 20 000 descriptors."""
EVENTS_PER_S = 20.0
SOURCES = 8
"""Loopback addresses the viewers come from."""
PAUSE_US = 1_000
"""The viewers are looked at once a millisecond: what a latency may be wrong by, upwards."""
SETTLE_S = 2.0
CALM_S = 60.0
"""From the highest level of overload back to none: 20 s, and some more."""
QUIET = 0.1
"""Beyond this share of the machine used by others a latency is theirs."""

P99 = "p99_publish_to_socket"
REACH = "reach_of_a_full_room"
CROWDED = "cpu_per_delivery_crowded"


def run(cores: Cores, *, viewers: int = VIEWERS, seconds: float = 10.0) -> list[Row]:
    """Fill one room on one process and return its p99 and its reach."""
    busy = others_load()
    with OursFanout(cores, gathered=True) as ours, filled([ours.door], viewers, cores.generator) as swarms:
        sample = look(ours, swarms, seconds)
    window = sample.window
    note = note_of(sample, viewers, busy)
    latency = window.latency_ns
    p99 = None if latency is None else latency.quantile(0.99)
    late = Row(P99, "ours", None if p99 is None else p99 / 1e6, "ms", goals=(Goal(300.0),), note=note)
    if p99 is None:
        late = replace(late, note=f"{note}; latency not judged: the generator was {window.load:.0%} busy")
    return [judged(late, {}, doubt(busy, apart=cores.apart)), reached(REACH, sample, viewers, note)]


def run_crowded(
    cores: Cores, *, processes: int = 4, viewers: int = VIEWERS, seconds: float = 10.0
) -> list[Row]:
    """Fill the room on several processes that share the machine with their generators."""
    busy = others_load()
    with OursNodes(cores, processes) as ours, filled(ours.doors, viewers, None) as swarms:
        sample = look(ours, swarms, seconds)
    note = (
        f"{processes} processes, {note_of(sample, viewers * processes, busy)}; latency is the generators' own"
    )
    cost = Row(CROWDED, "ours", sample.us_per_delivery, "µs", note=note)
    return [cost, reached(f"{REACH}_crowded", sample, viewers * processes, note)]


def reached(name: str, sample: Sample, viewers: int, note: str) -> Row:
    """Return the share of events that arrived at all who came in; a viewer who was lost got nothing."""
    reach = (sample.window.reach or 0.0) * min(1.0, sample.window.viewers / viewers)
    return judged(
        Row(name, "ours", reach * 100, "%", goals=(Goal(100.0, direction="at least"),), note=note), {}
    )


def doubt(busy: float, *, apart: bool) -> str:
    """Return why a latency may not be judged; empty when it may."""
    if not apart:
        return "server and generator share one core"
    if busy > QUIET:
        return f"the machine was busy: others used {busy:.0%} of it"
    return ""


def note_of(sample: Sample, viewers: int, busy: float) -> str:
    window = sample.window
    latency = window.latency_ns
    spread = ""
    if latency is not None:
        p50, p99 = latency.quantile(0.5) or 0, latency.quantile(0.99) or 0
        spread = f", p50 {p50 / 1e6:.0f} p99 {p99 / 1e6:.0f} ms"
    return (
        f"{viewers} viewers, {EVENTS_PER_S:.0f} events/s, server {sample.load:.0%} of a core, generator "
        f"{window.load:.0%}, {window.deliveries / max(1, window.messages):.2f} events a message, "
        f"{window.missing} gaps{spread}; others used {busy:.0%} of the machine"
    )


@contextmanager
def filled(doors: Sequence[Door], viewers: int, core: int | None) -> Iterator[list[Swarm]]:
    """Open a swarm of `viewers` at each door. Raises `ChildFailed` when not all get in."""
    with ExitStack() as stack:
        swarms = []
        for door in doors:
            options = options_for(door, core)
            swarms.append(stack.enter_context(Swarm(options, at_most=viewers)))
            opened = swarms[-1].open(viewers, timeout_s=180.0)
            if opened.joined < viewers:
                raise ChildFailed(
                    "ours", f"{opened.failed + opened.told} of {viewers} did not get in: {opened.last_error}"
                )
        yield swarms


def options_for(door: Door, core: int | None) -> SwarmOptions:
    return SwarmOptions(
        door.port,
        path=door.path,
        subprotocol=door.subprotocol,
        records=door.records,
        wait_for_message=door.wait_for_message,
        text=door.text,
        cpu=core,
        sources=SOURCES,
        pause_us=PAUSE_US,
    )


def look(peer: Peer, swarms: Sequence[Swarm], seconds: float) -> Sample:
    """Publish at the steady rate and look at all swarms together for some seconds."""
    spent = meter(peer.pids)
    peer.publish(EVENTS_PER_S)
    try:
        _until_heard(swarms)
        time.sleep(SETTLE_S)
        first, cpu = [swarm.mark() for swarm in swarms], spent.cpu_ns()
        time.sleep(seconds)
        last, cpu = [swarm.mark() for swarm in swarms], spent.cpu_ns() - cpu
    finally:
        peer.publish(0)
    window = together([between(a, b) for a, b in zip(first, last, strict=True)])
    if not window.deliveries:
        raise ChildFailed(peer.who, "published, but no viewer got anything")
    return Sample(window, cpu)


def _until_heard(swarms: Sequence[Swarm]) -> None:
    """Wait until events reach every swarm: a node that was overrun by the joins leaves them out until it is calm."""
    deadline = time.monotonic() + CALM_S
    while any(not swarm.mark().markers for swarm in swarms) and time.monotonic() < deadline:
        time.sleep(0.25)


def together(windows: Sequence[Window]) -> Window:
    """Return several swarms' windows as one; the busiest generator counts, and without one latency there is none. Pure."""
    whole = windows[0]
    for window in windows[1:]:
        latency = whole.latency_ns if window.latency_ns is not None else None
        if latency is not None and window.latency_ns is not None:
            latency.merge(window.latency_ns)
        whole = Window(
            seconds=max(whole.seconds, window.seconds),
            viewers=whole.viewers + window.viewers,
            messages=whole.messages + window.messages,
            deliveries=whole.deliveries + window.deliveries,
            missing=whole.missing + window.missing,
            load=max(whole.load, window.load),
            latency_ns=latency,
        )
    return whole
