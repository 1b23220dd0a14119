"""What a delivered message costs the server. BEN7-BEN9, BEN12.

Beside the peers: 2 000 viewers, 200 bytes, each message a write of its own. Then ours as it really works: 10 000 viewers
and 100 events a second, gathered by windows, so that one write carries several events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from loadtest.bench.cores import Cores, meter
from loadtest.bench.peers import Peer
from loadtest.bench.rows import Goal, Outcome, Row, judged, unmeasured, with_ratio
from loadtest.bench.sampling import Measured, doubt, sample, take_rounds
from loadtest.errors import ChildFailed, NotInstalled
from loadtest.swarm import Swarm, SwarmOptions

NAME = "cpu_per_delivery"
UNIT = "µs"
GOALS = (Goal(1.4, "floor"), Goal(0.8, "nchan"))
VIEWERS = 2_000

GATHERED = "cpu_per_event_gathered"
GATHERED_GOALS = (Goal(0.3, "floor"),)
GATHERED_RATE = 100.0
GATHERED_VIEWERS = 10_000
"""With fewer the core would idle: 10 windows a second are all that a room of this size writes."""


def run(
    peers: Sequence[Peer], cores: Cores, *, viewers: int = VIEWERS, rounds: int = 3, seconds: float = 1.5
) -> list[Row]:
    """Measure the peers beside each other and return a row for each, ours judged."""
    rows: list[Row] = []
    measured: list[Measured] = []
    with ExitStack() as stack:
        for peer in peers:
            try:
                measured.append(_fill(stack.enter_context(peer), viewers, cores, stack))
            except NotInstalled as missing:
                rows.append(unmeasured(NAME, peer.who, UNIT, str(missing)))
        take_rounds(measured, rounds, seconds)
        return [*rows_of(measured, apart=cores.apart), *rows]


def run_gathered(
    peer: Peer, cores: Cores, beside: Sequence[Row], *, viewers: int = GATHERED_VIEWERS, seconds: float = 3.0
) -> Row:
    """Measure ours with windows; the goal is a multiple of the floor among the rows of `run` of this very run."""
    figures = {row.who: row.value for row in beside if row.value is not None and row.outcome is Outcome.SHOWN}
    with peer, ExitStack() as stack:
        one = _fill(peer, viewers, cores, stack)
        one.rate = GATHERED_RATE
        one.samples.append(sample(one, seconds, settle_s=1.0))
        row = Row(GATHERED, peer.who, one.us_per_delivery, UNIT, goals=GATHERED_GOALS, note=_note(one))
    return judged_gathered(with_ratio(row, "floor", figures), figures, one, apart=cores.apart)


def judged_gathered(row: Row, figures: Mapping[str, float], one: Measured, *, apart: bool) -> Row:
    """Return the row with its verdict. Its rate is fixed, so the core may idle, which only adds to the cost of an event:
    on an exact clock a goal that is met all the same is met, and a miss is not judged.
    """
    verdict = judged(row, figures)
    why_not = doubt(one, apart=apart)
    if verdict.outcome is Outcome.MET and apart and one.meter.exact:
        return verdict
    return judged(row, figures, why_not)


def rows_of(measured: Sequence[Measured], *, apart: bool) -> list[Row]:
    """Return the rows of finished measurements: the floor first, ours last."""
    doubts = {one.peer.who: doubt(one, apart=apart) for one in measured}
    figures = {one.peer.who: one.us_per_delivery for one in measured}
    fit_to_judge_by = {who: value for who, value in figures.items() if not doubts[who]}
    rows = []
    for one in measured:
        who = one.peer.who
        row = Row(NAME, who, one.us_per_delivery, UNIT, goals=GOALS if who == "ours" else (), note=_note(one))
        row = with_ratio(row, "floor" if "floor" in figures else "floor (python)", figures)
        if who == "ours":
            row = judged(row, fit_to_judge_by, doubts[who])
        elif doubts[who]:
            row = Row(
                NAME,
                who,
                row.value,
                UNIT,
                row.ratio,
                row.base,
                (),
                Outcome.NOT_JUDGED,
                f"{row.note}; {doubts[who]}",
            )
        rows.append(row)
    return rows


def _fill(peer: Peer, viewers: int, cores: Cores, stack: ExitStack) -> Measured:
    door = peer.door
    options = SwarmOptions(
        door.port,
        path=door.path,
        subprotocol=door.subprotocol,
        records=door.records,
        wait_for_message=door.wait_for_message,
        text=door.text,
        cpu=cores.generator,
    )
    swarm = stack.enter_context(Swarm(options, at_most=viewers))
    opened = swarm.open(viewers)
    if opened.joined < viewers:
        raise ChildFailed(
            peer.who, f"{opened.failed} of {viewers} viewers did not get in: {opened.last_error}"
        )
    return Measured(peer, swarm, meter(peer.pids))


def _note(one: Measured) -> str:
    windows = [sample.window for sample in one.samples]
    deliveries, missing = (
        sum(window.deliveries for window in windows),
        sum(window.missing for window in windows),
    )
    per_write = deliveries / sum(window.messages for window in windows)
    latency = one.latency_ns()
    p99 = latency.quantile(0.99) if latency else None
    arrival = f"p99 {p99 / 1e6:.0f} ms" if p99 is not None else "latency not judged: generator saturated"
    complaint = one.peer.complaint()
    complained = f", and it complained: {complaint}" if complaint else ""
    return (
        f"{one.rate:.0f} messages/s, core {one.load:.0%} loaded, rounds {one.spread()}, "
        f"{per_write:.2f} events a message, reach {deliveries / (deliveries + missing):.2%}, {arrival}{complained}"
    )
