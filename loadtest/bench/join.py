"""What one joining viewer costs the server, as fast as it lets them in. BEN10.

The peers answer a bare handshake. Ours does all a viewer of the product needs: token verified, permission judged, room
snapshot and member card in the welcome. A join counts when its first message is there; closing is not counted.
Only the row `ours` has the goal: a member whose record is hot, with a token not seen before. The others show what
it costs to come in otherwise (`OursServer.crowds`).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from loadtest.bench.cores import MIN_LOAD, Cores, Meter, meter
from loadtest.bench.peers import Crowd, Peer
from loadtest.bench.rows import Goal, Outcome, Row, judged, unmeasured, with_ratio
from loadtest.errors import ChildFailed, NotInstalled
from loadtest.histogram import Histogram
from loadtest.swarm import Swarm, SwarmOptions

NAME = "cpu_per_join"
UNIT = "µs"
GOALS = (Goal(400.0),)

FIRST_LOOK = 500
ROUND_S = 1.2
MOST_AT_ONCE = 12_000
"""Joins of one round: keeps every peer under the usual limit of 20 000 descriptors."""


@dataclass(frozen=True, slots=True)
class Sample:
    joins: int
    seconds: float
    cpu_ns: int

    @property
    def us_per_join(self) -> float:
        return self.cpu_ns / 1e3 / self.joins

    @property
    def load(self) -> float:
        return self.cpu_ns / 1e9 / self.seconds


@dataclass(slots=True)
class Measured:
    who: str
    swarm: Swarm
    meter: Meter
    samples: list[Sample] = field(default_factory=list)
    join_ns: Histogram = field(default_factory=Histogram)

    @property
    def us_per_join(self) -> float:
        return statistics.median(sample.us_per_join for sample in self.samples)

    @property
    def load(self) -> float:
        return statistics.median(sample.load for sample in self.samples)


def run(peers: Sequence[Peer], cores: Cores, *, rounds: int = 2) -> list[Row]:
    """Let viewers in at each peer, one after the other, and return a row for each, ours judged."""
    rows = []
    measured = []
    for peer in peers:
        with ExitStack() as stack:
            try:
                stack.enter_context(peer)
            except NotInstalled as missing:
                rows.append(unmeasured(NAME, peer.who, UNIT, str(missing)))
                continue
            measured += [_measured(peer, crowd, cores, rounds) for crowd in peer.crowds()]
    return [*rows_of(measured, apart=cores.apart), *rows]


def _measured(peer: Peer, crowd: Crowd, cores: Cores, rounds: int) -> Measured:
    with Swarm(_options(crowd, cores), at_most=MOST_AT_ONCE) as swarm:
        one = Measured(crowd.who, swarm, meter(peer.pids))
        count = _round_size(one, crowd)
        for _ in range(rounds):
            one.samples.append(_let_in(one, crowd, count))
        return one


def rows_of(measured: Sequence[Measured], *, apart: bool) -> list[Row]:
    figures = {one.who: one.us_per_join for one in measured}
    base = next((who for who in ("ws", "nchan", "floor") if who in figures), "ws")
    rows = []
    for one in measured:
        ours = one.who == "ours"
        row = Row(NAME, one.who, one.us_per_join, UNIT, goals=GOALS if ours else (), note=_note(one))
        row = with_ratio(row, base, figures)
        why_not = doubt(one, apart=apart)
        if ours:
            row = judged(row, figures, why_not)
        elif why_not:
            row = Row(
                NAME,
                row.who,
                row.value,
                UNIT,
                row.ratio,
                row.base,
                (),
                Outcome.NOT_JUDGED,
                f"{row.note}; {why_not}",
            )
        rows.append(row)
    return rows


def doubt(one: Measured, *, apart: bool) -> str:
    """Return why this peer's figure may not be judged; empty when it may."""
    if not apart:
        return "server and generator share one core"
    if one.load < MIN_LOAD:
        return f"the core was only {one.load:.0%} loaded, under {MIN_LOAD:.0%}: the generator was the slower"
    if not one.meter.exact:
        return "only tick-wise processor time on this kernel"
    return ""


def _options(crowd: Crowd, cores: Cores) -> SwarmOptions:
    door = crowd.door
    return SwarmOptions(
        door.port,
        path=door.path,
        subprotocol=door.subprotocol,
        records=door.records,
        wait_for_message=door.wait_for_message,
        text=door.text,
        cpu=cores.generator,
    )


def _round_size(one: Measured, crowd: Crowd) -> int:
    """Return how many joins take about `ROUND_S`, from a first look."""
    first = _let_in(one, crowd, FIRST_LOOK)
    at_most = min(crowd.at_most or MOST_AT_ONCE, MOST_AT_ONCE, one.swarm.capacity)
    return min(max(int(FIRST_LOOK / first.seconds * ROUND_S), FIRST_LOOK), at_most)


def _let_in(one: Measured, crowd: Crowd, count: int) -> Sample:
    crowd.prepare()
    cpu = one.meter.cpu_ns()
    opened = one.swarm.open(count)
    cpu = one.meter.cpu_ns() - cpu
    one.swarm.close_all()
    time.sleep(0.4)  # the server's farewells belong to no round
    if opened.joined < count:
        raise ChildFailed(one.who, f"{opened.failed} of {count} viewers did not get in: {opened.last_error}")
    one.join_ns.merge(opened.join_ns)
    return Sample(opened.joined, opened.seconds, cpu)


def _note(one: Measured) -> str:
    each = ", ".join(f"{sample.us_per_join:.0f}" for sample in one.samples)
    joins, seconds = sum(s.joins for s in one.samples), sum(s.seconds for s in one.samples)
    p99 = one.join_ns.quantile(0.99)
    waited = "" if p99 is None else f", p99 {p99 / 1e6:.0f} ms with 64 at a time"
    return f"{joins} joins at {joins / seconds:.0f}/s, core {one.load:.0%} loaded, rounds {each}{waited}"
