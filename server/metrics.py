"""What operators may count on (PROTOCOL §4), summed over all workers.

With ``PROMETHEUS_MULTIPROC_DIR`` in the environment before this module is imported, every process keeps its
numbers in files there and `Metrics.exposition` adds them up; without it (tests, one process) they stay in memory.
"""

from __future__ import annotations

import collections
import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# The promises on the way to the viewer are 25, 100, 200, 300 and 500 ms (X2, DESIGN §6): each has its own edge.
_TO_SOCKET = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000)


class Metrics:
    """Every number this server gives out. One per process; the broadcaster sees it as its `Meter`.

    `registry` None = an own one, which nothing else shows.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._registry = own = registry or CollectorRegistry()
        self._connected = 0
        self._joined: collections.Counter[str] = collections.Counter()
        self._closed: collections.Counter[int] = collections.Counter()
        self._connections = Gauge(
            "liveroom_connections", "Live sockets open now.", registry=own, multiprocess_mode="livesum"
        )
        self._joins = Counter("liveroom_joins", "Hellos answered, by outcome.", ("outcome",), registry=own)
        self._closes = Counter(
            "liveroom_closes", "Live sockets closed, by close code.", ("code",), registry=own
        )
        self._delivered = Counter(
            "liveroom_frames_delivered",
            "Frames handed to viewers' sockets, by lane.",
            ("lane",),
            registry=own,
        )
        self._dropped = Counter(
            "liveroom_frames_dropped",
            "Frames not shown, by rank and reason.",
            ("rank", "reason"),
            registry=own,
        )
        self._fanout = Histogram(
            "liveroom_fanout_seconds", "Writing one window to all its viewers.", buckets=_FAST, registry=own
        )
        self._event_to_socket = Histogram(
            "liveroom_event_to_socket_seconds",
            "From the publish of a frame to the viewer's socket.",
            buckets=_TO_SOCKET,
            registry=own,
        )
        self._commands = Counter(
            "liveroom_commands", "Commands decided, by name and outcome.", ("name", "outcome"), registry=own
        )
        self._batch_size = Histogram(
            "liveroom_batch_size", "Commands per commit.", buckets=_SIZES, registry=own
        )
        self._commit = Histogram(
            "liveroom_commit_seconds",
            "One batch from load to commit, but for its waiting for the batch in front.",
            buckets=_FAST,
            registry=own,
        )
        self._loop_lag = Histogram(
            "liveroom_loop_lag_seconds", "How late the event loop runs.", buckets=_FAST, registry=own
        )
        self._canary = Histogram(
            "liveroom_bus_canary_seconds", "A canary through the bus and back.", buckets=_FAST, registry=own
        )
        self._overload = Gauge(
            "liveroom_overload_level",
            "How far the most loaded node has fallen behind: 0 normal, 1 longer windows, 2 no reactions, 3 state only, "
            "4 poll.",
            registry=own,
            multiprocess_mode="livemax",
        )
        self._recoveries = Counter(
            "liveroom_recoveries", "Resumed positions, by result.", ("result",), registry=own
        )
        self._budget_spent = Gauge(
            "liveroom_budget_spent_ratio",
            "How much of a budget is spent, 1 = all, by kind: the show's or the day's points of behaviour, the day's "
            "coupons. Of several shows on air the one that spent last.",
            ("budget",),
            registry=own,
            multiprocess_mode="mostrecent",
        )
        self._answers = Counter(
            "liveroom_http_answers", "HTTP answers, by route and status.", ("route", "status"), registry=own
        )
        self._bad_input = Counter(
            "liveroom_bad_input", "Requests refused before they were understood.", ("reason",), registry=own
        )
        self._key_uses = Counter(
            "liveroom_api_key_uses", "Requests an API key proved.", ("key",), registry=own
        )
        self._announce_faults = Counter(
            "liveroom_announce_faults", "Commits whose announcement failed; state heals by rev.", registry=own
        )

        self._webhooks = Counter(
            "liveroom_webhooks",
            "Webhook attempts delivered, failed or dead, and deliveries that overflowed their queue.",
            ("outcome",),
            registry=own,
        )
        self._webhook_attempt = Histogram(
            "liveroom_webhook_attempt_seconds",
            "One attempt at one receiver, from the resolver to the answer.",
            buckets=_FAST,
            registry=own,
        )

    # --- the broadcaster's Meter ------------------------------------------------------------------

    def connections(self, delta: int) -> None:
        self._connected += delta

    def join(self, outcome: str) -> None:
        self._joined[outcome] += 1

    def close(self, code: int) -> None:
        self._closed[code] += 1

    def flush(self) -> None:
        """Write down who came and went since the last time; at each tick of a node, before they are shown, at the end.

        Written for each viewer it was 3 % of a join (decision 0065).
        """
        connected, self._connected = self._connected, 0
        if connected:
            self._connections.inc(connected)
        joined, self._joined = self._joined, collections.Counter()
        for outcome, n in joined.items():
            self._joins.labels(outcome).inc(n)
        closed, self._closed = self._closed, collections.Counter()
        for code, n in closed.items():
            self._closes.labels(str(code)).inc(n)

    def delivered(self, lane: str, n: int) -> None:
        self._delivered.labels(lane).inc(n)

    def dropped(self, rank: int, reason: str, n: int) -> None:
        self._dropped.labels(str(rank), reason).inc(n)

    def fanout(self, seconds: float) -> None:
        self._fanout.observe(seconds)

    def event_to_socket(self, seconds: float) -> None:
        self._event_to_socket.observe(seconds)

    def recovery(self, result: str) -> None:
        self._recoveries.labels(result).inc()

    def loop_lag(self, seconds: float) -> None:
        self.flush()
        self._loop_lag.observe(seconds)

    def overload(self, level: int) -> None:
        self._overload.set(level)

    def canary(self, seconds: float) -> None:
        self._canary.observe(seconds)

    # --- the shell --------------------------------------------------------------------------------

    def command(self, name: str, outcome: str, times: int = 1) -> None:
        """Count commands of one kind; `outcome` is a receipt's, or ``fault`` or ``unavailable``."""
        self._commands.labels(name, outcome).inc(times)

    def batch(self, size: int, seconds: float) -> None:
        self._batch_size.observe(size)
        self._commit.observe(seconds)

    def budget_spent(self, budget: str, ratio: float) -> None:
        """Note how a budget stands; `budget` is its kind, never its name: there is one for every show and day."""
        self._budget_spent.labels(budget).set(ratio)

    def announce_fault(self) -> None:
        self._announce_faults.inc()

    def answer(self, route: str, status: int) -> None:
        """Count one HTTP answer; `route` is the template, never the path asked for."""
        self._answers.labels(route, str(status)).inc()

    def bad_input(self, reason: str) -> None:
        self._bad_input.labels(reason).inc()

    def key_used(self, key_id: str) -> None:
        self._key_uses.labels(key_id).inc()

    def webhooks(self, outcome: str, n: int) -> None:
        self._webhooks.labels(outcome).inc(n)

    def webhook_attempt(self, seconds: float) -> None:
        self._webhook_attempt.observe(seconds)

    def exposition(self) -> bytes:
        """Return all numbers in Prometheus' text format, of all workers when they share a directory."""
        self.flush()
        if not os.environ.get(MULTIPROCESS_DIR):
            return generate_latest(self._registry)
        summed = CollectorRegistry()
        MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
        return generate_latest(summed)
