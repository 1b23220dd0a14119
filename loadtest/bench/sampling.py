"""Take paired samples: every peer in turn, several rounds, so that what disturbs the machine disturbs all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from loadtest.bench.cores import MIN_LOAD, Meter
from loadtest.bench.peers import Peer
from loadtest.errors import ChildFailed
from loadtest.histogram import Histogram
from loadtest.swarm import Swarm, Window, between

NOMINAL_RATE = 50.0
"""Messages a second, as in DESIGN §6; changed only as far as the load of the core asks."""

RATES = (25.0, 110.0)
LOAD_WANTED = (0.65, 0.9)
LOAD_AIMED_AT = 0.78
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One window of one peer."""

    window: Window
    cpu_ns: int

    @property
    def load(self) -> float:
        """Share of the pinned core the server used."""
        return self.cpu_ns / 1e9 / self.window.seconds

    @property
    def us_per_delivery(self) -> float:
        return self.cpu_ns / 1e3 / self.window.deliveries

    @property
    def messages_per_delivery(self) -> float:
        """1 when every event came in a message of its own; less when windows put several into one."""
        return self.window.messages / self.window.deliveries


@dataclass(slots=True)
class Measured:
    """One peer's samples."""

    peer: Peer
    swarm: Swarm
    meter: Meter
    rate: float = NOMINAL_RATE
    samples: list[Sample] = field(default_factory=list)

    @property
    def us_per_delivery(self) -> float:
        """Median of the rounds."""
        return statistics.median(sample.us_per_delivery for sample in self.samples)

    @property
    def load(self) -> float:
        return statistics.median(sample.load for sample in self.samples)

    def spread(self) -> str:
        figures = [sample.us_per_delivery for sample in self.samples]
        return f"{min(figures):.2f}-{max(figures):.2f}"

    def latency_ns(self) -> Histogram | None:
        """All rounds together; None when the swarm was saturated in any of them."""
        whole = Histogram()
        for sample in self.samples:
            if sample.window.latency_ns is None:
                return None
            whole.merge(sample.window.latency_ns)
        return whole


def sample(measured: Measured, seconds: float, settle_s: float = 0.3) -> Sample:
    """Publish at the peer's rate and look at one window of `seconds`; of more, until something arrives in it.

    On a machine that others use a peer may get no turn for longer than a short window. Raises `ChildFailed` when
    nothing arrives for `PATIENCE_S`.
    """
    measured.peer.publish(measured.rate)
    try:
        time.sleep(settle_s)
        first, cpu = measured.swarm.mark(), measured.meter.cpu_ns()
        time.sleep(seconds)
        last = measured.swarm.mark()
        given_up = time.monotonic() + PATIENCE_S
        while not between(first, last).deliveries and time.monotonic() < given_up:
            time.sleep(0.05)
            last = measured.swarm.mark()
        cpu = measured.meter.cpu_ns() - cpu
    finally:
        measured.peer.publish(0)
    window = between(first, last)
    if not window.deliveries:
        raise ChildFailed(measured.peer.who, f"published {measured.rate:g} messages/s, but no viewer got any")
    return Sample(window, cpu)


def fitting_rate(rate: float, load: float) -> float:
    """Return the rate that loads the core enough to judge and not to the brim. Pure; cost is taken as proportional.

    Never beyond `RATES`: a server that cannot be loaded within them stays unjudged, because at higher rates it would
    be writing several messages at once.
    """
    low, high = LOAD_WANTED
    if low <= load <= high:
        return rate
    slowest, fastest = RATES
    return min(max(rate * LOAD_AIMED_AT / max(load, 0.01), slowest), fastest)


def take_rounds(peers: Sequence[Measured], rounds: int, seconds: float) -> None:
    """Sample all peers in turn, `rounds` times; before each window the rate is fitted to the load seen last."""
    loads = {id(measured): sample(measured, seconds / 2).load for measured in peers}
    for _ in range(rounds):
        for measured in peers:
            measured.rate = fitting_rate(measured.rate, loads[id(measured)])
            taken = sample(measured, seconds)
            loads[id(measured)] = taken.load
            measured.samples.append(taken)


def doubt(measured: Measured, *, apart: bool) -> str:
    """Return why this peer's figure may not be judged; empty when it may."""
    if not apart:
        return "server and generator share one core"
    if measured.load < MIN_LOAD:
        return f"the core was only {measured.load:.0%} loaded, under {MIN_LOAD:.0%}"
    if not measured.meter.exact:
        return "only tick-wise processor time on this kernel"
    return ""
