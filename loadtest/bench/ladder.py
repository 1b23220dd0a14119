"""A node of one process driven up its ladder of overload and let down again, by load that is really there. BEN21, X5.

More events × viewers than a core can write, and then newcomers by the hundred at a time, until it stands at level 4; then
the flood alone goes on, then nothing. The rate is fitted to the machine: it grows by half every two seconds until the
node is overloaded. Each rung must be climbed, shown by the metrics and told to viewers and host; rank 0 must arrive in
bounded time meanwhile; a load that goes on must not make the level go up and down; and after it all must be well soon.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise

from loadtest.bench.big_room import doubt, options_for
from loadtest.bench.cores import Cores, starting_on
from loadtest.bench.ladder_watch import Heard, Watcher
from loadtest.bench.machine import others_load
from loadtest.bench.ours import anonymous_door as door_of, start_redis
from loadtest.bench.rows import Goal, Row, judged
from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed
from loadtest.swarm import Swarm, Window, between

VIEWERS = 12_000
NEWCOMERS = 500
"""Who knock at once, again and again, while the node is on its way up."""
HOLD_S = 45.0
"""A load that goes on: a ladder that tried again every five seconds would go up and down six times."""
BYTES = 400
"""A shout-out with its text in two languages."""
FIRST_RATE = 100.0
FASTER = 1.5
MOST = 5_000.0
STEP_S = 2.0
STATE_SHARE = 0.05
CLIMB_S = 90.0
CALM_S = 150.0
TOP = 4
SEEN_FROM = 2
"""From which level on newcomers knock too: events alone have done what they can."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the node measured of itself, and where it stood then."""

    at_ns: int
    lag_ms: float
    fanout_ms: float
    level: int


@dataclass(frozen=True, slots=True)
class Climb:
    """One way up and down."""

    viewers: int
    readings: Sequence[Reading]
    shown_right: int
    looks: int
    """How often the metrics were read, and showed the level the node stood at."""
    heard: Sequence[Heard]
    window: Window
    """From the first event of the flood to its last; the markers are rank 0."""
    knocked: int
    let_in: int
    told: int
    rate: float
    """Events a second at the end."""
    held_ns: int
    stopped_ns: int
    """Since when the flood was alone, and when it stopped."""

    @property
    def top(self) -> int:
        return max((one.level for one in self.readings), default=0)


def run(cores: Cores, *, viewers: int = VIEWERS, hold_s: float = HOLD_S) -> list[Row]:
    """Drive a node up and let it down; about three minutes. Raises `ChildFailed`."""
    busy = others_load()
    with Node(cores) as node:
        climb = _lived(node, cores, viewers, hold_s)
    return rows_of(climb, busy, apart=cores.apart)


class Node:
    """The node, its flood and its Redis as children, and what they have said."""

    def __init__(self, cores: Cores) -> None:
        self._cores = cores
        self._stack = ExitStack()
        self.readings: list[Reading] = []
        self.looks = 0
        self.shown_right = 0
        self.rate = 0.0

    def __enter__(self) -> Node:
        try:
            redis = f"unix://{start_redis(self._cores, self._stack)}"
            with starting_on(self._cores.server):
                node = Child("ours", python_module("loadtest.bench.ours_overload", "--redis", redis))
            self._node = self._stack.enter_context(node)
            self.port = int(self._node.hear_starting("ready ", 60.0))
            with starting_on(self._cores.generator):
                flood = Child("flood", python_module("loadtest.bench.flood", "--redis", redis))
            self._flood = self._stack.enter_context(flood)
            self._flood.hear_starting("ready", 60.0)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def look(self) -> int:
        """Take the node's readings since the last look; return its level."""
        self._node.say("look")
        said = json.loads(self._node.hear(120.0))
        self.readings += [Reading(*one) for one in said["readings"]]
        level = self.readings[-1].level if self.readings else 0
        self.looks += 1
        self.shown_right += said["shown"] == level
        return level

    def flood(self, per_second: float) -> None:
        self.rate = per_second or self.rate
        self._flood.say(f"say {per_second:.1f} {per_second * STATE_SHARE:.1f} {BYTES}")


def _lived(node: Node, cores: Cores, viewers: int, hold_s: float) -> Climb:
    options = options_for(door_of(node.port), cores.generator)
    with (
        Swarm(options, at_most=viewers) as swarm,
        Swarm(replace(options, inflight=NEWCOMERS), at_most=NEWCOMERS) as crowd,
        Watcher(node.port, "viewer") as viewer,
        Watcher(node.port, "host") as host,
    ):
        opened = swarm.open(viewers, timeout_s=180.0)
        if opened.joined < viewers:
            raise ChildFailed("ours", f"only {opened.joined} of {viewers} got in: {opened.last_error}")
        _until(lambda: node.look() == 0, CALM_S)  # who came in was a storm, too
        node.readings.clear()
        first = swarm.mark()
        knocked = _driven_up(node, crowd, viewers)
        held_ns = time.monotonic_ns()
        _until(lambda: node.look() < 0, hold_s)
        stopped_ns, last = time.monotonic_ns(), swarm.mark()
        node.flood(0)
        _until(lambda: node.look() == 0, CALM_S)
        _until(lambda: viewer.level == 0 == host.level, STEP_S)
        return Climb(
            viewers, node.readings, node.shown_right, node.looks, (viewer.heard(), host.heard()),
            between(first, last), *knocked, node.rate, held_ns, stopped_ns,
        )  # fmt: skip


def _driven_up(node: Node, crowd: Swarm, viewers: int) -> tuple[int, int, int]:
    """Load the node until it stands at the top, or time is up; return newcomers who knocked, came in, were told."""
    rate, deadline = FIRST_RATE, time.monotonic() + CLIMB_S
    knocked = let_in = told = 0
    newcomers = min(NEWCOMERS, viewers)
    level = 0
    while level < TOP and time.monotonic() < deadline:
        if level < SEEN_FROM:
            rate = min(rate * FASTER, MOST)
            node.flood(rate)
            _until(lambda: node.look() >= SEEN_FROM, STEP_S)
        else:
            opened = crowd.open(newcomers, timeout_s=120.0)
            knocked, let_in, told = knocked + newcomers, let_in + opened.joined, told + opened.told
            crowd.close_all()
        level = node.look()
    if level == TOP:
        opened = crowd.open(newcomers, timeout_s=120.0)
        knocked, let_in, told = knocked + newcomers, let_in + opened.joined, told + opened.told
        crowd.close_all()
    return knocked, let_in, told


def _until(enough: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not enough() and time.monotonic() < deadline:
        time.sleep(0.25)


# --- what it says ---------------------------------------------------------------------------------


def rows_of(climb: Climb, busy: float, *, apart: bool) -> list[Row]:
    """Return one way up and down as rows, judged. Pure."""
    why_not = doubt(busy, apart=apart)
    if climb.top < TOP:
        why_not = why_not or "this machine could not be overloaded"
    window = climb.window
    latency = window.latency_ns
    p99 = None if latency is None or latency.quantile(0.99) is None else (latency.quantile(0.99) or 0) / 1e6
    slowest = max((one.fanout_ms for one in climb.readings), default=0.0)
    latest = max((one.lag_ms for one in climb.readings), default=0.0)
    about = (
        f"{climb.viewers} viewers, up to {climb.rate:.0f} events/s of {BYTES} bytes and {climb.knocked} newcomers; "
        f"slowest fan-out {slowest:.0f} ms, loop {latest:.0f} ms late; others used {busy:.0%} of the machine"
    )
    generator = "" if p99 is not None else f"the generator was {window.load:.0%} busy"
    late = Row("overload_rank_0_p99", "ours", p99, "ms", goals=(Goal(2_000.0),), note=generator or about)
    answered = (climb.let_in + climb.told) / climb.knocked * 100 if climb.knocked else None
    knocked = f"{climb.knocked} knocked, {climb.let_in} let in, {climb.told} told when to come back"
    told = max((told_after_s(climb.readings, one) for one in climb.heard), default=math.inf)
    words = "; ".join(f"{one.surface} heard {_path(level for _, level in one.levels)}" for one in climb.heard)
    clear = clear_after_s(climb.readings, climb.stopped_ns)
    held_s = (climb.stopped_ns - climb.held_ns) / 1e9
    tries = relapses(climb.readings, climb.held_ns, climb.stopped_ns)
    path = _path(one.level for one in climb.readings)
    return [
        judged(_at_least("overload_top_level", float(climb.top), "level", TOP, f"{path}; {about}"), {}, why_not),
        judged(late, {}, why_not or generator),
        judged(_at_least("overload_rank_0_reach", (window.reach or 0.0) * 100, "%", 100, about), {}, why_not),
        judged(_at_least("overload_newcomers_answered", answered, "%", 100, knocked), {}),
        judged(_at_most("overload_relapses", float(tries), "times", 3, f"in {held_s:.0f} s of the same load"), {}),
        judged(_at_most("overload_told_after", told, "s", 5, words), {}, why_not),
        judged(_at_least("overload_shown", climb.shown_right / max(1, climb.looks) * 100, "%", 100,
                         f"{climb.looks} looks at the metrics"), {}),
        judged(_at_most("overload_all_clear", clear, "s", 90, "from the end of the load to level 0"), {}, why_not),
    ]  # fmt: skip


def relapses(readings: Sequence[Reading], from_ns: int, to_ns: int) -> int:
    """Return how often the level went down and up again. Pure."""
    went = [
        b.level - a.level for a, b in pairwise(readings) if from_ns <= b.at_ns <= to_ns and b.level != a.level
    ]
    return sum(1 for a, b in pairwise(went) if a < 0 < b)


def told_after_s(readings: Sequence[Reading], heard: Heard) -> float:
    """Return how long after the node reached its highest level somebody heard it; infinite = never. Pure."""
    top = max((one.level for one in readings), default=0)
    reached = next((one.at_ns for one in readings if one.level == top), 0)
    return next(((at - reached) / 1e9 for at, level in heard.levels if level == top), math.inf)


def clear_after_s(readings: Sequence[Reading], stopped_ns: int) -> float:
    """Return how long after the end of the load the node was back at level 0 and stayed there; infinite = never. Pure."""
    over = [one.at_ns for one in readings if one.level]
    if not readings or readings[-1].level:
        return math.inf
    return max(0.0, (max(over, default=stopped_ns) - stopped_ns) / 1e9)


def _path(levels: Iterable[int]) -> str:
    path: list[int] = []
    for level in levels:
        if not path or path[-1] != level:
            path.append(level)
    return " ".join(str(level) for level in path) or "nothing"


def _at_least(name: str, value: float | None, unit: str, goal: float, note: str) -> Row:
    return Row(name, "ours", value, unit, goals=(Goal(goal, direction="at least"),), note=note)


def _at_most(name: str, value: float, unit: str, goal: float, note: str) -> Row:
    return Row(name, "ours", value, unit, goals=(Goal(goal),), note=note)
